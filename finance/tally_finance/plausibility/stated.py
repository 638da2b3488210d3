"""What the authority stated of meters and site, by time: ratios, exchanges, what is above what, local days. Pure: no IO
beyond the tables of time zones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tally_edge.agent.settle import SiteTime
from tally_edge.authority import FactsEvent, MeterFacts, SitePlan
from tally_edge.device import RegisterValue

Parents = Mapping[str, str]
"""The meter above a meter, by metering point."""

MOST_DAYS: Final = 36_525
"""A period of more days, a hundred years, has none: no evidence is as old, and a made-up end must not cost an hour."""

_DAY_S: Final = 86_400

_CHANGING: Final = (FactsEvent.EXCHANGE, FactsEvent.RATIO, FactsEvent.REMOVAL)


@dataclass(frozen=True, slots=True)
class Change:
    """At a metering point another meter or another ratio is in force after `at` (Unix seconds).

    `before` is the multiplier until then; `closing` and `opening` are the registers that were read, by name.
    `other_meter`: the serial number is another one.
    """

    at: int
    before: Decimal
    closing: Mapping[str, RegisterValue]
    opening: Mapping[str, RegisterValue]
    other_meter: bool


def multiplier_of(facts: Sequence[MeterFacts], to_at: int) -> Decimal:
    """The multiplier in force at the end; before the first facts, that of the first. `facts`: one at least."""
    ordered = _by_time(facts)
    in_force = [one for one in ordered if one.effective_at <= to_at] or ordered[:1]
    return Decimal(in_force[-1].multiplier)


def changes_of(facts: Sequence[MeterFacts], from_at: int, to_at: int) -> tuple[Change, ...]:
    """Exchanges, removals and changes of the ratio inside a period, whatever their event is called."""
    return tuple(
        Change(
            after.effective_at,
            Decimal(before.multiplier),
            _named(after.closing),
            _named(_opening(before, after)),
            before.serial != after.serial,
        )
        for before, after in pairwise(_by_time(facts))
        if from_at <= after.effective_at <= to_at
        and (after.event in _CHANGING or (before.serial, before.multiplier) != (after.serial, after.multiplier))
    )


def _by_time(facts: Sequence[MeterFacts]) -> list[MeterFacts]:
    """Of several facts from one time on the last that were stated hold: each states everything."""
    of_time = {one.effective_at: one for one in facts}
    return [of_time[at] for at in sorted(of_time)]


def _opening(before: MeterFacts, after: MeterFacts) -> tuple[RegisterValue, ...] | None:
    same = after.event not in (FactsEvent.EXCHANGE, FactsEvent.REMOVAL) and before.serial == after.serial
    return after.closing if after.opening is None and same else after.opening


def _named(values: Sequence[RegisterValue] | None) -> dict[str, RegisterValue]:
    return {value.register: value for value in values or ()}


def hierarchies(plans: Sequence[tuple[int, SitePlan]]) -> tuple[Parents, tuple[tuple[int, Parents], ...]]:
    """The hierarchy in force at last, and those before it as (until, parents), from plans with their times, in order.

    A plan holds until the next one of its site, the first also before it was stated. What the next one drops is gone.
    """
    newest: dict[str, SitePlan] = {}
    for _, plan in plans:
        newest.setdefault(plan.site, plan)
    found = [(0, _parents(newest))]
    for at, plan in sorted(plans, key=lambda one: one[0]):
        newest[plan.site] = plan
        if _parents(newest) != found[-1][1]:
            found.append((at, _parents(newest)))
    earlier = tuple((after[0], before[1]) for before, after in pairwise(found))
    return found[-1][1], earlier


def _parents(newest: Mapping[str, SitePlan]) -> dict[str, str]:
    return {point.point: point.parent for plan in newest.values() for point in plan.points if point.parent}


def midnights_of(plans: Sequence[tuple[int, SitePlan]], from_at: int, to_at: int) -> tuple[int, ...]:
    """The site-local midnights in a period; none where the plans name no time zone, an unknown one, or several, nor
    in more than MOST_DAYS, nor where no calendar has them (after the year 9999)."""
    newest = {plan.site: plan.timezone for _, plan in plans}
    zones = set(newest.values())
    if len(zones) != 1 or to_at - from_at > MOST_DAYS * _DAY_S:
        return ()
    try:
        return tuple(_midnights(SiteTime(ZoneInfo(zones.pop())), from_at, to_at))
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
        # OSError: "Asia" names a folder of the zone tables. The calendar ends with ValueError or OverflowError.
        return ()


def _midnights(site_time: SiteTime, from_at: int, to_at: int) -> Iterator[int]:
    at, _ = site_time.next_boundary(from_at - 1)
    while at <= to_at:
        yield at
        at, _ = site_time.next_boundary(at)
