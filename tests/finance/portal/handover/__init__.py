"""Handover in pages."""
