"""Bad messages over MQTT and HTTP to a running gateway: refused in words, counted where operators look, and no stream
is held up by them.

What single decoders refuse is tested beside them; here it is the whole that must stay up.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import random

import pytest

from tally_edge import statement, wire
from tally_edge.answers import Refusal, RefusalReason
from tally_edge.errors import DecodeError
from tally_edge.pinned_tls import client_context
from tally_edge.statement import Kind
from tally_gateway.intake.clients import ClientFile
from tests.gateway.intake.support import Recorder, eventually
from tests.system.asking import metric, request
from tests.system.plant import Plant
from tests.system.prober import Prober, nonsense, unharmed

pytestmark = pytest.mark.slow

PROBER = "prober"
SEED = 20261121


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
