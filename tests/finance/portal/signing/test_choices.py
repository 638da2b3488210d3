"""What a field of a form may name: the first of a long list in the page, all of it behind one address."""

from __future__ import annotations

import re

import pytest

from tally_finance.api.forms import written
from tally_finance.portal.signing import choices
from tests.finance.portal.signing.counter import CHINESE, Counter

JSON = {"accept": "application/json"}


def test_a_short_list_stands_in_the_page_whole(made: Counter) -> None:
    page = made.get("anna", "/operations/begin/Hold").text
    assert f'<option value="{made.receipt}">' in page
    assert "data-choices" not in page


def test_of_a_long_list_the_page_has_the_first_and_says_where_all_are(
    made: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = written(made.office.yard.issued(made.office.lot, 30))
    made.office.sync()
    every = made.get("kim", "/operations/choices/receipts", **JSON).json()
    assert {made.receipt, more} <= {one for one, _ in every}
    monkeypatch.setattr(choices, "_FIRST", 1)
    page = made.get("kim", "/operations/begin/Split").text
    (where,) = set(re.findall(r'data-choices="([^"]+)"', page))
    assert where == "/operations/choices/receipts"
    assert len(re.findall(r'<option value="0x[0-9a-f]{64}">', page)) == 1


def test_choices_are_told_in_the_language_of_the_reader(made: Counter) -> None:
    english = dict(made.get("anna", "/operations/choices/receipts", **JSON).json())
    chinese = dict(made.get("anna", "/operations/choices/receipts", **JSON, **CHINESE).json())
    assert english.keys() == chinese.keys()
    assert english[made.receipt] != chinese[made.receipt]


def test_nobody_is_offered_what_is_anothers(made: Counter) -> None:
    assert made.get("otto", "/operations/choices/receipts", **JSON).status_code in (401, 403)
    assert made.receipt not in made.get("cora", "/operations/choices/receipts", **JSON).text
    assert made.get("anna", "/operations/choices/firms", **JSON).status_code == 400
