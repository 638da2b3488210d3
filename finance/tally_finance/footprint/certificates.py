"""Which green certificates and contracts count for a footprint (绿证, 绿电合同), and why others do not. No IO.

A Chinese green certificate stands for one megawatt hour, has a number that nobody else's has, and is the only proof
that electricity was green. A green-power contract brings its certificates with it: its kilowatt hours count as far as
certificates that name it are there. A certificate counts where

1. its number stands once here;
2. it was cancelled (核销) for the one whose footprint this is;
3. that was done by the time at which the footprint is closed;
4. what it stands for was generated in the period, or no earlier than the reader allows, and not after;
5. in a region of the same market;
6. nobody else claims it, as far as the reader was told and the registry of claims shows (`claiming`);
7. and, where it names a contract, that contract is here, was in force then, and is not used up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from tally_finance.errors import FootprintError
from tally_finance.factors.choice import Choice
from tally_finance.footprint.claiming import Claimed, spelling

CERTIFICATE_KWH: Final = 1000


@dataclass(frozen=True, slots=True)
class Certificate:
    """One megawatt hour, generated in [`from_at`, `to_at`) (Unix seconds). `contract`: the contract it came with.

    `device`: what generated it, None where nobody states that.
    """

    number: str
    from_at: int
    to_at: int
    region: str
    cancelled_for: str
    cancelled_at: int
    contract: str | None = None
    device: str | None = None

    def __post_init__(self) -> None:
        if not self.number or not self.from_at < self.to_at:
            raise FootprintError(f"certificate {self.number!r}: has no number, or was generated in no time")


@dataclass(frozen=True, slots=True)
class Contract:
    """Electricity bought from a supplier over [`from_at`, `to_at`), settled in kWh.

    `factor`: what the supplier states for it, on the basis `supplier`; None of a green-power contract, which counts by
    its certificates alone.
    """

    number: str
    kwh: Decimal
    from_at: int
    to_at: int
    factor: Choice | None = None

    def __post_init__(self) -> None:
        if not self.kwh.is_finite() or self.kwh <= 0 or not self.from_at < self.to_at:
            raise FootprintError(f"contract {self.number}: needs kWh above zero and a time in which it is in force")


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose footprint over which period the certificates are to count for.

    `regions`: of the market. `oldest_at`: generated no earlier (usually the period's begin). `closed_at`: cancelled no
    later. `taken`: numbers that are claimed elsewhere, and by whom. `claimed`: what the registry of claims shows of
    them, None where it was not asked.
    """

    entity: str
    from_at: int
    to_at: int
    regions: frozenset[str]
    oldest_at: int
    closed_at: int
    taken: Mapping[str, str] = field(default_factory=dict)
    claimed: Claimed | None = None

    def elsewhere(self, number: str, *, claimable: bool = False) -> str:
        """Why what has a number is not the entity's to use; empty where nothing is known against it.

        `claimable`: the number is the one under which it is claimed in the registry.
        """
        for taken, by in self.taken.items():
            if spelling(taken) == spelling(number):
                return f"is claimed elsewhere: {by}"
        return self.claimed.why_not(number) if claimable and self.claimed is not None else ""


@dataclass(frozen=True, slots=True)
class Refused:
    """An instrument that does not count, and why."""

    number: str
    why: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """What counts, and what does not, each by number. Granular certificates stand beside them (`granular`)."""

    certificates: tuple[Certificate, ...]
    contracts: tuple[Contract, ...]
    refused: tuple[Refused, ...]

    @property
    def kwh(self) -> int:
        """What the certificates stand for."""
        return len(self.certificates) * CERTIFICATE_KWH


def admitted(certificates: Iterable[Certificate], contracts: Iterable[Contract], claim: Claim) -> Admitted:
    """Which instruments count, whatever the order in which they are given."""
    every = sorted(certificates, key=lambda one: (one.number, one.from_at, one.to_at, one.region, one.cancelled_at))
    times = Counter(spelling(one.number) for one in every)
    bought, refused = _contracts(contracts, claim)
    left = {number: contract.kwh for number, contract in bought.items()}
    good = []
    for one in every:
        twice = "its number stands twice" if times[spelling(one.number)] > 1 else ""
        why = twice or _unfit(one, claim) or _unbought(one, bought, left)
        if why:
            refused.append(Refused(one.number, why))
            continue
        if one.contract is not None:
            left[one.contract] -= CERTIFICATE_KWH
        good.append(one)
    supplied = tuple(one for _, one in sorted(bought.items()) if one.factor is not None)
    return Admitted(tuple(good), supplied, tuple(sorted(refused, key=lambda one: (one.number, one.why))))


def _contracts(contracts: Iterable[Contract], claim: Claim) -> tuple[dict[str, Contract], list[Refused]]:
    every = sorted(contracts, key=lambda one: (one.number, one.from_at, one.to_at, one.kwh))
    times = Counter(one.number for one in every)
    refused = [Refused(one.number, "its number stands twice") for one in every if times[one.number] > 1]
    good = {}
    for one in every:
        if times[one.number] > 1:
            continue
        if one.factor is not None and not claim.from_at <= one.from_at < one.to_at <= claim.to_at:
            refused.append(Refused(one.number, "its kWh were not all delivered in the period"))
        else:
            good[one.number] = one
    return good, refused


def _unfit(one: Certificate, claim: Claim) -> str:
    if one.cancelled_for != claim.entity:
        return f"was cancelled for {one.cancelled_for}"
    if one.cancelled_at > claim.closed_at:
        return "was cancelled after the footprint was closed"
    if one.to_at > claim.to_at:
        return "was generated after the period"
    if one.from_at < claim.oldest_at:
        return "was generated too early"
    if one.region not in claim.regions:
        return f"is of another market: {one.region}"
    return claim.elsewhere(one.number, claimable=True)


def _unbought(one: Certificate, bought: Mapping[str, Contract], left: Mapping[str, Decimal]) -> str:
    if one.contract is None:
        return ""
    contract = bought.get(one.contract)
    if contract is None:
        return f"names contract {one.contract}, which is not here"
    if contract.factor is not None:
        return f"names contract {one.contract}, which counts by its supplier's factor already"
    if not contract.from_at <= one.from_at < one.to_at <= contract.to_at:
        return f"names contract {one.contract}, which was not in force then"
    if left[one.contract] < CERTIFICATE_KWH:
        return f"names contract {one.contract}, which is used up"
    return ""
