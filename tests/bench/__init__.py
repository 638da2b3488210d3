"""Measurements: what they measured, on what, beside a floor of the same run."""
