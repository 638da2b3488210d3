"""One module for each version, each from the one before, never back."""
