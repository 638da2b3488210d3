"""Drill-down in pages."""
