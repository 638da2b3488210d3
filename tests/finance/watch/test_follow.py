"""From a gateway's log to alerts: over a log that misbehaves, and over a real gateway's HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest

from tally_chain import note
from tally_chain.policy import Accept, Policy, TrustedKey, TrustedLog
from tally_chain.tiles import TileName, encode_entries, parse_path
from tally_edge import keys
from tally_edge.proof import leaf_hash
from tally_finance.errors import WatchError
from tally_finance.release.order import ReleaseOrder
from tally_finance.release.picker import Picker, SeenPlate
from tally_finance.watch import follow
from tally_finance.watch.alert import Alert, Changes
from tally_finance.watch.codes import Code
from tally_finance.watch.follow import Follower, HttpLog, Pace
from tally_finance.watch.limits import Limits
from tally_finance.watch.seen import Seen
from tally_finance.watch.seen_goods import Yard as PledgedYard
from tally_finance.watch.watching import Watch
from tally_gateway.http.tokens import Scope, TokenFile
from tests.finance.watch.yard import Yard
from tests.gateway.service.test_pipeline import take
from tests.gateway.service.world import START as GATEWAY_START
from tests.gateway.service.world import Stream, World, device, make_world
from tests.world import POINT, START

NOW = START + 1000


@dataclass
class Published:
    """A log in memory as a gateway publishes it, up to `size`; `fails` answers instead."""

    yard: Yard
    size: int | None = None
    fails: Callable[[str], bytes | None] | None = None
    asked: list[str] = field(default_factory=list)

    async def get(self, path: str) -> bytes | None:
        """See LogSource."""
        self.asked.append(path)
        if self.fails is not None:
            return self.fails(path)
        return self.answer(path)

    def answer(self, path: str) -> bytes | None:
        whole = self.yard.world
        entries = whole.entries if self.size is None else whole.entries[: self.size]
        if path == "checkpoint":
            return replace(whole, entries=entries).checkpoint
        name = parse_path(path)
        of_tile = entries[name.number * 256 : name.number * 256 + name.width]
        if len(of_tile) < name.width:
            return None
        return encode_entries(of_tile) if name.level is None else b"".join(map(leaf_hash, of_tile))


@dataclass
class Told:
    """Everything that was told, in order."""

    changes: list[Changes] = field(default_factory=list)

    def __call__(self, changes: Changes) -> None:
        self.changes.append(changes)

    def raised(self) -> list[Code]:
        return [alert.code for one in self.changes for alert in one.raised]


def pledged(now: int) -> Seen:
    """A book in which the goods behind POINT are pledged and nothing may leave."""
    return Seen(now, yards=(PledgedYard(POINT, "A1", 0),))


def following(source: Published, now: int = NOW) -> tuple[Follower, Told, Watch]:
    told = Told()
    watch = Watch(source.yard.world.origin, source.yard.policy(), pledged, Limits(), begun_at=now)
    return Follower(source, source.yard.vkey, watch, lambda: now, told), told, watch


async def looked(follower: Follower) -> None:
    await follower.look()
    follower.judge()


async def test_what_leaves_without_an_order_is_told_once_with_its_statement() -> None:
    yard = Yard()
    source = Published(yard)
    follower, told, watch = following(source)
    await looked(follower)
    assert watch.alerts == ()
    left = yard.world.log(yard.weigh(START + 500, 14_000, 44_000))
    await looked(follower)
    await looked(follower)
    (alert,) = watch.alerts
    assert (alert.code, alert.evidence) == (Code.OUTBOUND_WITHOUT_ORDER, (left.id,))
    assert told.raised() == [Code.OUTBOUND_WITHOUT_ORDER]
    assert follower.size == len(yard.world.entries)


async def test_a_truck_with_an_order_is_no_alert_and_what_it_takes_too_much_is_one() -> None:
    yard = Yard()
    plate, salt = "沪A12345", b"T1".ljust(16, b"!")
    who = Picker(plate, "driver", bytes(16))
    order = ReleaseOrder(b"o" * 32, b"r" * 32, 30_000_000, who.digest, START, NOW, who)
    now = [NOW]

    def book(at: int) -> Seen:
        openings = (SeenPlate(plate, salt), SeenPlate(plate, b"T2".ljust(16, b"!")))
        return Seen(at, yards=(PledgedYard(POINT, "A1", 0, (order,)),), openings=openings)

    told = Told()
    watch = Watch(yard.world.origin, yard.policy(), book, Limits(), begun_at=NOW)
    follower = Follower(Published(yard), yard.vkey, watch, lambda: now[0], told)
    yard.world.log(yard.weigh(START + 500, 14_000, 44_000, plate=plate))
    await looked(follower)
    assert watch.alerts == ()
    second = yard.world.log(yard.weigh(START + 600, 14_000, 15_000, plate=plate))
    await looked(follower)
    (alert,) = watch.alerts
    assert alert.code is Code.OVER_PICKED
    assert alert.said == {"out_g": "31000000", "ordered_g": "30000000"}
    assert alert.evidence[-1] == second.id


async def test_a_log_of_several_tiles_is_read_whole_however_it_grows() -> None:
    yard = Yard()
    for hour in range(600):
        yard.world.log(yard.world.readings((hour, hour)))
    source = Published(yard)
    follower, _, watch = following(source, START + 600 * 3600)
    for size in (1, 4, 255, 256, 257, 511, 512, 513, len(yard.world.entries)):
        source.size = size
        assert await follower.look()
        assert follower.size == size
        assert not await follower.look(), "nothing is new"
    follower.judge()
    assert watch.alerts == ()


async def test_a_partial_tile_that_has_given_way_is_read_from_the_full_one() -> None:
    yard = Yard()
    for hour in range(300):
        yard.world.log(yard.world.readings((hour, hour)))
    source = Published(yard, size=200)

    def fails(path: str) -> bytes | None:
        if ".p/" in path:
            return None
        if path == "checkpoint":
            return source.answer(path)
        whole = Published(yard)
        return whole.answer(path)

    source.fails = fails
    follower, _, _ = following(source)
    assert await follower.look()
    assert follower.size == 200


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda _: None, id="nothing"),
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda _: b"\xff" * 100, id="noise"),
    ],
)
async def test_no_answer_is_an_alert_after_a_while_and_ends(answer: Callable[[str], bytes | None]) -> None:
    yard = Yard()
    source = Published(yard, fails=answer)
    now = [NOW]
    told = Told()
    watch = Watch(yard.world.origin, yard.policy(), pledged, Limits(quiet_s=30), begun_at=NOW)
    follower = Follower(source, yard.vkey, watch, lambda: now[0], told)
    await looked(follower)
    assert watch.alerts == ()
    now[0] += 31
    await looked(follower)
    assert told.raised() == [Code.LOG_QUIET]
    source.fails = None
    await looked(follower)
    assert watch.alerts == ()
    assert [one.code for one in told.changes[-1].ended] == [Code.LOG_QUIET]


async def test_half_of_a_log_says_nothing_and_is_gone_on_with() -> None:
    yard = Yard()
    for hour in range(300):
        yard.world.log(yard.world.readings((hour, hour)))
    source = Published(yard)

    def fails(path: str) -> bytes | None:
        return None if path.startswith("tile/entries/001") else source.answer(path)

    source.fails = fails
    now = START + 299 * 3600
    follower, told, watch = following(source, now)
    await looked(follower)
    assert follower.size == 256
    assert told.changes == []
    source.fails = None
    await looked(follower)
    assert follower.size == len(yard.world.entries)
    assert watch.alerts == ()
    entries = [path for path in source.asked if path.startswith("tile/entries/000")]
    assert len(entries) == 1, "what was read is not read again"


@pytest.mark.parametrize("level", ["0", "entries"])
async def test_a_wrong_tile_is_not_believed(level: str) -> None:
    yard = Yard()
    source = Published(yard)

    def fails(path: str) -> bytes | None:
        good = source.answer(path)
        wrong = path.startswith(f"tile/{level}/") and good is not None
        return good[:-1] + bytes([good[-1] ^ 1]) if wrong and good is not None else good

    source.fails = fails
    follower, _, watch = following(source)
    await looked(follower)
    assert follower.size == 0
    # A tile of hashes that do not make the signed root is the log's contradiction; a wrong entry is a wrong answer.
    assert watch.believes is (level == "entries")


async def test_a_log_that_was_rewritten_is_told_at_once_kept_and_read_no_more() -> None:
    yard = Yard()
    yard.world.log(yard.world.readings((1, 1)))
    source = Published(yard)
    follower, told, watch = following(source)
    await looked(follower)
    before = source.answer("checkpoint")
    yard.world.entries[-1] = yard.world.readings((1, 2)).encoded
    after = source.answer("checkpoint")
    await looked(follower)
    assert told.raised() == [Code.LOG_CONTRADICTS]
    assert follower.contradiction == (before, after)
    asked = len(source.asked)
    yard.world.log(yard.weigh(START + 500, 14_000, 44_000))
    await looked(follower)
    assert len(source.asked) == asked
    assert [alert.code for alert in watch.alerts] == [Code.LOG_CONTRADICTS]


async def test_time_alone_raises_what_is_silent() -> None:
    yard = Yard()
    now = [float(START + 3600)]
    told = Told()
    watch = Watch(yard.world.origin, yard.policy(), pledged, Limits(), begun_at=START)
    follower = Follower(Published(yard), yard.vkey, watch, lambda: now[0], told)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(follower.run(stop, Pace(0.001, 1.0)))
        await asyncio.sleep(0.05)
        assert told.raised() == []
        now[0] += 7200
        await asyncio.sleep(0.05)
        stop.set()
    assert told.raised() == [Code.SILENT]


# -- over HTTP, from a real gateway -----------------------------------------------------------------------------------


def policy_of(world: World) -> Policy:
    log = TrustedLog(
        world.config.gateway.origin,
        keys.decode_public_key(bytes.fromhex(world.fingerprints.proof_public_key)),
        world.fingerprints.checkpoint_key,
    )
    return Policy(
        authorities=(TrustedKey(world.authority.key.public_key, "Office", world.authority.issuer),),
        persons=(TrustedKey(world.person.public_key, "Inspection"),),
        owners=(),
        logs=(log,),
        accept=Accept(simulated=True),
        audited="Mill",
    )


def has(watch: Watch, code: Code, touches: str = "") -> Alert | None:
    return next((one for one in watch.alerts if one.code is code and touches in one.touches), None)


async def until(found: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, "it took too long"
        await asyncio.sleep(0.02)


async def test_a_real_gateways_statements_become_alerts_within_seconds(tmp_path: Path) -> None:
    world, stream = make_world(tmp_path / "g"), device()
    token = TokenFile(world.folder / "api-tokens.toml").add("bank", frozenset({Scope.ENTRIES}))
    told, stop = Told(), asyncio.Event()
    async with world.running() as service:
        host, port = service.addresses["http"]
        watch = Watch(world.config.gateway.origin, policy_of(world), Seen, Limits(), begun_at=GATEWAY_START)
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}") as client, asyncio.TaskGroup() as group:
            key = note.decode_verifier_key(world.fingerprints.checkpoint_key)
            follower = Follower(HttpLog(client, token), key, watch, lambda: GATEWAY_START + 60, told)
            group.create_task(follower.run(stop, Pace(0.05, 0.1)))
            await take(service.parts.pipeline, world.enrolment(stream), *(stream.readings() for _ in range(300)))
            await until(lambda: follower.size >= 302)
            assert has(watch, Code.GAP_DECLARED) is None
            gap = stream.gap()
            began = time.monotonic()
            await take(service.parts.pipeline, gap)
            await until(lambda: has(watch, Code.GAP_DECLARED))
            assert time.monotonic() - began < 5
            found = has(watch, Code.GAP_DECLARED)
            assert found is not None
            assert found.evidence == (gap.id,)
            stray = Stream(stream.key, stream.issuer, stream.seq - 1, stream.sent[-2].id)
            await take(service.parts.pipeline, stray.readings(999))
            await until(lambda: has(watch, Code.EVIDENCE_FAILS, "FORK"))
            stop.set()
    assert follower.size == 304


async def test_a_token_of_another_scope_is_no_answer(tmp_path: Path) -> None:
    world = make_world(tmp_path / "g")
    token = TokenFile(world.folder / "api-tokens.toml").add("device", frozenset({Scope.SUBMIT}))
    async with world.running() as service:
        host, port = service.addresses["http"]
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}") as client:
            source = HttpLog(client, token)
            assert await source.get("checkpoint") is not None
            assert await source.get("tile/0/009") is None
            with pytest.raises(WatchError, match="403"):
                await source.get(TileName(None, 0, 1).path())


class Body(httpx.AsyncByteStream):
    """An answer that comes in single bytes."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for number in range(len(self.body)):
            yield self.body[number : number + 1]


async def answering(body: bytes, limit: int, monkeypatch: pytest.MonkeyPatch) -> bytes | None:
    monkeypatch.setattr(follow, "MAX_ANSWER_BYTES", limit)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Body(body)))
    async with httpx.AsyncClient(base_url="http://log.example", transport=transport) as client:
        return await HttpLog(client, "t").get("checkpoint")


async def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await answering(b"x" * 10, 10, monkeypatch) == b"x" * 10
    with pytest.raises(WatchError, match="more than 10 bytes"):
        await answering(b"x" * 11, 10, monkeypatch)


async def test_a_gateway_that_is_not_there_is_no_answer() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async with httpx.AsyncClient(base_url="http://log.example", transport=httpx.MockTransport(refuse)) as client:
        with pytest.raises(WatchError, match="ConnectError"):
            await HttpLog(client, "t").get("checkpoint")
