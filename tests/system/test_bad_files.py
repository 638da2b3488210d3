"""Bad files: settings, secrets, a gateway's own files, lists of meters, bundles, policies. One line says what is wrong.

What single decoders refuse is tested beside them; here it is what a person at a command line sees.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tally_chain import bundle, policy_text
from tests.system import reading
from tests.system.command import run
from tests.system.plant import Plant

pytestmark = pytest.mark.slow

SEED = 20261121


BAD_TOML = [
    ("not toml", ""),
    ("= 1", ""),
    ("\xff\xfe", ""),
    ("", ""),
]


@pytest.mark.parametrize(("text", "words"), BAD_TOML)
def test_settings_that_are_none_are_refused_by_name(tmp_path: Path, text: str, words: str) -> None:
    for name, command in (("gateway.toml", ("gateway", "run", "--dir")), ("edge.toml", ("edge", "run", "--config"))):
        (tmp_path / name).write_bytes(text.encode("latin-1"))
        said = run(*command, tmp_path if name == "gateway.toml" else tmp_path / name)
        line = said.refusal()
        assert said.code == 2, line
        assert name in line
        assert words in line


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("seal_every_ms = 150", "seal_every_ms = 1", "log.seal_every_ms"),
        ("seal_every_ms = 150", 'seal_every_ms = "fast"', "log.seal_every_ms"),
        ("seal_every_ms = 150", "seal_every = 150", "log.seal_every"),
        ('engine = "none"', 'engine = "ethereum"', "anchor.engine"),
        ('library = "paho"', 'library = "mosquitto"', "broker.library"),
        ('public_key = "a', 'public_key = "zz', "authority 0"),
        (f'origin = "{"tallystick.example/plant/1"}"', 'origin = ""', "gateway.origin"),
        ('host = "127.0.0.1"', 'host = "0.0.0.0"', "TLS"),
    ],
)
def test_a_wrong_setting_of_a_gateway_is_named(plant: Plant, tmp_path: Path, old: str, new: str, words: str) -> None:
    text = (plant.settings.folder / "gateway.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "gateway.toml").write_text(text.replace(old, new))
    said = run("gateway", "run", "--dir", tmp_path)
    assert (said.code, words in said.refusal()) == (2, True), said.err


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("state.sqlite", b"garbage" * 1000, 1),
        ("log/checkpoint", b"garbage\n", 1),
        ("log/checkpoint", b"", 1),
        ("keys/proof.pem", b"garbage", 2),
        ("service.sqlite", b"garbage" * 1000, 1),
    ],
)
def test_a_damaged_file_of_a_gateway_stops_its_start_with_its_name(
    plant: Plant, tmp_path: Path, name: str, content: bytes, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", plant.people.passphrase)
    copy = tmp_path / "copy"
    assert run("gateway", "backup", "--dir", plant.settings.folder, copy).code == 0
    assert (copy / name).exists(), sorted(path.name for path in copy.rglob("*"))
    for beside in copy.glob(f"{name}-*"):
        beside.unlink()
    (copy / name).write_bytes(content)
    said = run("gateway", "run", "--dir", copy)
    assert "Traceback" not in said.err, said.err
    assert said.code in (code, 3), said.err
    assert Path(name).stem in said.err, said.err


def test_wrong_secrets_and_open_ones_are_refused(plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "copy"
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", "wrong")
    assert run("gateway", "backup", "--dir", plant.settings.folder, copy).code == 0
    settings = copy / "gateway.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace(f'passphrase_file = "{plant.folders.secret}"', 'passphrase_file = ""'))
    assert run("gateway", "run", "--dir", copy).code == 2
    monkeypatch.delenv("TALLYSTICK_PASSPHRASE")
    assert "TALLYSTICK_PASSPHRASE" in run("gateway", "run", "--dir", copy).refusal()
    open_secret = tmp_path / "secret"
    shutil.copy(plant.folders.secret, open_secret)
    open_secret.chmod(0o644)
    settings.write_text(text.replace(str(plant.folders.secret), str(open_secret)))
    assert "0600" in run("gateway", "run", "--dir", copy).refusal()


def test_lists_of_meters_that_are_none(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    for name, content in (
        ("empty.csv", b""),
        ("header.csv", b"point,serial\n"),
        ("binary.csv", chance.randbytes(5_000)),
        ("empty.xlsx", b""),
        ("zip.xlsx", b"PK\x03\x04" + chance.randbytes(500)),
        ("text.xlsx", b"point,serial\n"),
        ("list.ods", b"x"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        said = run("site", "import", path)
        assert said.code in (1, 2, 3), (name, said)
        assert "Traceback" not in said.err
        assert (said.out + said.err).strip(), name
    assert run("site", "import", tmp_path / "none.csv").code in (2, 3)


def test_bundles_and_policies_that_are_none(plant: Plant, tmp_path: Path) -> None:
    """A real bundle cut, flipped and exchanged: no verdict but that it is none, or does not hold."""
    chance = random.Random(SEED)
    entries = reading.statements_of(plant.settings.folder)
    span = (entries[0].claims.issued_at, entries[-1].claims.issued_at)
    whole = bundle.encode(reading.full_bundle(plant, span))
    policy_file, file = tmp_path / "policy.toml", tmp_path / "bundle.tally"
    text = policy_text.write(reading.policy_of(plant))
    policy_file.write_text(text)
    cut = [whole[: chance.randrange(len(whole))] for _ in range(5)]
    flipped = []
    for _ in range(10):
        forged = bytearray(whole)
        forged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        flipped.append(bytes(forged))
    for content in (b"", b"\x00", b"\xa0", b"[" * 100_000, b"\x81" * 100_000, *cut, *flipped, whole + b"\x00"):
        file.write_bytes(content)
        said = run("verify", file, "--policy", policy_file, "--json")
        assert said.code in (1, 3), content[:40]
        assert said.code == 1 or "bundle.tally" in said.refusal()
    file.write_bytes(whole)
    for wrong in ("", "version = 1\n", "[" * 3_000, "x = " + "[" * 50_000, text.replace("version", "versio"), "\x00"):
        policy_file.write_text(wrong)
        said = run("verify", file, "--policy", policy_file)
        assert said.code == 2, said.err
        assert said.refusal()
