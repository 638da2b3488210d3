"""Opinions over HTTP: signed outside, bound to the report's very bytes, each told with what is against it now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tally_edge import signer
from tally_edge.keys import Signer
from tally_finance.api.rights import Role
from tally_finance.api.tokens import Bearer
from tally_finance.review import ledger_file, opinions, reported, said_file
from tally_finance.review.opinions import Conclusion, Said, Verification
from tally_finance.review_api import opinions_kept
from tests.finance.activity import works
from tests.finance.review_api import reviews
from tests.finance.review_api.reviews import ABROAD, LI, WANG, Desk

Made = tuple[Desk, str]
WORDS: dict[type[Said], str] = {Conclusion: reviews.CONCLUSION, Verification: reviews.VERIFICATION}


@pytest.fixture
def made(engine: Engine, packed: bytes, policy: Path, tmp_path: Path) -> Any:
    for name in ("reviews.toml", "policy.toml"):
        (tmp_path / name).write_text((policy / name).read_text())
    with reviews.desk(engine, tmp_path / "reviews.toml") as desk:
        digest = desk.sent(packed)
        desk.post("reviewer", f"/v1/reports/{digest}/readers", {"organisation": reviews.VERIFIERS.hex()})
        desk.post("reviewer", f"/v1/reports/{digest}/readers", {"organisation": reviews.OTHER.hex()})
        yield desk, digest


def file_of(made: Made, kind: type[Said], key: Signer, at: int = reviews.NOW, words: str | None = None) -> bytes:
    """An opinion as the command signs it."""
    desk, digest = made
    about = reported.decode(desk.get("reviewer", f"/v1/reports/{digest}/report").content)
    held = ledger_file.parse(reviews.LEDGER.encode(), Path("ledger"), about)
    said = said_file.parse(kind, words or WORDS[kind], Path("words"), about.bound, held)
    return opinions.encode(opinions.sign(said, key, at))


def draft(made: Made, who: str, signing: Signer, kind: str = "conclusion", **changes: str) -> Any:
    desk, digest = made
    words = reviews.CONCLUSION if kind == "conclusion" else reviews.VERIFICATION
    asked = {
        "kind": kind,
        "words": words,
        "ledger": reviews.LEDGER,
        "key": signing.public_key.encode().hex(),
        **changes,
    }
    return desk.post(who, f"/v1/reports/{digest}/drafts", asked)


def test_a_reviewer_signs_outside_what_the_desk_gives(made: Made) -> None:
    desk, digest = made
    given = draft(made, "reviewer", LI).json()
    signature = LI.sign(bytes.fromhex(given["to_sign"])).hex()
    at = f"/v1/reports/{digest}"
    told = desk.post("reviewer", f"{at}/signatures", {"file": given["file"], "signature": signature})
    assert told.status_code == 201, told.text
    (one,) = desk.get("lender", f"{at}/opinions").json()
    assert one == told.json()
    assert (one["stands"], one["person"], one["makes_quality_1"], one["against"]) == (True, "Li Wei", False, [])
    file = desk.get("lender", f"{at}/opinions/{one['statement']}").content
    assert opinions.decode(file).said.bound.report.hex() == digest
    assert desk.post("reviewer", f"{at}/opinions", file).json() == one
    assert len(desk.get("lender", f"{at}/opinions").json()) == 1


def test_another_signature_or_a_changed_draft_is_none(made: Made) -> None:
    desk, digest = made
    given = draft(made, "reviewer", LI).json()
    at = f"/v1/reports/{digest}/signatures"
    wrong = WANG.sign(bytes.fromhex(given["to_sign"])).hex()
    assert desk.post("reviewer", at, {"file": given["file"], "signature": wrong}).status_code == 422
    right = LI.sign(bytes.fromhex(given["to_sign"])).hex()
    other = bytes.fromhex(given["file"]).replace(b"GL-2026-17", b"GL-2026-71").hex()
    assert other != given["file"]
    assert desk.post("reviewer", at, {"file": other, "signature": right}).status_code == 422
    assert desk.get("reviewer", f"/v1/reports/{digest}/opinions").json() == []


def test_only_a_third_partys_verification_makes_quality_1(made: Made) -> None:
    desk, digest = made
    at = f"/v1/reports/{digest}"
    assert desk.get("lender", f"{at}/score").json()["weighted"] == "2"
    assert desk.post("reviewer", f"{at}/opinions", file_of(made, Conclusion, LI)).status_code == 201
    assert desk.get("lender", f"{at}/score").json()["weighted"] == "2"
    assert desk.post("verifier", f"{at}/opinions", file_of(made, Verification, WANG)).status_code == 201
    told = desk.get("lender", f"{at}/score").json()
    assert (told["weighted"], told["verified"]) == ("1", "verified by Verifiers Ltd, limited assurance")
    assert {one["makes_quality_1"] for one in desk.get("lender", f"{at}/opinions").json()} == {True, False}
    desk.clock.at += 3 * 366 * works.DAY_S
    bearer = Bearer("later", reviews.OWN, Role.LENDER, may_write=False)
    desk.tokens["lender"] = desk.service.tokens.make(bearer, now=desk.clock(), valid_s=3_600)
    assert desk.get("lender", f"{at}/score").json()["weighted"] == "2"
    for one in desk.get("lender", f"{at}/opinions").json():
        assert [each["name"] for each in one["against"]] == ["expired"]


def score(made: Made) -> tuple[str, str | None]:
    told = made[0].get("lender", f"/v1/reports/{made[1]}/score").json()
    return told["weighted"], told["verified"]


def test_a_verifier_that_thought_better_of_it_verifies_nothing(made: Made) -> None:
    """And where two verifiers differ, the better one is not chosen."""
    desk, digest = made
    at, day = f"/v1/reports/{digest}/opinions", works.DAY_S
    adverse = reviews.VERIFICATION.replace('"unmodified"', '"adverse"\nbasis = "steam is not metered"')
    for who, key, words, when, expected in (
        ("verifier", WANG, reviews.VERIFICATION, 0, "1"),
        ("verifier", WANG, adverse, day, "2"),
        ("verifier", WANG, reviews.VERIFICATION, 2 * day, "1"),
        ("other reviewer", ABROAD, adverse, 2 * day, "2"),
    ):
        desk.clock.at = reviews.NOW + when
        brought = desk.post(who, at, file_of(made, Verification, key, desk.clock.at, words))
        assert brought.status_code == 201, brought.text
        assert score(made)[0] == expected


def test_whose_report_it_is_verifies_it_under_no_other_borrowers_name(made: Made) -> None:
    desk, digest = made
    entity = desk.get("reviewer", f"/v1/reports/{digest}").json()["entity"]
    words = reviews.VERIFICATION.replace('"Works 1"', '"Another Ltd"').replace('"Verifiers Ltd"', f'"{entity.upper()}"')
    told = desk.post(
        "verifier", f"/v1/reports/{digest}/opinions", file_of(made, Verification, WANG, words=words)
    ).json()
    assert (told["stands"], told["makes_quality_1"]) == (True, False)
    assert score(made) == ("2", None)


def test_a_key_that_came_to_the_bank_is_no_third_partys_any_more(made: Made) -> None:
    desk, digest = made
    desk.post("verifier", f"/v1/reports/{digest}/opinions", file_of(made, Verification, WANG))
    assert score(made)[0] == "1"
    signers = {kid: replace(one, organisation=reviews.OWN) for kid, one in desk.service.sheet.signers.items()}
    object.__setattr__(desk.service.sheet, "signers", signers)
    assert score(made) == ("2", None)
    (told,) = desk.get("lender", f"/v1/reports/{digest}/opinions").json()
    assert not told["makes_quality_1"]


def test_a_conclusion_is_shown_to_the_bank_alone(made: Made) -> None:
    """It names loan, conditions and decision; whoever else reads the report reads verifications of it."""
    desk, digest = made
    at = f"/v1/reports/{digest}/opinions"
    desk.post("verifier", at, file_of(made, Verification, WANG))
    concluded = desk.post("reviewer", at, file_of(made, Conclusion, LI)).json()["statement"]
    for who, kinds in (("reviewer", 2), ("lender", 2), ("verifier", 1), ("other reviewer", 1), ("other lender", 1)):
        assert len(desk.get(who, at).json()) == kinds, who
        assert desk.get(who, f"{at}/{concluded}").status_code == (200 if kinds == 2 else 404)
    told = desk.post("other reviewer", f"/v1/reports/{digest}/checklist", {}).text
    assert ("GL-2026-17" in told, "Verifiers Ltd" in told) == (False, True)


def test_no_token_takes_all_places(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opinions_kept, "MOST_OF_ONE", 1)
    desk, digest = made
    at = f"/v1/reports/{digest}/opinions"
    for number, code in ((1, 201), (2, 422)):
        file = file_of(made, Verification, WANG, reviews.NOW - number)
        assert desk.post("verifier", at, file).status_code == code
    assert desk.post("reviewer", at, file_of(made, Conclusion, LI)).status_code == 201


FOREIGN: list[tuple[str, type[Said], Signer, str]] = [
    ("reviewer", Conclusion, signer.generate(), "unknown-key"),
    ("reviewer", Conclusion, ABROAD, "a conclusion is the bank's"),
    ("other reviewer", Conclusion, ABROAD, "a conclusion is the bank's"),
    ("other reviewer", Conclusion, LI, "a conclusion is the bank's"),
    ("verifier", Conclusion, LI, "a conclusion is the bank's"),
    ("verifier", Verification, ABROAD, "its own key"),
    ("reviewer", Verification, LI, "not-independent"),
]


def test_whose_key_signs_what(made: Made) -> None:
    desk, digest = made
    for who, kind, key, why in FOREIGN:
        answer = desk.post(who, f"/v1/reports/{digest}/opinions", file_of(made, kind, key))
        assert answer.status_code == 422, (who, kind)
        assert why in answer.json()["detail"]
    assert desk.get("reviewer", f"/v1/reports/{digest}/opinions").json() == []


def test_a_reviewer_brings_what_a_verifier_handed_over(made: Made) -> None:
    desk, digest = made
    file = file_of(made, Verification, WANG)
    assert desk.post("reviewer", f"/v1/reports/{digest}/opinions", file).json()["person"] == "Wang Fang"


def test_an_opinion_of_another_report_or_another_time_is_refused(made: Made, tmp_path: Path) -> None:
    desk, digest = made
    less = reviews.report(tmp_path / "less", reviews.world_of(), reviews.DAYS - 1)
    other = desk.sent(less)
    assert other != digest
    file = file_of(made, Conclusion, LI)
    assert "another-report" in desk.post("reviewer", f"/v1/reports/{other}/opinions", file).json()["detail"]
    early = file_of(made, Conclusion, LI, reviews.NOW + 3_600)
    assert "not-yet" in desk.post("reviewer", f"/v1/reports/{digest}/opinions", early).json()["detail"]
    over = reviews.CONCLUSION.replace("2027-12-01", "2027-01-25")
    old = file_of(made, Conclusion, LI, reviews.NOW - 20 * works.DAY_S, over)
    assert "expired" in desk.post("reviewer", f"/v1/reports/{digest}/opinions", old).json()["detail"]
    assert desk.post("reviewer", f"/v1/reports/{digest}/opinions", b"nonsense").status_code == 422


def test_words_that_can_not_be_are_refused_by_name(made: Made) -> None:
    assert "words: conclusion.bank" in draft(made, "reviewer", LI, words="[conclusion]\n").json()["detail"]
    material = (
        'figure = "total-location"\n[[misstatement]]\ntext = "x"\nwhere = "y"\nstated_kg = 100000\nright_kg = 1\n'
    )
    assert "material" in draft(made, "reviewer", LI, ledger=material).json()["detail"]
    assert draft(made, "reviewer", LI, key="00").status_code == 422
    assert draft(made, "reviewer", WANG).status_code == 422
    assert draft(made, "verifier", WANG, "verification").status_code == 200
    assert draft(made, "lender", LI).status_code == 403
