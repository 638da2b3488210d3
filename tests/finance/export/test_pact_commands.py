"""`finance export pact|catenax` and `pact check --report`: from signed readings to a partner, and back from there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from tally_edge import signer
from tally_edge.command import main
from tally_edge.pinned_tls import client_context
from tally_finance.pact.document import decode
from tally_finance.review import opinions, reported
from tally_finance.review.opinions import Accreditation, Level, Type, Verification
from tests.finance.activity import works
from tests.finance.export import coil
from tests.finance.pact.published import published
from tests.finance.pact.running import pair
from tests.finance.report import mill
from tests.finance.report.test_commands import reported as report_made
from tests.world import START

KEY = signer.generate()
AT = START + 395 * works.DAY_S
YEAR_S = 365 * works.DAY_S
FIRST, LATER = "2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z"


@dataclass
class Works:
    """A report's folder, how its evidence is trusted, and a desk that exports it."""

    folder: Path
    report: Path
    trust: list[str]
    capture: pytest.CaptureFixture[str]

    def say(self, *words: str) -> tuple[int, str, str]:
        self.capture.readouterr()
        code = main(["finance", *words])
        said = self.capture.readouterr()
        return code, said.out, said.err

    def export(self, what: str, name: str, *words: str, created: str = FIRST) -> tuple[int, str, str]:
        sheet, out = str(self.folder / "product.toml"), str(self.folder / name)
        given = ["--product", "coil", "--sheet", sheet, "--created", created, *words, "-o", out]
        return self.say("export", what, str(self.report), *self.trust, *given)

    def made(self, what: str, name: str, *words: str, created: str = FIRST) -> dict[str, Any]:
        code, _, err = self.export(what, name, *words, created=created)
        assert code == 0, err
        return dict(json.loads((self.folder / name).read_text("utf-8")))

    def check(self, name: str, *words: str) -> tuple[int, str]:
        code, out, _ = self.say("pact", "check", str(self.folder / name), *words)
        return code, out

    def change(self, name: str, change: Callable[[dict[str, Any]], object]) -> None:
        said = json.loads((self.folder / name).read_text("utf-8"))
        change(said)
        (self.folder / name).write_text(json.dumps(said), "utf-8")

    def verified(self, **changes: Any) -> list[str]:
        """A third party's verification of the report, and whose it is."""
        bound = reported.load(self.report).bound
        said = Verification(
            bound, "Verifier GmbH", "A. Muster", "Works 1", "ISO 14064-3:2019",
            Accreditation("CNAS", "V-0017", AT + YEAR_S), "no tie", Level.LIMITED, Type.UNMODIFIED, 50_000, AT + YEAR_S,
        )  # fmt: skip
        file = self.folder / "verification"
        file.write_bytes(opinions.encode(opinions.sign(replace(said, **changes), KEY, AT - 1)))
        return ["--verification", str(file), "--signer", KEY.public_key.kid.hex()]


@pytest.fixture
def mine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Works:
    out, trust = report_made(works.run(works.opened(), mill.DAYS), tmp_path)
    (tmp_path / "product.toml").write_text(coil.SHEET, "utf-8")
    return Works(tmp_path, out, trust, capsys)


def test_from_readings_to_a_document_and_back(mine: Works) -> None:
    code, out, _ = mine.export("pact", "coil.json")
    assert code == 0
    assert "0.05306 kgCO2e for 1 kilogram" in out
    assert "doubtful  factor-sources: all activity data are primary" in out
    known = ["--report", str(mine.report), *mine.trust]
    code, out = mine.check("coil.json", *known)
    assert (code, "the same as report" in out) == (0, True)
    assert "reason given for factor-sources" in out
    code, out = mine.check("coil.json", "--report", str(mine.report))
    assert (code, "not computed again from the evidence" in out) == (0, True)
    mine.change("coil.json", lambda said: said["pcf"].update(primaryDataShare="102"))
    code, out = mine.check("coil.json", *known)
    assert code == 1
    assert "differs   pcf.primaryDataShare: the document says 102, the report gives 100.000" in out
    assert "primary-share-unproven: 102 % primary data are stated, and evidence shows 100.000 %" in out
    code, out = mine.check("coil.json", *known, "--json")
    (told,) = json.loads(out)["footprints"]
    assert [one["path"] for one in told["report"]["differs"]] == ["pcf.primaryDataShare"]


def test_a_document_with_a_verification_says_how_to_hold_it_against_that(mine: Works) -> None:
    verified = mine.verified()
    mine.made("pact", "coil.json", *verified)
    known = ["--report", str(mine.report), *mine.trust]
    code, out = mine.check("coil.json", *known)
    assert (code, "give its file and key by --verification and --signer" in out) == (1, True)
    code, out = mine.check("coil.json", *known, *verified)
    assert (code, "the same as report" in out) == (0, True)


def test_a_report_that_was_changed_is_not_exported(mine: Works) -> None:
    mine.change("report/report.json", lambda said: said["products"][0].update(kg_per_unit="0.04"))
    code, _, err = mine.export("pact", "coil.json")
    assert code != 0
    assert "is another report than its evidence gives" in err
    assert not (mine.folder / "coil.json").exists()


def test_a_document_is_not_written_over(mine: Works) -> None:
    mine.made("pact", "coil.json")
    code, _, err = mine.export("pact", "coil.json", created=LATER)
    assert code != 0
    assert "exists already" in err


def test_documents_of_other_reports(mine: Works) -> None:
    mine.made("pact", "coil.json")
    mine.change("coil.json", lambda said: said["extensions"][0]["data"]["report"].update(digest="00" * 32))
    known = ["--report", str(mine.report), *mine.trust]
    code, out = mine.check("coil.json", *known)
    assert (code, "which is none of those named" in out) == (1, True)
    mine.change("coil.json", lambda said: said.pop("extensions"))
    code, out = mine.check("coil.json", *known)
    assert (code, "it names no report" in out) == (1, True)
    code, _, err = mine.say("pact", "check", str(mine.folder / "coil.json"), *mine.trust)
    assert code != 0
    assert "--report" in err


def test_a_third_party_verified_this_very_report(mine: Works) -> None:
    words = mine.verified()
    body = mine.made("pact", "coil.json", *words)
    verification = body["pcf"]["verification"]
    assert (verification["providerName"], verification["standardName"]) == ("Verifier GmbH", "ISO 14064-3:2019")
    assert "coverage" not in verification
    assert body["extensions"][0]["data"]["verification"]["key"] == KEY.public_key.kid.hex()
    known = ["--report", str(mine.report), *mine.trust]
    code, out = mine.check("coil.json", *known, *words)
    assert (code, "the same as report" in out) == (0, True)
    code, out = mine.check("coil.json", *known)
    assert (code, "differs   pcf.verification" in out) == (1, True)
    aspect = mine.made("catenax", "coil.cx.json", *words)
    (method,) = aspect["pcfAssessmentAndMethodology"]
    assert method["verificationAndCertificationShares"] == [{"productVerificationShare3rdParty": 100}]
    (attested,) = aspect["attestationOfConformance"]
    assert attested["attestationOfConformanceId"] == body["extensions"][0]["data"]["verification"]["statement"]


@pytest.mark.parametrize(
    ("changes", "signers", "said"),
    [
        ({"verifier": "Works 1", "borrower": "Another"}, True, "not-independent"),
        ({"borrower": "Verifier GmbH"}, True, "not-independent"),
        ({"type": Type.QUALIFIED, "basis": "a meter"}, True, "not-unmodified"),
        ({}, False, "unknown-key"),
    ],
)
def test_a_verification_that_does_not_stand(mine: Works, changes: dict[str, Any], signers: bool, said: str) -> None:
    words = mine.verified(**changes)
    code, _, err = mine.export("pact", "coil.json", *(words if signers else words[:2]))
    assert code != 0
    assert f"verification: {said}" in err


def test_a_verification_of_another_report(mine: Works) -> None:
    bound = reported.load(mine.report).bound
    code, _, err = mine.export("pact", "coil.json", *mine.verified(bound=replace(bound, report=bytes(32))))
    assert code != 0
    assert "verification: another-report" in err


def test_faults_of_the_sheet_name_the_file(mine: Works) -> None:
    sheet = mine.folder / "product.toml"
    sheet.write_text(coil.SHEET.replace("percent = 0", "percent = 6"), "utf-8")
    code, _, err = mine.export("pact", "coil.json")
    assert (code != 0, "reasons.exempted" in err) == (True, True)
    sheet.write_text(coil.SHEET.replace('reason = "toll', 'reason = " " # '), "utf-8")
    code, _, err = mine.export("pact", "coil.json")
    assert (code != 0, "product.toml: exempted.reason" in err) == (True, True)
    sheet.unlink()
    code, _, err = mine.export("pact", "coil.json")
    assert (code != 0, "cannot read" in err) == (True, True)


@pytest.mark.shared
def test_verified_documents_follow_their_schemas(mine: Works, shared: Path) -> None:
    faults = published()
    assert faults is not None
    assert faults("ProductFootprint", mine.made("pact", "coil.json", *mine.verified())) == []
    schema = json.loads((shared / "carbon/catena-x-pcf/9.0.0/Pcf-schema.json").read_text("utf-8"))
    made = mine.made("catenax", "coil.cx.json", *mine.verified())
    assert [str(one) for one in jsonschema_rs.Draft4Validator(schema).iter_errors(made)] == []


def test_a_partner_gets_it_and_its_restatement(mine: Works) -> None:
    """Published at a host that runs; the later one deprecates the first, and both are still the report's."""
    first = mine.made("pact", "first.json")
    words = ["--preceding", str(mine.folder / "first.json")]
    later = mine.made("pact", "later.json", *words, created=LATER)
    with (
        pair(mine.folder / "hosts") as both,
        httpx.Client(verify=client_context(both.ours.ca), trust_env=False) as http,
    ):
        for name in ("first.json", "later.json"):
            both.ours.host.footprints.publish((mine.folder / name).read_bytes(), AT)
        asked = {"grant_type": "client_credentials"}
        token = http.post(f"{both.ours.address}/auth/token", auth=(both.client, both.secret), data=asked).json()
        headers = {"authorization": f"Bearer {token['access_token']}"}
        query = {"productId": first["productIds"][0]}
        served = http.get(f"{both.ours.address}/3/footprints", params=query, headers=headers).json()["data"]
    assert {one["id"]: one["status"] for one in served} == {first["id"]: "Deprecated", later["id"]: "Active"}
    for one in served:
        (mine.folder / "served.json").write_text(json.dumps(one), "utf-8")
        assert mine.check("served.json", "--report", str(mine.report), *mine.trust)[0] == 0
        assert decode(json.dumps(one).encode()).body == one
