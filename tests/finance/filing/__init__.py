"""Descriptions for the registry, and what was filed against them."""
