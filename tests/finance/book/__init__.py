"""The lender's book."""
