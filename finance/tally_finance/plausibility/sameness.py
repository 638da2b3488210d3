"""One series on two meters: sensors moved to another pile, or one pile shown under two names. Exact, no IO."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from tally_finance.plausibility.doubt import Doubt
from tally_finance.plausibility.observed import Observed, Series

NAME: Final = "same-series"
CHANGES: Final = 12
"""So many changes in a row alike: two piles that stand still are alike, too, and that says nothing."""

REGISTERS: Final = ("energy_import", "volume", "kg_in", "kg_out", "level", "present", "passed_in", "passed_out")
"""What belongs to one meter or pile alone. Two gauges in one yard show one temperature, and that is as it should be."""

_FLOWS: Final = ("energy_import", "volume")
"""What flows through a meter flows through those above it; a pile or a scale has nothing above it that is alike."""


def check(observed: Observed) -> list[Doubt]:
    """One doubt per pair of meters at most; meters above one another may count the same flow."""
    by_register: dict[tuple[str, str], list[tuple[str, Series]]] = {}
    for (point, register), series in sorted(observed.series.items()):
        if register not in REGISTERS:
            continue
        by_register.setdefault((register, series.unit), []).append((point, series))
    above = _above(observed)
    doubts: dict[tuple[str, str], Doubt] = {}
    for (register, _), members in by_register.items():
        for (one, left), (other, right) in combinations(members, 2):
            related = register in _FLOWS and (other in above.get(one, ()) or one in above.get(other, ()))
            if related or (one, other) in doubts:
                continue
            alike = next(_alike(left, right), None)
            if alike is not None:
                text = f"{register} is that of {one}, value by value"
                doubts[one, other] = Doubt(NAME, other, *alike, text)
    return list(doubts.values())


def _above(observed: Observed) -> dict[str, set[str]]:
    """Every meter that was above a meter at some time."""
    above: dict[str, set[str]] = {}
    for _, _, parents in observed.hierarchies():
        for point in parents:
            parent = parents.get(point)
            while parent is not None and parent not in above.setdefault(point, set()):
                above[point].add(parent)
                parent = parents.get(parent)
    return above


def _alike(left: Series, right: Series) -> Iterator[tuple[int, int]]:
    """The first stretch in which both show the same at the same times, and change often enough."""
    there = dict(right.points)
    begun: int | None = None
    changes, last = 0, None
    for at, value in left.points:
        if there.get(at) != value:
            begun, changes, last = None, 0, None
            continue
        begun = at if begun is None else begun
        changes += last is not None and value != last
        last = value
        if changes >= CHANGES:
            yield begun, at
            return
