"""A report over HTTP: computed again before it is kept, read in every part, opened down to what a device signed."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from pathlib import Path

import pytest

from tally_finance.book.database import engine_for
from tally_finance.report import archive
from tally_finance.review_api.shelf import Shelf
from tests.finance.report.test_commands import root_by
from tests.finance.review_api import reviews
from tests.finance.review_api.reviews import Desk

Made = tuple[Desk, str]


def test_what_was_sent_comes_back_byte_for_byte(made: Made, packed: bytes) -> None:
    desk, digest = made
    at = f"/v1/reports/{digest}"
    parts = archive.decode(packed)
    assert desk.get("lender", f"{at}/report").content == parts["report.json"]
    assert hashlib.sha256(desk.get("lender", f"{at}/report").content).hexdigest() == digest
    assert desk.get("lender", f"{at}/trace").content == parts["trace.json"]
    told = desk.get("lender", f"{at}/sheets").json()
    for one in told["sheets"].values():
        assert desk.get("lender", f"{at}/sheets/{one}").content == parts[f"sheets/{one}"]
    (bundle,) = told["evidence"]
    assert desk.get("lender", f"{at}/evidence/{bundle}").content == parts[f"evidence/{bundle}"]
    assert desk.get("lender", f"{at}/exports/archive").content == packed
    assert desk.get("lender", f"{at}/sheets/{bundle}").status_code == 404
    assert desk.get("lender", f"{at}/exports/nonsense").status_code == 404


def test_every_file_that_is_taken_is_one_to_keep(made: Made) -> None:
    """A portal writes down every answer that says so: `accounts.recording`."""
    desk, digest = made
    at = f"/v1/reports/{digest}"
    told = desk.get("lender", f"{at}/sheets").json()
    parts = [f"sheets/{one}" for one in told["sheets"].values()] + [f"evidence/{one}" for one in told["evidence"]]
    for part in ("report", "trace", *parts):
        named = desk.get("lender", f"{at}/{part}").headers["content-disposition"]
        assert re.fullmatch(r'attachment; filename="[0-9a-f]{16}-[a-z0-9.-]+"', named)


def test_what_is_kept_is_read_by_nobody_else_on_the_machine(tmp_path: Path) -> None:
    engine = engine_for(f"sqlite:///{tmp_path / 'reviews.db'}")
    shelf = Shelf(engine, "desk", tmp_path / "reports")
    assert {one.parent.stat().st_mode & 0o777 for one in (shelf.arriving(b"1"), shelf.place(b"1"))} == {0o700}
    engine.dispose()


def test_a_report_and_its_figures(made: Made) -> None:
    desk, digest = made
    (listed,) = desk.get("lender", "/v1/reports").json()["items"]
    assert listed == desk.get("lender", f"/v1/reports/{digest}").json()
    assert (listed["site"], listed["holds"], listed["verified_at"]) == ("Works 1", True, reviews.NOW)
    told = desk.get("lender", f"/v1/reports/{digest}/figures").json()
    figures = {one["name"]: one for one in told["figures"]}
    said = json.loads(desk.get("lender", f"/v1/reports/{digest}/report").content)
    assert figures.keys() == said["figures"].keys()
    assert figures["total-location"]["kg"] == said["figures"]["total-location"]["kg"]
    assert told["products"][0]["name"] == "coil"
    checks = desk.get("lender", f"/v1/reports/{digest}/checks").json()
    assert checks["integrity"]["holds"] is True
    assert checks["checks"] == said["checks"]


def test_a_figure_opens_in_three_steps_to_statements_and_their_proofs(made: Made) -> None:
    desk, digest = made
    at = f"/v1/reports/{digest}/open"
    figure = desk.get("reviewer", f"{at}/total-location").json()
    line = desk.get("reviewer", f"{at}/{figure['opens'][0]['id']}").json()
    loads = [one["id"] for one in line["opens"] if "load" in one]
    load = desk.get("reviewer", f"{at}/{loads[0]}", limit=200).json()
    assert len(load["intervals"]) == reviews.DAYS
    assert load["verified_at"] == reviews.NOW
    said = json.loads(desk.get("reviewer", f"/v1/reports/{digest}/report").content)
    roots = {one["root"] for one in said["roots"]}
    for row in load["intervals"]:
        for end in (row["first"], row["last"]):
            proof = load["statements"][end["statement"]]
            assert hashlib.sha256(bytes.fromhex(proof["bytes"])).hexdigest() == end["statement"]
            assert root_by(proof).hex() in roots


def test_a_load_comes_in_pages(made: Made) -> None:
    desk, digest = made
    said = json.loads(desk.get("reviewer", f"/v1/reports/{digest}/report").content)
    load = next(one["id"] for one in said["meters"] if one["name"] == "grid")
    whole = desk.get("reviewer", f"/v1/reports/{digest}/open/{load}").json()
    found, begins = [], None
    for _ in range(reviews.DAYS):
        query: dict[str, int] = {} if begins is None else {"from_at": begins}
        page = desk.get("reviewer", f"/v1/reports/{digest}/open/{load}", limit=5, **query).json()
        found += page["intervals"]
        begins = page["next_from"]
        if begins is None:
            break
    assert found == whole["intervals"]
    assert len(found) == reviews.DAYS


def test_many_items_come_in_pages(made: Made) -> None:
    desk, digest = made
    at = f"/v1/reports/{digest}/open/line-1"
    whole = desk.get("reviewer", at).json()["opens"]
    first = desk.get("reviewer", at, limit=1).json()
    assert first["opens_in_all"] == len(whole) > 1
    rest = desk.get("reviewer", at, skip=1, limit=200).json()
    assert first["opens"] + rest["opens"] == whole
    assert desk.get("reviewer", f"/v1/reports/{digest}/open/line-99").status_code == 404


def test_others_are_answered_while_a_load_is_opened(made: Made) -> None:
    desk, digest = made
    opening = threading.Thread(target=desk.service.opening.call, args=(time.sleep, 3))
    opening.start()
    while not desk.service.opening.is_busy:
        time.sleep(0.01)
    assert desk.get("reviewer", f"/v1/reports/{digest}/figures").status_code == 200
    assert opening.is_alive()
    opening.join()


@pytest.mark.parametrize("who", ["other reviewer", "other lender", "strange verifier"])
def test_nobody_else_knows_of_it_until_they_are_let(made: Made, who: str) -> None:
    desk, digest = made
    assert desk.get(who, "/v1/reports").json()["total"] == 0
    assert desk.get(who, f"/v1/reports/{digest}").status_code == 404


def test_an_organisation_that_is_let_in_reads_and_lets_nobody_else(made: Made) -> None:
    desk, digest = made
    at = f"/v1/reports/{digest}/readers"
    assert desk.get("verifier", f"/v1/reports/{digest}").status_code == 404
    asked = {"organisation": reviews.VERIFIERS.hex()}
    assert desk.post("other reviewer", at, asked).status_code == 404
    assert desk.post("reader", at, asked).status_code == 403
    first = desk.post("reviewer", at, asked)
    assert first.status_code == 201
    assert desk.post("reviewer", at, asked).json() == first.json()
    assert desk.get("verifier", f"/v1/reports/{digest}").status_code == 200
    assert desk.post("verifier", at, asked).status_code == 403
    assert {one["organisation"] for one in desk.get("reviewer", at).json()} == {
        reviews.OWN.hex(),
        reviews.VERIFIERS.hex(),
    }


def test_a_statement_opens_step_by_step(made: Made) -> None:
    """From a load's first interval to the statement at its end, its proof and its anchor; a stranger sees nothing."""
    desk, digest = made
    item, load = "total-location", None
    while load is None:
        told = desk.get("reviewer", f"/v1/reports/{digest}/open/{item}").json()
        load = told if told["intervals"] else None
        item = next((one["id"] for one in told["opens"] if "load" in one), told["opens"][0]["id"]) if not load else item
    wanted = load["intervals"][0]["last"]["statement"]
    answer = desk.get("reviewer", f"/v1/reports/{digest}/statements/{wanted}")
    opened = answer.json()["opened"]
    assert opened["statement"]["id"] == wanted
    assert opened["encoded"] == load["statements"][wanted]["bytes"]
    assert opened["path"] == load["statements"][wanted]["path"]
    assert [one["step"] for one in opened["steps"]][-1] == "bundle"
    assert all(one["outcome"] == "held" for one in opened["steps"][:8] if one["step"] != "link")
    assert desk.get("reviewer", f"/v1/reports/{digest}/statements/{'00' * 32}").status_code == 404
    assert desk.get("other reviewer", f"/v1/reports/{digest}/statements/{wanted}").status_code == 404
