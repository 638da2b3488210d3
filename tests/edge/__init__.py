"""What a statement is, and everything on the device side."""
