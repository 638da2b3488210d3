"""The main flow of warehouse receipts, end to end."""
