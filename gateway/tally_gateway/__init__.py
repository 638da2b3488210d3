"""Receive, check, append, seal, anchor and serve statements."""
