"""The contract, on the embedded chain and on a node."""
