"""The rules of warehouse receipts (仓单) a second time, in Python: dry run, rebuild of every state, and oracle."""
