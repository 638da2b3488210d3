"""`tallystick finance pact`: from a file to a partner's request, as its operator does it."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tally_edge.command import main
from tally_edge.pinned_tls import client_context
from tally_gateway.tls import TlsFiles, create_ca, issue_server
from tests.finance.pact.examples import BAR, another, changed, text

NAME = ["--name", "huaxin"]


@dataclass
class Desk:
    folder: Path
    capture: pytest.CaptureFixture[str]

    @property
    def books(self) -> list[str]:
        return ["--books", f"sqlite:///{self.folder / 'books.db'}"]

    def put(self, name: str, document: dict[str, object]) -> str:
        path = self.folder / name
        path.write_bytes(text(document))
        return str(path)

    def say(self, *words: str) -> tuple[int, str, str]:
        self.capture.readouterr()
        code = main(["finance", "pact", *words])
        said = self.capture.readouterr()
        return code, said.out, said.err

    def did(self, *words: str) -> dict[str, object]:
        code, out, err = self.say(*words, *NAME, *self.books, "--json")
        assert code == 0, err
        found: dict[str, object] = json.loads(out)
        return found


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_check(desk: Desk) -> None:
    good = desk.put("good.json", BAR)
    off = desk.put("off.json", another(pcf__pcfExcludingBiogenicUptake="1.30"))
    none = desk.put("none.json", changed(id="1", created=None))
    old = desk.put("old.json", another(pcf__ipccCharacterizationFactors=["AR5"]))
    code, out, _ = desk.say("check", good, old)
    assert code == 0
    assert "good.json: nothing is doubtful" in out
    assert "characterisation: gases are weighed by AR5" in out
    code, out, _ = desk.say("check", off)
    assert code == 1
    assert "sum-excluding-uptake: pcfExcludingBiogenicUptake is 1.30, and its parts make 1.234" in out
    code, out, _ = desk.say("check", good, none)
    assert code == 2
    assert "none.json: no footprint: id: is not a UUID; created: is missing" in out
    code, out, _ = desk.say("check", str(desk.folder / "absent.json"))
    assert code == 2
    assert "cannot be read" in out
    code, out, _ = desk.say("check", "--json", off)
    assert json.loads(out)["footprints"][0]["doubts"][0]["contradicts"] is True


def test_files_that_know_of_one_another(desk: Desk) -> None:
    first = desk.put("a.json", BAR)
    second = desk.put("b.json", another(precedingPfIds=[BAR["id"]]))
    code, out, _ = desk.say("check", first, second)
    assert code == 1
    assert "still stands as active" in out


def test_offer_and_take_back(desk: Desk) -> None:
    newer = another(precedingPfIds=[BAR["id"]])
    desk.did("publish", desk.put("a.json", BAR), desk.put("b.json", newer))
    listed = desk.did("list")["footprints"]
    assert isinstance(listed, list)
    assert {one["id"]: one["status"] for one in listed} == {BAR["id"]: "Deprecated", newer["id"]: "Active"}
    desk.did("deprecate", newer["id"])
    code, out, _ = desk.say("list", *NAME, *desk.books)
    assert code == 0
    assert out.count("Deprecated") == 2
    code, _, err = desk.say("publish", desk.put("c.json", another(pcf__fossilCarbonContent="-1")), *NAME, *desk.books)
    assert code != 0
    assert "c.json: sign: fossilCarbonContent is -1" in err


def test_partners(desk: Desk) -> None:
    made = desk.did("partner", "new", "acme", "--all-products")
    assert made["secret"]
    words = ["partner", "new", "half", "--all-products", "--events-url", "https://x.example/3/events"]
    code, _, err = desk.say(*words, *NAME, *desk.books)
    assert code != 0
    assert "belong together" in err
    desk.did("partner", "revoke", "acme")
    (listed,) = desk.did("partner", "list")["partners"]  # type: ignore[misc]
    assert listed["revoked_at"] is not None
    assert str(made["secret"]) not in (desk.folder / "books.db").read_bytes().decode("latin-1")
    code, out, _ = desk.say("mail", *NAME, *desk.books)
    assert (code, out) == (0, "no event came, and none goes out\n")


def test_serve_wants_tls(desk: Desk) -> None:
    code, _, err = desk.say("serve", *NAME, *desk.books, "--port", "0")
    assert code != 0
    assert "--behind-proxy" in err


@pytest.mark.parametrize("is_private", [False, True])
def test_serve(desk: Desk, *, is_private: bool) -> None:
    desk.did("publish", desk.put("a.json", BAR))
    partner = desk.did("partner", "new", "acme", "--product", BAR["productIds"][0])
    files = TlsFiles(desk.folder / "tls")
    create_ca(files, datetime.now(UTC))
    issue_server(files, ["127.0.0.1"], datetime.now(UTC))
    tls = ["--tls-certificate", str(files.server_cert), "--tls-key", str(files.server_key)]
    words = ["serve", *NAME, *desk.books, "--port", "0", *(["--behind-proxy"] if is_private else tls)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tally_edge.command", "finance", "pact", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        believed: ssl.SSLContext = client_context(files.ca_cert)
        with httpx.Client(base_url=address, verify=believed, trust_env=False) as http:
            asked = {"grant_type": "client_credentials"}
            answer = http.post("/auth/token", auth=(str(partner["client"]), str(partner["secret"])), data=asked)
            headers = {"authorization": f"Bearer {answer.json()['access_token']}"}
            assert http.get("/3/footprints", headers=headers).json() == {"data": [BAR]}
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGTERM), errors
    assert "Traceback" not in errors, errors


def test_catenax(desk: Desk) -> None:
    code, out, _ = desk.say("catenax", desk.put("a.json", BAR), "--region", "Eastern Asia")
    assert code == 0
    made = json.loads(out)
    assert made["productLifeCycleStagesAndEmissions"][0]["productionStage"][0]["fossilGhgEmissions"] == 1.234
    code, _, err = desk.say("catenax", desk.put("a.json", BAR), "--region", "China")
    assert code != 0
    assert "is no region of Catena-X" in err
