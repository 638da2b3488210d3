"""What a reviewers' desk tells for pages to draw: curves, calendars, series of cross-checks, sections, work. No IO."""

from __future__ import annotations

from typing import Any

from tally_finance.api.forms import Told
from tally_finance.review_api.told_report import ArrivalTold, ReportTold


class SeriesTold(Told):
    """Loads by id, and what was held against what, by the month. `gaps`: how many there are of each kind."""

    timezone: str
    loads: dict[str, dict[str, Any]]
    gaps: dict[str, int]
    comparisons: list[dict[str, Any]]
    balances: list[dict[str, Any]]
    invoices: list[dict[str, Any]]


class GapTold(Told):
    """Time that no reading covers as planned, `kind`: missing-statement, declared-gap, uncovered-interval."""

    kind: str
    code: int
    touches: str
    from_at: int
    to_at: int


class CurveTold(Told):
    """A load's rate per hour: whole numbers × 10^-`places`; each point takes `together` intervals together.

    A point lasts until the next, the last until `ends`. `state`: the worst of any interval in it.
    """

    load: dict[str, Any]
    places: int
    at: list[int]
    ends: int | None
    least: list[int]
    most: list[int]
    mean: list[int]
    state: list[str]
    together: int
    gaps: list[GapTold]
    more_gaps: int


class DayTold(Told):
    """A day of the site's clock in 24 hours; null: outside the period."""

    day: str
    quantity: list[int | None]
    state: list[str | None]


class CalendarTold(Told):
    """A load's hours: whole numbers × 10^-`places`. `next_from`: where the rest begins, null at the end."""

    timezone: str
    load: dict[str, Any]
    places: int
    days: list[DayTold]
    next_from: int | None
    gaps: list[GapTold]
    more_gaps: int


class SectionNameTold(Told):
    """A section of a report's pages."""

    name: str
    english: str
    chinese: str


class SectionTold(Told):
    """A section: its blocks are facts, tables, notes, plots (as SVG) and commands, as docs/export.md has them."""

    name: str
    english: str
    chinese: str
    blocks: list[dict[str, Any]]


class LapsingTold(Told):
    """An opinion that ends soon, or ended lately."""

    report: str
    site: str
    statement: str
    kind: str
    until: int


class RestatedTold(Told):
    """A figure that has a newer version."""

    line: str
    number: int
    report: str
    known_at: int


class WorkTold(Told):
    """What is to do: the first of each, and how many there are. `lapses_within_s`: how soon is soon."""

    now: int
    arrivals: list[ArrivalTold]
    computing: int
    refused: int
    to_judge: list[ReportTold]
    to_judge_in_all: int
    reports_in_all: int
    lapsing: list[LapsingTold]
    lapses_within_s: int
    restated: list[RestatedTold]
