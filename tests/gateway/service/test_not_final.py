"""Anchors that the chain may still take back: a service that starts while they are young counts none of them."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
from pathlib import Path

import pytest

from tally_chain import tree
from tally_chain.anchoring.events import AnchorEvent, AnchorEventKind
from tally_chain.anchoring.profile import PROFILES
from tally_chain.anchoring.reading import Anchor
from tally_edge import signer
from tally_edge.proof import log_id_of
from tally_gateway import anchor_link
from tally_gateway.aggregate.service import HeadsService
from tally_gateway.anchor_feed import AnchorFeed
from tally_gateway.config import AnchorSection
from tally_gateway.founding import found
from tests.chain.contracts.fixtures import anvil
from tests.chain.contracts.stage import Stage
from tests.gateway.aggregate.stage import HEADS_ORIGIN, Aggregator, make_aggregator, registered_key, signed
from tests.gateway.intake.support import eventually
from tests.gateway.service.test_on_a_node import paid_key
from tests.gateway.service.world import PASSPHRASE, SCRYPT_FAST, fixed_clock, make_world

__all__ = ["anvil"]

pytestmark = pytest.mark.evm_node
STEEL = "tallystick.example/steel/1"
LEAVES = [tree.leaf_hash(b"%d" % number) for number in range(40)]


@pytest.fixture
def deep(monkeypatch: pytest.MonkeyPatch) -> str:
    """A profile with blocks that hold only when three follow."""
    profile = dataclasses.replace(PROFILES["anvil"], name="deep", finality=3, rebroadcast_after_seconds=0)
    monkeypatch.setitem(PROFILES, profile.name, profile)
    return profile.name


def _on_a_node(anvil: Stage, folder: Path, profile: str) -> Aggregator:
    """An aggregator whose log of heads is anchored on anvil."""
    template = make_aggregator(folder.parent / "template", engine="none")
    owner, paying = (paid_key(anvil, folder.parent / f"{name}.json") for name in ("owner", "transaction"))
    anchor = AnchorSection(
        engine="jsonrpc",
        url=anvil.endpoint,
        profile=profile,
        contract=anvil.contract,
        every_minutes=60,
        every_entries=1,
    )
    gateway = dataclasses.replace(template.config.gateway, origin=HEADS_ORIGIN + folder.parent.name)
    config = dataclasses.replace(template.config, folder=folder, anchor=anchor, gateway=gateway)
    anvil.rpc("evm_setIntervalMining", 1)  # founding waits until the registration is final
    try:
        made = found(
            config, PASSPHRASE, fixed_clock, owner_key=owner, transaction_key=paying, keystore_work_factor=SCRYPT_FAST
        )
    finally:
        anvil.rpc("evm_setAutomine", True)
    return Aggregator(folder, made)


def _mine(anvil: Stage, count: int) -> None:
    for _ in range(count):
        anvil.rpc("evm_mine")


async def _tick(service: HeadsService) -> None:
    feed = service.kept.feed
    assert feed is not None
    feed._stepped_at = float("-inf")
    await feed.tick()


@pytest.mark.slow
async def test_a_start_inside_the_window_counts_no_anchor_and_a_reorganisation_leaves_none(
    anvil: Stage, tmp_path: Path, deep: str
) -> None:
    """And the desk hands out no claim on a block that another one may replace."""
    aggregator, key = _on_a_node(anvil, tmp_path / "heads", deep), signer.generate()
    aggregator.register("steel", STEEL, *registered_key(STEEL, key))
    async with aggregator.running() as (service, _):
        feed = service.kept.feed
        assert feed is not None
        await eventually(lambda: feed.counters.submitted == 1)
        # Submitted is not sent: blocks that come before it is in one do not lie on it, and no others come.
        await eventually(lambda: feed._anchorer.pending()[0].state.value == "seen")  # type: ignore[attr-defined]
        _mine(anvil, 4)
        await eventually(lambda: feed.counters.anchored_size == 1)
        snapshot = anvil.rpc("evm_snapshot")
        await service.desk.take("steel", signed(STEEL, 5, tree.root_of(LEAVES[:5]), key).encode(), [])
        await service.kept.seal()
        await feed.anchor_now()
        await eventually(lambda: len(feed._anchorer.pending()) == 1)  # type: ignore[attr-defined]
        await eventually(lambda: feed._anchorer.pending()[0].state.value == "seen")  # type: ignore[attr-defined]
        seen = feed._anchorer.head()  # type: ignore[attr-defined]
        assert [anchor.size for anchor in feed.counters.anchors] == [1]
    assert [anchor.size for anchor in anchor_link.anchors_of(aggregator.config)] == [1]
    async with aggregator.running() as (service, _):
        feed = service.kept.feed
        assert feed is not None
        await eventually(lambda: feed._history_known)
        assert [anchor.size for anchor in feed.counters.anchors] == [1]
        assert (feed.counters.anchored_size, seen.size) == (1, 2)
        assert (await service.desk.show(log_id_of(STEEL), 5)).anchor is None
        assert anvil.rpc("evm_revert", snapshot) is True
        _mine(anvil, 1)
        await _tick(service)
        await eventually(lambda: feed._anchorer.pending()[0].state.value == "seen")  # type: ignore[attr-defined]
        assert (await service.desk.show(log_id_of(STEEL), 5)).anchor is None
        _mine(anvil, 4)
        await _tick(service)
        await eventually(lambda: feed.counters.anchored_size == 2)
        await _tick(service)
        assert [anchor.sequence for anchor in feed.counters.anchors] == [1, 2]
        claimed = (await service.desk.show(log_id_of(STEEL), 5)).anchor
        assert claimed is not None
        block = anvil.engine.block(claimed.block_number)
        assert block is not None
        assert block.hash == claimed.block_hash


class _Told:
    """Anchoring that tells what the test puts there."""

    def __init__(self, *held: Anchor) -> None:
        self.held, self.told, self.looked = list(held), list[Anchor](), 0

    def history(self) -> list[Anchor]:
        self.looked += 1
        return list(self.held)

    def newest(self) -> None:
        return None

    def base_size(self) -> int:
        return 1

    def is_idle(self) -> bool:
        return True

    def step(self) -> list[AnchorEvent]:
        told, self.told = self.told, []
        return [AnchorEvent(AnchorEventKind.FINAL, one.size, one.root, "", one) for one in told]

    def close(self) -> None:
        return None


async def test_a_known_anchor_is_not_counted_twice_and_one_out_of_order_has_the_chain_asked_again(
    tmp_path: Path,
) -> None:
    world = make_world(tmp_path / "g")
    async with world.running() as service:
        root = service.parts.log.head.root
        first = Anchor(1, root, 1, 0, 7, bytes(32), 70, bytes(32))
        elsewhere = dataclasses.replace(first, block_number=8, block_hash=bytes(range(32)))
        third = dataclasses.replace(first, sequence=3, block_number=9)
        second = dataclasses.replace(first, sequence=2, block_number=9)
        chain = _Told(first)
        feed = AnchorFeed(chain, service.parts.lane, every_s=60, every_entries=9)  # type: ignore[arg-type]
        for told, held, looked in (
            ([first, first], [first], 1),
            ([elsewhere], [elsewhere], 2),
            ([third], [elsewhere, second, third], 3),
            ([second, third], [elsewhere, second, third], 3),
        ):
            chain.told, chain.held = told, held
            for _ in range(2):
                feed._stepped_at = float("-inf")
                await feed.tick()
            assert (feed.counters.anchors, chain.looked) == (held, looked)
        await asyncio.to_thread(feed.close)


@pytest.mark.slow
async def test_what_was_young_at_the_start_is_told_once_it_is_final_with_and_without_its_journal(
    anvil: Stage, tmp_path: Path, deep: str
) -> None:
    for with_journal in (True, False):
        folder = tmp_path / base64.b32encode(bytes([with_journal])).decode().strip("=") / "heads"
        folder.parent.mkdir()
        aggregator = _on_a_node(anvil, folder, deep)
        async with aggregator.running() as (service, _):
            feed = service.kept.feed
            assert feed is not None
            await eventually(lambda f=feed: f.counters.submitted == 1)  # type: ignore[misc]
            await eventually(lambda f=feed: f._anchorer.pending()[0].state.value == "seen")  # type: ignore[misc]
        if not with_journal:
            for path in folder.glob("anchors.sqlite*"):
                path.unlink()
        async with aggregator.running() as (service, _):
            feed = service.kept.feed
            assert feed is not None
            await eventually(lambda f=feed: f._history_known)  # type: ignore[misc]
            assert feed.counters.anchors == []
            _mine(anvil, 4)
            for _ in range(3):
                await _tick(service)
            assert [anchor.size for anchor in feed.counters.anchors] == [1]
            assert (feed.counters.anchored_size, feed.counters.final) == (1, 1)
