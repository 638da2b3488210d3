"""The main flow of warehouse receipts, played end to end: grain is weighed in, lent against, released and sold."""
