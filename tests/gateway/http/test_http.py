"""The HTTP interface of a running service, over a real port."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tally_chain import checkpoint, note, tree
from tally_edge import keys, proof
from tally_gateway.config import ProjectionSection
from tally_gateway.http.tokens import Scope, TokenFile
from tally_gateway.metrics import METRICS, OF_AGGREGATORS
from tally_gateway.service import Service
from tests.gateway.intake.support import eventually
from tests.gateway.service.test_pipeline import take
from tests.gateway.service.world import Stream, World, device, make_world


@dataclass
class Served:
    """A running service, a client, and tokens of each scope."""

    world: World
    service: Service
    client: httpx.AsyncClient
    reader: dict[str, str]
    sender: dict[str, str]
    stream: Stream


@contextlib.asynccontextmanager
async def served(folder: Path, count: int = 0, engine: str = "none") -> AsyncIterator[Served]:
    world, stream = make_world(folder, engine=engine), device()
    tokens = TokenFile(world.folder / "api-tokens.toml")
    reader = {"authorization": f"Bearer {tokens.add('bank', frozenset({Scope.ENTRIES}))}"}
    sender = {"authorization": f"Bearer {tokens.add('authority', frozenset({Scope.SUBMIT}))}"}
    async with world.running() as service:
        host, port = service.addresses["http"]
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=10) as client:
            await take(service.parts.pipeline, world.enrolment(stream), *(stream.readings() for _ in range(count)))
            await service.parts.pipeline.seal()
            yield Served(world, service, client, reader, sender, stream)


def problem(response: httpx.Response, status: int) -> str:
    """The detail of a refusal, which must be a whole problem."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == status
    assert document["title"]
    return str(document["detail"])


async def test_a_mirror_gets_checkpoint_tiles_and_consistency(tmp_path: Path) -> None:
    async with served(tmp_path / "g", 300) as at:
        signed = await at.client.get("/checkpoint")
        verifier = note.decode_verifier_key(at.world.fingerprints.checkpoint_key)
        note.verify(note.decode(signed.content), [verifier])
        head = checkpoint.decode(note.decode(signed.content).text)
        assert head.size == 302
        full = await at.client.get("/tile/0/000")
        assert len(full.content) == 256 * 32
        assert full.headers["cache-control"] == "public, max-age=31536000, immutable"
        partial = await at.client.get("/tile/0/001.p/46")
        assert "immutable" not in partial.headers["cache-control"]
        data = full.content + partial.content
        leaves = [data[start : start + 32] for start in range(0, len(data), 32)]
        assert tree.root_of(leaves) == head.root
        between = (await at.client.get("/v1/consistency/100/302")).json()
        path = [bytes.fromhex(node) for node in between["path"]]
        tree.verify_consistency(100, tree.root_of(leaves[:100]), 302, head.root, path)
        assert "302" in problem(await at.client.get("/v1/consistency/100/303"), 404)
        problem(await at.client.get("/v1/consistency/9/3"), 404)


async def test_entries_need_a_token_of_their_scope(tmp_path: Path) -> None:
    async with served(tmp_path / "g", 2) as at:
        for path in ("/entries/1", "/tile/entries/000.p/4"):
            problem(await at.client.get(path), 401)
            problem(await at.client.get(path, headers={"authorization": "Bearer " + "0" * 64}), 401)
            problem(await at.client.get(path, headers={"authorization": "Basic x"}), 401)
            problem(await at.client.get(path, headers=at.sender), 403)
            found = await at.client.get(path, headers=at.reader)
            assert found.status_code == 200
            assert found.headers["cache-control"].startswith("private") or path.endswith("4")
        assert (await at.client.get("/entries/2", headers=at.reader)).content == at.stream.sent[0].encoded
        problem(await at.client.get("/entries/9", headers=at.reader), 404)


async def test_proofs_by_index_by_place_and_by_id_verify(tmp_path: Path) -> None:
    async with served(tmp_path / "g", 5) as at:
        key = keys.decode_public_key(bytes.fromhex(at.world.fingerprints.proof_public_key))
        wanted = at.stream.sent[3]
        projector = at.service.parts.projector
        assert projector is not None
        await eventually(lambda: projector.size == 7)
        kid = at.stream.kid.hex()
        for query in ("/v1/proof/5", f"/v1/proof?kid={kid}&seq=3", f"/v1/proof?statement={wanted.id.hex()}"):
            found = await at.client.get(query)
            assert found.headers["content-type"] == "application/scitt-receipt+cose"
            proof.decode(found.content).verify([wanted.encoded], key)
        problem(await at.client.get("/v1/proof/7"), 404)
        problem(await at.client.get(f"/v1/proof?statement={'0' * 64}"), 404)
        problem(await at.client.get(f"/v1/proof?kid={kid}&seq=99"), 404)
        problem(await at.client.get("/v1/proof"), 400)
        problem(await at.client.get("/v1/proof?statement=zz"), 400)


async def test_statements_are_answered_once_durable(tmp_path: Path) -> None:
    async with served(tmp_path / "g") as at:
        good, stranger = at.stream.readings(), device().readings()
        sent = [base64.b64encode(one).decode() for one in (good.encoded, b"\x00", stranger.encoded, good.encoded)]
        problem(await at.client.post("/v1/statements", json={"statements": sent}), 401)
        problem(await at.client.post("/v1/statements", json={"statements": sent}, headers=at.reader), 403)
        response = await at.client.post("/v1/statements", json={"statements": sent}, headers=at.sender)
        results = response.json()
        assert [one["outcome"] for one in results] == ["committed", "refused", "refused", "committed"]
        assert (results[0]["index"], results[3]["index"], results[3]["repeated"]) == (2, 2, True)
        assert (results[1]["reason"], results[1]["mendable"]) == ("malformed", False)
        assert (results[2]["reason"], results[2]["mendable"]) == ("unknown_key", True)
        assert base64.b64decode(results[1]["refusal"])[:1] == b"\xd2"
        assert at.service.parts.log.entry(2) == good.encoded


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"statements": []}',
        b'{"statements": [1]}',
        b'{"statements": ["%%%"]}',
        b'{"statements": ["\xff"]}',
        b"\x00\xff",
        json.dumps({"statements": ["AA=="] * 501}).encode(),
    ],
)
async def test_nonsense_bodies_are_refused_with_words(tmp_path: Path, body: bytes) -> None:
    async with served(tmp_path / "g") as at:
        headers = at.sender | {"content-type": "application/json"}
        assert problem(await at.client.post("/v1/statements", content=body, headers=headers), 400)


async def test_large_bodies_are_cut_off(tmp_path: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield bytes(1 << 16)

    async with served(tmp_path / "g") as at:
        problem(await at.client.post("/v1/statements", content=bytes(2 << 20), headers=at.sender), 413)
        problem(await at.client.post("/v1/statements", content=endless(), headers=at.sender), 413)


@pytest.mark.parametrize("declared", [True, False])
async def test_who_still_writes_a_body_that_is_too_large_hears_so(tmp_path: Path, declared: bool) -> None:
    """As on a busy machine: the refusal is long decided while the client writes, and reads only afterwards."""
    piece, pieces = bytes(1 << 16), 40
    size = b"Content-Length: %d" % (len(piece) * pieces) if declared else b"Transfer-Encoding: chunked"
    async with served(tmp_path / "g") as at:
        reader, writer = await asyncio.open_connection(at.client.base_url.host, at.client.base_url.port)
        writer.write(b"POST /v1/statements HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n" + size + b"\r\n\r\n")
        for _ in range(pieces):
            writer.write(piece if declared else b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
            await asyncio.sleep(0.005)
        writer.write(b"" if declared else b"0\r\n\r\n")
        await writer.drain()
        assert b" 413 " in await asyncio.wait_for(reader.readline(), 10)
        writer.close()
        await writer.wait_closed()


async def test_health_says_what_is_wrong(tmp_path: Path) -> None:
    async with served(tmp_path / "g") as at:
        assert (await at.client.get("/healthz")).json()["healthy"] is True
        assert (await at.client.get("/readyz")).json() == {"ready": True}
        at.service.parts.disk._min_free_bytes = 1 << 62
        sick = await at.client.get("/healthz")
        assert sick.status_code == 503
        assert "disk" in sick.json()["faults"][0]
        assert (await at.client.get("/readyz")).status_code == 503
        reading = base64.b64encode(at.stream.readings().encoded).decode()
        refused = await at.client.post("/v1/statements", json={"statements": [reading]}, headers=at.sender)
        assert "disk" in problem(refused, 503)
        assert refused.headers["retry-after"]


async def test_what_is_wrong_inside_is_told_to_the_operator_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Files of the gateway are damaged or exposed: the client reads a sentence, the messages name the file."""
    async with served(tmp_path / "secret-place", 300) as at:
        projector = at.service.parts.projector
        assert projector is not None
        await eventually(lambda: projector.size == 302)
        (at.world.folder / "log" / "tile" / "0" / "000").write_bytes(b"short")
        (at.world.folder / "api-tokens.toml").chmod(0o644)
        for path in ("/v1/consistency/3/302", "/v1/proof/7", "/entries/1"):
            detail = problem(await at.client.get(path, headers=at.reader), 503)
            assert "secret-place" not in detail
            assert " " in detail
        said = [record.getMessage() for record in caplog.records if record.name == "tally_gateway.http.problems"]
        assert len(said) == 1
        assert "secret-place" in said[0]


async def test_a_search_without_a_projection_names_no_folder(tmp_path: Path) -> None:
    world = make_world(tmp_path / "secret-place")
    world.change(projection=ProjectionSection(enabled=False))
    async with world.running() as service:
        host, port = service.addresses["http"]
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=10) as client:
            detail = problem(await client.get(f"/v1/proof?statement={'0' * 64}"), 404)
    assert "projection" in detail
    assert "secret-place" not in detail


@pytest.mark.slow
async def test_metrics_are_those_of_the_table(tmp_path: Path) -> None:
    async with served(tmp_path / "g", 3, engine="embedded") as at:
        feed = at.service.parts.feed
        assert feed is not None
        await eventually(lambda: feed.counters.anchored_size == at.service.parts.log.size)
        text = (await at.client.get("/metrics")).text
        shown = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
        assert shown == METRICS.keys() - OF_AGGREGATORS
        assert "tallystick_log_entries 5.0" in text
        assert 'tallystick_refusals_total{reason="malformed"} 0.0' in text
        anchors = (await at.client.get("/v1/anchors")).json()
        assert anchors[-1]["size"] == 5
        assert len(text.splitlines()) < 200


async def test_the_interface_describes_itself(tmp_path: Path) -> None:
    async with served(tmp_path / "g") as at:
        paths = (await at.client.get("/openapi.json")).json()["paths"]
        expected = {"/checkpoint", "/tile/{path}", "/entries/{index}", "/v1/proof/{index}", "/v1/proof"}
        expected |= {"/v1/consistency/{old}/{new}", "/v1/anchors", "/v1/statements", "/healthz", "/readyz", "/metrics"}
        expected |= {f"/v1/state{rest}" for rest in ("", "/devices/{kid}", "/point", "/refusals", "/history")}
        expected |= {"/v1/state/authorities/{kid}", "/v1/readers/{name}"}
        assert paths.keys() == expected
        problem(await at.client.get("/docs"), 404)
        problem(await at.client.delete("/checkpoint"), 405)


ROUTES = ["/tile/", "/entries/", "/v1/proof/", "/v1/proof?statement=", "/v1/proof?seq=", "/v1/consistency/", "/"]


async def test_no_path_makes_an_error_of_ours(tmp_path: Path) -> None:
    """Whatever is asked, the answer is below 500 and a refusal is a problem. Paths never leave the log's folder."""
    asked = 0
    async with served(tmp_path / "g", 2) as at:
        loop = asyncio.get_running_loop()

        async def one(path: str) -> None:
            nonlocal asked
            url = httpx.URL(str(at.client.base_url)).copy_with(raw_path=path.encode("utf-8"))
            response = await at.client.get(url, headers=at.reader)
            asked += 1
            assert response.status_code < 500, (path, response.text)
            if response.status_code >= 400:
                problem(response, response.status_code)
            assert b"PRIVATE KEY" not in response.content

        for path in ("/tile/../../keys/proof.pem", "/tile/%2e%2e/%2e%2e/keys/proof.pem", "/tile//etc/passwd"):
            await one(path)

        @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.sampled_from(ROUTES), st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40))
        def fuzz(route: str, rest: str) -> None:
            path = route + rest.replace("#", "").replace("?", "%3f")
            asyncio.run_coroutine_threadsafe(one(path), loop).result(10)

        await asyncio.to_thread(fuzz)
    assert asked > 100
