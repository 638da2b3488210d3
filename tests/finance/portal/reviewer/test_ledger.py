"""The ledger's page: kept between visits, told when two people edit it, and taken on to checklist and conclusion."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import delete

from tally_finance.review_api.tables import LEDGERS
from tests.finance.portal.reviewer.conftest import Pages

TWICE = {"text-1": "twice", "where-1": "invoice 6, line-1", "stated_kg-1": "1,025.5", "right_kg-1": "1000.25"}


@pytest.fixture(autouse=True)
def blank(pages: Pages) -> None:
    """Nobody has written a ledger yet."""
    with pages.service.ledgers._engine.execution_options(writes=True).begin() as connection:
        connection.execute(delete(LEDGERS))


def saved(pages: Pages, over: int, who: str = "li", status: int = 200, **typed: str) -> str:
    """The page that comes, as a person reads it."""
    form = {"figure": "total-location", "revision": str(over), **typed}
    page = pages.post(f"{pages.base}/ledger", who, **form)
    assert page.status_code == status, page.text
    return html.unescape(page.text)


def value(page: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def test_what_was_saved_is_there_on_return_and_goes_on_to_checklist_and_conclusion(pages: Pages) -> None:
    assert "Nothing is saved yet." in pages.get(f"{pages.base}/ledger").text
    corrected = {"text-3": "gone", "where-3": "line-1", "stated_kg-3": "10", "right_kg-3": "12", "corrected-3": "yes"}
    page = saved(pages, 0, **TWICE, **corrected)
    assert "Not material." in page
    assert f'href="/open/report/{pages.digest}/line-1"' in page
    assert "corrected, not counted" in page
    for who in ("li", "chen", "reader"):
        again = html.unescape(pages.get(f"{pages.base}/ledger", who).text)
        assert [value(again, name) for name in ("text-1", "where-1", "stated_kg-1", "text-2", "revision")] == [
            "twice", "invoice 6, line-1", "1025.5", "gone", "1",
        ]  # fmt: skip
        assert "Stated too high</dt><dd>25.25 kg" in again
        assert "Revision 1 · li ·" in again
    conclude = html.unescape(pages.get(f"{pages.base}/conclude").text)
    assert conclude.count("[[misstatement]]") == 2
    assert "With a ledger more of it is answered." not in pages.get(f"{pages.base}/checklist").text
    stranger = pages.get(f"{pages.base}/ledger", "stranger")
    assert stranger.status_code == 404


def test_two_people_who_edit_at_once_are_told_and_nothing_is_lost(pages: Pages) -> None:
    saved(pages, 0, **TWICE)
    saved(pages, 1, "chen", **(TWICE | {"right_kg-1": "600"}))
    late = saved(pages, 1, status=409, **(TWICE | {"text-2": "a <b>second</b>", "where-2": "load-1"}))
    assert "chen: saved revision 2 meanwhile" in late
    assert "<del>twice (invoice 6, line-1): 1025.5 → 600 kg, factual</del>" in late
    assert value(late, "text-2") == "a <b>second</b>"
    assert value(late, "revision") == "2"
    assert "Save mine over theirs" in late
    assert value(html.unescape(pages.get(f"{pages.base}/ledger").text), "right_kg-1") == "600"
    saved(pages, 2, **TWICE)
    theirs = html.unescape(pages.get(f"{pages.base}/ledger?revision=2").text)
    assert (value(theirs, "right_kg-1"), value(theirs, "revision")) == ("600", "3")
    assert pages.get(f"{pages.base}/ledger?revision=9").status_code == 404


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"stated_kg-1": "many", "right_kg-1": "1"}, "stated_kg"),
        ({"stated_kg-1": "1", "right_kg-1": "1"}, "right_kg"),
        ({"stated_kg-1": "2026-06"}, "stated_kg"),
    ],
)
def test_what_can_not_be_computed_yet_is_kept_and_said(pages: Pages, typed: dict[str, str], says: str) -> None:
    page = saved(pages, 0, **{"text-1": "a <b>mark</b>", "where-1": "x", **typed})
    assert "Saved, and not computed yet:" in page
    assert says in page
    again = pages.get(f"{pages.base}/ledger").text
    assert "a &lt;b&gt;mark&lt;/b&gt;" in again
    assert value(again, "stated_kg-1") == typed["stated_kg-1"]
    checklist = pages.get(f"{pages.base}/checklist")
    assert (checklist.status_code, "Answered without the ledger" in checklist.text) == (200, True)


def test_who_may_only_look_computes_and_keeps_nothing(pages: Pages) -> None:
    page = saved(pages, 0, "reader", **TWICE)
    assert "25.25 kg" in page
    assert "Save" not in re.findall(r"<button>([^<]*)", page)[-1]
    assert "Nothing is saved yet." in pages.get(f"{pages.base}/ledger").text


def test_revisions_say_in_both_languages_who_changed_what(pages: Pages) -> None:
    saved(pages, 0, **TWICE)
    saved(pages, 1, "chen")
    page = html.unescape(pages.get(f"{pages.base}/ledger").text)
    assert "Revision 2 · chen ·" in page
    assert "<strong>Taken out</strong> <del>twice" in page
    chinese = html.unescape(pages.get(f"{pages.base}/ledger", language="zh-CN").text)
    assert "<strong>删除</strong> <del>twice (invoice 6, line-1): 1025.5 → 1000.25 kg, 事实错报</del>" in chinese


def test_what_is_too_long_to_be_saved_is_said_to_be_not_saved(pages: Pages) -> None:
    saved(pages, 0, **TWICE)
    long = {f"text-{number}": "a" * 4_000 for number in range(1, 27)}
    page = saved(pages, 1, status=422, **long)
    assert "Not saved:" in page
    assert "Saved, and not computed yet:" not in page
    assert value(page, "text-26") == "a" * 4_000
    assert value(pages.get(f"{pages.base}/ledger").text, "text-1") == "twice"
