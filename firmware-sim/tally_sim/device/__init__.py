"""Devices: what signs. Written from docs/formats alone, a second time."""
