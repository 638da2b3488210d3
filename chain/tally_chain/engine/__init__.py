"""Engines: one interface to an EVM chain, an embedded one and one over JSON-RPC."""
