"""`tallystick edge`, as it is typed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tally_edge import enrolment_request, signer, statement
from tally_edge.agent import config
from tally_edge.agent.agent import LAST_LOGGED
from tally_edge.authority import SigningPlace
from tally_edge.command import main
from tests.edge.agent.rig import START, Rig

DEVICE, POINT = "urn:dev:org:32473-steel:gw1", "urn:dev:org:32473-steel:m1"


@pytest.fixture(autouse=True)
def _passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", "correct horse battery")


def init(folder: Path, *more: str) -> int:
    return main(["edge", "init", "--dir", str(folder), "--device", DEVICE, "--point", POINT, *more])


def test_init_makes_a_key_settings_and_a_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init(tmp_path, "--timezone", "Asia/Shanghai", "--point", POINT + "b") == 0
    key = signer.load(tmp_path / "device.key", "correct horse battery")
    assert key.public_key.kid.hex() in capsys.readouterr().out
    settings = config.load(tmp_path / "edge.toml")
    assert [point.uri for point in settings.points] == [POINT, POINT + "b"]
    request = enrolment_request.read((tmp_path / "enrolment-request.cose").read_bytes())
    assert request.public_key == key.public_key.encode()
    assert (request.place, request.points, request.predecessor) == (SigningPlace.POLLED_BUS, (POINT, POINT + "b"), None)
    before = (tmp_path / "edge.toml").read_bytes()
    assert init(tmp_path) == 2
    assert "never overwritten" in capsys.readouterr().err
    assert (tmp_path / "edge.toml").read_bytes() == before


def test_init_leaves_nothing_behind_when_it_refuses(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert init(folder, "--timezone", "Asia/Shangri-La") == 2
    assert main(["edge", "init", "--dir", str(folder), "--device", "no uri", "--point", POINT]) == 2
    assert not folder.exists()


def test_what_is_missing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path)
    file = str(tmp_path / "edge.toml")
    assert main(["edge", "run", "--config", file]) == 2
    assert "gateway: is missing" in capsys.readouterr().err
    assert main(["edge", "status", "--config", file]) == 3
    assert "has not run yet" in capsys.readouterr().err
    assert main(["edge", "resend", "--config", file]) == 3
    assert main(["edge", "recover", "--config", file]) == 3
    assert "--last" in capsys.readouterr().err


def live_settings(folder: Path) -> Path:
    proof_key = signer.generate().public_key.encode().hex()
    (folder / "token").write_text("secret")
    (folder / "token").chmod(0o600)
    file = folder / "edge.toml"
    file.write_text(f"""
[device]
uri = "{DEVICE}"
model = "x"
place = "simulated"
[gateway]
host = "127.0.0.1"
port = 9
token_file = "token"
proof_key = "{proof_key}"
[[point]]
uri = "{POINT}"
driver = "simulated"
cadence_s = 1
pack_seconds = 1
serial = "A1"
facts = "{"22" * 32}"
[point.meter]
kind = "water"
seed = "x"
[[point.register]]
name = "volume"
unit = "m3"
""")
    return file


def test_run_without_a_gateway_holds_what_it_reads_and_ends_on_sigterm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = live_settings(tmp_path)
    signer.generate().save(tmp_path / "device.key", "correct horse battery")
    command = [sys.executable, "-m", "tally_edge.command", "edge", "run", "--config", str(file)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env=os.environ)
    try:
        deadline = time.monotonic() + 60
        held = 0
        while held < 2 and time.monotonic() < deadline:
            time.sleep(0.3)
            if (tmp_path / "outbox" / "outbox.sqlite").exists() and main(
                ["edge", "status", "--json", "--config", str(file)]
            ) == 0:
                held = json.loads(capsys.readouterr().out)["held"]
        assert held >= 2
        second = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        assert second.returncode == 3
        assert f"pid {process.pid}" in second.stderr
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
        assert process.returncode == 0, errors.decode()
    finally:
        process.kill()
        process.wait()


def test_status_shows_dead_letters_and_resend_orders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = live_settings(tmp_path)
    rig = Rig(tmp_path / "outbox")
    rig.gateway.refuse = set(statement.Kind)
    rig.run_to(START + 3600)
    assert main(["edge", "status", "--config", str(file)]) == 1
    shown = capsys.readouterr().out
    assert "UNKNOWN_KEY" in shown
    assert "dead letters       3" in shown
    rig.gateway.refuse = set()
    assert main(["edge", "resend", "--config", str(file)]) == 0
    rig.serve()
    assert main(["edge", "status", "--config", str(file)]) == 0
    assert main(["edge", "release", "1", "--config", str(file)]) == 0
    for wrong in ("99", "-1"):
        assert main(["edge", "release", "--config", str(file), "--", wrong]) == 2
        assert f"there is no statement {wrong}: this stream ends at" in capsys.readouterr().err
    assert main(["edge", "settle", "--config", str(file)]) == 0
    rig.serve()
    assert min(rig.outbox.entries(0, 99)) == 2
    assert rig.settlements()[-1].boundary.name == "CLOSING"


def test_recover_names_the_predecessor_and_keeps_the_old_things(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = live_settings(tmp_path)
    rig = Rig(tmp_path / "outbox")
    rig.signer.save(tmp_path / "device.key", "correct horse battery")
    rig.run_to(START + 3600)
    rig.stop()
    last = rig.gateway.statements()[-1]
    (tmp_path / "outbox" / LAST_LOGGED).write_bytes(last.encoded)
    assert main(["edge", "recover", "--config", str(file)]) == 0
    assert f"lost_since = {last.claims.issued_at}" in capsys.readouterr().out
    request = enrolment_request.read((tmp_path / "enrolment-request.cose").read_bytes())
    assert request.predecessor is not None
    assert (request.predecessor.kid, request.predecessor.seq) == (last.claims.kid, last.claims.seq)
    assert request.predecessor.statement == last.id
    fresh = signer.load(tmp_path / "device.key", "correct horse battery").public_key
    assert fresh.encode() == request.public_key != rig.signer.public_key.encode()
    assert not (tmp_path / "outbox").exists()
    assert len(list(tmp_path.glob("outbox.*"))) == len(list(tmp_path.glob("device.key.*"))) == 1


def test_recover_refuses_a_statement_of_another_key(tmp_path: Path) -> None:
    file = live_settings(tmp_path)
    signer.generate().save(tmp_path / "device.key", "correct horse battery")
    rig = Rig(tmp_path / "elsewhere")
    rig.run_to(START + 3600)
    (tmp_path / "last").write_bytes(rig.gateway.log[-1])
    assert main(["edge", "recover", "--config", str(file), "--last", str(tmp_path / "last")]) == 1
    assert not list(tmp_path.glob("device.key.*"))
