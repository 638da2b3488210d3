"""Fuzzing of the decoders: short in every test run, long by `make fuzz`."""
