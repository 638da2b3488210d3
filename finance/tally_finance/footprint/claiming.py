"""What a registry of claims (登记处) shows of a footprint's certificates, and whether they are the entity's. No IO.

A claim is exclusive on the chain: a nullifier has one holder (docs/formats/claims.md). Its digest says what for: the
certificate's number, the entity, the site and the period, behind a salt. So a claim for one year's footprint does not
serve for another year's, or another site's. The salt follows from the namespace's key, so that the registrar, and an
auditor who has the key, compute all of it again; whoever has the salt alone checks what one claim is for.

A certificate that somebody else holds, or that is claimed for something else, never counts. One that nobody claims
counts only where the reader does not require a claim.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, unique
from hashlib import sha256
from typing import Final

from tally_chain.errors import IdentifierError
from tally_chain.registry.nullifier import canonical_number, claim_digest
from tally_edge import cbor

_SALT_DOMAIN: Final = b"tallystick use salt 1\0"
_USE: Final = "certificate use 1"


def spelling(number: str) -> str:
    """A number in its one spelling, so that another dash or case makes no second one of it; as it is where it has none.

    The registry of claims names things by the same spelling.
    """
    try:
        return canonical_number(number)
    except IdentifierError:
        return number


@unique
class Policy(Enum):
    """Whether a certificate that nobody claims counts."""

    REQUIRED = "required"
    TOLD = "told"


@unique
class Standing(Enum):
    """How a certificate stands in the registry."""

    HELD = "held"
    """By the entity, for this footprint."""
    FREE = "free"
    """By nobody."""
    TAKEN = "taken"
    """By somebody else."""
    OTHERWISE = "otherwise"
    """By the entity, and not for this footprint."""
    UNREAD = "unread"
    """The reader's file does not have it."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a certificate is claimed for: the footprint of a site of an entity over [`from_at`, `to_at`)."""

    entity: str
    site: str
    from_at: int
    to_at: int

    def content(self, number: str) -> bytes:
        """What the claim of a certificate says, as deterministic CBOR. Raises IdentifierError for no number."""
        return cbor.encode([_USE, canonical_number(number), self.entity, self.site, self.from_at, self.to_at])

    def digest(self, number: str, salt: bytes) -> bytes:
        """The digest under which it stands on the chain."""
        return claim_digest(self.content(number), salt)


def salt_of(key: bytes, nullifier: bytes) -> bytes:
    """The salt of a nullifier's uses, from the namespace's key."""
    return hmac.new(key, _SALT_DOMAIN + nullifier, sha256).digest()


@dataclass(frozen=True, slots=True)
class Entry:
    """A certificate in the registry. `holder` and `digest` are None where nobody claims it."""

    number: str
    nullifier: bytes
    salt: bytes
    holder: bytes | None
    digest: bytes | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """What the reader found in the registry for a use. `organisation`: the entity's id in it; `entries` by number."""

    organisation: bytes
    policy: Policy
    use: Use
    entries: Mapping[str, Entry]

    def entry(self, number: str) -> Entry | None:
        """What the registry has of a certificate, however its number is written; None where it was not read."""
        return self.entries.get(spelling(number))

    def standing(self, number: str) -> Standing:
        """How a certificate stands."""
        entry = self.entry(number)
        if entry is None:
            return Standing.UNREAD
        if entry.holder is None:
            return Standing.FREE
        if entry.holder != self.organisation:
            return Standing.TAKEN
        return Standing.HELD if entry.digest == self.use.digest(number, entry.salt) else Standing.OTHERWISE

    def why_not(self, number: str) -> str:
        """Why it does not count; empty where it does."""
        standing, entry = self.standing(number), self.entry(number)
        if standing is Standing.TAKEN and entry is not None and entry.holder is not None:
            return f"is claimed in the registry by organisation {entry.holder.hex()}"
        if standing is Standing.OTHERWISE:
            return "is claimed in the registry for another site or period"
        if standing is Standing.HELD or self.policy is Policy.TOLD:
            return ""
        return "nobody claims it in the registry" if standing is Standing.FREE else "the registry was not asked for it"
