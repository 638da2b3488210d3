"""What a statement is; sampling, signing and store-and-forward on the device side."""
