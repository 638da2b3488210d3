"""What a lender writes by hand: every kind both ways, and whatever is not exact refused by line and field."""

from __future__ import annotations

import dataclasses
import shlex
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_edge.errors import ConfigError
from tally_edge.wire import DIGEST, FLAG, TIME
from tally_finance.book import notes
from tally_finance.book.cover_events import BuyersMargin, CapSet, Dimension, PriceLocked
from tally_finance.book.events import Event
from tally_finance.book.forms import DAY, FACTOR, GRAMS, MONEY, PAID, SHARE, SOME_GRAMS
from tally_finance.book.loan_events import AGE
from tally_finance.cli_loan import NOTES
from tests.finance.book.examples import EXAMPLES
from tests.finance.book.ledger import FACILITY, T, digest

BY_HAND = [one for one in EXAMPLES if type(one) in notes.NOTES.values()]
TEXT = st.text(st.characters(categories=("L", "N", "P", "S"), include_characters=" "), min_size=1, max_size=20)
MARGINS = st.builds(BuyersMargin, st.decimals("0.01", 10**9, places=2), st.decimals("0", "0.999999", places=6))
BY_FORM: dict[Any, st.SearchStrategy[Any]] = {
    DIGEST: st.binary(min_size=32, max_size=32),
    FLAG: st.booleans(),
    TIME: st.integers(0, 2**35),
    DAY: st.dates(date(1970, 1, 1), date(2500, 1, 1)),
    MONEY: st.decimals(0, 10**12, places=2),
    PAID: st.decimals("0.01", 10**12, places=2),
    SHARE: st.decimals(0, "0.999999", places=6),
    FACTOR: st.decimals(1, 100, places=6),
    GRAMS: st.integers(0, 10**14),
    SOME_GRAMS: st.integers(1, 10**14),
    AGE: st.integers(1, 366 * 86_400),
}
BY_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "str": TEXT,
    "int": st.integers(0, 366),
    "Dimension": st.sampled_from(Dimension),
    "tuple[bytes, ...]": st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=4, unique=True).map(tuple),
    "BuyersMargin": MARGINS,
}


def _fields(kind: type[Any]) -> dict[str, st.SearchStrategy[Any]]:
    found = {}
    for field in dataclasses.fields(kind):
        form, text = field.metadata["form"], str(field.type).removesuffix(" | None")
        drawn = BY_FORM[form] if form in BY_FORM else BY_TYPE[text]
        found[field.name] = st.none() | drawn if field.metadata["optional"] else drawn
    return found


EVENTS = st.sampled_from(sorted(notes.NOTES)).flatmap(
    lambda name: st.builds(notes.NOTES[name], **_fields(notes.NOTES[name]))
)


def test_every_kind_that_is_written_by_hand_has_an_example_and_is_offered() -> None:
    assert {type(one) for one in BY_HAND} == set(notes.NOTES.values())
    assert tuple(notes.NOTES) == NOTES


@pytest.mark.parametrize("event", BY_HAND, ids=lambda event: type(event).__name__)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    name, *words = notes.words_of(event)
    assert notes.event_of(name, words) == event
    assert set(notes.fields_of(name)) == {field.name for field in dataclasses.fields(event)}
    (line,) = notes.lines_of(shlex.join((name, *words)))
    assert (line.number, line.event, line.effective_at) == (1, event, None)


@given(EVENTS)
def test_whatever_is_written_comes_back(event: Event) -> None:
    name, *words = notes.words_of(event)
    assert notes.event_of(name, words) == event
    (line,) = notes.lines_of(f"# what follows\n{shlex.join((name, *words))} at=2026-03-02T08:00:00+08:00\n")
    assert (line.number, line.event, line.effective_at) == (2, event, 1_772_409_600)


def test_what_may_be_left_out_is_none() -> None:
    assert notes.event_of("cap", ["dimension=site", "amount=5000000"]) == CapSet(
        Dimension.SITE, None, Decimal(5_000_000)
    )
    assert notes.event_of("cap", ["dimension=commodity", "subject=copper"]) == CapSet(Dimension.COMMODITY, "copper")
    lock = notes.event_of(
        "lock",
        [
            f"facility={FACILITY}", f"contract={digest('sale').hex()}", f"lot={digest('LOT-1').hex()}",
            f"buyer={digest('buyer').hex()}", "quantity_g=40t", "per_t=69000", "until=2026-06-01T00:00:00+08:00",
        ],
    )  # fmt: skip
    assert isinstance(lock, PriceLocked)
    assert (lock.quantity_g, lock.margin) == (40 * T, None)


D = digest("x").hex()
INSURANCE = (
    f"insurance policy={D} insurer=PICC lots={D} amount=6000000 until=2027-01-01T00:00:00+08:00 lender_first=yes"
)
LOCK = (
    f"lock facility=F-1 contract={D} lot={D} buyer={D} quantity_g=40t per_t=69000 until=2027-01-01T00:00:00+08:00 "
    "margin=276000,0.05"
)
CLAIM = f"claim facility=F-1 receipt={D} claim={D} creditor={D} amount=250000"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (INSURANCE.replace("lender_first=yes", "lender_first=true"), "lender_first is written as yes or no"),
        (INSURANCE.replace("amount=6000000", "amount=6000000.005"), "amount is written as yuan"),
        (INSURANCE.replace("amount=6000000", "amount=6e6"), "amount is written as yuan"),
        (INSURANCE.replace("amount=6000000", "amount=-1"), "amount is written as yuan"),
        (INSURANCE.replace(f"lots={D}", f"lots={D},"), "lots is written as ids"),
        (INSURANCE.replace(f"lots={D}", f"lots={D},{D}"), "names a lot twice"),
        (INSURANCE.replace("+08:00", ""), "until is written as a time"),
        (INSURANCE.replace("2027-01-01", "1967-01-01"), "until is written as a time"),
        (INSURANCE.replace("insurer=PICC ", ""), "insurance needs insurer"),
        (INSURANCE + " insurer=PICC", "'insurer=PICC': write each field of insurance once"),
        (INSURANCE + " colour=red", "'colour=red': write each field of insurance once"),
        (INSURANCE.replace("insurer=PICC", "insurer='PICC"), "No closing quotation"),
        (INSURANCE.replace("insurer=PICC", "insurer="), "Insured.insurer: '' is not printable text"),
        (INSURANCE + " at=yesterday", "at is written as a time"),
        (INSURANCE + " at=2026-03-02T08:00:00Z at=2026-03-02T08:00:00Z", "at stands there twice"),
        (LOCK.replace("40t", "40"), "quantity_g is written as a quantity with its unit"),
        (LOCK.replace("40t", "40.0000001t"), "quantity_g is written as a quantity with its unit"),
        (LOCK.replace("40t", "0t"), "PriceLocked.quantity_g: 0 is not an integer from 1"),
        (LOCK.replace("margin=276000,0.05", "margin=276000"), "margin is written as what is held"),
        (LOCK.replace("margin=276000,0.05", "margin=276000,1"), "lock: BuyersMargin.haircut: 1000000"),
        (CLAIM.replace("amount=250000", "amount=a"), "amount is written as yuan"),
        (CLAIM.replace(f"claim={D}", "claim=0a"), "claim is written as 64 hexadecimal digits"),
        (CLAIM + " registered_at=2026", "registered_at is written as a time"),
        ("cap dimension=colour amount=1", "dimension is written as site, keeper, commodity, borrower"),
        ("place lot=1", "lot is written as 64 hexadecimal digits"),
        ("sale-bound commodity=copper share=0.1 days=1.5 turnover_age_s=86400", "days is written as a whole number"),
        ("sale-bound commodity=copper share=0.1 days=400 turnover_age_s=86400", "SaleBoundSet.days: 400"),
        ("sale-bound commodity=copper share=1 days=5 turnover_age_s=86400", "SaleBoundSet.share"),
        ("sale-bound commodity=copper share=0.1 days=5 turnover_age_s=0", "SaleBoundSet.turnover_age_s: 0"),
        (f"turnover commodity=copper daily_g=3000 source={D}", "daily_g is written as a quantity with its unit"),
        ("insurance-required facility=F-1 required=1", "required is written as yes or no"),
        (f"lock-ended facility=F-1 contract={D} reason={'x' * 201}", "PriceLockEnded.reason"),
        ("extension facility=F-1 matures=20270301", "matures is written as a day"),
        ("limit facility=F-1 limit=1.001", "limit is written as yuan"),
        ("rate facility=F-1 yearly_rate=0.04 penalty=0.9", "rate: facility F-1: a penalty"),
        (f"refund facility=F-1 amount=0 payment={D}", "Refunded.amount"),
        ("draw facility=F-1 amount=1", "'draw' is not one of search, ownership"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_line_and_field(line: str, said: str) -> None:
    good = f"# March\n\n{INSURANCE}\n{LOCK}\n{CLAIM}\n"
    assert [one.number for one in notes.lines_of(good)] == [3, 4, 5]
    with pytest.raises(ConfigError) as caught:
        notes.lines_of(good + line)
    assert str(caught.value).startswith("line 6: ")
    assert said in str(caught.value)


def test_a_file_of_absurd_length_is_refused() -> None:
    with pytest.raises(ConfigError, match=f"line {notes.MOST_LINES + 1}: a file has at most"):
        notes.lines_of("\n" * (notes.MOST_LINES + 1))
