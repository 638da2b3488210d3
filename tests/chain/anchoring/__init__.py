"""The anchoring client, its journal, the engines and the keys."""
