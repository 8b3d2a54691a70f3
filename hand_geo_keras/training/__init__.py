"""Long trainings: what they optimise, how they survive, what they start from."""
