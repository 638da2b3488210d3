"""What a report says month by month: how well each was read, and what of a line's emission it makes. Exact, no IO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from tally_finance.activity.state import State
from tally_finance.export.words import fraction

Said = Mapping[str, Any]

WORDS: Final = tuple(state.word for state in State)
_COUNTED: Final = frozenset({"main", "generation", "export"})
"""Roles of the meters that a medium's sums are made of."""


def meters_of(said: Said, medium: str) -> list[Said]:
    """The meters whose readings make a medium's sums, in each version of the boundary."""
    return [one for one in said["meters"] if one["medium"] == medium and one["role"] in _COUNTED]


def seconds_by_state(meters: Sequence[Said], from_at: int, to_at: int) -> dict[str, int]:
    """Seconds of [`from_at`, `to_at`), added up over meters, by what they rest on."""
    found = dict.fromkeys(WORDS, 0)
    for meter in meters:
        whole = _shared(meter, from_at, to_at)
        for one in meter["not_measured"]:
            seconds = _shared(one, from_at, to_at)
            found[one["state"]] += seconds
            whole -= seconds
        found[State.MEASURED.word] += whole
    return found


def percents(seconds: Mapping[str, int]) -> dict[str, Fraction]:
    """Each state's part of the time, in percent; nothing of no time."""
    whole = sum(seconds.values())
    return {word: Fraction(100 * seconds[word], whole) if whole else Fraction(0) for word in WORDS}


def emissions(said: Said, line: Said) -> dict[str, Fraction] | None:
    """kgCO2e of a line by the beginning of the month, in proportion to what each month bought.

    A line is its medium's main meters times constants, so this is exact. None for a line that is none of that: its
    result is market-based (certificates have no month), its loads are of several media, something of it was passed on
    (which has no months in a report), or nothing was bought.
    """
    loads = {one["id"]: one for one in said["meters"]}
    media = {loads[name]["medium"] for name in line["opens"] if name in loads}
    medium = next((one for one in said["media"] if media == {one["name"]}), None)
    passed_on = any(one["use"] == line["use"] for one in said.get("passed_on", ()))
    if line["scope"] == "2 market-based" or passed_on or medium is None or not fraction(medium["bought"]):
        return None
    per_unit = fraction(line["kg"]) / fraction(medium["bought"])
    return {one["from"]: per_unit * fraction(one["bought"]) for one in medium["months"]}


def _shared(one: Said, from_at: int, to_at: int) -> int:
    """Seconds that an interval has of another one."""
    return max(min(int(one["to"]), to_at) - max(int(one["from"]), from_at), 0)
