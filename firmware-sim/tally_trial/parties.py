"""Who takes part in a play, and their keys. Every key follows from the seed, so it is worth nothing outside a play."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tally_edge.keys import P256_ORDER
from tally_edge.signer import FileSigner

ORIGIN: Final = "tallystick.example/trial/1"
AUTHORITY: Final = "Example Metrology Office"
INSPECTION: Final = "Example Inspection"
OWNER: Final = "Example Works"
BASE: Final = "urn:dev:org:32473-trial"
ISSUER: Final = f"{BASE}:office"
SITE: Final = f"{BASE}:site"


@lru_cache(maxsize=4096)
def p256(name: str) -> FileSigner:
    """The P-256 key of a name."""
    secret = int.from_bytes(hashlib.sha256(name.encode()).digest(), "big") % (P256_ORDER - 1) + 1
    return FileSigner(ec.derive_private_key(secret, ec.SECP256R1()))


@lru_cache(maxsize=4096)
def ed(name: str) -> FileSigner:
    """The Ed25519 key of a name."""
    return FileSigner(ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest()))


@dataclass(frozen=True, slots=True)
class Parties:
    """The keys of a play."""

    seed: int

    @property
    def authority(self) -> FileSigner:
        """The authority's."""
        return p256(f"{self.seed}/authority")

    @property
    def person(self) -> FileSigner:
        """The second person's."""
        return p256(f"{self.seed}/person")

    @property
    def owner(self) -> FileSigner:
        """The audited firm's own, which a policy may know as a person of that firm."""
        return p256(f"{self.seed}/owner")

    @property
    def proof(self) -> FileSigner:
        """The log's proof key."""
        return p256(f"{self.seed}/proof")

    @property
    def checkpoint(self) -> FileSigner:
        """The log's checkpoint key."""
        return ed(f"{self.seed}/checkpoint")

    def device(self, name: str) -> FileSigner:
        """A device's."""
        return p256(f"{self.seed}/device/{name}")

    def cheat(self, name: str) -> FileSigner:
        """A key that a cheat made for something."""
        return p256(f"{self.seed}/cheat/{name}")

    def cheat_ed(self, name: str) -> FileSigner:
        """An Ed25519 key that a cheat made for something."""
        return ed(f"{self.seed}/cheat/{name}")
