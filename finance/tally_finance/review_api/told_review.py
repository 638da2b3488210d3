"""What a reviewers' desk tells of a review: judgements, opinions, versions. No IO."""

from __future__ import annotations

from typing import Any

from tally_finance.api.forms import Told


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


class DraftTold(Told):
    """`to_sign`: the very bytes to sign, outside; `file`: what goes back beside the signature."""

    kind: str
    signed_at: int
    to_sign: str
    file: str


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
