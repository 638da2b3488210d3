"""Drivers: how the agent reads a meter. One small interface, one module per kind of meter."""
