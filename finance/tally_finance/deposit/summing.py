"""Whether what was deposited adds up: days to their month (以日保月), months to the year (以月保年). No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from tally_finance.activity.bins import days
from tally_finance.activity.column import summed
from tally_finance.deposit.body import STATES, SUMS, Body
from tally_finance.deposit.calendar import Month, day_of, months_of

WHOLE: Final = "all 合计"


@dataclass(frozen=True, slots=True)
class Difference:
    """A sum that is another one than it should be: of what (medium and word), as deposited, and as it should be."""

    of: str
    said: Decimal
    should: Decimal

    @property
    def text(self) -> str:
        """For people."""
        return f"{self.of}: deposited {self.said:f}, should be {self.should:f}, {self.said - self.should:+f}"


def of_days(body: Body) -> Iterator[str]:
    """What does not add up inside a month: sums, states, and days that are left out or stand twice."""
    for one in body["media"]:
        for word in (*SUMS, *STATES):
            yield from _differs(f"{one['name']}, {word}", one["month"][word], (day[word] for day in one["days"]))
        for day in (one["month"], *one["days"]):
            bought, made, fed_in, used = (Decimal(day[word]) for word in SUMS)
            if used != bought + made - fed_in or bought + made != summed(Decimal(day[word]) for word in STATES):
                yield f"{one['name']}, {day.get('day', 'month')}: its parts are not its sum"
        yield from _covered(one["name"], one["days"], body)
    for one in body["output"]:
        yield from _differs(f"{one['meter']}, made", one["month"]["made"], (day["made"] for day in one["days"]))
        yield from _covered(one["meter"], one["days"], body)


def _differs(of: str, said: str, parts: Iterator[str]) -> Iterator[str]:
    should = summed(map(Decimal, parts))
    if Decimal(said) != should:
        yield Difference(of, Decimal(said), should).text


def _covered(name: str, rows: Sequence[Mapping[str, Any]], body: Body) -> Iterator[str]:
    """Days follow each other over the whole month, cut at each of its midnights, and are called what they are."""
    month = Month(body["month"], ZoneInfo(body["timezone"]))
    begins, ends = ([int(row[word]) for row in rows] for word in ("from", "to"))
    midnights = days(month.zone, month.from_at, month.to_at).tolist()
    follow = [*begins, month.to_at] == [month.from_at, *ends]
    called = all(row["day"] == day_of(at, month.zone) for row, at in zip(rows, begins, strict=True))
    if not follow or not called or not {*midnights} <= {*begins, month.to_at}:
        yield f"{name}: its days are not those of {month.text}"


@dataclass(frozen=True, slots=True)
class Told:
    """A month of a year, or all of them: what is wrong, nothing where its deposit says what the year's report says."""

    month: str
    faults: tuple[str, ...]


def of_year(said: Mapping[str, Any], bodies: Mapping[str, Body]) -> Iterator[Told]:
    """Each month of a report (`said`) against its deposit, and at last the months together against the report.

    `bodies`: the newest deposit of each month, by its name.
    """
    months = months_of(ZoneInfo(said["timezone"]), int(said["from"]), int(said["to"]))
    for month in months:
        yield Told(month.text, tuple(_of_month(said, month, bodies.get(month.text))))
    yield Told(WHOLE, tuple(_together(said, [bodies[one.text] for one in months if one.text in bodies])))


def _of_month(said: Mapping[str, Any], month: Month, body: Body | None) -> Iterator[str]:
    if body is None:
        yield "there is no deposit of it 缺存证"
        return
    if month.from_at < int(said["from"]) or month.to_at > int(said["to"]):
        yield "the report does not have the whole of it"
        return
    yield from of_days(body)
    for one in said["media"]:
        rows = [row for row in one["months"] if month.from_at <= int(row["from"]) < month.to_at]
        yield from _against(one["name"], one["unit"], [body], rows)


def _together(said: Mapping[str, Any], bodies: Sequence[Body]) -> Iterator[str]:
    for one in said["media"]:
        yield from _against(one["name"], one["unit"], bodies, [one])


def _against(name: str, unit: str, bodies: Sequence[Body], rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What deposits say of a medium against rows of a report."""
    deposited = [one for body in bodies for one in body["media"] if one["name"] == name]
    if any(one["unit"] != unit for one in deposited):
        yield f"{name}: was deposited in another unit than {unit}"
        return
    for word in SUMS:
        found = summed(Decimal(one["month"][word]) for one in deposited)
        should = summed(Decimal(row[word]) for row in rows)
        if found != should:
            yield Difference(f"{name}, {word}", found, should).text
