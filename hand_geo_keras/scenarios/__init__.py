"""Experiments: jobs that are trained, measured and kept; their tables and reports."""
