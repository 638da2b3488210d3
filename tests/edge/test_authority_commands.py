"""`tallystick authority` and `tallystick meter`, as a person types them."""

from __future__ import annotations

import base64
import dataclasses
import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tally_edge import authority, command, enrolment_request, signer, statement, wire
from tally_edge.authority import PAYLOAD_OF_KIND, FactsEvent, MeterFacts, SigningPlace, StreamPlace
from tally_edge.device import RegisterValue
from tally_edge.enrolment_request import EnrolmentRequest
from tally_edge.office.authority_stream import AuthorityStream
from tally_edge.office.authority_summary import TERMS
from tally_edge.passphrase import SECOND_VARIABLE, VARIABLE
from tests.edge.authority_site import ORIGIN, POINTS, SITE

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv(VARIABLE, "the authority's own words")
    monkeypatch.setenv(SECOND_VARIABLE, "the second person's words")

    def call(*argv: object) -> tuple[int, str, str]:
        code = command.main([str(word) for word in argv])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def time_text(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0).isoformat()


@pytest.fixture
def folder(tmp_path: Path, run: Run) -> Path:
    """An authority with a plan in force, the second person's key beside it."""
    code, said, _ = run("authority", "init", "--dir", tmp_path / "a", "--name", "urn:dev:org:32473-authority")
    assert code == 0
    code, said, _ = run("authority", "person", tmp_path / "bank" / "person.key")
    kid = said.split()[2]
    (tmp_path / "plan.toml").write_text(
        f'site = "{SITE}"\nowner = "Example Steel"\ntimezone = "Asia/Seoul"\nrenew_by = {time_text(30)}\n'
        f'[[log]]\norigin = "{ORIGIN}"\n[[person]]\norganisation = "Example Bank"\nkid = "{kid}"\n'
        + "".join(f'[[point]]\npoint = "{point}"\ncadence_s = 900\n' for point in POINTS)
    )
    code, said, err = run("authority", "plan", tmp_path / "plan.toml", *signing(tmp_path))
    assert (code, err) == (0, "")
    assert "site plan 场所计量方案" in said
    return tmp_path


def signing(folder: Path) -> list[object]:
    return ["--dir", folder / "a", "--second", folder / "bank" / "person.key", "--yes"]


def facts_file(folder: Path, serial: str = "11223344", extra: str = "") -> Path:
    path = folder / f"{serial}.toml"
    path.write_text(
        f'point = "{POINTS[1]}"\neffective_at = {time_text(-2)}\nserial = "{serial}"\naccuracy_class = "0.5S"\n'
        f'multiplier = 120.5\n{extra}[[register]]\nregister = "energy_import"\nunit = "kWh"\nmodulus = 1000000\n'
    )
    return path


def newest(folder: Path) -> tuple[statement.Statement, Any]:
    with AuthorityStream(folder / "a") as stream:
        *_, signed = stream.statements()
    return signed, wire.decode(PAYLOAD_OF_KIND[signed.claims.kind], signed.payload)


def request_file(folder: Path, predecessor: StreamPlace | None = None) -> tuple[Path, bytes]:
    key = signer.generate()
    asked = EnrolmentRequest(
        f"{SITE}:gw1", key.public_key.encode(), POINTS, SigningPlace.POLLED_BUS, "box", predecessor
    )
    path = folder / f"{key.public_key.kid.hex()[:8]}.request"
    path.write_bytes(enrolment_request.sign(asked, key, int(time.time())).encoded)
    return path, key.public_key.kid


def test_the_life_of_a_meter(folder: Path, run: Run) -> None:
    assert run("meter", "install", facts_file(folder), *signing(folder))[0] == 0
    new = facts_file(folder, "99887766").read_text().replace(time_text(-2)[:10], time_text(-1)[:10])
    (folder / "new.toml").write_text(new)
    shown = ["--closing", "energy_import=1234.50", "--opening", "energy_import=0.00"]
    code, said, _ = run("meter", "exchange", folder / "new.toml", *shown, *signing(folder))
    assert code == 0
    assert "was 原为: 11223344" in said
    _, payload = newest(folder)
    assert payload.event is FactsEvent.EXCHANGE
    assert [str(value.value) for value in (*payload.closing, *payload.opening)] == ["1234.50", "0.00"]

    calibrate = [
        "meter",
        "calibrate",
        POINTS[1],
        "--at",
        time_text(0),
        "--certificate",
        "C-2",
        "--expires",
        time_text(900),
    ]
    assert run(*calibrate, *signing(folder))[0] == 0
    assert run("meter", "ratio", POINTS[1], "--at", time_text(0), "--multiplier", "240", *signing(folder))[0] == 0
    _, payload = newest(folder)
    assert (payload.serial, payload.certificate, payload.multiplier) == ("99887766", "C-2", 240)
    assert (payload.event, payload.closing, payload.opening) == (FactsEvent.RATIO, None, None)

    remove = ["meter", "remove", POINTS[1], "--at", time_text(0), "--closing", "energy_import=77"]
    assert run(*remove, *signing(folder))[0] == 0
    code, _, err = run(*remove, *signing(folder))
    assert (code, err) == (2, f"tallystick: no meter is installed at {POINTS[1]}\n")


def test_keys_and_corrections(folder: Path, run: Run) -> None:
    path, kid = request_file(folder)
    assert run("meter", "enrol", path, *signing(folder))[0] == 0
    code, _, err = run("meter", "enrol", path, *signing(folder))
    assert (code, err[: err.index(" of")]) == (2, "tallystick: statement 1")
    assert run("meter", "rotate", path, *signing(folder))[0] == 2  # it continues nothing
    again, new = request_file(folder, StreamPlace(kid, 17, bytes(32)))
    assert run("meter", "rotate", again, *signing(folder))[0] == 0
    assert run("meter", "revoke", new.hex(), "--reason", "device-lost", "--last-good-seq", 4, *signing(folder))[0] == 0
    _, payload = newest(folder)
    assert (payload.kid, payload.last_good_seq, payload.device) == (new, 4, f"{SITE}:gw1")
    correct = [
        "meter",
        "correct",
        POINTS[0],
        "--register",
        "energy_import",
        "--from",
        time_text(-9),
        "--to",
        time_text(-8),
    ]
    rest = [
        "--quantity",
        "12.50",
        "--unit",
        "kWh",
        "--reason",
        "gap-filled",
        "--explanation",
        "from the utility's bill",
    ]
    assert run(*correct, *rest, *signing(folder))[0] == 0
    assert str(newest(folder)[1].quantity) == "12.50"


def test_a_request_that_its_key_did_not_sign_is_refused(folder: Path, run: Run) -> None:
    path, _ = request_file(folder)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    code, _, err = run("meter", "enrol", path, *signing(folder))
    assert (code, err) == (1, "tallystick: the signature does not verify\n")


def test_the_second_person_elsewhere(folder: Path, run: Run) -> None:
    proposal, endorsement = folder / "p", folder / "e"
    assert run("meter", "install", facts_file(folder), "--dir", folder / "a", "--propose", proposal)[0] == 0
    key = ["--key", folder / "bank" / "person.key"]
    code, said, _ = run("authority", "countersign", proposal, *key, "--out", endorsement, "--yes")
    assert code == 0
    assert "serial number 表号: 11223344" in said
    assert run("authority", "finish", proposal, endorsement, "--dir", folder / "a")[0] == 0
    code, _, err = run("authority", "finish", proposal, endorsement, "--dir", folder / "a")
    assert (code, "moved on" in err) == (2, True)
    assert isinstance(newest(folder)[1], MeterFacts)


def test_nothing_is_signed_unasked(folder: Path, run: Run) -> None:
    before = newest(folder)[0]
    install = ["meter", "install", facts_file(folder), *signing(folder)[:-1]]
    code, said, _ = run(*install, "--dry-run")
    assert (code, "nothing was signed" in said) == (0, True)
    code, _, err = run(*install)
    assert (code, "--dry-run" in err) == (2, True)
    assert newest(folder)[0] == before


def test_renewal_show_and_export(folder: Path, run: Run) -> None:
    assert run("authority", "renew", "--days", 20, "--dir", folder / "a", "--yes")[0] == 2
    assert run("authority", "renew", "--days", 60, "--dir", folder / "a", "--yes")[0] == 0
    signed, payload = newest(folder)
    assert payload.countersignature is None
    assert run("authority", "show", "--dir", folder / "a")[1].count("site plan") == 2
    assert run("authority", "export", "--dir", folder / "a", "--to", folder / "out")[1].startswith("wrote 2")
    assert run("authority", "export", "--dir", folder / "a", "--to", folder / "out")[1].startswith("wrote 0")
    assert (folder / "out" / "00000001-site-plan.cose").read_bytes() == signed.encoded


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("reading_day = 40\n", "reading_day: 40 is not from 1 to 28"),
        ("surprise = 1\n", "surprise: is not a known setting"),
        ("owner = 7\n", "Cannot overwrite"),
        ("= 3\n", "Invalid"),
    ],
)
def test_a_wrong_file_names_itself_and_the_key(folder: Path, run: Run, change: str, says: str) -> None:
    path = folder / "wrong.toml"
    path.write_text(change + (folder / "plan.toml").read_text())
    code, _, err = run("authority", "plan", path, *signing(folder))
    assert code == 2
    assert err.startswith(f"tallystick: {path}: ")
    assert says.lower() in err.lower()


def test_wrong_secrets_and_missing_folders_are_said(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("authority", "show", "--dir", folder / "none")[0] == 2
    monkeypatch.delenv(SECOND_VARIABLE)
    code, _, err = run("meter", "install", facts_file(folder), *signing(folder))
    assert (code, SECOND_VARIABLE in err) == (2, True)
    monkeypatch.setenv(VARIABLE, "some other long words")
    code, _, err = run("authority", "renew", "--days", 60, "--dir", folder / "a", "--yes")
    assert (code, "wrong passphrase" in err) == (2, True)


class Gateway(http.server.BaseHTTPRequestHandler):
    """Keeps what it is sent; refuses what carries another token."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Authorization"] != "Bearer t0ken":
            self.send_error(401)
            return
        server: Any = self.server
        outcomes = []
        for text in json.loads(body)["statements"]:
            encoded = base64.b64decode(text, validate=True)
            if encoded not in server.kept:
                server.kept.append(encoded)
            outcomes.append({"outcome": "committed", "index": server.kept.index(encoded)})
        if server.refuse_last:
            outcomes[-1] = {"outcome": "refused", "explanation": "unknown authority"}
        answer = json.dumps(outcomes).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def gateway() -> Iterator[Any]:
    server: Any = http.server.HTTPServer(("127.0.0.1", 0), Gateway)
    server.kept, server.refuse_last = [], False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_sending_twice_does_no_harm(folder: Path, run: Run, gateway: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    send = ["authority", "send", "--dir", folder / "a", "--gateway", f"http://127.0.0.1:{gateway.server_port}"]
    assert run(*send)[0] == 2  # no token
    monkeypatch.setenv("TALLYSTICK_TOKEN", "other")
    assert run(*send)[0] == 2
    monkeypatch.setenv("TALLYSTICK_TOKEN", "t0ken")
    for _ in range(2):
        assert run(*send)[:2] == (0, "the gateway has 1 of 1 statements\n")
    assert gateway.kept == [newest(folder)[0].encoded]
    gateway.refuse_last = True
    code, said, _ = run(*send)
    assert (code, "unknown authority" in said) == (1, True)


def test_a_gateway_that_is_not_there(folder: Path, run: Run, gateway: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_TOKEN", "t0ken")
    port = gateway.server_port
    send = ["authority", "send", "--dir", folder / "a", "--gateway"]
    gateway.refuse_last = None
    assert run(*send, "ftp://127.0.0.1")[0] == 2
    assert run(*send, "http://gateway.example")[0] == 2  # a token in the clear
    assert run(*send, f"http://127.0.0.1:{port}/nowhere?")[0] == 0
    code, _, err = run(*send, "http://127.0.0.1:1")
    assert (code, err.count("\n")) == (4, 1)


def test_every_field_that_can_be_signed_has_its_words() -> None:
    payloads = [*PAYLOAD_OF_KIND.values(), authority.PlannedPoint, authority.Person, authority.NamedLog, StreamPlace]
    payloads += [authority.RegisterFacts, RegisterValue]
    fields = {field.name for payload in payloads for field in dataclasses.fields(payload)} - {"countersignature"}
    assert fields | {kind.value for kind in PAYLOAD_OF_KIND} == set(TERMS)
