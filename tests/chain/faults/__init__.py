"""A JSON-RPC proxy that drops, delays, forges and forgets between the anchoring client and a real node."""
