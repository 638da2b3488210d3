"""The authority's office: its stream on disk, what may stand in it, and how it reaches a gateway."""
