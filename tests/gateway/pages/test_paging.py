"""Lists in pages: every row once, forwards and backwards, with what the query keeps."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from tally_gateway.pages.paging import Address, Paging, of_told, sliced

ADDRESS = Address("/list", {"known": 5, "stage": "", "name": "a b"}, "rows")


def skip_of(address: str | None, name: str = "skip") -> int:
    assert address is not None
    found = urlsplit(address)
    assert (found.path, found.fragment) == ("/list", "rows")
    asked = parse_qs(found.query)
    assert (asked["known"], asked["name"], "stage" in asked) == (["5"], ["a b"], False)
    return int(asked.get(name, ["0"])[0])


@given(st.integers(0, 40), st.integers(1, 9))
def test_pages_show_every_row_once_and_lead_back(total: int, size: int) -> None:
    rows, seen, skip, pages = list(range(total)), [], 0, 0
    while True:
        shown, paging = sliced(rows, skip, ADDRESS, size)
        assert (paging.first, paging.shown, paging.total) == (len(seen), len(shown), total)
        assert (paging.before is None) is (pages == 0)
        seen += shown
        pages += 1
        if paging.after is None:
            break
        skip = skip_of(paging.after)
    assert seen == rows
    while paging.before is not None:
        _, paging = sliced(rows, skip_of(paging.before), ADDRESS, size)
        pages -= 1
    assert (pages, paging.first) == (1, 0)


def test_behind_the_end_of_a_list_that_became_shorter_its_last_part_is_shown() -> None:
    shown, paging = sliced([1, 2, 3], 50, ADDRESS, 2)
    assert (shown, paging.first, paging.after) == ([3], 2, None)
    assert sliced([], 50, ADDRESS) == ([], Paging(0, 0, 0))


def test_an_interfaces_cursors_are_followed_both_ways() -> None:
    told = {"items": [1, 2], "skipped": 2, "total": 9, "previous": None, "next": "0x04"}
    paging = of_told(told, Address("/list"))
    assert (paging.before, paging.after) == ("/list", "/list?after=0x04")
    first = of_told(told | {"skipped": 0, "next": None, "total": 2}, Address("/list"))
    assert (first.before, first.after, first.first, first.shown) == (None, None, 0, 2)
