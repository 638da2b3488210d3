"""What a reviewer works out over HTTP is what the commands work out, of reports that the asker may read."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tally_finance.review import reported, sampling
from tests.finance.review_api import reviews
from tests.finance.review_api.reviews import Desk

Made = tuple[Desk, str]
WRONG = """figure = "total-location"
[[misstatement]]
text = "an invoice counts twice"
where = "invoice 2026-01"
stated_kg = {stated}
right_kg = 0
"""


def total(made: Made, digest: str) -> Decimal:
    desk, _ = made
    return reported.decode(desk.get("reviewer", f"/v1/reports/{digest}/report").content).figure("total-location").kg


def test_a_ledger_is_held_against_the_report(made: Made) -> None:
    desk, digest = made
    limit = total(made, digest) * 5 / 100
    for stated, material in ((limit, False), (limit + 1, True)):
        told = desk.post("verifier", f"/v1/reports/{digest}/ledger", {"ledger": WRONG.format(stated=stated)})
        assert told.status_code == 404
        told = desk.post("reviewer", f"/v1/reports/{digest}/ledger", {"ledger": WRONG.format(stated=stated)})
        assert (told.json()["is_material"], told.json()["level_ppm"]) == (material, 50_000)


@pytest.mark.parametrize("amount", ["1e999999999", "1e-999999999", "nan", "inf", "9" * 5_000, "-1"])
def test_numbers_without_measure_are_refused_at_once(made: Made, amount: str) -> None:
    desk, digest = made
    answer = desk.post("reviewer", f"/v1/reports/{digest}/ledger", {"ledger": WRONG.format(stated=amount)})
    assert answer.status_code == 422, answer.text


def test_visits_are_those_of_the_command(made: Made) -> None:
    desk, digest = made
    seed = "5a" * 16
    told = desk.get("reviewer", f"/v1/reports/{digest}/sample", seed=seed).json()
    about = reported.decode(desk.get("reviewer", f"/v1/reports/{digest}/report").content)
    plan = sampling.plan(about.meters, (about.digest, about.to_at), bytes.fromhex(seed))
    assert [one["point"] for one in told["visits"]] == [one.meter.point for one in plan.visits]
    assert (told["others"], told["drawn"]) == (plan.others, plan.drawn)
    assert desk.get("reviewer", f"/v1/reports/{digest}/sample", seed="5a").status_code == 400


def test_a_reduction_is_at_equal_production(made: Made, before: str) -> None:
    desk, digest = made
    at = f"/v1/reports/{digest}/reduction"
    told = desk.get("lender", at, baseline=before, product="coil", output_u95="0.001")
    assert told.status_code == 200, told.text
    # Nothing else changed, and as much was made: what was avoided is the difference.
    assert Decimal(told.json()["absolute"]) == total(made, before) - total(made, digest) > 0
    assert round(Decimal(told.json()["avoided"]), 9) == Decimal(told.json()["absolute"])
    assert Decimal(told.json()["sure"]) < Decimal(told.json()["avoided"])
    assert desk.get("lender", at, baseline=before, product="paper", output_u95="0.001").status_code == 422
    assert desk.get("lender", at, baseline="5a" * 32, product="coil").status_code == 404


def test_reports_are_held_against_each_other(made: Made, before: str) -> None:
    desk, digest = made
    told = desk.get("lender", f"/v1/reports/{digest}/differences", against=before, limit=200).json()
    paths = {one["path"]: one for one in told["items"]}
    assert paths["figures.total-location.kg"]["left"] == f"{total(made, digest):f}"
    assert paths["figures.total-location.kg"]["right"] == f"{total(made, before):f}"
    few = desk.get("lender", f"/v1/reports/{digest}/differences", against=before, limit=1).json()
    assert few["more"] == len(told["items"]) + told["more"] - 1
    assert desk.get("lender", f"/v1/reports/{digest}/differences", against=digest).json() == {"items": [], "more": 0}


def test_a_checklist_says_what_is_not_shown(made: Made, before: str) -> None:
    desk, digest = made
    at = f"/v1/reports/{digest}/checklist"
    bare = {one["number"]: one for one in desk.post("reviewer", at, {}).json()["items"]}
    assert len(bare) == 17
    assert not bare[13]["is_shown"]
    asked = {"ledger": reviews.LEDGER, "baseline": before, "product": "coil", "output_u95": "0.001"}
    shown = {one["number"]: one for one in desk.post("reviewer", at, asked).json()["items"]}
    assert shown[13]["is_shown"]
    assert any(one["said"] for one in shown[11]["answers"])
    assert not any(one["said"] for one in bare[11]["answers"])
    assert desk.post("reviewer", at, {"baseline": before}).status_code == 422
    for language, both in (("en", "Materiality"), ("zh-CN", "重要性"), ("", "Materiality 重要性")):
        told = desk.post("reviewer", f"{at}?language={language}" if language else at, {}).json()["items"]
        assert told[12]["title"] == both


def test_financed_emissions_come_from_reports_that_one_may_read(made: Made) -> None:
    desk, digest = made
    loans = """[[loan]]
loan = "GL-1"
outstanding_cny = 12000000.00
whole_cny = 80000000.00
against = "equity_and_debt"
report = "{report}"
"""
    told = desk.post("lender", "/v1/portfolio", {"loans": loans.format(report=digest)}).json()
    assert told["loans"][0]["attribution"] == "3/20"
    assert told["score"] == "2"
    assert (told["loans"][0]["days"], told["loans"][0]["is_year"]) == (reviews.DAYS, False)
    assert desk.post("other lender", "/v1/portfolio", {"loans": loans.format(report=digest)}).status_code == 404
    assert desk.post("lender", "/v1/portfolio", {"loans": loans.format(report="../../etc")}).status_code == 404


def test_versions_stay_and_tell_what_they_changed(made: Made, before: str) -> None:
    desk, digest = made
    first = {"reason": "first", "why": "the year as it was reported"}
    told = desk.post("reviewer", f"/v1/reports/{before}/versions", first, "version-one")
    assert told.status_code == 201, told.text
    again = desk.post("reviewer", f"/v1/reports/{before}/versions", first, "version-one")
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == told.json()
    desk.clock.at += 100
    after = {"reason": "correction", "why": "the grid meter's ratio was wrong"}
    second = desk.post("reviewer", f"/v1/reports/{digest}/versions", after, "version-two").json()
    assert Decimal(second["by_kg"]) == total(made, digest) - total(made, before)
    (line,) = desk.get("lender", "/v1/lines").json()["lines"]
    versions = desk.get("lender", "/v1/versions", line=line).json()
    assert [one["report"] for one in versions["items"]] == [before, digest]
    assert versions["stood"] == 2
    assert desk.get("lender", "/v1/versions", line=line, known_at=reviews.NOW).json()["stood"] == 1
    assert desk.get("lender", "/v1/versions", line="nowhere").status_code == 404
    assert desk.get("other reviewer", "/v1/lines").status_code == 403
    assert desk.post("other reviewer", f"/v1/reports/{digest}/versions", after, "version-six").status_code == 403


def test_errors_name_what_was_sent_and_no_folder(made: Made) -> None:
    desk, digest = made
    answer = desk.post("reviewer", f"/v1/reports/{digest}/ledger", {"ledger": "figure = 1"})
    assert answer.json()["detail"].startswith("ledger: figure")
    assert str(Path(desk.service.sheet.reports).parent) not in answer.text
