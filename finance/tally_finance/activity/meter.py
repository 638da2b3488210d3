"""What the authority states of a meter, as counting needs it: multiplier, range, and where another begins. No IO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tally_chain.verify.facts import StatedFacts
from tally_edge.authority import MeterFacts
from tally_finance.activity.source import number_of_stated
from tally_finance.plausibility.stated import Change, changes_of, multiplier_of
from tally_finance.quantity.evidence import Source

Cadences = Sequence[tuple[int, int]]
"""(from when on, seconds), ascending; the first holds before its time too."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time under one set of meter facts. A register with a `modulus` starts again at 0 when it reaches it."""

    multiplier: Decimal
    modulus: Decimal | None


@dataclass(frozen=True, slots=True)
class Turn:
    """After `at` (Unix seconds) the readings are those of another meter, or under another ratio.

    `closing` and `opening` are what the register showed, None where nobody stated it; `opened` is the number of the
    statement.
    """

    at: int
    closing: Decimal | None
    opening: Decimal | None
    other_meter: bool
    opened: int


@dataclass(frozen=True, slots=True)
class Meter:
    """One more stretch than turns, in order of time; how often the meter speaks."""

    stretches: tuple[Stretch, ...]
    turns: tuple[Turn, ...]
    cadences: tuple[tuple[int, int], ...]


PLAIN = Stretch(Decimal(1), None)


def meter_of(
    stated: Sequence[StatedFacts], register: str, unit: str, period: tuple[int, int], cadences: Cadences
) -> Meter:
    """The meter over a period (from, to), from at least one statement of facts about its metering point."""
    facts = [one.facts for one in stated]
    numbers = {one.facts.effective_at: number_of_stated(position) for position, one in enumerate(stated)}
    changes = changes_of(facts, *period)
    stretches = [Stretch(one.before, _modulus(facts, register, one.at - 1)) for one in changes]
    stretches.append(Stretch(multiplier_of(facts, period[1]), _modulus(facts, register, period[1])))
    turns = tuple(_turn(one, register, unit, numbers[one.at]) for one in changes)
    return Meter(tuple(stretches), turns, tuple(cadences))


def stated_sources(stated: Sequence[StatedFacts]) -> list[Source]:
    """The sources that the numbers of turns stand for."""
    return [Source(f"{one.facts.point}, meter facts from {one.facts.effective_at}", one.statement_id) for one in stated]


def _turn(change: Change, register: str, unit: str, number: int) -> Turn:
    closing, opening = (
        Decimal(read[register].value) if register in read and read[register].unit == unit else None
        for read in (change.closing, change.opening)
    )
    return Turn(change.at, closing, opening, change.other_meter, number)


def _modulus(facts: Sequence[MeterFacts], register: str, at: int) -> Decimal | None:
    """The register's range by the facts in force; for a time before the first, by the first."""
    ordered = sorted(facts, key=lambda one: one.effective_at)
    in_force = [one for one in ordered if one.effective_at <= at] or ordered[:1]
    found = [one.modulus for one in in_force[-1].registers if one.register == register]
    return None if not found or found[0] is None else Decimal(found[0])
