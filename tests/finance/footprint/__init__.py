"""Footprints: traces, uncertainty, and what each scope is made of."""
