"""Which injected event was caught by what, which could not be judged, and what was said that nobody injected.

A finding belongs to an event when sign, place and time fit, and to every event that it fits:

    sign     the event's kind names it (injection.py)
    place    it is about a place where the event took hold, or is compared with one that is
    time     it ends after the event began and before the event was over, or no later after it than the sign takes;
             where another event set the clock wrong, give or take that

A finding without a time, about a whole period or a whole log, fits by sign and place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tally_finance.plausibility import ratio
from tally_sim.plant.interface import Happening
from tally_trial.injection import DOUBT, KINDS
from tally_trial.outlook import LEARNS_S, NOTHING_SEEN, RATIO, Outlook
from tally_trial.reading import BY_DESIGN, OF_KEYS, Found
from tally_trial.scene import DAY_S

SETTLED_S: Final = DAY_S
"""A day holds what follows: the pack in which a reading comes, the reading after a gap, and the settlement at midnight,
to which daily sums go, too."""

AFTER_S: Final = {RATIO: ratio.WEEK_DAYS * DAY_S}
"""Signs that take longer: sums by the week."""

BEFORE_S: Final = 1
"""An exchange takes effect in the second before the new meter's first reading."""

ABSENT: Final = frozenset({"FACTS_MISSING", "SILENT_METER", "UNCOVERED_INTERVAL"})
"""Failures that say that there is no evidence of a meter that could be judged, or none of a time."""

NOTHING_COMPARED: Final = "nothing in this plant is held against it"


@dataclass(frozen=True, slots=True)
class Line:
    """An injected event, what caught it, and what else followed from it.

    `not_judged`: why nobody can say whether it would have been caught; `limit`: why nothing in the evidence shows it.
    Both are empty where it was caught.
    """

    happening: Happening
    caught_by: tuple[Found, ...]
    also: tuple[Found, ...]
    not_judged: str = ""
    limit: str = ""

    @property
    def caught(self) -> bool:
        """Whether anything caught it."""
        return bool(self.caught_by)

    @property
    def missed(self) -> bool:
        """Whether something should have caught it, and nothing did."""
        return not (self.caught_by or self.not_judged or self.limit)


@dataclass(frozen=True, slots=True)
class Ledger:
    """One line per injected event, and the false alarms."""

    lines: tuple[Line, ...]
    false_alarms: tuple[Found, ...]


def ledger_of(happenings: Sequence[Happening], found: Sequence[Found], outlook: Outlook | None = None) -> Ledger:
    """Match what was found with what was injected. With an `outlook` it is also said what the reader could not see."""
    said = [one for one in found if one.sign not in BY_DESIGN]
    lines = tuple(_line(what, happenings, said, outlook) for what in happenings)
    told = {one for line in lines for one in (*line.caught_by, *line.also)}
    return Ledger(lines, tuple(one for one in said if one not in told))


def _line(what: Happening, happenings: Sequence[Happening], said: Sequence[Found], outlook: Outlook | None) -> Line:
    kind = KINDS[what.name]
    wrong_s = max(KINDS[other.name].clock_s for other in happenings if other.where == what.where)
    here = [one for one in said if _at(what, one, outlook) and _in_time(what, one, wrong_s)]
    caught = tuple(one for one in here if one.sign in kind.caught_by)
    also = tuple(one for one in here if one.sign in kind.also)
    if caught:
        return Line(what, caught, also)
    not_judged = _hidden(what, said, also, outlook) if kind.caught_by else ""
    days = outlook.days_missing(what) if outlook is not None else 0
    if days and not not_judged:
        not_judged = f"needs {days} days"
    limit = NOTHING_COMPARED if outlook is not None and kind.caught_by and outlook.blind(what) else kind.limit
    return Line(what, caught, also, not_judged, "" if not_judged else limit)


def _at(what: Happening, one: Found, outlook: Outlook | None) -> bool:
    places = (outlook or NOTHING_SEEN).places_of(what)
    return not places or not places.isdisjoint(one.places)


def _in_time(what: Happening, one: Found, wrong_s: int) -> bool:
    if one.from_at is None or one.to_at is None:
        return True
    kind = KINDS[what.name]
    first = what.begins - BEFORE_S - kind.early_s - wrong_s
    last = what.ends + AFTER_S.get(one.sign, SETTLED_S) + kind.late_s + wrong_s
    # What was done while a check learnt is its normal, and the end of it looks like the change.
    taught = one.sign in LEARNS_S and what.begins < one.from_at + LEARNS_S[one.sign]
    return first <= one.to_at and (taught or one.to_at <= last)


def _overlaps(what: Happening, one: Found) -> bool:
    return one.from_at is None or one.to_at is None or (one.from_at < what.ends and what.begins < one.to_at)


def _hidden(what: Happening, said: Sequence[Found], also: Sequence[Found], outlook: Outlook | None) -> str:
    """By what an event that nothing caught was kept from being judged; empty where it was judged."""
    failures = [one for one in said if one.number and one.failure and one not in also]
    fallen = [one for one in failures if one.number < OF_KEYS]
    if fallen:
        return _by(fallen)  # a log that does not hold is not read any further
    absent = [one for one in failures if one.sign in ABSENT and _at(what, one, outlook) and _overlaps(what, one)]
    if absent:
        return _by(absent)  # what was kept back shows nothing of what was done to it
    doubts = [sign for sign in KINDS[what.name].caught_by if sign.startswith(DOUBT)]
    watching = outlook.watching(doubts, outlook.places_of(what)) if outlook is not None else []
    refused = [one for one in failures if any(one.places & group for group in watching)]
    if watching and all(any(one.places & group for one in refused) for group in watching):
        return _by(refused)  # plausibility asks only about meters whose evidence holds
    before = [one for one in said if one.sign in doubts and _at(what, one, outlook) and (one.to_at or 0) < what.begins]
    return _by(before)  # a check says one doubt of a place, the first


def _by(found: Sequence[Found]) -> str:
    return "hidden by " + ", ".join(dict.fromkeys(one.label for one in found)) if found else ""
