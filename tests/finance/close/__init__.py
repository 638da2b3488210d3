"""The monthly close."""
