"""The reference firmware in C, beside tally_edge and against the real gateway."""
