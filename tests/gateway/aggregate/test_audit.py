"""Who reads the whole log of heads finds two histories in it; the command says so, from a folder and over HTTP."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tally_chain import note
from tally_chain.checkpoint import Checkpoint
from tally_chain.tree import LeafNodes, consistency_path, leaf_hash, root_of
from tally_edge import keys, signer
from tally_edge.command import main
from tally_edge.errors import UnreachableError
from tally_edge.signer import FileSigner
from tally_gateway.aggregate import audit_run
from tally_gateway.errors import LogDamaged, LogForeign, MaintenanceError
from tally_gateway.log.records import Entry
from tests.gateway.aggregate.stage import (
    HEADS_ORIGIN,
    at_work,
    client,
    make_aggregator,
    make_member,
    registered_key,
    signed,
)
from tests.gateway.intake.support import eventually
from tests.gateway.service.test_pipeline import take
from tests.gateway.service.world import device

STEEL, MILL = "tallystick.example/steel/1", "tallystick.example/mill/1"
_client = httpx.Client
LEAVES = [leaf_hash(b"%d" % number) for number in range(600)]


async def _audit(capsys: pytest.CaptureFixture[str], source: str, *words: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = await asyncio.to_thread(main, ["heads", "audit", source, "--json", *words])
    return code, json.loads(capsys.readouterr().out)


def _codes(said: dict[str, Any]) -> list[str]:
    return sorted(finding["code"] for finding in said["findings"])


async def test_two_histories_in_one_log_of_heads_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The aggregator itself puts a second history there: it has the log, and so the power to."""
    aggregator, steel, mill = make_aggregator(tmp_path / "heads", engine="none"), signer.generate(), signer.generate()
    aggregator.register("steel", STEEL, *registered_key(STEEL, steel))
    aggregator.register("mill", MILL, *registered_key(MILL, mill))
    keys = ["--checkpoint-key", aggregator.fingerprints.checkpoint_key]
    logs = ["--logs", str(aggregator.folder / "logs.toml")]
    async with aggregator.running() as (service, port):

        async def put(origin: str, key: FileSigner, size: int, root: bytes) -> None:
            encoded = signed(origin, size, root, key).encode()
            entry = Entry(key.public_key.kid, size, encoded)
            await service.kept.lane.run(lambda log: log.append([entry]))

        nodes = LeafNodes(LEAVES)
        for size in (3, 7, 400):
            base = {3: 0, 7: 3, 400: 7}[size]
            path = consistency_path(nodes, base, size) if base else []
            await service.desk.take("steel", signed(STEEL, size, root_of(LEAVES[:size]), steel).encode(), path)
        await put(MILL, mill, 5, bytes(32))
        await service.kept.seal()
        folder, url = str(aggregator.folder), f"http://127.0.0.1:{port}"
        code, said = await _audit(capsys, url, *keys, *logs)
        assert (code, _codes(said), said["logs"][STEEL]) == (0, ["not-asked"], {"heads": 3, "size": 400})
        assert (await _audit(capsys, url))[1]["findings"][0]["code"] == "key-unknown"
        await put(STEEL, steel, 7, bytes(range(32)))
        await put(STEEL, steel, 5, root_of(LEAVES[:5]))
        await put(MILL, steel, 6, bytes(32))
        await put("tallystick.example/none", signer.generate(), 6, bytes(32))
        await service.kept.lane.run(lambda log: log.append([Entry(bytes(32), 1, b"no head entry")]))
        await service.kept.seal()
        for source in (url, folder):
            code, said = await _audit(capsys, source, *keys, *logs)
            assert code == 1
            assert _codes(said) == ["backwards", "key-unknown", "malformed", "not-asked", "signature", "two-roots"]
        assert main(["heads", "audit", folder, "--checkpoint-key", registered_key(STEEL, steel)[1]]) == 1  # foreign
        assert main(["heads", "audit", folder, "--checkpoint-key", "nonsense"]) != 0
        assert main(["heads", "audit", str(tmp_path / "none")]) != 0
        assert await asyncio.to_thread(main, ["heads", "audit", "http://127.0.0.1:9"]) == 4


@pytest.mark.slow
async def test_a_gateway_is_asked_for_its_own_paths(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the gateway answers must join the heads that the log of heads holds of it."""
    aggregator, stream = make_aggregator(tmp_path / "heads", engine="none"), device()
    async with aggregator.running() as (service, port):
        steel = make_member(tmp_path / "steel", aggregator, port, "steel", STEEL)
        async with at_work(steel) as gateway:
            feed = gateway.parts.feed
            assert feed is not None
            await eventually(lambda: service.kept.log.size == 2)
            await take(gateway.parts.pipeline, steel.enrolment(stream), stream.readings())
            await gateway.parts.seal()
            await feed.anchor_now()
            await eventually(lambda: service.kept.log.size == 3)
            await service.kept.seal()
            host, own_port = gateway.addresses["http"]
            place, logs = f"{STEEL}=http://{host}:{own_port}", str(aggregator.folder / "logs.toml")
            url = f"http://127.0.0.1:{port}"
            code, said = await _audit(capsys, url, "--ask", place, "--logs", logs)
            assert (code, said["findings"], said["logs"][STEEL]["heads"]) == (0, [], 2)
            dead = await _audit(capsys, url, "--ask", f"{STEEL}=http://127.0.0.1:9", "--logs", logs)
            assert (dead[0], _codes(dead[1])) == (0, ["not-asked"])
            key = gateway.parts.signers.proof
            fork = signed(STEEL, 4, bytes(range(32)), key)
            entry = Entry(key.public_key.kid, 4, fork.encode())
            await service.kept.lane.run(lambda log: log.append([entry]))
            await take(gateway.parts.pipeline, stream.readings(), stream.readings())
            await gateway.parts.seal()
            await service.kept.seal()
            code, said = await _audit(capsys, url, "--ask", place, "--logs", logs)
            assert (code, _codes(said)) == (1, ["not-consistent"])
            await feed.anchor_now()
            await eventually(lambda: feed.counters.refused > 0)  # it can not continue what it never signed so
            assert any("head-refused" in alarm for alarm in gateway.parts.standing().anchor_alarms)


@pytest.mark.parametrize("fault", ["breaks off", "has no tile", "is no log"])
async def test_a_source_that_fails_in_the_middle_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    """The real service answers the checkpoint; of its tiles one does not come."""
    aggregator = make_aggregator(tmp_path / "heads", engine="none")
    async with aggregator.running() as (_, port):

        class Failing(httpx.HTTPTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                if "/tile/" in request.url.path and fault == "breaks off":
                    raise httpx.ReadError("gone", request=request)
                if "/tile/" in request.url.path and fault == "has no tile":
                    return httpx.Response(404, request=request)
                if fault == "is no log":
                    return httpx.Response(200, text="<html>", request=request)
                return super().handle_request(request)

        def fetch() -> None:
            audit_run.fetch(f"http://127.0.0.1:{port}", tmp_path / "copy", Failing())

        with pytest.raises((UnreachableError, LogDamaged), match=f"127.0.0.1:{port}"):
            await asyncio.to_thread(fetch)


class _Endless(httpx.BaseTransport):
    """A source whose checkpoint names a huge tree, and which has an answer to everything."""

    def __init__(self, size: int, key: FileSigner, tile: bytes = b"") -> None:
        text = Checkpoint(HEADS_ORIGIN, size, bytes(32)).encode()
        self._signed = note.Note(text, (note.sign(text, HEADS_ORIGIN, key),)).encode()
        self._tile = tile
        self.asked = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        data = self._signed if request.url.path == "/checkpoint" else self._tile
        return httpx.Response(200, content=data, request=request)


def test_a_source_can_not_make_its_reader_fetch_without_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key, other = signer.generate(keys.EDDSA), signer.generate(keys.EDDSA)
    verifier, url = note.verifier_key_of(HEADS_ORIGIN, key), "http://heads.example"
    endless = _Endless(1 << 50, other)
    with pytest.raises(LogDamaged, match="checkpoint"):
        audit_run.fetch(url, tmp_path, endless, key=verifier)
    named = dataclasses.replace(verifier, name="tallystick.example/heads/2")
    text = Checkpoint(HEADS_ORIGIN, 1, bytes(32)).encode()
    twice = note.Note(text, (note.sign(text, named.name, key),)).encode()
    with pytest.raises(LogForeign, match="not of"):
        audit_run.fetch(url, tmp_path, httpx.MockTransport(lambda _: httpx.Response(200, content=twice)), key=named)
    endless = _Endless(1 << 50, key)
    with pytest.raises(MaintenanceError, match=r"1125899906842624 entries.*--most-mb"):
        audit_run.fetch(url, tmp_path, endless, key=verifier)
    assert endless.asked == 1
    endless = _Endless(30_000, key, bytes(8_000))
    with pytest.raises(MaintenanceError, match="sent more than 1 MB"):
        audit_run.fetch(url, tmp_path, endless, key=verifier, most_mb=1)
    assert endless.asked == 1 + (1 << 20) // 8_000 + 1
    told: list[tuple[int, int]] = []
    endless = _Endless(30_000, key, bytes(9_000))  # a hash tile has 8,192 bytes
    with pytest.raises(UnreachableError, match="more than"):
        audit_run.fetch(url, tmp_path, endless, key=verifier, progress=lambda *said: told.append(said))
    assert told == [(done, 237) for done in range(1, 119)]
    monkeypatch.setattr(httpx, "Client", lambda **named: _client(**{**named, "transport": _Endless(1 << 40, key)}))
    assert main(["heads", "audit", url, "--checkpoint-key", verifier.encode()]) == 2
    assert "--most-mb" in capsys.readouterr().err


def test_every_tile_is_counted() -> None:
    for size in (0, 1, 255, 256, 257, 65_536, 65_537, 1 << 20):
        assert audit_run._tile_count(size) == len(list(audit_run._tiles(size))), size


async def test_an_audit_waits_for_its_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real bound on what one address may ask is hit; the audit goes on as soon as it is let."""
    monkeypatch.setattr(audit_run, "_TURN_S", 0.05)
    aggregator = make_aggregator(tmp_path / "heads", engine="none")
    async with aggregator.running() as (_, port):
        ask = audit_run.asker({STEEL: f"http://127.0.0.1:{port}"})

        async with client(port) as hasty:
            codes = {(await hasty.get("/v1/anchors")).status_code for _ in range(60)}
        assert 429 in codes
        assert await asyncio.to_thread(ask, STEEL, 1, 1) == []
        assert await asyncio.to_thread(ask, STEEL, 9, 10) is None
        assert await asyncio.to_thread(ask, MILL, 1, 1) is None
