"""The operators' pages of a portal: the gateways that it looks after."""
