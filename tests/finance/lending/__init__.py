"""Tests of the lender's arithmetic."""
