"""Tests of the verification of bundles."""
