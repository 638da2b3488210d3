"""Simulated meters and plants. Imports no other part: it is the second implementation of what a device is."""
