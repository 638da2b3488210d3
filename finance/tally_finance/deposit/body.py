"""What a monthly deposit says, computed from a report whose evidence was verified. Exact, no IO.

Plain data like report.json: every number is text. Days add up to the month exactly (以日保月), because the month is
their sum; that twelve months add up to the year (以月保年) is looked at in `year`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias

import numpy as np

from tally_finance.activity.boundary import Role
from tally_finance.activity.column import decimal_of, summed
from tally_finance.activity.load import Interval, Load
from tally_finance.activity.series import DAYS, HOURS, Row, series
from tally_finance.activity.site import Metered, Site, Term
from tally_finance.activity.state import MEASURED, State
from tally_finance.deposit.calendar import Month, day_of
from tally_finance.errors import DepositError
from tally_finance.footprint.sheet import METHOD
from tally_finance.report import telling_meters
from tally_finance.report.inventory import Use
from tally_finance.report.making import Report

FORMAT: Final = "tallystick deposit 1"
SUMS: Final = ("bought", "made", "fed_in", "used")
STATES: Final = tuple(state.word for state in State)
APART: Final = frozenset({"basis", "number", "previous"})
"""What a deposit says of itself and of its evidence; the rest follows from meters and calendar."""

Body: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Before:
    """The deposit of the same month before this one, and why there is another."""

    statement: bytes
    body: Body
    reason: str


def body_of(report: Report, text: str, before: Before | None = None, anchored_by: int | None = None) -> Body:
    """The deposit of a month such as 2026-03. `anchored_by`: when the last statement that it rests on was anchored.

    Raises DepositError for a month that the report does not have whole, and for a `before` of another month or site.
    """
    site = report.activity.site
    month = Month(text, site.boundary.zone)
    if month.from_at < site.from_at or month.to_at > site.to_at:
        raise DepositError(f"the report does not have the whole of {text}")
    figures = _figures(report, month)
    return {
        **figures,
        "number": "1" if before is None else str(int(before.body["number"]) + 1),
        "previous": None if before is None else _previous(before, figures),
        "basis": _basis(report, anchored_by),
    }


def figures_of(body: Body) -> Body:
    """A body without what it says of itself and of its evidence."""
    return {name: value for name, value in body.items() if name not in APART}


def _figures(report: Report, month: Month) -> Body:
    site = report.activity.site
    period = month.from_at, month.to_at
    terms = [term for term in site.terms if term.from_at < month.to_at and term.to_at > month.from_at]
    metered = [one for term, one in telling_meters.metered(site) if term in terms]
    versions = [_version(term, period) for term in terms]
    return {
        "format": FORMAT,
        "method": METHOD,
        "entity": report.inventory.entity,
        "site": site.boundary.name,
        "timezone": site.boundary.zone.key,
        "month": month.text,
        "from": str(month.from_at),
        "to": str(month.to_at),
        "due": [
            {
                "name": one.name,
                "chinese": one.chinese,
                "days": str(one.days),
                "last_day": f"{one.last_day}",
                "until": str(one.until),
            }
            for one in month.due
        ],
        "boundary": versions,
        "media": [
            _medium(report, name, period) for name in sorted({name for one in versions for name in one["media"]})
        ],
        "output": [_output(name, of, site, period) for name, of in _counters(metered).items()],
        "working": [_working(one, site, period) for one in metered if one.line.role in _WORK],
        "meters": [_meter(one, period) for one in metered],
        "gaps": [gap for one in metered for gap in _gaps(one, period)],
        "corrections": [each for one in metered for each in _corrections(one, period)],
    }


_WORK: Final = (Role.MAIN, Role.GENERATION)


def _version(term: Term, period: tuple[int, int]) -> Body:
    """A version of the boundary inside the month: which media and counters it has, and so days of."""
    lines = term.version.lines
    return {
        **_times(max(term.from_at, period[0]), min(term.to_at, period[1])),
        "reason": term.version.reason,
        "media": sorted({one.medium for one in lines if one.counts}),
        "counters": sorted(one.name for one in lines if not one.counts),
    }


def _counters(metered: list[Metered]) -> dict[str, list[Metered]]:
    """The counters by name, each over all versions of the boundary that have it."""
    found: dict[str, list[Metered]] = {}
    for one in metered:
        if one.line.role is Role.COUNTER:
            found.setdefault(one.line.name, []).append(one)
    return found


def _medium(report: Report, name: str, period: tuple[int, int]) -> Body:
    site = report.activity.site
    rows = list(series(site, name, DAYS, period))
    unit = next(line.unit for term in site.terms for line in term.version.lines if line.medium == name and line.counts)
    uses = [use for use in report.inventory.uses if use.medium == name]
    return {
        "name": name,
        "unit": unit,
        "as": sorted({use.of.value for use in uses}),
        "stated": [each for use in uses for each in _stated(use)],
        "month": _sums(rows),
        "days": [
            {"day": day_of(one.from_at, site.boundary.zone), **_times(one.from_at, one.to_at), **_sums([one])}
            for one in rows
        ],
    }


def _sums(rows: list[Row]) -> Body:
    return {
        **{word: f"{summed(getattr(row, word) for row in rows):f}" for word in SUMS},
        **{state.word: f"{summed(row.shares[state] for row in rows):f}" for state in State},
        "state": max((row.state for row in rows), default=State.MEASURED).word,
    }


def _times(from_at: int, to_at: int) -> dict[str, str]:
    return {"from": str(from_at), "to": str(to_at)}


def _stated(use: Use) -> Iterator[Body]:
    """What the inventory states of a fuel beside its meter: none of it is measured here."""
    if use.calorific is not None:
        one = use.calorific
        yield {"what": "net calorific value", "value": f"{one.value:f}", "unit": one.unit, "stated": one.stated}
    if use.steam is not None:
        for what, value in (("enthalpy", use.steam.enthalpy_kj_kg), ("feed water", use.steam.feed_kj_kg)):
            yield {"what": what, "value": f"{value:f}", "unit": "kJ/kg", "stated": use.steam.stated}


def _output(name: str, of: list[Metered], site: Site, period: tuple[int, int]) -> Body:
    days = [day for one in of for day in one.load.between(DAYS(site.boundary.zone, *_inside(one.load, period)))]
    return {
        "meter": name,
        "unit": of[0].line.unit,
        "month": {"made": f"{summed(day.quantity for day in days):f}", "state": max(day.state for day in days).word},
        "days": [
            {
                "day": day_of(day.from_at, site.boundary.zone),
                **_times(day.from_at, day.to_at),
                "made": f"{day.quantity:f}",
                "state": day.state.word,
            }
            for day in days
        ],
    }


def _working(one: Metered, site: Site, period: tuple[int, int]) -> Body:
    """Hours in which a meter counted anything (运行小时) and the fullest of them (最大负荷), of those hours alone that
    were measured: what was shared out by time says nothing of one hour."""
    inside = _inside(one.load, period)
    bins = one.load.between(HOURS(site.boundary.zone, *inside))
    measured = bins.quantity[bins.worst == MEASURED]
    worked = int(np.count_nonzero(measured))
    return {
        "meter": one.line.name,
        "medium": one.line.medium,
        "role": one.line.role.value,
        **_times(*inside),
        "hours": str(worked),
        "idle_hours": str(measured.size - worked),
        "unknown_hours": str(bins.quantity.size - measured.size),
        "highest_in_an_hour": f"{decimal_of(int(measured.max()), bins.places):f}" if measured.size else "",
        "unit": one.line.unit,
    }


def _meter(one: Metered, period: tuple[int, int]) -> Body:
    line, facts, (from_at, to_at) = one.line, one.facts, _inside(one.load, period)
    until = None if facts is None else facts.certificate_expires_at
    stands = "unknown" if until is None else "good" if until >= to_at else "over"
    return {
        "meter": line.name,
        "medium": line.medium,
        "role": line.role.value,
        **_times(from_at, to_at),
        "point": line.point,
        "register": line.register,
        "unit": line.unit,
        "serial": "" if facts is None else facts.serial,
        "accuracy_class": "" if facts is None else facts.accuracy_class,
        "calibrated_until": "" if until is None else str(until),
        "certificate": stands,
        "changes": [
            {"at": str(turn.at), "other_meter": turn.other_meter, **_read(turn.closing, turn.opening)}
            for turn in one.meter.turns
            if from_at <= turn.at < to_at
        ],
    }


def _read(closing: Decimal | None, opening: Decimal | None) -> dict[str, str]:
    return {name: "" if one is None else f"{one:f}" for name, one in (("closing", closing), ("opening", opening))}


def _gaps(one: Metered, period: tuple[int, int]) -> Iterator[Body]:
    """What was not measured and touches the month, with how it is counted."""
    for each in one.load.intervals(State.BRIDGED, State.ESTIMATED, State.MISSING):
        if each.from_at < period[1] and each.to_at > period[0]:
            yield {
                "meter": one.line.name,
                "unit": one.line.unit,
                "in_month": f"{_in_month(one.load, each, period):f}",
                "treatment": _treatment(one, each.state),
                **telling_meters.interval(each),
            }


def _in_month(load: Load, one: Interval, period: tuple[int, int]) -> Decimal:
    """What of an interval falls into the month, as the days have it."""
    inside = max(one.from_at, period[0]), min(one.to_at, period[1])
    if inside == (one.from_at, one.to_at):
        return one.quantity
    (found,) = load.between(np.array(inside, dtype=np.int64))
    return found.quantity


def _treatment(one: Metered, state: State) -> str:
    if state is State.BRIDGED:
        return "registers at both ends: the total is measured, its course is not 两端表底差"
    if state is State.MISSING:
        return "nothing bounds it: the sum is open 无上限，合计未封闭"
    if not one.line.adds:
        return "taken off with nothing 不予扣减"
    stated = "" if one.line.ceiling is None else f"{one.line.ceiling.per_h:f}/h, {one.line.ceiling.stated}"
    return f"the most that can have passed 物理上限: {stated}"


def _corrections(one: Metered, period: tuple[int, int]) -> Iterator[Body]:
    for each in one.corrections:
        if each.from_at < period[1] and each.to_at > period[0]:
            yield {
                "meter": one.line.name,
                **_times(each.from_at, each.to_at),
                "before": f"{each.before:f}",
                "after": f"{each.quantity:f}",
                "reason": each.reason.name.lower(),
                "text": each.explanation,
                "placed": each.placed,
                "statement": each.source.statement_id.hex(),
            }


def _inside(load: Load, period: tuple[int, int]) -> tuple[int, int]:
    return max(load.from_at, period[0]), min(load.to_at, period[1])


def _basis(report: Report, anchored_by: int | None) -> Body:
    verdict = report.verdict
    return {
        "report": report.digest.hex(),
        "activity": report.activity.digest.hex(),
        "evidence": [digest.hex() for digest in report.evidence],
        "heads": [{"origin": one.origin, "size": str(one.size), "root": one.root.hex()} for one in verdict.logs],
        "holds": verdict.holds,
        "bounded": report.activity.is_bounded,
        "findings": [{"code": str(one.code.number), "touches": one.touches} for one in verdict.findings],
        "anchored_by": "" if anchored_by is None else str(anchored_by),
    }


def _previous(before: Before, figures: Body) -> Body:
    """How a deposit names the one before, with every place in which it says something else."""
    for name in ("entity", "site", "month"):
        if before.body[name] != figures[name]:
            raise DepositError(f"the deposit before is of {before.body[name]!r}, this one of {figures[name]!r}")
    if not before.reason.strip():
        raise DepositError("say why there is another deposit of this month")
    return {
        "statement": before.statement.hex(),
        "number": before.body["number"],
        "reason": before.reason,
        "changes": changes(before.body, figures),
    }


def changes(before: Body, now: Body) -> list[dict[str, str]]:
    """Where two deposits of a month say different things of meters and calendar, value by value."""
    left, right = (dict(_values(figures_of(one))) for one in (before, now))
    return [
        {"path": path, "before": left.get(path, ""), "after": right.get(path, "")}
        for path in dict.fromkeys([*left, *right])
        if left.get(path) != right.get(path)
    ]


def _values(item: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Each single value and the way to it, in the order of the names."""
    if isinstance(item, dict):
        for name in sorted(item):
            yield from _values(item[name], f"{path}.{name}" if path else name)
    elif isinstance(item, list):
        for number, one in enumerate(item):
            yield from _values(one, f"{path}[{number}]")
    else:
        yield path, "" if item is None else str(item)
