"""Bad input of every kind against running processes: refused in words, counted where an operator looks, and no stream
is held up by it.

What single decoders refuse is tested beside them; here it is the whole that must stay up.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import io
import json
import random
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tally_chain import bundle, policy
from tally_edge import senml, signer, statement, wire
from tally_edge.answers import Refusal, RefusalReason
from tally_edge.authority import Enrolment, SigningPlace
from tally_edge.authority_stream import AuthorityStream
from tally_edge.command import main
from tally_edge.errors import DecodeError
from tally_edge.keys import P256_ORDER
from tally_edge.pinned_tls import client_context
from tally_edge.senml import Reading
from tally_edge.signer import FileSigner
from tally_edge.statement import NO_PREV, Claims, Clock, Kind
from tally_gateway.assembly import wall_clock
from tally_gateway.intake.clients import ClientFile
from tests.gateway.intake.support import Recorder, eventually
from tests.system import reading
from tests.system.command import Said
from tests.system.plant import BASE, Plant, meters, site, wait_until
from tests.system.test_full_disk import health, metric

pytestmark = pytest.mark.slow

PROBER = "prober"
DEVICE = f"{BASE}:prober"
POINT = f"{BASE}:m0"
SEED = 20261121


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """A plant that runs throughout."""
    now = int(time.time())
    made = Plant(
        tmp_path_factory.mktemp("bad") / "plant",
        site(meters(2, 0, cadence_s=1, pack_readings=2), now - 60, now + 86_400),
        anchored=False,
    )
    try:
        made.start_gateway()
        made.state_site()
        made.start_agent()
        wait_until(lambda: made.has_signed(4), "life")
        yield made
        assert made.gateway is not None
        assert made.gateway.code is None, made.gateway.tail()
        assert made.gateway.stop() == 0
    finally:
        made.stop()


@contextlib.contextmanager
def unharmed(plant: Plant) -> Iterator[None]:
    """Whatever happens inside: afterwards the agent's stream still grows, and the gateway finds no fault in itself."""
    before = plant.status()["size"]
    yield
    wait_until(lambda: plant.status()["size"] > before + 2, "growth of the agent's stream")
    assert health(plant) == 200
    assert not plant.look().dead


class Prober:
    """A device whose key the test holds, and its connection to the gateway."""

    def __init__(self, plant: Plant) -> None:
        """Enrol it with the running gateway."""
        self.key = signer.generate()
        enrolment = Enrolment(DEVICE, self.key.public_key.encode(), (POINT,), SigningPlace.SIMULATED, "prober")
        with AuthorityStream(plant.folders.authority) as stream:
            said = stream.state(enrolment, wall_clock(), plant.people.authority, plant.people.person)
        assert plant.submit([said])[0]["index"] > 0
        self.seq, self.prev = 0, NO_PREV

    def sign(self, payload: bytes | None = None, key: FileSigner | None = None) -> bytes:
        """The next statement of the stream, whatever its payload; by another key where one is given."""
        by = key or self.key
        claims = Claims(
            Kind.READINGS, by.public_key.kid, DEVICE, POINT, wall_clock(), self.seq, self.prev, 1, Clock.INFORMATIVE
        )
        good = senml.encode([Reading(POINT, "energy_import", wall_clock(), 5, "kWh")])
        made = statement.sign(claims, good if payload is None else payload, by)
        self.seq, self.prev = self.seq + 1, made.id
        return made.encoded


def high_s(encoded: bytes) -> bytes:
    """The other signature that verifies: it would frame an honest device as forking."""
    r, s = encoded[-64:-32], int.from_bytes(encoded[-32:], "big")
    return encoded[:-64] + r + (P256_ORDER - s).to_bytes(32, "big")


def nonsense(prober: Prober, chance: random.Random) -> list[tuple[bytes, RefusalReason]]:
    """Messages of many kinds that are no statements, or not to be taken; each with the reason that must be given."""
    sample = prober.sign()
    flipped = bytearray(sample)
    flipped[-1] ^= 1
    return [
        (b"\x00", RefusalReason.MALFORMED),
        (b"hello", RefusalReason.MALFORMED),
        (b"\xd2\x84", RefusalReason.MALFORMED),
        (b"\xff" * 300, RefusalReason.MALFORMED),
        (chance.randbytes(4_000), RefusalReason.MALFORMED),
        (sample + b"\x00", RefusalReason.MALFORMED),
        (sample[:-1], RefusalReason.MALFORMED),
        (b"\xd2" + b"\x9f" + sample[2:] + b"\xff", RefusalReason.MALFORMED),
        (high_s(sample), RefusalReason.BAD_SIGNATURE),
        (bytes(flipped), RefusalReason.BAD_SIGNATURE),
        (chance.randbytes(70_000), RefusalReason.TOO_LARGE),
        (prober.sign(key=signer.generate()), RefusalReason.UNKNOWN_KEY),
        (prober.sign(b"not senml"), RefusalReason.MALFORMED),
        (prober.sign(b"\x81\xa2\x00\x61x\x02\xf9\x3c\x00"), RefusalReason.MALFORMED),
    ]


async def connected(plant: Plant) -> Recorder:
    """A client that may speak for any key, subscribed to its answers."""
    clients = ClientFile(plant.settings.path(plant.settings.listener.clients_file))
    if PROBER in clients.names():
        clients.remove(PROBER)
    token = clients.add(PROBER)
    recorder = Recorder(PROBER, token, client_context(plant.settings.folder / "tls" / "ca.pem"))
    await recorder.connect(plant.settings.listener.port)
    recorder.client.subscribe(f"tally/1/{PROBER}/down", qos=1)
    await eventually(lambda: bool(recorder.subacks))
    return recorder


async def test_mqtt_nonsense_is_refused_counted_and_blocks_nothing(plant: Plant) -> None:
    with unharmed(plant):
        prober = await asyncio.to_thread(Prober, plant)
        bad = nonsense(prober, random.Random(SEED))
        before = metric(plant, "tallystick_refusals_total")
        size = plant.status()["size"]
        recorder = await connected(plant)
        good = [recorder.publish(prober.sign())]
        bad_mids = [recorder.publish(payload) for payload, _ in bad]
        good.append(recorder.publish(prober.sign()))
        await eventually(lambda: len(recorder.pubacks) == len(bad) + 2)
        assert {recorder.pubacks[mid] for mid in good} == {0}
        assert {recorder.pubacks[mid] for mid in bad_mids} <= {0, 0x99}
        reasons = dict(bad)
        await eventually(lambda: len(refusals(plant, recorder)) >= len(reasons))
        told = refusals(plant, recorder)
        for payload, reason in reasons.items():
            assert told[statement_id(payload)] is reason, payload[:40]
        assert metric(plant, "tallystick_refusals_total") - before >= len(bad)
        assert plant.status()["size"] >= size + 2  # both good ones stand, one on each side of the nonsense
        await recorder.close()


def statement_id(payload: bytes) -> bytes:
    """What a refusal calls a message."""
    return hashlib.sha256(payload).digest()


def refusals(plant: Plant, recorder: Recorder) -> dict[bytes, RefusalReason]:
    """The signed refusals that came down, by message."""
    found = {}
    key = plant.opened().proof.public_key
    for _, body in recorder.downs:
        try:
            signed = statement.decode(body)
        except DecodeError:
            continue
        if signed.claims.kind is Kind.REFUSAL:
            signed.verify(key)
            refused = wire.decode(Refusal, signed.payload)
            assert refused.explanation
            found[refused.message] = refused.reason
    return found


def request(
    plant: Plant, method: str, path: str, body: bytes | None = None, token: str | None = None
) -> tuple[int, str, bytes]:
    """Status, content type and body of one HTTP request."""
    headers = {"Content-Type": "application/json"} | ({} if token is None else {"Authorization": f"Bearer {token}"})
    asked = urllib.request.Request(plant.url + path, data=body, method=method, headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, answer.headers.get_content_type(), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get_content_type(), error.read()


def test_http_nonsense_is_answered_in_words(plant: Plant) -> None:
    chance = random.Random(SEED)
    with unharmed(plant):
        prober = Prober(plant)
        bodies: list[bytes] = [
            b"",
            b"null",
            b"[]",
            b"{",
            b'{"statements": []}',
            b'{"statements": [1]}',
            b'{"statements": ["not base64!"]}',
            b'{"statements": null, "more": 1}',
            b"\xff\xfe",
            b"[" * 100_000,
            chance.randbytes(1_000),
            json.dumps({"statements": ["AA=="] * 501}).encode(),
            bytes(3 << 20),
        ]
        for body in bodies:
            status, kind, said = request(plant, "POST", "/v1/statements", body, plant.token)
            assert 400 <= status < 500, (status, body[:40], said[:200])
            assert kind == "application/problem+json"
            assert json.loads(said)["detail"] or json.loads(said)["title"]
        for token in (None, "", "x", "0" * 64, plant.token + "0"):
            status, _, _ = request(plant, "POST", "/v1/statements", b'{"statements": ["AA=="]}', token)
            assert status in (401, 403)
        for method, path in (
            ("GET", "/nowhere"),
            ("GET", "/../../etc/passwd"),
            ("GET", "/tile/0/x999/999"),
            ("GET", "/tile/9/000"),
            ("GET", "/tile/entries/000"),
            ("DELETE", "/checkpoint"),
            ("GET", "/v1/statements"),
        ):
            status, _, _ = request(plant, method, path)
            assert 400 <= status < 500, (method, path, status)
        before = metric(plant, "tallystick_refusals_total")
        bad = nonsense(prober, chance)
        body = json.dumps({"statements": [base64.b64encode(payload).decode() for payload, _ in bad]}).encode()
        status, _, said = request(plant, "POST", "/v1/statements", body, plant.token)
        assert status == 200
        outcomes = json.loads(said)
        assert [one["reason"] for one in outcomes] == [reason.name.lower() for _, reason in bad]
        assert all(one["explanation"] and one["refusal"] for one in outcomes)
        assert metric(plant, "tallystick_refusals_total") == before + len(bad)


def run(*arguments: str | Path) -> Said:
    """A command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Said(code, out.getvalue(), err.getvalue())


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
    text = policy.write(reading.policy_of(plant))
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
