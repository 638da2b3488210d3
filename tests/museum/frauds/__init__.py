"""What happened: one fraud a module."""
