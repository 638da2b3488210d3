"""Warehouse receipts on the chain: operations, files, histories."""
