"""A whole site on one machine: parties, gateway, agent, chain, and a reader who checks. For demonstrations."""
