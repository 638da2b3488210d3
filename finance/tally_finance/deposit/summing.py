"""Whether what was deposited adds up: days to their month (以日保月), months to the year (以月保年). No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from tally_chain.verify.figures import EXACT
from tally_finance.activity.bins import days
from tally_finance.activity.boundary import Role
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
        more = EXACT.subtract(self.said, self.should)
        return f"{self.of}: deposited {self.said:f}, should be {self.should:f}, {more:+f}"


def of_days(body: Body) -> Iterator[str]:
    """What does not add up inside a month: sums, states, and days that are left out or stand twice."""
    yield from _bounded(body)
    spans = _spans(body["boundary"])
    for one in body["media"]:
        for word in (*SUMS, *STATES):
            yield from _differs(f"{one['name']}, {word}", [one["month"][word]], *(day[word] for day in one["days"]))
        for day in (one["month"], *one["days"]):
            bought, made, fed_in, used = (Decimal(day[word]) for word in SUMS)
            came = EXACT.add(bought, made)
            if used != EXACT.subtract(came, fed_in) or came != summed(Decimal(day[word]) for word in STATES):
                yield f"{one['name']}, {day.get('day', 'month')}: its parts are not its sum"
        yield from _covered(one["name"], one["days"], body, spans.get(("media", one["name"]), []))
    for one in body["output"]:
        yield from _differs(f"{one['meter']}, made", [one["month"]["made"]], *(day["made"] for day in one["days"]))
        yield from _covered(one["meter"], one["days"], body, spans.get(("counters", one["meter"]), []))


def _differs(of: str, said: Sequence[str], *parts: str) -> Iterator[str]:
    """Where what was deposited is another sum than its parts, or the report's rows, give."""
    found, should = summed(map(Decimal, said)), summed(map(Decimal, parts))
    if found != should:
        yield Difference(of, found, should).text


def _bounded(body: Body) -> Iterator[str]:
    """Versions of the boundary follow each other over the whole month, and name what there are figures of."""
    month = Month(body["month"], ZoneInfo(body["timezone"]))
    if (int(body["from"]), int(body["to"])) != (month.from_at, month.to_at):
        yield f"it is not from the beginning of {month.text} to its end"
    if _joined(body["boundary"]) != [(month.from_at, month.to_at)]:
        yield f"its boundary is not told for all of {month.text}"
    for of, word, told in (("media", "name", body["media"]), ("counters", "meter", body["output"])):
        named = {name for one in body["boundary"] for name in one[of]}
        if {one[word] for one in told} != named or len(told) != len(named):
            yield f"its {of} are not those of its boundary"


def _spans(boundary: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """While the boundary has each medium and each counter."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in boundary:
        for of in ("media", "counters"):
            for name in one[of]:
                found.setdefault((of, name), []).append(one)
    return {key: _joined(rows) for key, rows in found.items()}


def _covered(
    name: str, rows: Sequence[Mapping[str, Any]], body: Body, spans: Sequence[tuple[int, int]]
) -> Iterator[str]:
    """Days follow each other as long as the boundary has what they are of (`spans`), cut at each midnight, and are
    called what they are."""
    month = Month(body["month"], ZoneInfo(body["timezone"]))
    begins = [int(row["from"]) for row in rows]
    midnights = days(month.zone, month.from_at, month.to_at).tolist()
    inside = {at for at in midnights if any(from_at <= at < to_at for from_at, to_at in spans)}
    called = all(row["day"] == day_of(at, month.zone) for row, at in zip(rows, begins, strict=True))
    if _joined(rows) != spans or not called or not inside <= {*begins}:
        yield f"{name}: its days are not those of {month.text}"


def _joined(rows: Sequence[Mapping[str, Any]]) -> list[tuple[int, int]]:
    """The stretches that rows cover, those that follow each other as one. A row that ends before it begins stays
    one of its own."""
    found: list[tuple[int, int]] = []
    for row in rows:
        from_at, to_at = int(row["from"]), int(row["to"])
        if found and found[-1][1] == from_at < to_at and found[-1][0] < from_at:
            found[-1] = (found[-1][0], to_at)
        else:
            found.append((from_at, to_at))
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """A month of a year, or all of them: what is wrong, nothing where its deposit says what the year's report says."""

    month: str
    faults: tuple[str, ...]


def of_year(said: Mapping[str, Any], bodies: Mapping[str, Body]) -> Iterator[Told]:
    """Each month of a report (`said`) against its deposit, each deposit of a month that it does not have, and at last
    the months together against the report.

    `bodies`: the newest deposit of each month, by its name.
    """
    months = months_of(ZoneInfo(said["timezone"]), int(said["from"]), int(said["to"]))
    for month in months:
        yield Told(month.text, tuple(_of_month(said, month, bodies.get(month.text))))
    for text in sorted(bodies.keys() - {one.text for one in months}):
        yield Told(text, ("the report does not have this month 报告不含该月",))
    yield Told(WHOLE, tuple(_together(said, [bodies[one.text] for one in months if one.text in bodies])))


def _of_month(said: Mapping[str, Any], month: Month, body: Body | None) -> Iterator[str]:
    if body is None:
        yield "there is no deposit of it 缺存证"
        return
    if month.from_at < int(said["from"]) or month.to_at > int(said["to"]):
        yield "the report does not have the whole of it"
        return
    yield from of_days(body)
    if not (body["basis"]["holds"] and body["basis"]["bounded"]):
        yield "by its own word its evidence does not hold, or a sum is open 证据不成立或合计未封闭"
    for name in sorted({one["name"] for one in body["media"]} - {one["name"] for one in said["media"]}):
        yield f"{name}: was deposited, and the report has none of it"
    for one in said["media"]:
        rows = [row for row in one["months"] if month.from_at <= int(row["from"]) < month.to_at]
        yield from _against(one["name"], one["unit"], [body], rows)


def _together(said: Mapping[str, Any], bodies: Sequence[Body]) -> Iterator[str]:
    for one in said["media"]:
        yield from _against(one["name"], one["unit"], bodies, [one])
        of = [each["month"]["estimated"] for body in bodies for each in body["media"] if each["name"] == one["name"]]
        yield from _differs(f"{one['name']}, estimated", of, one["estimated"])
    counters = [one for one in said["meters"] if one["role"] == Role.COUNTER.value]
    deposited = [one for body in bodies for one in body["output"]]
    for name in dict.fromkeys([one["name"] for one in counters] + [one["meter"] for one in deposited]):
        of = [one["month"]["made"] for one in deposited if one["meter"] == name]
        yield from _differs(f"{name}, made", of, *(one["total"] for one in counters if one["name"] == name))


def _against(name: str, unit: str, bodies: Sequence[Body], rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What deposits say of a medium against rows of a report."""
    deposited = [one for body in bodies for one in body["media"] if one["name"] == name]
    if any(one["unit"] != unit for one in deposited):
        yield f"{name}: was deposited in another unit than {unit}"
        return
    for word in SUMS:
        yield from _differs(f"{name}, {word}", [one["month"][word] for one in deposited], *(row[word] for row in rows))
