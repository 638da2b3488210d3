"""Vectors that others made, read from beside the project."""
