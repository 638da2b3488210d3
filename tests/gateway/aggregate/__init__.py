"""The aggregator, and the gateway's side of it."""
