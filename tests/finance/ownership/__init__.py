"""Ownership packs, rings of sales, searches."""
