"""A footprint from signed readings to a reviewer's signature, played with the commands that everybody has."""
