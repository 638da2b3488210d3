"""The operator's console: where a gateway and the devices behind it stand, and what to do next."""
