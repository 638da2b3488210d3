"""Who takes part with which keys, and which claims live: the contracts Organisations and Claims, and nullifiers."""
