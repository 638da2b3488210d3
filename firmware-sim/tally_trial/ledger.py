"""Which injected event was caught by what, and what was said that nobody injected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tally_sim.plant.interface import Happening
from tally_trial.injection import KINDS
from tally_trial.reading import BY_DESIGN, Found
from tally_trial.scene import point_of


@dataclass(frozen=True, slots=True)
class Line:
    """An injected event, what caught it, and what else followed from it."""

    happening: Happening
    caught_by: tuple[Found, ...]
    also: tuple[Found, ...]

    @property
    def caught(self) -> bool:
        """Whether anything caught it."""
        return bool(self.caught_by)


@dataclass(frozen=True, slots=True)
class Ledger:
    """One line per injected event, and the false alarms."""

    lines: tuple[Line, ...]
    false_alarms: tuple[Found, ...]


def ledger_of(happenings: Sequence[Happening], found: Sequence[Found]) -> Ledger:
    """Match what was found with what was injected: by sign, and by place where several events have the sign."""
    caught: dict[int, list[Found]] = {number: [] for number in range(len(happenings))}
    also: dict[int, list[Found]] = {number: [] for number in range(len(happenings))}
    false_alarms = []
    for one in found:
        if one.sign in BY_DESIGN:
            continue
        by = _nearest(
            [n for n, what in enumerate(happenings) if one.sign in KINDS[what.name].caught_by], happenings, one
        )
        beside = _nearest(
            [n for n, what in enumerate(happenings) if one.sign in KINDS[what.name].also], happenings, one
        )
        if by is not None and (beside is None or _at(happenings[by], one) or not _at(happenings[beside], one)):
            caught[by].append(one)
        elif beside is not None:
            also[beside].append(one)
        else:
            false_alarms.append(one)
    lines = tuple(Line(what, tuple(caught[number]), tuple(also[number])) for number, what in enumerate(happenings))
    return Ledger(lines, tuple(false_alarms))


def _at(happening: Happening, one: Found) -> bool:
    return bool(happening.where) and point_of(happening.where) in one.touches


def _nearest(numbers: list[int], happenings: Sequence[Happening], one: Found) -> int | None:
    """Of the events that could have caused it, one at its place; else the first."""
    return next((n for n in numbers if _at(happenings[n], one)), numbers[0] if numbers else None)
