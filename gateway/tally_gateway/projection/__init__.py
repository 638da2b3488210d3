"""Readings for queries: immutable Parquet segments derived from the log, and DuckDB over them. Never evidence."""
