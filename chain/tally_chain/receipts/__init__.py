"""Warehouse receipts (仓单) on a chain of the parties: the operations, who signs them, files, histories."""
