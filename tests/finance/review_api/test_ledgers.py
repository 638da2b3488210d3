"""Ledgers that a firm works on for days: kept by revisions, one firm's alone, carried on, archived once signed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, delete

from tally_finance.errors import LedgerMovedError
from tally_finance.review_api import ledgers_kept
from tally_finance.review_api.ledger_routes import EMPTY
from tally_finance.review_api.ledgers_kept import Ledgers, Revision, Saved, Whose
from tally_finance.review_api.shelf import Reader
from tally_finance.review_api.tables import LEDGERS, READERS
from tests.finance.review_api import reviews
from tests.finance.review_api.reviews import LI, Desk

Made = tuple[Desk, str]
WHOSE = Whose(reviews.OWN, b"r" * 32)


@pytest.fixture
def blank(made: Made) -> Made:
    """The desk, where nobody has written a ledger yet."""
    with made[0].service.ledgers._engine.execution_options(writes=True).begin() as connection:
        connection.execute(delete(LEDGERS))
        connection.execute(delete(READERS).where(READERS.c.organisation == reviews.OTHER))
    return made


def entry(text: str, stated: str = "120", where: str = "line-1") -> str:
    return f'[[misstatement]]\ntext = "{text}"\nwhere = "{where}"\nstated_kg = {stated}\nright_kg = 0\n'


def save(made: Made, text: str, over: int, who: str = "reviewer", report: str = "", **more: str) -> Any:
    at = f"/v1/reports/{report or made[1]}/ledger/draft"
    return made[0].post(who, at, {"ledger": reviews.LEDGER + text, "revision": over, **more})


def kept(made: Made, who: str = "reviewer", report: str = "", **query: Any) -> Any:
    return made[0].get(who, f"/v1/reports/{report or made[1]}/ledger/draft", **query).json()


def revisions(made: Made, **query: Any) -> Any:
    return made[0].get("reviewer", f"/v1/reports/{made[1]}/ledger/revisions", **query).json()


def test_a_ledger_is_kept_by_revisions_with_who_changed_what(blank: Made) -> None:
    assert (kept(blank)["revision"], kept(blank)["ledger"]) == (0, EMPTY)
    assert save(blank, entry("twice"), 0).status_code == 201
    blank[0].clock.at += 60
    told = save(blank, entry("twice", "99.125") + '[[misstatement]]\ntext = "half written"\n', 1).json()
    assert (told["revision"], told["saved_at"]) == (2, blank[0].clock.at)
    assert told["saved_by"].startswith("reviewer-")
    assert kept(blank) == told == kept(blank, "reader")
    assert "120" in kept(blank, revision=1)["ledger"]
    assert kept(blank, revision=1)["newest"] == 2
    second, first = revisions(blank)["items"]
    assert [(one["was"] and one["was"]["stated_kg"], one["now"]["stated_kg"]) for one in second["changes"]] == [
        ("120", "99.125"), (None, ""),
    ]  # fmt: skip
    assert (first["changes"][0]["was"], first["entries"], second["entries"]) == (None, 1, 2)
    assert revisions(blank, limit=1)["next_before"] == 2
    assert [one["revision"] for one in revisions(blank, before=2)["items"]] == [1]
    assert blank[0].get("reviewer", f"/v1/reports/{blank[1]}/ledger/draft", revision=9).status_code == 404


def test_the_second_of_two_who_save_is_told_and_nothing_is_lost(blank: Made) -> None:
    save(blank, entry("ours"), 0)
    late = save(blank, entry("theirs"), 0)
    assert late.status_code == 409
    assert "saved revision 1 of this ledger, and this was written over revision 0" in late.json()["detail"]
    assert "ours" in kept(blank)["ledger"]
    assert save(blank, entry("ours"), 0).json()["revision"] == 1, "the same again is no conflict"
    assert save(blank, entry("theirs"), 1).json()["revision"] == 2
    assert "ours" in kept(blank, revision=1)["ledger"]
    assert save(blank, entry("from nowhere"), 7).status_code == 409


def test_a_ledger_is_its_organisations_alone(blank: Made) -> None:
    desk, digest = blank
    save(blank, entry("a secret of the bank"), 0)
    for who in ("verifier", "other reviewer"):
        assert save(blank, entry("x"), 1, who).status_code == 404
    desk.service.shelf.let(bytes.fromhex(digest), Reader(reviews.OTHER, reviews.OWN, 7))
    assert kept(blank, "other reviewer")["revision"] == 0
    assert save(blank, entry("of the other bank"), 0, "other reviewer").json()["revision"] == 1
    assert "of the other bank" not in kept(blank)["ledger"]


def test_what_is_no_ledger_is_not_kept(blank: Made) -> None:
    for text, says in (("other = 1\n", "ledger: other is unknown"), ("level = ", "ledger: ")):
        refused = save(blank, text, 0)
        assert refused.status_code == 422
        assert says in refused.json()["detail"]
    assert kept(blank)["revision"] == 0


def test_a_restated_report_begins_with_the_ledger_of_the_one_before(blank: Made, before: str) -> None:
    save(blank, entry("the ratio of the grid meter"), 0, report=before)
    told = kept(blank)
    assert (told["revision"], "the ratio of the grid meter" in told["ledger"]) == (0, True)
    carried = told["carried"]
    assert (carried["report"], carried["figure"]) == (before, "total-location")
    assert Decimal(carried["then_kg"]) > Decimal(carried["now_kg"])
    (grid,) = carried["moved"]
    assert (grid["id"], grid["now_id"]) == ("line-1", "line-1")
    assert Decimal(grid["then_kg"]) - Decimal(grid["now_kg"]) > 0
    assert save(blank, entry("the ratio of the grid meter"), 0, carried_from=before).status_code == 201
    assert save(blank, entry("and another"), 1).json()["carried"]["report"] == before
    foreign = save(blank, entry("x"), 2, carried_from="99" * 32)
    assert foreign.status_code == 404


def test_an_opinion_archives_the_ledger_that_it_was_signed_on(blank: Made) -> None:
    desk, digest = blank
    at = f"/v1/reports/{digest}"

    def sign(ledger: str) -> str:
        asked = {"kind": "conclusion", "words": reviews.CONCLUSION, "ledger": ledger}
        given = desk.post("reviewer", f"{at}/drafts", {**asked, "key": LI.public_key.encode().hex()}).json()
        signature = LI.sign(bytes.fromhex(given["to_sign"])).hex()
        told = desk.post("reviewer", f"{at}/signatures", {"file": given["file"], "signature": signature})
        assert told.status_code == 201, told.text
        return str(told.json()["statement"])

    save(blank, entry("a small one", "1"), 0)
    desk.clock.at += 1
    sign(reviews.LEDGER)
    assert kept(blank)["opinion"] is None, "it was signed on another ledger"
    desk.clock.at += 1
    statement = sign(kept(blank)["ledger"])
    told = kept(blank)
    assert (told["revision"], told["opinion"]) == (2, statement)
    assert save(blank, entry("a small one", "1"), 2).json()["opinion"] == statement, "nothing changed"
    again = save(blank, entry("a later one", "1"), 2).json()
    assert (again["revision"], again["opinion"]) == (3, None)
    file = desk.get("reviewer", f"{at}/opinions/{statement}").content
    assert desk.post("reviewer", f"{at}/opinions", file).status_code == 201
    assert kept(blank)["opinion"] is None, "an opinion that came before is not of the later draft"


def test_each_misstatement_is_told_with_what_it_opens_to(made: Made) -> None:
    desk, digest = made
    ledger = reviews.LEDGER + entry("twice", "0.125", "invoice 6, line-1 and load-1") + entry("x", "0.25")
    ledger += "corrected = true\n"
    told = desk.post("reviewer", f"/v1/reports/{digest}/ledger", {"ledger": ledger}).json()
    first, second = told["misstatements"]
    line, load = first["places"]
    opened = (desk.get("reviewer", f"/v1/reports/{digest}/open/{one}").json()["item"] for one in ("line-1", "load-1"))
    items = {one["id"]: one for one in opened}
    assert (line["kg"], line["opens"]) == (items["line-1"]["kg"], items["line-1"]["opens"])
    assert load["digest"] == items["load-1"]["load"]
    assert (first["error_kg"], first["counts"], second["counts"], told["too_high_kg"]) == ("1/8", True, False, "1/8")


def test_of_many_who_save_at_once_one_does(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    ledgers = Ledgers(engine, "green")

    def once(name: str) -> Revision | str:
        try:
            return ledgers.save(WHOSE, Saved(name, name, 7), 0)
        except LedgerMovedError as error:
            return str(error)

    with ThreadPoolExecutor(4) as several:
        ends = list(several.map(once, "abcd"))
    (made,) = (one for one in ends if isinstance(one, Revision))
    assert all(f"{made.saved.by} saved revision 1" in one for one in ends if isinstance(one, str))
    assert ledgers.newest(WHOSE) == made
    assert Ledgers(engine, "another desk").newest(WHOSE) is None
    monkeypatch.setattr(ledgers_kept, "MOST", 2)
    ledgers.archive(made, b"o" * 32, "li", 8)
    for number in range(2, 6):
        ledgers.save(WHOSE, Saved(str(number), "li", number), number)
    left = ledgers.revisions(WHOSE, 50)
    assert [one.number for one in left] == [6, 5, 2], "old ones go, except what was signed"
