"""Every kind of operation: its fields, the object it changes, and who signs it in which order."""
