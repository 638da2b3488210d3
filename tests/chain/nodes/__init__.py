"""A real network: three go-ethereum nodes that seal by Clique, what goes wrong between them, and one suite for all."""
