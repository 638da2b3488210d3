"""From registers to intervals: what was counted between one reading and the next. Exact, no IO.

1  The readings are cut where another meter or ratio begins; each part ends and begins with the registers read there.
2  A cumulative register counts the difference to the reading before, times the multiplier. A fall is a rollover where
   the register's range explains it, by the rule of the verification; else nobody knows what was counted there.
3  Nobody knows either what was counted around a change at which no register was read, and between the edges of the
   period and the readings next to them.
4  Where readings lie further apart than the cadence allows, the quantity is measured all the same; its course is not.

What nobody knows is MISSING here, with a quantity of 0; `ceiling.bounded` fills it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tally_chain.verify.coverage import COVERAGE_TENTHS, holes_as_planned
from tally_chain.verify.register_check import ROLLOVER_SHARE
from tally_finance.activity.column import Column, Ints, differences, multiplied, places_of, scaled, too_large
from tally_finance.activity.meter import Cadences, Meter, Stretch, Turn
from tally_finance.activity.source import NOWHERE
from tally_finance.activity.state import BRIDGED, MEASURED, MISSING, States

_TENTHS: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Quantities × 10^-`places` between consecutive boundaries `at`; `opened`: the number of the source of each.

    `digit` is what one last digit of the register stands for, in the same units; `rolled` are the numbers of the
    intervals in which it fell and was taken to have rolled over.
    """

    at: Ints
    quantity: Ints
    state: States
    opened: Ints
    places: int
    digit: int
    rolled: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What a register showed under one set of facts, with the registers read at its ends."""

    at: Ints
    value: Ints
    opened: Ints
    stretch: Stretch


def counted(column: Column, meter: Meter, period: tuple[int, int]) -> Intervals:
    """The intervals of a cumulative register over a period (from, to). Raises ActivityError beyond 64 bits."""
    read = [one for turn in meter.turns for one in (turn.closing, turn.opening) if one is not None]
    ranges = [one.modulus for one in meter.stretches if one.modulus is not None]
    places = max(column.places, *map(places_of, (*read, *ranges)), 0)
    finest = max(places_of(one.multiplier) for one in meter.stretches)
    parts = _parts(column, meter, period, places)
    counted_parts = [_counted_part(part, column.name, meter.cadences, places, finest) for part in parts]
    digit = max(scaled(one.multiplier, finest) for one in meter.stretches) * 10 ** (places - column.places)
    return _joined(parts, counted_parts, meter.turns, period, (places + finest, digit))


def _parts(column: Column, meter: Meter, period: tuple[int, int], places: int) -> list[Part]:
    """Step 1. What was read in the very second of a change is the old meter's; not where that can not show it, or where
    the authority did not read it, so that it may be either's."""
    low = int(np.searchsorted(column.at, period[0], "left"))
    high = int(np.searchsorted(column.at, period[1], "right"))
    at, opened = column.at[low:high], column.opened[low:high]
    value = multiplied(column.value[low:high], 10 ** (places - column.places), column.name)
    parts, begin = [], 0
    opening: tuple[int, int, int] | None = None
    for number, stretch in enumerate(meter.stretches):
        turn = meter.turns[number] if number < len(meter.turns) else None
        end = at.size if turn is None else int(np.searchsorted(at, turn.at, "right"))
        last = end
        if turn is not None and turn.other_meter and end - begin > 1 and at[end - 1] == turn.at:
            last = end - 1 if turn.closing is None or value[end - 1] < value[end - 2] else end
        part = Part(at[begin:last], value[begin:last], opened[begin:last], stretch)
        if opening is not None:
            part = _with(part, opening, column.name, first=True)
        opening = None
        if turn is not None:
            closed, opened_with = _read_at(turn, part, period[0], places)
            if closed is not None:
                part = _with(part, closed, column.name, first=False)
            opening, begin = opened_with, end
        parts.append(part)
    return parts


Counted = tuple[Ints, States, Ints]
"""The quantities of a part's intervals, their states, and the numbers of those that rolled over."""

Node = tuple[int, int, int]
"""When, what the register showed (scaled), and the number of the source."""


def _read_at(turn: Turn, part: Part, from_at: int, places: int) -> tuple[Node | None, Node | None]:
    """What the register showed on both sides of a change, None where nobody read it.

    The same meter goes on: a reading in that very second is its register on both sides where the authority read none,
    and at the period's beginning, where nothing before it is counted, in any case.
    """
    closing = None if turn.closing is None else (turn.at, scaled(turn.closing, places), turn.opened)
    opening = None if turn.opening is None else (turn.at, scaled(turn.opening, places), turn.opened)
    if not turn.other_meter and part.at.size and part.at[-1] == turn.at:
        reading = (turn.at, int(part.value[-1]), int(part.opened[-1]))
        if turn.at == from_at or (closing is None and opening is None):
            return reading, reading
    return closing, opening


def _with(part: Part, node: Node, name: str, *, first: bool) -> Part:
    """The part with a register at its beginning or end, in the place of a reading of that very second."""
    if not -(2**63) <= node[1] < 2**63:
        raise too_large(name)
    at, value, opened = part.at, part.value, part.opened
    if at.size and at[0 if first else -1] == node[0]:
        keep = slice(1, None) if first else slice(None, -1)
        at, value, opened = at[keep], value[keep], opened[keep]
    position = 0 if first else at.size
    joined = [np.insert(old, position, np.int64(new)) for old, new in zip((at, value, opened), node, strict=True)]
    return Part(joined[0], joined[1], joined[2], part.stretch)


def _counted_part(part: Part, name: str, cadences: Cadences, places: int, finest: int) -> Counted:
    """Steps 2 and 4: the quantities of a part, their states, and which of them rolled over."""
    risen = differences(part.value, name)
    state = np.full(risen.size, MEASURED, dtype=np.int8)
    state[too_far_apart(part.at, cadences)] = BRIDGED
    fallen, rolled = np.flatnonzero(risen < 0), []
    if fallen.size:
        risen = risen.copy()
        modulus = None if part.stretch.modulus is None else scaled(part.stretch.modulus, places)
        for one in fallen.tolist():
            turned = None if modulus is None else int(risen[one]) + modulus
            if turned is not None and modulus is not None and 0 <= turned * ROLLOVER_SHARE <= modulus:
                risen[one] = turned
                rolled.append(one)
            else:
                risen[one], state[one] = 0, MISSING
    quantity = multiplied(risen, scaled(part.stretch.multiplier, finest), name)
    return quantity, state, np.array(rolled, dtype=np.int64)


def too_far_apart(at: Ints, cadences: Cadences) -> Ints:
    """Which of the stretches between consecutive times are longer than the cadence allows."""
    if at.size < 2 or not cadences:
        return np.empty(0, dtype=np.int64)
    limit = COVERAGE_TENTHS * min(cadence_s for _, cadence_s in cadences)
    found = np.flatnonzero(np.diff(at) * _TENTHS > limit)
    if len(cadences) > 1:
        long = [one for one in found.tolist() if holes_as_planned(at[one : one + 2].tolist(), cadences)]
        found = np.array(long, dtype=np.int64)
    return found


def _joined(
    parts: list[Part],
    counted_parts: list[Counted],
    turns: tuple[Turn, ...],
    period: tuple[int, int],
    unit: tuple[int, int],
) -> Intervals:
    """Step 3: one after the other over the whole period, what nobody knows between them."""
    at, opened = [np.array([period[0]], dtype=np.int64)], [np.array([NOWHERE], dtype=np.int64)]
    quantity: list[Ints] = []
    state: list[States] = []
    rolled: list[Ints] = [np.empty(0, dtype=np.int64)]

    def reach(until: int, number: int) -> None:
        """Go on to a time; what lies between is missing. A known source of the same time stands for no source."""
        if until > at[-1][-1]:
            at.append(np.array([until], dtype=np.int64))
            opened.append(np.array([number], dtype=np.int64))
            quantity.append(np.zeros(1, dtype=np.int64))
            state.append(np.array([MISSING], dtype=np.int8))
        elif opened[-1][-1] == NOWHERE:
            opened[-1] = np.append(opened[-1][:-1], np.int64(number))

    for number, (part, (of_part, states, turned)) in enumerate(zip(parts, counted_parts, strict=True)):
        if part.at.size:
            reach(int(part.at[0]), int(part.opened[0]))
            rolled.append(turned + sum(one.size for one in quantity))
            at.append(part.at[1:])
            opened.append(part.opened[1:])
            quantity.append(of_part)
            state.append(states)
            at, opened = [np.concatenate(at)], [np.concatenate(opened)]
        if number < len(turns):
            reach(turns[number].at, turns[number].opened)
    reach(period[1], NOWHERE)
    return Intervals(
        np.concatenate(at),
        np.concatenate(quantity) if quantity else np.zeros(0, dtype=np.int64),
        np.concatenate(state) if state else np.zeros(0, dtype=np.int8),
        np.concatenate(opened),
        *unit,
        np.concatenate(rolled),
    )
