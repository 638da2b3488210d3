"""Watch (预警): new evidence, prices, dates and operations on the chain, turned into alerts within seconds."""
