"""Answers of the desk as the rows of pages: facilities by need, reasons in words, alerts with what to do. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from tally_finance.portal.lender import figures, wording
from tally_finance.portal.lender.bars import Bar, bar
from tally_finance.portal.lender.lifting import LIFTING
from tally_finance.portal.lender.reason_words import alert_words, reason_words, touched
from tally_finance.portal.lender.remedies import REMEDIES
from tally_gateway.pages.words import Words

Told = Mapping[str, Any]

OF_THE_BOOK: Final = 309
"""The alert that tells of whatever the book has against new credit and has no number of its own."""

_LINES: Final = {"liquidation": 0, "warning": 1, "none": 2}


@dataclass(frozen=True, slots=True)
class FacilityRow:
    """A facility as a page lists it; sums are yuan."""

    name: str
    borrower: str
    owed: str
    value: str
    lendable: str
    available: str
    missing: str
    is_missing: bool
    bar: Bar
    call_until: int | None
    defaulted: str | None
    reasons: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """A reason against new credit: its word, what it touches, the sentence with its numbers."""

    words: Words
    code: str
    subject: str
    kind: str
    text: Words


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert with its words; `facility` where it touches one."""

    told: Told
    tone: str
    severity: Words
    title: Words
    sentence: Words
    remedy: Words
    touches: Words
    facility: str


def facilities(told: Iterable[Told]) -> list[FacilityRow]:
    """The rows, those that need somebody first."""
    return [_facility(one) for one in sorted(told, key=_need)]


def total(told: Iterable[Told], field: str) -> str:
    """A sum over facilities, in yuan."""
    return figures.yuan(sum(int(one[field]) for one in told))


def reasons(told: Iterable[Told]) -> list[ReasonRow]:
    """Reasons in words. What they touch is a receipt or a lot where it is an id."""
    return [
        ReasonRow(
            wording.named(wording.REASONS, one["why"]),
            one["why"],
            f"0x{one['subject']}" if _is_id(one["subject"]) else one["subject"],
            _kind_of(one["why"], one["subject"]),
            reason_words(one["text"]),
        )
        for one in told
    ]


def gravest_first(told: Sequence[Told]) -> list[Told]:
    """Alerts by their weight, else as they came."""
    order = list(wording.SEVERITIES)
    return sorted(told, key=lambda one: order.index(one["severity"]))


def alerts(told: Iterable[Told]) -> list[AlertRow]:
    """The rows of alerts, as they come."""
    return [_alert(one) for one in told]


def open_points(positions: Iterable[Told]) -> list[tuple[str, ReasonRow]]:
    """What is open at the end of a month: every reason against a facility, with its name."""
    return [
        (one["facility"], reason)
        for one in positions
        for reason in reasons([*one["stops"], *one["doubts"], *one["cuts"]])
    ]


def _facility(one: Told) -> FacilityRow:
    owes = int(one["owed_fen"]) > 0
    found = [*one["stops"], *one["doubts"], *one["cuts"]]
    words = dict.fromkeys(wording.named(wording.REASONS, reason["why"]) for reason in found)
    return FacilityRow(
        name=one["facility"],
        borrower=one["borrower"],
        owed=figures.yuan(one["owed_fen"]),
        value=figures.yuan(one["value_fen"]),
        lendable=figures.yuan(one["lendable_fen"]),
        available=figures.yuan(one["available_fen"]),
        missing=figures.yuan(one["missing_fen"]),
        is_missing=int(one["missing_fen"]) > 0,
        bar=bar(one["loan_to_value"], one["warning"], one["liquidation"], one["line"], owes=owes),
        call_until=one["margin_call_until"],
        defaulted=one["defaulted"],
        reasons=tuple(words),
    )


def _need(one: Told) -> tuple[int, int, Decimal, str]:
    value = one["loan_to_value"]
    near = Decimal(0) if value is None else Decimal(str(value)) / Decimal(str(one["liquidation"]))
    return _LINES.get(one["line"], 2), 0 if int(one["missing_fen"]) else 1, -near, one["facility"]


def _alert(one: Told) -> AlertRow:
    tone, severity = wording.toned(wording.SEVERITIES, one["severity"])
    # The book's reasons come under one number: what they are and what lifts them stands with the reason.
    why = one["touches"].partition(" of ")[0] if one["code"] == OF_THE_BOOK else ""
    remedy = LIFTING.get(why, Words(one["remedy"], REMEDIES.get(one["code"], one["remedy"])))
    name = one["name"].replace("_", " ").lower()
    touches, facility = touched(one["touches"])
    return AlertRow(
        told=one,
        tone=tone,
        severity=severity,
        title=_titled(why) or Words(name[:1].upper() + name[1:], one["title"]),
        sentence=alert_words(one["sentence"], one["chinese"]),
        remedy=remedy,
        touches=touches,
        facility=facility,
    )


def _titled(why: str) -> Words | None:
    found = wording.REASONS.get(why)
    return None if found is None else Words(found.english[:1].upper() + found.english[1:], found.chinese)


_OF_RECEIPTS: Final = frozenset(
    {"not-registered", "held", "no-ownership", "claimed", "no-filing", "filing-lapsed", "pledged-twice", "other-goods"}
)


def _kind_of(why: str, subject: str) -> str:
    if not _is_id(subject):
        return "name"
    return "receipt" if why in _OF_RECEIPTS else "lot"


def _is_id(text: str) -> bool:
    return len(text) == 64 and all(one in "0123456789abcdef" for one in text)
