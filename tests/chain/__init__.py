"""Tests of tally_chain."""
