"""Why a book lends nothing more on something: a stable code, what it touches, a sentence with its numbers. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tally_edge.cbor import Item
from tally_edge.wire import Form, text, wire


class Why(StrEnum):
    """The codes; none is ever given another meaning. docs/lender-book.md lists them."""

    NO_PRICE = "no-price"
    STALE_PRICE = "stale-price"
    PRICE_DOUBTED = "price-doubted"
    NO_QUANTITY = "no-quantity"
    STALE_QUANTITY = "stale-quantity"
    SHORT = "short"
    DOUBTED = "doubted"
    NO_TERMS = "no-terms"
    OTHER_GOODS = "other-goods"
    PLEDGED_TWICE = "pledged-twice"
    NOT_REGISTERED = "not-registered"
    HELD = "held"
    NO_OWNERSHIP = "no-ownership"
    CLAIMED = "claimed"
    NO_FILING = "no-filing"
    FILING_LAPSED = "filing-lapsed"
    NO_SEARCH = "no-search"
    STALE_SEARCH = "stale-search"
    SEARCH_USED = "search-used"
    CONFLICT_FOUND = "conflict-found"
    MATURED = "matured"
    MARGIN_CALLED = "margin-called"
    DEFAULTED = "defaulted"
    NOT_COVERED = "not-covered"
    COVERED = "covered"
    OVER_LIMIT = "over-limit"
    NOT_PLEDGED = "not-pledged"
    TOO_MUCH = "too-much"
    NOT_DYNAMIC = "not-dynamic"
    OVER_CAP = "over-cap"
    NO_PLACE = "no-place"
    NO_TURNOVER = "no-turnover"
    STALE_TURNOVER = "stale-turnover"
    NOT_INSURED = "not-insured"
    INSURANCE_LAPSED = "insurance-lapsed"
    OUT_OF_ORDER = "out-of-order"
    RESERVED = "reserved"
    ALERTED = "alerted"


def _why_of(item: Item) -> Why:
    return Why(text(32).of_item(item))  # its own ValueError names the code


WHY: Final = Form(lambda why: str(Why(why)), _why_of)


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. `subject` is a receipt, a lot, a commodity or a facility."""

    why: Why = wire(1, WHY)
    subject: str = wire(2, text(64))
    text: str = wire(3, text(500))
