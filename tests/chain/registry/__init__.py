"""The registries of parties and claims, on the embedded chain and on a node."""
