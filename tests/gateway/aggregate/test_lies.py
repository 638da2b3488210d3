"""Aggregators that lie, and gateways that fork: each is caught by the other, and what proves it is kept."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import json
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tally_chain.anchoring.alarms import Alarm
from tally_chain.anchoring.events import AnchorEvent, AnchorEventKind
from tally_chain.errors import EngineAnswerError, HeadRefusal
from tally_chain.head_rules import KnownLog
from tally_chain.tree import LeafNodes, consistency_path, leaf_hash, root_of
from tally_edge import keys, signer
from tally_edge.proof import log_id_of
from tally_edge.signer import FileSigner
from tally_gateway.aggregate.anchoring import SHOW_WITHIN_S, AggregatorAnchoring, PinnedPlace
from tally_gateway.aggregate.desk import kept_forks
from tally_gateway.aggregate.journal import HeadsJournal, HeadState
from tally_gateway.aggregate.link import AggregatorLink
from tally_gateway.aggregate.registered import LogsFile
from tally_gateway.aggregate.service import HeadsService
from tally_gateway.log.records import Entry
from tests.gateway.aggregate.stage import HEADS_ORIGIN, Aggregator, client, make_aggregator, registered_key, signed
from tests.gateway.intake.support import eventually

ORIGIN, OTHER = "tallystick.example/steel/1", "tallystick.example/mill/1"
LEAVES = [leaf_hash(b"%d" % number) for number in range(40)]
Lie = Callable[[str, Any], Any]


class Lying(httpx.HTTPTransport):
    """The way to a real aggregator, whose answers `lie` may change. It is given the path and the answer."""

    def __init__(self) -> None:
        super().__init__()
        self.lie: Lie = lambda _, answer: answer
        self.now = 1_770_000_000

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        status, answer = response.status_code, json.loads(response.read())
        response.close()
        told = self.lie(request.url.path, answer)
        if told is None:
            return httpx.Response(404, json={"title": "not held", "detail": ""}, request=request)
        return httpx.Response(status, json=told, request=request)


@dataclass
class Scene:
    """A running aggregator, and a gateway's side of it behind a way that may lie."""

    aggregator: Aggregator
    service: HeadsService
    port: int
    key: FileSigner
    way: Lying
    token: str
    journal: HeadsJournal
    links: list[AggregatorLink] = field(default_factory=list)

    def close(self) -> None:
        for link in self.links:
            link.close()

    def anchoring(self, **changes: Any) -> AggregatorAnchoring:
        link = AggregatorLink(f"http://127.0.0.1:{self.port}", self.token, None, self.way)
        self.links.append(link)
        heads_key = keys.decode_public_key(bytes.fromhex(self.aggregator.fingerprints.proof_public_key))
        own, pinned = KnownLog(ORIGIN, self.key.public_key), KnownLog(HEADS_ORIGIN, heads_key)
        return AggregatorAnchoring(link, self.journal, own, pinned, clock=lambda: self.way.now, **changes)

    def submit(self, anchoring: AggregatorAnchoring, size: int, base: int = 0) -> None:
        entry = signed(ORIGIN, size, root_of(LEAVES[:size]), self.key)
        path = consistency_path(LeafNodes(LEAVES), base, size) if base else []
        anchoring.submit_head(entry.head, entry.root, path)

    async def step(self, anchoring: AggregatorAnchoring) -> list[AnchorEvent]:
        return await asyncio.to_thread(anchoring.step)

    async def until_final(self, anchoring: AggregatorAnchoring) -> None:
        found: list[AnchorEvent] = []
        async with asyncio.timeout(60):
            while not any(event.kind is AnchorEventKind.FINAL for event in found):
                found += await self.step(anchoring)
                feed = self.service.kept.feed
                assert feed is not None
                await self.service.kept.seal()
                await feed.anchor_now()

    async def wrong(self, anchoring: AggregatorAnchoring, lie: Lie) -> str:
        """What the gateway says to `lie`: an alarm, kept evidence, and no final head."""
        finals = len(self.journal.final())
        self.way.lie = lie
        (alarm,) = [event for event in await self.step(anchoring) if event.kind is AnchorEventKind.ALARM]
        assert alarm.alarm is Alarm.AGGREGATOR_WRONG
        assert len(self.journal.final()) == finals
        self.way.lie = lambda _, answer: answer
        return alarm.text


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    aggregator, key = make_aggregator(tmp_path / "heads"), signer.generate()
    token = aggregator.register("steel", ORIGIN, *registered_key(ORIGIN, key))
    async with aggregator.running() as (service, port):
        journal = HeadsJournal(tmp_path / "heads.sqlite", HEADS_ORIGIN)
        made = Scene(aggregator, service, port, key, Lying(), token, journal)
        yield made
        made.close()
        journal.close()


async def _taken(scene: Scene, size: int = 5, base: int = 0, **changes: Any) -> AggregatorAnchoring:
    """A head that the aggregator has taken and anchored, and that the gateway has not looked at yet."""
    anchoring = scene.anchoring(**changes)
    scene.submit(anchoring, size, base)
    assert [event.kind for event in await scene.step(anchoring)] == [AnchorEventKind.SENT]
    feed = scene.service.kept.feed
    assert feed is not None
    await scene.service.kept.seal()
    await feed.anchor_now()
    await eventually(lambda: feed.counters.anchored_size == scene.service.kept.log.head.size)
    return anchoring


async def test_another_entrys_proof_and_another_claim_are_not_believed(scene: Scene) -> None:
    other = signer.generate()
    token = scene.aggregator.register("mill", OTHER, *registered_key(OTHER, other))
    anothers = signed(OTHER, 9, bytes(range(32)), other)
    async with client(scene.port) as mill:
        body = {"head": base64.b64encode(anothers.encode()).decode()}
        assert (
            await mill.post("/v1/heads", json=body, headers={"authorization": f"Bearer {token}"})
        ).status_code == 200
        anchoring = await _taken(scene)
        theirs = (await mill.get(f"/v1/heads/{log_id_of(OTHER).hex()}/9")).json()

    def lie(**changes: Any) -> Lie:
        return lambda path, answer: answer | changes if "/v1/heads/" in path else answer

    def claim(**changes: Any) -> Lie:
        def change(path: str, answer: Any) -> Any:
            return answer | {"anchor": answer["anchor"] | changes} if "/v1/heads/" in path else answer

        return change

    assert "not the head that was handed in" in await scene.wrong(anchoring, lie(head=theirs["head"]))
    scene.way.now += 1
    for told in (lie(proof=theirs["proof"]), claim(root="00" * 32), claim(size=1)):
        fresh = scene.anchoring()
        assert "does not hold" in await scene.wrong(fresh, told)
    place = PinnedPlace(77, bytes(32), bytes(20))
    assert "another chain" in await scene.wrong(scene.anchoring(place=place), lambda _, answer: answer)
    assert len(scene.journal.evidence()) == 5
    found = await scene.step(anchoring)
    assert {AnchorEventKind.FINAL, AnchorEventKind.ALARM_OVER} == {event.kind for event in found}


async def test_a_head_that_the_gateway_did_not_sign_is_not_believed(scene: Scene) -> None:
    """The aggregator puts another signature under the same head into its log, where it really stands."""
    anchoring = await _taken(scene)
    forged = signed(ORIGIN, 5, root_of(LEAVES[:5]), signer.generate())
    entry = Entry(forged.head.kid, 5, forged.encode())
    place = (await scene.service.kept.lane.run(lambda log: log.append([entry])))[0]
    await scene.service.kept.seal()
    shown = await scene.service.kept.lane.run(lambda log: log.proof([place.index]).encode())
    told = {"head": base64.b64encode(forged.encode()).decode(), "proof": base64.b64encode(shown).decode()}
    lie: Lie = lambda path, answer: answer | told | {"anchor": None} if path.endswith("/5") else answer  # noqa: E731
    assert "does not hold" in await scene.wrong(anchoring, lie)


async def test_a_refusal_ends_a_head_and_is_told(scene: Scene) -> None:
    """The aggregator's own word is passed on; the next head begins where it stands."""
    await _taken(scene, 9)
    other = HeadsJournal(scene.aggregator.folder.parent / "other.sqlite", HEADS_ORIGIN)
    anchoring = scene.anchoring()
    anchoring._journal = other  # the gateway's own was lost
    anchoring.submit_head(signed(ORIGIN, 9, bytes(32), scene.key).head, bytes(32), [])
    refused, alarm = await scene.step(anchoring)
    assert (refused.kind, alarm.alarm) == (AnchorEventKind.REFUSED, Alarm.LOG_FORKED)
    assert other.waiting() == []
    assert await asyncio.to_thread(anchoring.base_size) == 9
    entry = signed(ORIGIN, 20, root_of(LEAVES[:20]), scene.key)
    anchoring.submit_head(entry.head, entry.root, consistency_path(LeafNodes(LEAVES), 9, 20))
    await scene.until_final(anchoring)
    assert [head.size for head in other.final()] == [20]
    other.close()


async def test_heads_that_wait_are_built_on_each_other(scene: Scene) -> None:
    """The aggregator was away: what was submitted meanwhile goes in order, each from the one before."""
    anchoring = scene.anchoring()
    for size, base in ((5, 0), (9, 5), (20, 9)):
        assert await asyncio.to_thread(anchoring.base_size) == base
        scene.submit(anchoring, size, base)
        scene.submit(anchoring, size, base)  # again: nothing changes
    assert [event.kind for event in await scene.step(anchoring)] == [AnchorEventKind.SENT] * 3
    await scene.until_final(anchoring)
    found = await scene.step(anchoring)
    assert [head.size for head in scene.journal.final()] == [5, 9, 20], found
    assert [(anchor.size, anchor.sequence, anchor.previous_size) for anchor in anchoring.history()] == [
        (5, 1, 0),
        (9, 2, 5),
        (20, 3, 9),
    ]


async def test_a_dropped_head_is_told_and_offered_again(scene: Scene) -> None:
    anchoring = await _taken(scene)
    scene.way.lie = lambda path, answer: None if path.endswith("/5") else answer
    (alarm,) = await scene.step(anchoring)
    assert (alarm.alarm, "dropped" in alarm.text) == (Alarm.AGGREGATOR_WRONG, True)
    assert scene.journal.waiting()[0].state is HeadState.BUILT
    scene.way.lie = lambda _, answer: answer
    await scene.until_final(anchoring)
    assert scene.service.desk.counters.repeated == 1


async def test_a_head_that_is_never_shown_is_told_of(scene: Scene) -> None:
    anchoring = scene.anchoring()
    scene.submit(anchoring, 5)
    await scene.step(anchoring)
    scene.way.lie = lambda path, answer: {"title": "not sealed yet"} if path.endswith("/5") else answer
    real = scene.way.handle_request

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/5"):
            return httpx.Response(404, json={"title": "not sealed yet"}, request=request)
        return real(request)

    scene.way.handle_request = handle  # type: ignore[method-assign]
    assert await scene.step(anchoring) == []
    scene.way.now += SHOW_WITHIN_S + 1
    (alarm,) = await scene.step(anchoring)
    assert alarm.alarm is Alarm.NO_PROGRESS


async def test_an_older_head_of_ones_own_is_not_the_floor(scene: Scene) -> None:
    """What the gateway knows to be taken binds it, whatever the aggregator shows; what is not its own binds nothing."""
    anchoring = await _taken(scene)
    await scene.step(anchoring)
    async with client(scene.port) as reader:
        old = (await reader.get(f"/v1/heads/{log_id_of(ORIGIN).hex()}")).json()
    scene.submit(anchoring, 9, 5)
    await scene.until_final(anchoring)
    nine = (9, root_of(LEAVES[:9]))
    assert await asyncio.to_thread(anchoring.newest) == nine
    scene.way.lie = lambda path, answer: old if path.endswith(log_id_of(ORIGIN).hex()) else answer
    assert await asyncio.to_thread(anchoring.newest) == nine
    forged = signed(ORIGIN, 99, bytes(32), signer.generate()).encode()
    told = {"size": 99, "index": 1, "head": base64.b64encode(forged).decode()}
    scene.way.lie = lambda path, answer: told if path.endswith(log_id_of(ORIGIN).hex()) else answer
    assert await asyncio.to_thread(anchoring.newest) == nine
    bent = dataclasses.replace(signed(ORIGIN, 99, bytes(32), scene.key), root=bytes(range(32))).encode()
    told = {"size": 99, "index": 1, "head": base64.b64encode(bent).decode()}
    assert await asyncio.to_thread(anchoring.newest) == nine
    scene.way.lie = lambda path, answer: [1] if path.endswith(log_id_of(ORIGIN).hex()) else answer
    assert await asyncio.to_thread(anchoring.newest) == nine  # the journal knows, where the answer is none
    fresh = scene.anchoring()
    with pytest.raises(EngineAnswerError):
        await asyncio.to_thread(fresh._link.newest, log_id_of(ORIGIN))


async def test_an_aggregator_that_forks_is_caught_by_the_heads_it_showed(tmp_path: Path) -> None:
    """A copy of its folder goes on without the head that it had shown: two logs of heads under one key."""
    aggregator, key = make_aggregator(tmp_path / "heads"), signer.generate()
    token = aggregator.register("steel", ORIGIN, *registered_key(ORIGIN, key))
    shutil.copytree(aggregator.folder, tmp_path / "twin")
    twin = dataclasses.replace(aggregator, folder=tmp_path / "twin")
    journal = HeadsJournal(tmp_path / "heads.sqlite", HEADS_ORIGIN)
    async with aggregator.running() as (service, port):
        scene = Scene(aggregator, service, port, key, Lying(), token, journal)
        await scene.until_final(await _taken(scene))
        scene.close()
    other = signer.generate()
    theirs = twin.register("mill", OTHER, *registered_key(OTHER, other))
    async with twin.running() as (service, port), client(port) as mill:
        body = {"head": base64.b64encode(signed(OTHER, 9, bytes(32), other).encode()).decode()}
        await mill.post("/v1/heads", json=body, headers={"authorization": f"Bearer {theirs}"})
        scene = Scene(twin, service, port, key, Lying(), token, journal)
        anchoring = scene.anchoring()
        scene.submit(anchoring, 9)
        await scene.step(anchoring)
        await eventually(lambda: service.kept.log.head.size == 3)
        assert "not of one log of heads" in await scene.wrong(anchoring, lambda _, answer: answer)
        scene.close()
    journal.close()


async def test_a_gateway_that_forks_is_refused_and_the_proof_is_kept(scene: Scene) -> None:
    """Another history under the same key is not taken, at any size and with any path; the second root is kept."""
    await _taken(scene, 9)
    forked = [leaf_hash(b"other %d" % number) for number in range(40)]
    headers = {"authorization": f"Bearer {scene.token}"}

    async def offer(size: int, leaves: list[bytes], path: list[bytes], key: FileSigner = scene.key) -> tuple[int, str]:
        entry = signed(ORIGIN, size, root_of(leaves[:size]), key)
        body = {"head": base64.b64encode(entry.encode()).decode(), "path": [node.hex() for node in path]}
        async with client(scene.port) as way:
            answer = await way.post("/v1/heads", json=body, headers=headers)
        return answer.status_code, answer.json().get("title", "")

    wrong = consistency_path(LeafNodes(forked), 9, 20)
    right = consistency_path(LeafNodes(LEAVES), 9, 20)
    assert await offer(9, forked, []) == (409, "fork")
    assert await offer(20, forked, wrong) == (409, "inconsistent")
    assert await offer(20, forked, right) == (409, "inconsistent")
    assert await offer(20, LEAVES, []) == (409, "inconsistent")
    assert await offer(20, LEAVES, right[:-1]) == (409, "inconsistent")
    assert await offer(20, LEAVES, [*right, right[0]]) == (409, "inconsistent")
    assert await offer(7, LEAVES, []) == (409, "behind")
    assert await offer(20, LEAVES, right, signer.generate()) == (403, "unregistered")
    assert await offer(20, LEAVES, right) == (200, "")
    assert await offer(9, LEAVES, []) == (200, "")
    assert scene.service.desk.counters.refused == {
        HeadRefusal.FORK: 1,
        HeadRefusal.INCONSISTENT: 5,
        HeadRefusal.BEHIND: 1,
        HeadRefusal.UNREGISTERED: 1,
    }
    logs = LogsFile(scene.aggregator.folder / "logs.toml")
    ((log, kept),) = kept_forks(scene.aggregator.folder / "service.sqlite", logs)
    assert (log.name, kept) == ("steel", signed(ORIGIN, 9, root_of(forked[:9]), scene.key).encode())


async def test_the_door_of_the_aggregator(scene: Scene) -> None:
    """A token of another name, none, and bodies that are no heads."""
    headers = {"authorization": f"Bearer {scene.token}"}
    entry = base64.b64encode(signed(ORIGIN, 5, root_of(LEAVES[:5]), scene.key).encode()).decode()
    theirs = scene.aggregator.register("mill", OTHER, *registered_key(OTHER, signer.generate()))
    async with client(scene.port) as way:
        assert (await way.post("/v1/heads", json={"head": entry})).status_code == 401
        stranger = {"authorization": f"Bearer {theirs}"}
        assert (await way.post("/v1/heads", json={"head": entry}, headers=stranger)).json()["title"] == "unregistered"
        for body in ({"head": "!"}, {"head": "AAAA"}, {"head": entry, "path": ["00"]}, {}, {"head": entry * 9}):
            assert (await way.post("/v1/heads", json=body, headers=headers)).status_code == 400, body
        unknown = log_id_of("tallystick.example/none").hex()
        for path in (unknown, f"{unknown}/5", f"{log_id_of(ORIGIN).hex()}/5", "zz", f"{log_id_of(ORIGIN).hex()}/0"):
            assert (await way.get(f"/v1/heads/{path}")).status_code in (400, 404), path
        assert (await way.get(f"/v1/heads/{log_id_of(ORIGIN).hex()}")).json()["size"] == 0
