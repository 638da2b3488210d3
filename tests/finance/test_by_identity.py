"""Of one object it is found once, of an equal one anew, and an object that is gone is taken for no other."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from tally_finance.by_identity import ByIdentity


def test_of_the_very_object_and_by_name() -> None:
    held, made = ByIdentity[str](10), list[str]()

    def text(of: Decimal) -> str:
        made.append(str(of))
        return str(of)

    one, equal = Decimal("0.7"), Decimal("0.70")
    assert [held.found(of, partial(text, of)) for of in (one, equal, one, equal)] == ["0.7", "0.70", "0.7", "0.70"]
    assert made == ["0.7", "0.70"]
    assert held.found(one, lambda: "named", "another") == "named"
    assert held.found(one, lambda: "again", "another") == "named"


def test_an_object_that_others_let_go_is_taken_for_no_other() -> None:
    held = ByIdentity[int](1_000)
    assert [held.found([number], partial(int, number)) for number in range(500)] == list(range(500))


def test_where_it_is_full_it_begins_anew() -> None:
    held, objects = ByIdentity[int](4), [object() for _ in range(5)]
    for number, one in enumerate(objects):
        held.found(one, partial(int, number))
    assert held.found(objects[4], lambda: -1) == 4
    assert held.found(objects[0], lambda: -1) == -1
