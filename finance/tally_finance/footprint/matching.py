"""How much of a load was matched hour by hour (逐时匹配): granular certificates beside consumption. Exact, no IO.

    CFE = sum over hours of min(load, certificates) / sum over hours of load

A certificate of an hour counts in that hour and in the same grid region, where what it stands for could be delivered;
none is carried to another hour. An hour whose load nobody measured (its total is bridged by registers, or a ceiling,
and its course in time is unknown) is matched by nothing, and counts in the load. The score stands beside the annual
market-based result and replaces no part of it. An annual claim that is lower than what was matched hour by hour
contradicts it: the hours are a part of the year.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Protocol

from tally_finance.errors import FootprintError
from tally_finance.footprint import steps
from tally_finance.footprint.certificates import Claim, Refused
from tally_finance.footprint.operations import Op
from tally_finance.footprint.trace import Node

HOUR_S: Final = 3600
MEASURED: Final = "measured"
MAX_HOURS: Final = 9000
"""A year has 8,784 at most."""


@dataclass(frozen=True, slots=True)
class Hours:
    """kWh of consecutive hours from `from_at` on (Unix seconds). Raises FootprintError.

    `source`: where they stand, such as point, register and the load's digest. `unknown`: the numbers of the hours whose
    course in time nobody measured.
    """

    from_at: int
    kwh: tuple[Decimal, ...]
    source: Mapping[str, str] = field(default_factory=dict)
    unknown: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if not 0 < len(self.kwh) <= MAX_HOURS:
            raise FootprintError(f"there are 1 to {MAX_HOURS} hours")
        if not all(one.is_finite() and one >= 0 for one in self.kwh):
            raise FootprintError("an hour has kWh from zero on")
        if not all(0 <= number < len(self.kwh) for number in self.unknown):
            raise FootprintError("an hour that is unknown is one of the hours")


class Bin(Protocol):
    """What `activity.bins.Bin` is, as far as a match looks at it."""

    @property
    def from_at(self) -> int:
        """Unix seconds."""
        ...

    @property
    def to_at(self) -> int:
        """Unix seconds."""
        ...

    @property
    def quantity(self) -> Decimal:
        """In kWh."""
        ...

    @property
    def state(self) -> Any:
        """The worst state of any of it; it has a `word`."""
        ...


def hours_of(bins: Iterable[Bin], source: Mapping[str, str]) -> Hours:
    """A load by the hour. Raises FootprintError where a bin is no hour, or does not follow the one before."""
    found = tuple(bins)
    starts = [found[0].from_at + number * HOUR_S for number in range(len(found))] if found else []
    if [(one.from_at, one.to_at) for one in found] != [(start, start + HOUR_S) for start in starts]:
        raise FootprintError("a load by the hour has whole hours, one after another")
    unknown = frozenset(number for number, one in enumerate(found) if one.state.word != MEASURED)
    return Hours(found[0].from_at if found else 0, tuple(one.quantity for one in found), source, unknown)


@dataclass(frozen=True, slots=True)
class Granular:
    """Granular certificates (分时绿证) of one device: a number, where it feeds in, for whom they were cancelled."""

    number: str
    region: str
    cancelled_for: str
    cancelled_at: int
    hours: Hours


@dataclass(frozen=True, eq=False)
class Matching:
    """`cfe` is a share of one; the others are kWh. `surplus`: certificates that no load met in their hour."""

    cfe: Node
    matched: Node
    unmatched: Node
    surplus: Node
    refused: tuple[Refused, ...]

    def contradicts(self, claimed: Node) -> bool:
        """Whether an annual claim in kWh is lower than what was matched hour by hour."""
        return claimed.number < self.matched.number


def matched(load: Hours, where: str, certificates: Iterable[Granular], claim: Claim) -> Matching:
    """The load of a site beside certificates. `where`: its grid region. Raises FootprintError where it drew nothing."""
    every = sorted(certificates, key=lambda one: (one.number, one.hours.from_at, one.region, one.cancelled_at))
    times = Counter(one.number for one in every)
    found = [(one, _unfit(one, times, where, claim) or _out_of_step(one, load)) for one in every]
    good = [_aligned(one, load) for one, why in found if not why]
    source = {**load.source, "from": str(load.from_at), "step_s": str(HOUR_S)}
    hours = steps.given_series(load.kwh, "kWh", "load by the hour", source)
    nothing = steps.given_series([0] * len(load.kwh), "kWh", "no certificate", {"by": "method"})
    offered = green = steps.of_series(Op.SERIES_SUM, "certificates by the hour", [nothing, *good])
    if load.unknown:
        known = [0 if number in load.unknown else 1 for number in range(len(load.kwh))]
        mask = steps.given_series(known, "1", "hours that were measured", source)
        green = steps.of_series(Op.SERIES_PRODUCT, "certificates in measured hours", [green, mask])
    both = steps.of_series(Op.SERIES_MINIMUM, "matched by the hour", [hours, green])
    total, met, shown = (
        steps.of_series(Op.SERIES_TOTAL, label, [node])
        for label, node in (("load", hours), ("matched", both), ("certificates", offered))
    )
    if not total.number:
        raise FootprintError("a load of nothing is matched by nothing")
    return Matching(
        cfe=steps.quotient("carbon-free energy by the hour", met, total),
        matched=met,
        unmatched=steps.difference("unmatched", total, met),
        surplus=steps.difference("surplus", shown, met),
        refused=tuple(Refused(one.number, why) for one, why in found if why),
    )


def _unfit(one: Granular, times: Counter[str], where: str, claim: Claim) -> str:
    if times[one.number] > 1:
        return "its number stands twice"
    if one.region != where:
        return f"feeds into another grid region: {one.region}"
    if one.cancelled_for != claim.entity:
        return f"was cancelled for {one.cancelled_for}"
    if one.cancelled_at > claim.closed_at:
        return "was cancelled after the footprint was closed"
    if one.number in claim.taken:
        return f"is claimed elsewhere: {claim.taken[one.number]}"
    return ""


def _out_of_step(one: Granular, load: Hours) -> str:
    return "its hours begin at other times than the load's" if (one.hours.from_at - load.from_at) % HOUR_S else ""


def _aligned(one: Granular, load: Hours) -> Node:
    """In the hours of the load; what lies outside counts for nothing."""
    shift = (load.from_at - one.hours.from_at) // HOUR_S
    values = [_at(one.hours.kwh, index + shift) for index in range(len(load.kwh))]
    return steps.given_series(
        values, "kWh", f"certificates {one.number}", {**one.hours.source, "certificates": one.number}
    )


def _at(values: Sequence[Decimal], index: int) -> Decimal:
    return values[index] if 0 <= index < len(values) else Decimal(0)
