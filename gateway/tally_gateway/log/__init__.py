"""The durable log of a gateway: commit to SQLite, then tiles, then the head. `writer.Log` writes, `reader.LogReader` reads."""
