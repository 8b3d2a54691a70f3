"""Ways to train with few labels: methods as plain functions, and their registry."""
