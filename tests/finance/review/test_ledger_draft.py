"""A ledger while it is written: what was typed comes back, whatever it was, and what changed is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import ReviewError
from tally_finance.review import ledger_draft
from tally_finance.review.ledger_draft import MOST_ENTRIES, SORTS, Change, Draft, Entry
from tally_finance.review.ledger_places import Places, moved

TYPED = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(str.strip)
NUMBERS = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
    st.sampled_from(["", "many", "2026-06", "1.2.3", "-", "007", "1e999999999", "inf", "0x10", ".5"]),
)
ENTRIES = st.builds(Entry, TYPED, TYPED, NUMBERS, NUMBERS, st.sampled_from(SORTS), st.booleans())


@given(st.builds(Draft, TYPED, NUMBERS, st.lists(ENTRIES, max_size=4).map(tuple)))
def test_what_was_typed_comes_back(draft: Draft) -> None:
    again = ledger_draft.read(ledger_draft.write(draft))
    assert again == draft
    assert ledger_draft.changes(again, draft) == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("figure = ", "ledger: Invalid value"),
        ("other = 1", "ledger: other is unknown"),
        ("[[misstatement]]\nerror = 1", r"ledger: misstatement\[1\].error is unknown"),
        ("misstatement = 1", "no list of tables"),
        ("[[misstatement]]\ntext = true", r"misstatement\[1\].text is neither text nor a number"),
        ("[[misstatement]]\nsort = 'felt'", r"misstatement\[1\].sort: 'felt' is not one of"),
        ("[[misstatement]]\ncorrected = 1", r"misstatement\[1\].corrected is neither"),
        ("[[misstatement]]\n" * (MOST_ENTRIES + 1), f"at most {MOST_ENTRIES} misstatements"),
        ("level = " + "9" * 5_000, "ledger: "),
    ],
)
def test_what_is_no_draft_is_refused_by_name(text: str, says: str) -> None:
    with pytest.raises(ReviewError, match=says):
        ledger_draft.read(text)


def test_a_change_stands_beside_what_it_was() -> None:
    invoice, meter = Entry("an invoice twice", "line-1", "2", "1"), Entry("a meter's ratio", "load-2", "9", "7")
    mended, renamed, new = replace(invoice, corrected=True), replace(meter, text="the ratio"), Entry("steam", "line-9")
    before, after = Draft("f", "", (invoice, meter)), Draft("f", "", (new, renamed, mended))
    found = ledger_draft.changes(before, after)
    assert found == (Change(None, new), Change(meter, renamed), Change(invoice, mended))
    assert ledger_draft.changes(after, Draft("f", "", (mended, renamed))) == (Change(new, None),)


SAID = {
    "evidence": ["ab" * 32],
    "sheets": {"boundary": "cd" * 32},
    "lines": [
        {"id": "line-1", "name": "grid", "kg": "120.5", "opens": ["factor-1", "load-1"]},
        {"id": "line-2", "name": "gas", "kg": "7", "opens": []},
    ],
    "loads": [{"id": "load-1", "load": "ef" * 32, "opens": []}],
}


def test_a_where_leads_to_lines_loads_and_digests() -> None:
    named = Places(SAID).named(f"invoice 2026-06: line-1, load-1. {'ab' * 32} {'cd' * 32} {'11' * 32}; line-77")
    assert [(one.id[:6], one.of, one.name, one.kg) for one in named] == [
        ("line-1", "item", "grid", "120.5"), ("load-1", "item", "load-1", None), ("ababab", "evidence", "", None),
        ("cdcdcd", "sheet", "boundary", None), ("111111", "statement", "", None),
    ]  # fmt: skip
    assert named[0].opens == ("factor-1", "load-1")
    assert named[1].digest == "ef" * 32


def test_a_line_is_found_again_by_its_name() -> None:
    now = {"lines": [{"id": "line-1", "name": "gas", "kg": "7", "opens": []},
                     {"id": "line-2", "name": "grid", "kg": "60.25", "opens": []}]}  # fmt: skip
    (found,) = moved(["line-1 and line-2", "line-1"], Places(SAID), Places(now))
    assert (found.id, found.then_kg, found.now_id, found.now_kg) == ("line-1", "120.5", "line-2", "60.25")
    (gone,) = moved(["line-2"], Places(SAID), Places({"lines": now["lines"][1:]}))
    assert (gone.id, gone.now_id, gone.now_kg) == ("line-2", None, None)
