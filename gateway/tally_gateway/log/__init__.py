"""The durable log of a gateway: commit, then tiles, then the head. `writer.Log` writes, `reader.LogReader` reads."""
