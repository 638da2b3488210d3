"""A log of heads: many gateways' heads under one anchor. The aggregator's service, and the gateway's side of it."""
