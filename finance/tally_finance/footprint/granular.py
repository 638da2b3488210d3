"""Granular certificates (分时绿证) as EnergyTag has them, and which of them count for a footprint. Exact, no IO.

A bundle is a range of certificates of one device over an hour at most, each of them `face_wh` watt hours. It says
neither for whom nor when it was cancelled: a cancellation does, which names the issuance and the range. A bundle counts
where

1. its range stands once, and its device was issued nothing else over the same time;
2. it holds together: as many certificates as its range has, over an hour at most, and all that was issued of its device
   for that time is no more than the device can make;
3. it is electricity as it was generated, from a source that burns nothing; what a storage device gave back is refused,
   because nobody here follows its charge records to the certificates that were cancelled for them;
4. it was cancelled for the one whose footprint this is, after it was issued, before it expired, and before the
   footprint was closed;
5. it was generated in the period and in a region of the market, and nobody else claims its issuance.

In the annual result its kWh count unless they may be those of a certificate of 1 MWh that counts already: one of the
same device, or of a device that nobody states, generated over the same time. Whether they meet a load in their own hour
is another question (`matching`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Final, TypeVar

from tally_chain.verify.figures import EXACT
from tally_finance.footprint.certificates import Certificate, Claim, Refused
from tally_finance.footprint.claiming import spelling

T = TypeVar("T")

HOUR_S: Final = 3600
CANCELLED: Final = frozenset({"cancelled", "claimed"})
"""States of a bundle, in small letters, in which nobody can use it any more."""
CARBON_FREE: Final = frozenset({"solar", "solar_pv", "wind", "hydro", "geothermal", "marine", "nuclear"})
"""Sources, in small letters, that burn nothing. Biomass has emissions of its own and is not among them."""

_RANGE: Final = re.compile(r"(.+):([0-9]{1,19})-([0-9]{1,19})", re.ASCII)
_TWICE: Final = "its certificates stand twice, or its device was issued others over the same time"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Certificates `first` to `last` of an issuance, generated over [`from_at`, `to_at`), Unix seconds.

    `issued_at`: the day's begin; `expires_at`: the day's end. `emission`: of the device in kg/MWh, where it is stated.
    """

    issuance: str
    first: int
    last: int
    quantity: int
    face_wh: int
    status: str
    device: str
    capacity_w: int
    source: str
    carrier: str
    from_at: int
    to_at: int
    issued_at: int
    expires_at: int
    grid: str
    regions: tuple[str, ...]
    converted: bool
    stored: bool
    emission: Decimal | None

    @property
    def number(self) -> str:
        """Which certificates these are."""
        return f"{self.issuance}:{self.first}-{self.last}"

    @property
    def produced(self) -> tuple[str, int, int]:
        """Which device made it when, whatever the spelling of its name."""
        return spelling(self.device), self.from_at, self.to_at

    @property
    def wh(self) -> int:
        """What they stand for."""
        return self.quantity * self.face_wh

    @property
    def kwh(self) -> Decimal:
        """What they stand for."""
        return EXACT.scaleb(Decimal(self.wh), -3)


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Certificates `first` to `last` of an issuance, cancelled at Unix seconds for a beneficiary, if it names one."""

    issuance: str
    first: int
    last: int
    at: int
    beneficiary: str | None


@dataclass(frozen=True, slots=True)
class Counted:
    """A bundle that counts. `not_annual`: why its kWh are not in the annual result; empty where they are."""

    bundle: Bundle
    not_annual: str


def counted(
    bundles: Iterable[Bundle],
    cancellations: Iterable[Cancellation],
    certificates: Sequence[Certificate],
    claim: Claim,
) -> tuple[tuple[Counted, ...], tuple[Refused, ...]]:
    """Which bundles count beside the certificates that do, and which do not; whatever the order they come in."""
    every = sorted(bundles, key=lambda one: (one.issuance, one.first, one.last, one.from_at, one.device))
    ended: dict[str, list[Cancellation]] = defaultdict(list)
    for one in set(cancellations):
        ended[one.issuance].append(one)
    twice, issued = _twice(every), _issued_wh(every)
    there = {(one.from_at, one.to_at, one.device): one.number for one in reversed(certificates)}
    good, refused = [], []
    for bundle in every:
        why = (
            (_TWICE if bundle in twice else "")
            or _broken(bundle, issued[bundle.produced])
            or _unfit(bundle)
            or _not_cancelled(bundle, ended[bundle.issuance], claim)
            or _elsewhere(bundle, claim)
        )
        if why:
            refused.append(Refused(bundle.number, why))
        else:
            good.append(Counted(bundle, _same_generation(bundle, there)))
    return tuple(good), tuple(refused)


def _twice(every: Iterable[Bundle]) -> set[Bundle]:
    """Bundles that share certificates, or a device's time with another issuance."""
    by_issuance: dict[str, list[Bundle]] = defaultdict(list)
    by_device: dict[str, dict[tuple[int, int, str], list[Bundle]]] = defaultdict(lambda: defaultdict(list))
    for one in every:
        by_issuance[one.issuance].append(one)
        by_device[spelling(one.device)][one.from_at, one.to_at, one.issuance].append(one)
    found: set[Bundle] = set()
    for bundles in by_issuance.values():
        found |= _touching([(one.first, one.last + 1, one) for one in bundles])
        if len({one.produced for one in bundles}) > 1:  # an issuance is one device's one time
            found.update(bundles)
    for times in by_device.values():
        for place in _touching([(place[0], place[1], place) for place in times]):
            found.update(times[place])
    return found


def _touching(stretches: list[tuple[int, int, T]]) -> set[T]:
    """What any other overlaps, of stretches [begin, end)."""
    stretches.sort(key=lambda one: one[:2])
    found: set[T] = set()
    reached: int | None = None
    for (begin, end, one), after in zip_longest(stretches, stretches[1:]):
        if (reached is not None and begin < reached) or (after is not None and after[0] < end):
            found.add(one)
        reached = end if reached is None else max(reached, end)
    return found


def _issued_wh(every: Iterable[Bundle]) -> dict[tuple[str, int, int], int]:
    """What was issued of a device for a time, as far as it is here."""
    found: dict[tuple[str, int, int], int] = defaultdict(int)
    for one in every:
        found[one.produced] += one.wh
    return found


def _broken(bundle: Bundle, issued_wh: int) -> str:
    if bundle.quantity != bundle.last - bundle.first + 1 or bundle.quantity < 1:
        return f"it counts {bundle.quantity} certificates, its range has {bundle.last - bundle.first + 1}"
    if not 0 < bundle.to_at - bundle.from_at <= HOUR_S:
        return "its time of production is none, or longer than an hour"
    if issued_wh * HOUR_S > bundle.capacity_w * (bundle.to_at - bundle.from_at):
        return f"{issued_wh} Wh are more than a device of {bundle.capacity_w} W can make in its time"
    return ""


def _unfit(bundle: Bundle) -> str:
    if bundle.carrier.lower() != "electricity" or bundle.converted:
        return "is not of electricity as it was generated"
    if bundle.stored:
        return "was given back by a storage device (储能): charge and discharge records are not followed here"
    if bundle.source.lower() not in CARBON_FREE:
        return f"its source is not free of carbon: {bundle.source}"
    if bundle.emission:
        return f"its device emits {bundle.emission:f} kg/MWh"
    return ""


def _not_cancelled(bundle: Bundle, ended: Sequence[Cancellation], claim: Claim) -> str:
    if bundle.status.lower() not in CANCELLED:
        return f"was not cancelled: its status is {bundle.status}"
    own = [one for one in ended if one.first <= bundle.last and bundle.first <= one.last]
    if len(own) != 1 or not (own[0].first <= bundle.first and bundle.last <= own[0].last):
        return "has not exactly one cancellation that covers its range"
    (found,) = own
    if found.beneficiary is None:
        return "its cancellation names no beneficiary"
    if found.beneficiary != claim.entity:
        return f"was cancelled for {found.beneficiary}"
    if found.at > claim.closed_at:
        return "was cancelled after the footprint was closed"
    if not bundle.issued_at <= found.at < bundle.expires_at:
        return "was cancelled before it was issued, or after it expired"
    return ""


def _elsewhere(bundle: Bundle, claim: Claim) -> str:
    if not claim.from_at <= bundle.from_at < bundle.to_at <= claim.to_at:
        return "was generated outside the period"
    if not claim.regions.intersection(bundle.regions):
        return f"is of another market: {', '.join(bundle.regions)}"
    return _taken(bundle, claim.taken) or claim.elsewhere(bundle.issuance, claimable=True)


def _taken(bundle: Bundle, taken: Mapping[str, str]) -> str:
    """Certificates that somebody else claims may be any range of the issuance, in any spelling."""
    for number, by in taken.items():
        found = _RANGE.fullmatch(spelling(number))
        if found is None or found[1] != spelling(bundle.issuance):
            continue
        if int(found[2]) <= bundle.last and bundle.first <= int(found[3]):
            return f"is claimed elsewhere: {by}"
    return ""


def _same_generation(bundle: Bundle, there: Mapping[tuple[int, int, str | None], str]) -> str:
    """`there`: a certificate of 1 MWh by its time and device."""
    found = [
        number
        for (from_at, to_at, device), number in there.items()
        if from_at < bundle.to_at
        and bundle.from_at < to_at
        and (device is None or spelling(device) == spelling(bundle.device))
    ]
    return f"may be the generation of certificate {min(found)}, which counts already" if found else ""
