"""The page of `hand-geo view`."""
