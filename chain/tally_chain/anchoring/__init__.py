"""Anchoring: the LogAnchor contract as seen from outside, and the journalled client that sends heads to it."""
