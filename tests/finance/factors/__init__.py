"""Emission factors: what a factor is, which one counts, whose they are."""
