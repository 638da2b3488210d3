"""Handover (证据交接): an owner grants evidence to a reader and seals it; a reader imports it, compares, and verifies."""
