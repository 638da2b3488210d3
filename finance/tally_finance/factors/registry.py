"""All factors that a calculation may choose from (因子库): by digest, the replaced ones kept. No IO.

Nothing in a registry is ever edited. A value that is published anew, or corrected, is another factor that names the one
it supersedes; results that were computed with the old one still open to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from tally_finance.errors import FactorError
from tally_finance.factors.factor import Factor

_DOMAIN: Final = b"tallystick factors 1\0"


@dataclass(frozen=True)
class Registry:
    """Factors by digest. `owners`: who added a factor that did not ship, by digest. Raises FactorError.

    `newer`: what replaces a factor, by the digest of the one replaced.

    A factor may supersede one that is here, and one factor is superseded by one at most: were there two, which of them
    counts would be a matter of taste.
    """

    factors: Mapping[bytes, Factor]
    owners: Mapping[bytes, str] = field(default_factory=dict)
    newer: Mapping[bytes, Factor] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        newer: dict[bytes, Factor] = {}
        for digest, factor in sorted(self.factors.items()):
            if digest != factor.digest:
                raise FactorError(f"{factor.activity} {factor.region}: stands under another digest than its own")
            old = factor.supersedes
            if old is None:
                continue
            if old not in self.factors:
                raise FactorError(f"{factor.activity} {factor.region}: supersedes {old.hex()}, which is not here")
            replaced = self.factors[old]
            if (replaced.activity, replaced.region, replaced.basis) != (factor.activity, factor.region, factor.basis):
                raise FactorError(f"{digest.hex()} supersedes {old.hex()}, which is for something else")
            if old in newer:
                raise FactorError(f"{old.hex()} is superseded twice: by {newer[old].digest.hex()} and {digest.hex()}")
            newer[old] = factor
        object.__setattr__(self, "newer", MappingProxyType(newer))

    @classmethod
    def of(cls, factors: Iterable[Factor], owner: str | None = None) -> Registry:
        """A registry of factors in any order. Raises FactorError."""
        found = {factor.digest: factor for factor in factors}
        return cls(found, {} if owner is None else dict.fromkeys(found, owner))

    def __iter__(self) -> Iterator[Factor]:
        """All of them, in one order."""
        return iter(sorted(self.factors.values(), key=order))

    def __len__(self) -> int:
        """How many."""
        return len(self.factors)

    @property
    def digest(self) -> bytes:
        """Of all factors: equal registries have equal digests, whatever the order they were read in."""
        return hashlib.sha256(_DOMAIN + b"".join(sorted(self.factors))).digest()

    def get(self, digest: bytes) -> Factor:
        """The factor of a digest. Raises FactorError."""
        if digest not in self.factors:
            raise FactorError(f"no factor {digest.hex()} is here")
        return self.factors[digest]

    def found(self, start: str) -> Factor:
        """The one factor whose digest begins with these hexadecimal digits. Raises FactorError."""
        fits = [factor for digest, factor in self.factors.items() if digest.hex().startswith(start.lower())]
        if len(fits) != 1:
            raise FactorError(f"{len(fits)} factors have a digest that begins with {start!r}")
        return fits[0]

    def superseded_by(self, factor: Factor) -> Factor | None:
        """What replaces it."""
        return self.newer.get(factor.digest)

    def joined(self, factors: Iterable[Factor], owner: str) -> Registry:
        """With an organisation's own factors (自有因子). Raises FactorError.

        A factor that is here already stays whose it was.
        """
        added = {factor.digest: factor for factor in factors if factor.digest not in self.factors}
        return Registry({**self.factors, **added}, {**self.owners, **dict.fromkeys(added, owner)})


def order(factor: Factor) -> tuple[str, str, str, int, bytes]:
    """One order for lists: by activity, basis and region, the newest last."""
    return factor.activity, factor.basis.value, factor.region, factor.data_year, factor.digest
