"""What a reviewers' desk tells of reports: whose, what they say, how they open, who reads them. No IO."""

from __future__ import annotations

from typing import Any

from tally_finance.api.forms import Told


class MeTold(Told):
    """Whose token it is, and whose desk."""

    name: str
    organisation: str
    role: str
    may_write: bool
    desk: str
    bank: str
    is_own_desk: bool


class ReportTold(Told):
    """A report that was computed again. `holds`: whether its evidence held then. `timezone`: of the site's clock."""

    digest: str
    entity: str
    site: str
    from_at: int
    to_at: int
    timezone: str | None
    holds: bool
    verified_at: int


class DifferenceTold(Told):
    """A place in a report, and what stands on either side; null: nothing."""

    path: str
    left: str | None
    right: str | None


class DifferencesTold(Told):
    """Where a report (left) differs from another (right); `more` of them are not shown."""

    items: list[DifferenceTold]
    more: int


class ArrivalTold(Told):
    """What became of a report that was sent. `differences`: left what it says, right what its evidence gives."""

    digest: str
    state: str
    said: str
    differences: list[DifferenceTold]
    arrived_at: int
    done_at: int | None


class FigureTold(Told):
    """A figure in kgCO2e; it opens under its name."""

    name: str
    kg: str
    u95_kg: str
    conservative_kg: str
    drivers: list[str]
    unstated: list[str]


class ProductTold(Told):
    """A product: how much of it was made, and the emissions of all of it."""

    name: str
    unit: str
    amount: str
    amount_u95: str | None
    kg: str


class FiguresTold(Told):
    """What a report says, with its marks."""

    figures: list[FigureTold]
    products: list[ProductTold]
    marks: list[str]


class ChecksTold(Told):
    """Completeness, integrity and cross-checks, each as docs/formats/report.md has it."""

    integrity: dict[str, Any]
    media: list[dict[str, Any]]
    checks: list[dict[str, Any]]
    remarks: list[Any]
    instruments: dict[str, Any]
    outputs: list[dict[str, Any]]
    passed_on: list[dict[str, Any]]
    resources: dict[str, Any]


class OpenedTold(Told):
    """What an item is made of. A load has intervals, and the statements at their ends with their proofs.

    `opens_in_all`: of how many items `opens` is a page. `next_from`: where the next page of intervals begins; null at
    the end. `verified_at`: of the evidence of a load.
    """

    item: dict[str, Any]
    opens: list[dict[str, Any]]
    opens_in_all: int
    intervals: list[dict[str, Any]]
    statements: dict[str, dict[str, Any]]
    next_from: int | None
    verified_at: int | None


class StatementTold(Told):
    """A statement of the evidence with every step of its check, as docs/opening.md has it."""

    opened: dict[str, Any]
    verified_at: int


class SheetsTold(Told):
    """The sheets by what they are, and the bundles: each by its SHA-256."""

    sheets: dict[str, str]
    evidence: list[str]


class ExportTold(Told):
    """A kind of export, and the media type of what it gives."""

    kind: str
    media_type: str


class ReaderTold(Told):
    """An organisation that may read, who let it, and since when."""

    organisation: str
    by: str
    since: int
