"""Monthly deposits."""
