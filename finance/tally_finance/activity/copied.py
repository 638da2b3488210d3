"""Readings that were copied (读数雷同): a day that repeats another one, reading by reading, to the last digit. No IO.

Who holds a meter's key can sign a quiet day again under a new date, or another meter's day as this one's; signature,
number and link are good. What is counted between readings never comes twice in the same order to the last digit where
it changes from reading to reading. A meter that idles counts the same every hour, so days of few different values say
nothing; and a meter above another one may show what that one shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from tally_finance.activity.bins import days
from tally_finance.activity.boundary import Role
from tally_finance.activity.column import Column
from tally_finance.activity.remark import Name, Remark
from tally_finance.activity.site import Site

LEAST_DIFFERENT: Final = 12
"""Different values between the readings of a day, below which a repetition may be chance."""


@dataclass(frozen=True, slots=True)
class _Day:
    """A day of one meter: its name in the sheet, and its midnight."""

    meter: str
    from_at: int


def remarks(site: Site) -> Iterator[Remark]:
    """A remark for each meter whose days repeat those of another meter, or its own."""
    columns = {one.line.name: one.column for term in site.terms for one in term.meters.values() if one.believed}
    subs = [line for term in site.terms for line in term.version.lines if line.role is Role.SUB]
    parents = {line.name: line.parent for line in subs}
    first: dict[bytes, _Day] = {}
    found: dict[str, list[tuple[_Day, _Day]]] = {}
    for name, column in sorted(columns.items()):
        for from_at, key in _days(site, column):
            day = _Day(name, from_at)
            other = first.setdefault(key, day)
            if other is not day and not _may_be_alike(other.meter, name, columns, parents):
                found.setdefault(name, []).append((day, other))
    for name, pairs in found.items():
        day, other = pairs[0]
        text = f"{len(pairs)} days: that from {day.from_at} repeats that of {other.meter} from {other.from_at}"
        yield Remark(Name.COPIED, name, text)


def _days(site: Site, column: Column) -> Iterator[tuple[int, bytes]]:
    """Each whole day's midnight, and what its readings counted, at which seconds of the day."""
    edges = days(site.boundary.zone, site.from_at, site.to_at)
    counted = np.diff(column.value)
    ends = np.searchsorted(column.at, edges, "right")
    for number, from_at in enumerate(edges[:-1].tolist()):
        begin, end = max(int(ends[number]), 1), int(ends[number + 1])
        inside = counted[begin - 1 : end - 1]
        if inside.size >= LEAST_DIFFERENT and np.unique(inside).size >= LEAST_DIFFERENT:
            yield from_at, (column.at[begin:end] - from_at).tobytes() + inside.tobytes() + bytes([column.places])


def _may_be_alike(one: str, other: str, columns: Mapping[str, Column], parents: Mapping[str, str | None]) -> bool:
    """Whether two meters are one register under two names, or stand one above the other."""
    if one != other and (columns[one].point, columns[one].register) == (columns[other].point, columns[other].register):
        return True
    return one in _above(other, parents) or other in _above(one, parents)


def _above(name: str, parents: Mapping[str, str | None]) -> Iterator[str]:
    above = parents.get(name)
    while above is not None:
        yield above
        above = parents.get(above)
