"""How much of a load was matched hour by hour (逐时匹配): granular certificates beside consumption. Exact, no IO.

    CFE = sum over hours of min(load, certificates) / sum over hours of load

A certificate of an hour counts in that hour and in the same grid region, where what it stands for could be delivered;
none is carried to another hour. An hour whose load nobody measured (its total is bridged by registers, or a ceiling,
and its course in time is unknown) is matched by nothing, and counts in the load. The score stands beside the annual
market-based result and replaces no part of it. An annual claim that is lower than what was matched hour by hour
contradicts it: the hours are a part of the year.

The year is matched month by month, so that a month's score is a step of the trace as the year's is. A month has a
series for each meter, whose source is the load's digest, and one for all its certificates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from typing import Final

from tally_finance.errors import FootprintError
from tally_finance.footprint import steps
from tally_finance.footprint.granular import HOUR_S, Bundle
from tally_finance.footprint.operations import Op
from tally_finance.footprint.trace import Node, canonical

MAX_HOURS: Final = 9000
"""A year has 8,784 at most."""
WORST: Final = 12
"""Hours with the most that was matched by nothing, which are told one by one."""
PLACES: Final = 5
STEP: Final = Decimal(1).scaleb(-PLACES)
"""A score that is told is a share to this, rounded down: a thousandth of a percent, never flattered."""

_KWH: Final = "kWh"


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

    def at(self, number: int) -> int:
        """When an hour begins."""
        return self.from_at + number * HOUR_S


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour in kWh. `known`: whether its load was measured."""

    from_at: int
    load: Fraction
    matched: Fraction
    known: bool


@dataclass(frozen=True, eq=False)
class Stretch:
    """Hours from `from_at` to `to_at`, in kWh. `cfe`: a share of one; None where nothing was drawn."""

    from_at: int
    to_at: int
    load: Node
    matched: Node
    surplus: Node
    cfe: Node | None
    hours: tuple[Hour, ...]

    @property
    def unknown(self) -> int:
        """How many hours nobody measured."""
        return sum(not one.known for one in self.hours)


@dataclass(frozen=True, eq=False)
class Matching:
    """`cfe` is a share of one, and `told` the same rounded down; the others are kWh.

    `surplus`: certificates that no load met in their hour.
    """

    cfe: Node
    told: Node
    load: Node
    matched: Node
    unmatched: Node
    surplus: Node
    months: tuple[Stretch, ...]

    def contradicts(self, claimed: Node) -> bool:
        """Whether an annual claim in kWh is lower than what was matched hour by hour."""
        return claimed.number < self.matched.number

    @property
    def hours(self) -> int:
        """How many there are."""
        return sum(len(month.hours) for month in self.months)

    @property
    def unknown(self) -> int:
        """How many hours nobody measured."""
        return sum(month.unknown for month in self.months)

    @property
    def worst(self) -> tuple[Hour, ...]:
        """The hours in which most was matched by nothing, the worst first."""
        every = [one for month in self.months for one in month.hours if one.load > one.matched]
        return tuple(sorted(every, key=lambda one: (one.matched - one.load, one.from_at))[:WORST])


def unmatched_why(bundle: Bundle, load: Hours, grid: str) -> str:
    """Why a bundle can meet no hour of a load that draws from a grid region; empty where it can."""
    if bundle.grid != grid:
        return f"feeds into another grid region: {bundle.grid}"
    first, last = ((at - load.from_at) // HOUR_S for at in (bundle.from_at, bundle.to_at - 1))
    if first != last:
        return "its time lies in two of the load's hours"
    return "" if 0 <= first < len(load.kwh) else "its hour is none of the load's"


def matched(loads: Sequence[Hours], bundles: Iterable[Bundle], cuts: Sequence[int] = ()) -> Matching:
    """What meters drew beside the bundles that can meet it (`unmatched_why`). `cuts`: the hours at which months begin.

    Raises FootprintError where the meters' hours are not the same, and where they drew nothing.
    """
    if not loads or len({(one.from_at, len(one.kwh)) for one in loads}) > 1:
        raise FootprintError("the hours of a site are those of all its meters")
    count = len(loads[0].kwh)
    offered: dict[int, list[Bundle]] = defaultdict(list)
    for one in bundles:
        offered[(one.from_at - loads[0].from_at) // HOUR_S].append(one)
    edges = sorted({0, count, *(cut for cut in cuts if 0 < cut < count)})
    months = tuple(_stretch(loads, offered, begin, end) for begin, end in pairwise(edges))
    total, met, surplus = (
        steps.total(f"{label} by the hour", nodes)
        for label, nodes in (
            ("load", [month.load for month in months]),
            ("matched", [month.matched for month in months]),
            ("surplus", [month.surplus for month in months]),
        )
    )
    if not total.number:
        raise FootprintError("a load of nothing is matched by nothing")
    cfe = steps.quotient("carbon-free energy by the hour", met, total)
    return Matching(
        cfe=cfe,
        told=steps.rounded("carbon-free energy by the hour, told", cfe, STEP, Op.ROUND_DOWN),
        load=total,
        matched=met,
        unmatched=steps.difference("unmatched", total, met),
        surplus=surplus,
        months=months,
    )


def _stretch(loads: Sequence[Hours], offered: Mapping[int, Sequence[Bundle]], begin: int, end: int) -> Stretch:
    """The hours from number `begin` to before `end`."""
    from_at, to_at = loads[0].at(begin), loads[0].at(end)
    when = {"from": str(from_at), "step_s": str(HOUR_S)}
    drawn = steps.of_series(
        Op.SERIES_SUM,
        "load by the hour",
        [steps.given_series(one.kwh[begin:end], _KWH, "meter by the hour", {**one.source, **when}) for one in loads],
    )
    inside = [one for number in range(begin, end) for one in offered.get(number, ())]
    given = [sum((one.kwh for one in offered.get(number, ())), Decimal(0)) for number in range(begin, end)]
    green = offer = steps.given_series(given, _KWH, "certificates by the hour", {**_source(inside), **when})
    unknown = frozenset[int]().union(*(one.unknown for one in loads))
    known = [0 if number in unknown else 1 for number in range(begin, end)]
    if not all(known):
        loads_of = sha256(canonical(sorted(canonical(one.source).hex() for one in loads))).hexdigest()
        mask = steps.given_series(known, "1", "hours that were measured", {"loads": loads_of, **when})
        green = steps.of_series(Op.SERIES_PRODUCT, "certificates in measured hours", [offer, mask])
    both = steps.of_series(Op.SERIES_MINIMUM, "matched by the hour", [drawn, green])
    load, met, shown = (
        steps.of_series(Op.SERIES_TOTAL, label, [node])
        for label, node in (("load of the month", drawn), ("matched in the month", both), ("certificates", offer))
    )
    hours = enumerate(zip(drawn.series, both.series, known, strict=True))
    return Stretch(
        from_at,
        to_at,
        load,
        met,
        steps.difference("surplus of the month", shown, met),
        steps.quotient("carbon-free energy of the month", met, load) if load.number else None,
        tuple(
            Hour(from_at + number * HOUR_S, one, met_of_it, bool(is_known))
            for number, (one, met_of_it, is_known) in hours
        ),
    )


def _source(bundles: Sequence[Bundle]) -> dict[str, str]:
    """Which certificates a series adds up: how many bundles, and a digest of their numbers."""
    numbers = sorted(one.number for one in bundles)
    return {"bundles": str(len(numbers)), "numbers": sha256(canonical(numbers)).hexdigest()}
