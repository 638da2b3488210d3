"""The tables of loads (负荷曲线): months, days and hours of each medium, and every interval of every meter. No IO.

They are worked out of evidence that was verified: a report that nobody computed again has the months alone, as
report.json tells them, without what of each was measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from tally_edge.agent.settle import SiteTime
from tally_finance.activity.column import decimal_of
from tally_finance.activity.load import Load
from tally_finance.activity.series import DAYS, HOURS, MONTHS, Cut, series
from tally_finance.activity.site import Site
from tally_finance.activity.state import State
from tally_finance.export import of_report
from tally_finance.export.columns import FROM_TO, SERIES
from tally_finance.export.table import Column, Row, Table, Type
from tally_finance.report import telling_meters
from tally_finance.report.making import Report

_TIMES: Final = 2**17
"""Local times that are kept: the quarter hours of three years, which all meters share."""


def every(said: Mapping[str, Any], report: Report | None, *, intervals: bool) -> list[Table]:
    """All tables of a report. `report`: as it was computed again, None where nobody did.

    `intervals`: with the load curve of each meter. Raises ExportError as `of_report` does.
    """
    told = of_report.tables(said)
    if report is None:
        return told
    computed = _tables(report.activity.site, intervals=intervals)
    names = {table.name for table in computed}
    return [*(table for table in told if table.name not in names), *computed]


def _tables(site: Site, *, intervals: bool) -> list[Table]:
    found = [
        _series(site, "months", "按月", MONTHS),
        _series(site, "days", "按日", DAYS),
        _series(site, "hours", "按小时", HOURS),
    ]
    return [*found, load_curves(site)] if intervals else found


def _series(site: Site, name: str, chinese: str, cut: Cut) -> Table:
    clock = SiteTime(site.boundary.zone)

    def rows() -> Iterator[Row]:
        for medium in site.media:
            unit = next(
                line.unit for term in site.terms for line in term.version.lines if line.medium == medium and line.counts
            )
            for one in series(site, medium, cut):
                times = one.from_at, one.to_at, clock.local_text(one.from_at)
                sums = one.bought, one.made, one.fed_in, one.used
                yield medium, *times, unit, *sums, one.state.word, *(one.shares[state] for state in State)

    return Table(name, chinese, SERIES, rows)


def load_curves(site: Site) -> Table:
    """A row for each interval of each meter; `meter` is the id that the table of meters has."""
    meters = [(f"load-{number}", load) for number, load in enumerate(_loads(site), 1)]
    places = max((load.places for _, load in meters), default=0)
    columns = (
        Column("meter", "表计"),
        Column("point", "计量点"),
        Column("register", "寄存器"),
        *FROM_TO,
        Column("quantity", "数量", Type.NUMBER, places=places),
        Column("unit", "单位"),
        Column("state", "状态"),
    )
    local = lru_cache(maxsize=_TIMES)(SiteTime(site.boundary.zone).local_text)

    def rows() -> Iterator[Row]:
        for name, load in meters:
            named = name, load.point, load.register
            at = load.at.tolist()
            steps = zip(at, at[1:], load.quantity.tolist(), load.state.tolist(), strict=False)
            for from_at, to_at, quantity, state in steps:
                amount = decimal_of(quantity, load.places)
                yield *named, from_at, to_at, local(from_at), amount, load.unit, _WORDS[state]

    return Table("intervals", "负荷曲线", columns, rows, fits_a_sheet=False)


_WORDS: Final = tuple(state.word for state in State)


def _loads(site: Site) -> list[Load]:
    """Each load once, in the order that numbers them in the report (`telling.Ids`)."""
    return list({one.load.digest: one.load for _, one in telling_meters.metered(site)}.values())
