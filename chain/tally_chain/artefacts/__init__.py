"""The contracts as compiled: ABI, creation and runtime code, settings and source digests, as JSON."""
