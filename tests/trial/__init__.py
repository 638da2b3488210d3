"""Plays: plants, faults and attacks against the real system."""
