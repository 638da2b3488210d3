"""How well every fault and attack is caught: measured, and written down (docs/detection.md)."""
