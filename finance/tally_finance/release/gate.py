"""Serials that passed a gate outwards (出门), and the load that took them. No IO.

A truck is loaded behind the gate and weighed after it: what passed within LOADING_S before a weighing may be its load.
The gate does not know trucks, so between two trucks that load at once nobody can tell; that is said, not guessed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tally_finance.quantity.evidence import Evidence, Source
from tally_finance.quantity.tickets import Ticket

LOADING_S: Final = 2 * 3_600
"""From the first piece through the gate to the second weighing."""


@dataclass(frozen=True, slots=True)
class Passing:
    """A serial that went out, when (Unix seconds), and the statement that says so."""

    serial: str
    at: int
    source: Source


def passings(evidence: Evidence, gate: str) -> list[Passing]:
    """All that went out through a gate in the period, by time."""
    found = [
        Passing(reading.value, reading.taken_at, pack.source)
        for pack in evidence.packs.get(gate, ())
        for reading in pack.readings
        if reading.register == "serial_out" and isinstance(reading.value, str)
    ]
    return sorted(
        (one for one in found if evidence.from_at < one.at <= evidence.to_at), key=lambda one: (one.at, one.serial)
    )


def candidates(passing: Passing, loads: Sequence[Ticket]) -> Sequence[Ticket]:
    """The loads, ordered by time, that may have taken it: all that were weighed within LOADING_S afterwards."""
    first = bisect_left(loads, passing.at, key=lambda load: load.at)
    last = bisect_left(loads, passing.at + LOADING_S + 1, key=lambda load: load.at)
    return loads[first:last]
