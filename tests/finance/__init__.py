"""What readers use."""
