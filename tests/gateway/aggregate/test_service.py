"""Gateways and an aggregator over HTTP on loopback, with the embedded chain."""

from __future__ import annotations

from pathlib import Path

import pytest

from tally_chain import head_entry, tree
from tally_chain.anchoring.reading import read_anchors
from tally_edge import keys, proof
from tally_edge.proof import log_id_of
from tally_gateway.aggregate.journal import read_final
from tally_gateway.errors import GatewayConfigError
from tally_gateway.service import Service
from tests.gateway.aggregate.stage import at_work, client, make_aggregator, make_member
from tests.gateway.intake.support import eventually
from tests.gateway.service.test_pipeline import take
from tests.gateway.service.world import device

STEEL, MILL = "tallystick.example/steel/1", "tallystick.example/mill/1"


@pytest.mark.slow
async def test_two_gateways_stand_under_one_anchor(tmp_path: Path) -> None:
    """Heads of both are taken, anchored with the log of heads, and final at each gateway once it has seen it."""
    aggregator = make_aggregator(tmp_path / "heads")
    async with aggregator.running() as (heads, port):
        steel = make_member(tmp_path / "steel", aggregator, port, "steel", STEEL)
        mill = make_member(tmp_path / "mill", aggregator, port, "mill", MILL)
        async with at_work(steel) as first, at_work(mill) as second:
            for world, service in ((steel, first), (mill, second)):
                stream = device()
                await take(service.parts.pipeline, world.enrolment(stream), *(stream.readings() for _ in range(3)))
            for service in (first, second):
                feed, log = service.parts.feed, service.parts.log
                assert feed is not None
                await eventually(lambda f=feed, g=log: f.counters.anchored_size == g.size)  # type: ignore[misc]
                assert service.parts.standing().faults() == []
            assert heads.desk.counters.refused == {}
        engine = heads.kept.engine
        assert engine is not None
        anchors = read_anchors(engine, aggregator.fingerprints.contract, aggregator.log_id)
        roots = {anchor.size: anchor.root for anchor in anchors}
        key = keys.decode_public_key(bytes.fromhex(aggregator.fingerprints.proof_public_key))
        for world in (steel, mill):
            final = read_final(world.folder / "heads.sqlite")
            assert final
            for kept in final:
                assert kept.proof is not None
                assert kept.claim is not None
                shown = proof.decode(kept.proof)
                assert shown.verify([kept.entry.encode()], key) == roots[shown.head.size] == kept.claim.root
                assert kept.entry.head.log_id == log_id_of(world.config.gateway.origin)
        async with client(port) as reader:
            entries = await reader.get("/tile/entries/000.p/2")
            assert entries.status_code in (200, 404)  # open to everybody; a partial one may have given way
            assert (await reader.get("/metrics")).text.count("tallystick_heads_taken_total") >= 1
            size = heads.kept.log.head.size
            path = (await reader.get(f"/v1/consistency/1/{size}")).json()["path"]
            first_root = tree.CompactRange.load(1, heads.kept.log.nodes).root()
            tree.verify_consistency(1, first_root, size, heads.kept.log.head.root, [bytes.fromhex(n) for n in path])
        for index in range(1, heads.kept.log.size):
            assert head_entry.decode(heads.kept.log.entry(index)).head.origin in (STEEL, MILL)


@pytest.mark.slow
async def test_a_gateway_starts_again_where_it_was_with_and_without_its_aggregator(tmp_path: Path) -> None:
    """Its journal and the aggregator tell the floor; a silent aggregator delays anchors and nothing else."""
    aggregator = make_aggregator(tmp_path / "heads")
    stream = device()
    async with aggregator.running() as (_, port):
        steel = make_member(tmp_path / "steel", aggregator, port, "steel", STEEL)
        async with at_work(steel) as service:
            await take(service.parts.pipeline, steel.enrolment(stream), stream.readings())
            feed, log = service.parts.feed, service.parts.log
            assert feed is not None
            await eventually(lambda: feed.counters.anchored_size == log.size)
            size = log.size
    async with at_work(steel) as service:
        feed = service.parts.feed
        assert feed is not None
        assert (await take(service.parts.pipeline, stream.readings()))[0].index == size
        await service.parts.seal()
        await feed.anchor_now()
        await eventually(lambda: feed.counters.unavailable > 0)
        assert (feed.counters.anchored_size, len(feed.counters.anchors) > 0) == (size, True)
        async with aggregator.running(port):
            await feed.anchor_now()
            await eventually(lambda: feed.counters.anchored_size > size)


async def test_an_aggregators_folder_is_not_run_as_a_gateway_nor_the_other_way(tmp_path: Path) -> None:
    aggregator = make_aggregator(tmp_path / "heads", engine="none")
    with pytest.raises(GatewayConfigError, match="heads run"):
        Service(aggregator.config)
    steel = make_member(tmp_path / "steel", aggregator, 9, "steel", STEEL)
    from tally_gateway.aggregate.service import HeadsService  # noqa: PLC0415  for this test alone

    with pytest.raises(GatewayConfigError, match="gateway run"):
        HeadsService(steel.config)
