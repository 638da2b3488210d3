"""What a field of a form may name: the first of a long list in the page, all of it behind one address."""

from __future__ import annotations

import re

import pytest

from tally_finance.api.forms import written
from tally_finance.portal.signing import choices
from tests.chain.registry.parties import fresh
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


def test_a_keeper_chooses_among_its_slots(made: Counter) -> None:
    office = made.office
    lot = office.desk.view.book.lots[office.lot]
    page = made.get("kim", "/operations/begin/OpenLot").text
    assert re.search(rf'<option value="0x{lot.slot.hex()}">[0-9,–]+ mm, goods in it<', page)
    assert "已存货" in made.get("kim", "/operations/begin/OpenLot", **CHINESE).text
    assert "goods in it" not in made.get("holly", "/operations/begin/Hold").text


def test_a_hold_is_chosen_by_what_it_holds(made: Counter) -> None:
    assert made.get("anna", "/operations/choices/holds", **JSON).json() == []
    made.office.yard.did(
        "Hold", "court", receipt=bytes.fromhex(made.receipt[2:]), kind=2, role=8, quantity=0, reason=fresh("order")
    )
    made.office.sync()
    ((hold, words),) = made.get("anna", "/operations/choices/holds", **JSON).json()
    assert words.startswith("court, 40 t")
    assert f'<option value="{hold}">{words}' in made.get("anna", "/operations/begin/Lift").text


def test_what_is_begun_on_a_receipt_has_it_in_its_form(made: Counter) -> None:
    page = made.get("kim", f"/operations/begin?receipt={made.receipt}").text
    places = re.findall(r'<td><a href="([^"]+)"', page)
    assert f"/operations/begin/Cancel?receipt={made.receipt}" in places
    assert not any("OpenLot" in place for place in places)
    assert all(place.endswith(f"?receipt={made.receipt}") for place in places)
    assert f'value="{made.receipt}"' in made.get("kim", places[0]).text
    assert "No key of yours" in made.get("kim", "/operations/begin?root=0x12").text


def test_a_new_number_is_drawn_for_who_needs_one(made: Counter) -> None:
    drawn = [re.findall("0x[0-9a-f]{64}", field_of(made, "Split", "numbers")) for _ in range(2)]
    assert [len(set(one)) for one in drawn] == [2, 2]
    assert not set(drawn[0]) & set(drawn[1])
    own = "0x" + "5a" * 32
    assert f'value="{own}"' in made.get("kim", f"/operations/begin/Issue?number={own}").text


def field_of(made: Counter, kind: str, name: str) -> str:
    page = made.get("kim", f"/operations/begin/{kind}").text
    found = re.search(rf'<textarea[^>]* name="{name}".*?</textarea>', page, re.DOTALL)
    return "" if found is None else found[0]
