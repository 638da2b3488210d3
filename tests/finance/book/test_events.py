"""Every kind of event is written in one way and read strictly."""

from __future__ import annotations

import dataclasses
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_edge import cbor
from tally_edge import wire as codec
from tally_edge.errors import TallyError
from tally_finance.book import journal
from tally_finance.book.events import KINDS, Corrected, Event, kind_of
from tally_finance.book.goods_events import PriceSeen, QuantitySeen, Released
from tally_finance.book.journal import Entry
from tally_finance.book.loan_events import Drawn, FacilityOpened, FeeCharged, GoodsTerms
from tally_finance.errors import BookError
from tests.finance.book.examples import EXAMPLES
from tests.finance.book.ledger import BOOK, COPPER_TERMS, FACILITY, OPENED, T0, digest

PREV = journal.start(BOOK).digest


def entry(event: Event, **changes: Any) -> Entry:
    return dataclasses.replace(Entry(BOOK, 1, PREV, T0, T0, "k", 0, event), **changes)


def test_every_kind_has_an_example() -> None:
    assert {type(one) for one in EXAMPLES} == set(KINDS.values())
    assert [kind_of(one) for one in EXAMPLES] == sorted(KINDS)


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_an_entry_comes_back_as_it_was(event: Event) -> None:
    made, data = journal.recorded(entry(event))
    assert journal.decode(data) == made
    assert journal.encode(journal.decode(data).entry) == data


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_no_byte_of_an_entry_can_be_changed_unnoticed(event: Event) -> None:
    made, data = journal.recorded(entry(event))
    for place in range(len(data)):
        other = bytes((*data[:place], data[place] ^ 1, *data[place + 1 :]))
        try:
            found = journal.decode(other)
        except TallyError:
            continue
        assert found.digest != made.digest
        assert found.entry != made.entry


@given(st.binary(max_size=80))
def test_junk_is_refused_and_nothing_else_is_raised(data: bytes) -> None:
    with pytest.raises(TallyError):
        journal.decode(data)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (Drawn(FACILITY, Decimal(0)), "Drawn.amount"),
        (Drawn(FACILITY, Decimal(-1)), "Drawn.amount"),
        (Drawn(FACILITY, Decimal("1.005")), "no sum of money of at most 2 places"),
        (Drawn(FACILITY, Decimal("1." + 40 * "0" + "1")), "no sum of money of at most 2 places"),
        (Drawn(FACILITY, Decimal(10**20)), "Drawn.amount"),
        (Drawn(FACILITY, Decimal("NaN")), "no sum of money"),
        (Drawn(FACILITY, 1.5), "no sum of money"),  # type: ignore[arg-type]
        (Drawn("", Decimal(1)), "Drawn.facility"),
        (FeeCharged(FACILITY, Decimal(1), "x" * 201), "FeeCharged.reason"),
        (Released(FACILITY, b"short", 1, digest("e")), "Released.receipt"),
        (Released(FACILITY, digest("r"), 0, digest("e")), "Released.quantity_g"),
        (Released(FACILITY, digest("r"), 2**63, digest("e")), "Released.quantity_g"),
        (PriceSeen("copper", Decimal(1), (b"",)), "PriceSeen.sources"),
        (Corrected(digest("a"), "x", Corrected(digest("b"), "y")), "replaces no correction"),
    ],
)
def test_what_has_no_place_is_refused_by_name(event: Event, says: str) -> None:
    with pytest.raises(TallyError, match=says):
        journal.encode(entry(event))


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ([99, {}], "99 is no kind of event"),
        ([True, {}], "True is no kind"),
        ([10, {1: "F", 2: 5, 3: 1}], "unknown labels"),
        ([10, {1: "F"}], r"amount \(label 2\) is missing"),
        ([10, {1: "F", 2: Decimal("5.0")}], "amount"),
        ({}, "not a pair"),
        ([10, {1: "F", 2: 5}, 0], "not a pair"),
    ],
)
def test_what_is_no_event_is_refused_by_name(item: cbor.Item, says: str) -> None:
    body = codec.to_item(entry(Drawn(FACILITY, Decimal(1))))
    with pytest.raises(TallyError, match=says):
        journal.decode(cbor.encode({**body, 8: item}))


def test_money_is_exact_whatever_precision_the_thread_has() -> None:
    event = Drawn(FACILITY, Decimal("90071992547409.91"))
    with localcontext(prec=3):
        assert journal.decode(journal.encode(entry(event))).entry.event == event


def test_an_entry_of_the_year_6326_is_refused() -> None:
    late = entry(Drawn(FACILITY, Decimal(1)), known_at=2**37 + 1)
    with pytest.raises(TallyError, match=r"Entry\.known_at"):
        journal.encode(late)


def test_what_can_not_be_true_is_not_made() -> None:
    low = digest("lot")
    with pytest.raises(BookError, match="does not rise"):
        QuantitySeen(low, 5, 4, 6, 0, False, low)
    with pytest.raises(BookError, match="takes effect at"):
        entry(Drawn(FACILITY, Decimal(1)), effective_at=T0 + 1)
    with pytest.raises(BookError, match="lends nothing"):
        GoodsTerms("copper", Decimal(0), Decimal(1), 1, 1)
    bad: tuple[tuple[dict[str, Any], str], ...] = (
        ({"warning": Decimal("0.7")}, "do not rise"),
        ({"liquidation": Decimal("0.8")}, "do not rise"),
        ({"penalty": Decimal("0.9")}, "is none"),
        ({"goods": (COPPER_TERMS, COPPER_TERMS)}, "stands twice"),
    )
    for changes, says in bad:
        with pytest.raises(BookError, match=says):
            FacilityOpened(**{**{one.name: getattr(OPENED, one.name) for one in dataclasses.fields(OPENED)}, **changes})
