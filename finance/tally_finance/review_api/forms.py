"""How values look in requests and answers of a reviewers' desk. Digests are hexadecimal, as in reports. No IO.

Emissions, money and shares are text: readers of JSON make floats of decimals.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Path, Query
from pydantic import Field

from tally_finance.api.forms import MAX_TIME, Asked, Told

DIGEST: Final = "^[0-9a-f]{64}$"
_AN_ID: Final = "5a" * 32
_NAME: Final = "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"
_TEXT: Final = r"^[^\x00]+$"
_FIGURE: Final = "total-location"

Digest = Annotated[str, Field(pattern=DIGEST, description="32 bytes", examples=[_AN_ID])]
Text = Annotated[str, Field(min_length=1, max_length=2_000, pattern=_TEXT, examples=["an invoice came late"])]
Toml = Annotated[str, Field(max_length=100_000, description="TOML, as the file of the command is")]
Hex = Annotated[str, Field(max_length=262_144, pattern="^([0-9a-f]{2})+$", description="bytes", examples=["a10100"])]
Share = Annotated[str, Field(pattern=r"^0\.[0-9]{1,6}$", description="a share below one", examples=["0.05"])]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=_TEXT, examples=["coil"])]
Figure = Annotated[str, Field(pattern=_NAME, description="a figure of the report", examples=[_FIGURE])]

DigestInPath = Annotated[str, Path(pattern=DIGEST, description="SHA-256 of the report")]
PartInPath = Annotated[str, Path(pattern=DIGEST, description="SHA-256 of the part")]
NameInPath = Annotated[str, Path(pattern=_NAME)]
DigestInQuery = Annotated[str, Query(pattern=DIGEST)]
AfterDigest = Annotated[str | None, Query(pattern=DIGEST, description="the last digest of the page before")]
FigureInQuery = Annotated[str, Query(pattern=_NAME, description="a figure of the report")]
ShareInQuery = Annotated[str, Query(pattern=r"^0\.[0-9]{1,6}$")]
TimeInQuery = Annotated[int | None, Query(ge=0, le=MAX_TIME, description="seconds since 1970")]
Limit = Annotated[int, Query(ge=1, le=200, description="how many at most")]


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
    """A report that was computed again. `holds`: whether its evidence held then."""

    digest: str
    entity: str
    site: str
    from_at: int
    to_at: int
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

    `next_skip`, `next_from`: where the next page begins; null at the end. `verified_at`: of the evidence of a load.
    """

    item: dict[str, Any]
    opens: list[dict[str, Any]]
    next_skip: int | None
    intervals: list[dict[str, Any]]
    statements: dict[str, dict[str, Any]]
    next_from: int | None
    verified_at: int | None


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


class ReaderAsked(Asked):
    """Who is to read."""

    organisation: Digest


class VisitTold(Told):
    """A meter to go to; without a reason it was drawn."""

    point: str
    register_name: str
    serial: str
    reasons: list[str]


class PlanTold(Told):
    """Visits; `chance`: to meet a bad one of the others if `bad` of them were, as a fraction."""

    seed: str
    visits: list[VisitTold]
    others: int
    drawn: int
    bad: int
    chance: str


class PartTold(Told):
    """A part of a footprint with PCAF's score."""

    name: str
    score: int
    option: str
    why: str


class ScoreTold(Told):
    """Data quality, weighted by emissions; `verified`: by whom, where a verification stands for this very report."""

    weighted: str
    worst: int
    verified: str | None
    parts: list[PartTold]


class ReductionTold(Told):
    """What was avoided at equal production, in `unit`; `sure`: the lower bound."""

    unit: str
    avoided: str
    sure: str
    percent: str
    baseline_intensity: str
    intensity: str
    absolute: str
    hides_growth: bool


class LedgerAsked(Asked):
    """A ledger of misstatements, as `review new ledger` begins one."""

    ledger: Toml


class MaterialityTold(Told):
    """Sums in kgCO2e, each direction by itself. `level_ppm`: in millionths of the figure."""

    figure: str
    total_kg: str
    too_high_kg: str
    too_low_kg: str
    limit_kg: str
    level_ppm: int
    entries: int
    alone: list[int]
    is_material: bool
    digest: str


class ChecklistAsked(Asked):
    """What is shown beside the report: all of it may be missing."""

    figure: Figure = _FIGURE
    ledger: Toml | None = None
    baseline: Digest | None = None
    product: Name | None = None
    output_u95: Share | None = None


class AnswerTold(Told):
    """A question; null is `not shown`."""

    question: str
    said: str | None


class ItemTold(Told):
    """An item of the checklist."""

    number: int
    title: str
    is_shown: bool
    answers: list[AnswerTold]


class ChecklistTold(Told):
    """The seventeen items."""

    items: list[ItemTold]


class PortfolioAsked(Asked):
    """Loans, as `review new portfolio` begins them; `report` is a digest, verifications are those that stand."""

    loans: Toml


class FinancedTold(Told):
    """A loan's share of its borrower's emissions, of so many days; null where they were typed."""

    loan: str
    attribution: str
    emissions_kg: str
    score: str
    days: int | None
    is_year: bool | None


class PortfolioTold(Told):
    """Financed emissions; `score` is weighted by what is outstanding."""

    loans: list[FinancedTold]
    emissions_kg: str
    score: str | None


class ObjectionTold(Told):
    """Something against an opinion, by the name that stays."""

    name: str
    text: str


class OpinionTold(Told):
    """An opinion, whose key signed it, and what is against it now. `makes_quality_1`: for the bank of this desk."""

    statement: str
    kind: str
    key: str
    organisation: str | None
    person: str | None
    signed_at: int
    until: int
    brought_by: str
    arrived_at: int
    stands: bool
    against: list[ObjectionTold]
    makes_quality_1: bool
    said: dict[str, Any]


class DraftAsked(Asked):
    """Words and ledger of an opinion, and the public key (COSE_Key) that is to sign it."""

    kind: Annotated[str, Field(pattern="^(conclusion|verification)$", examples=["conclusion"])]
    words: Toml
    ledger: Toml
    key: Hex


class DraftTold(Told):
    """`to_sign`: the very bytes to sign, outside; `file`: what goes back beside the signature."""

    kind: str
    signed_at: int
    to_sign: str
    file: str


class SignatureAsked(Asked):
    """The file of a draft, and the signature (64 bytes, as COSE has it)."""

    file: Hex
    signature: Annotated[str, Field(pattern="^[0-9a-f]{128}$", examples=["5a" * 64])]


class VersionAsked(Asked):
    """Why a report is another version of its line."""

    figure: Figure = _FIGURE
    reason: Annotated[
        str,
        Field(pattern="^(first|new_evidence|correction|factor_superseded|method|boundary)$", examples=["first"]),
    ]
    why: Text


class VersionTold(Told):
    """A version. `by_kg`: what it changed; null of the first."""

    number: int
    digest: str
    report: str
    total_kg: str
    known_at: int
    reason: str
    explanation: str
    made_by: str
    by_kg: str | None
    is_significant: bool | None


class VersionsTold(Told):
    """The versions of a line; `stood`: the number of the one that stood at the time that was asked for, null: none."""

    line: str
    items: list[VersionTold]
    stood: int | None


class LinesTold(Told):
    """Site, period and figure, each with versions."""

    lines: list[str]
