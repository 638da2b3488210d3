"""Tests of pages that verify: reports, the viewer, and what the two are made of."""
