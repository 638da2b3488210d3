"""Tests of the attested quantity."""
