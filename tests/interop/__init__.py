"""Independent libraries read what we write."""
