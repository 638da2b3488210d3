"""Gateways and an aggregator over HTTP on loopback, with the embedded chain."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from tally_chain import head_entry, tree
from tally_chain.anchoring.reading import read_anchors
from tally_chain.errors import CheckpointError
from tally_edge import keys, proof, signer
from tally_edge.log_opening import Predecessor
from tally_edge.proof import log_id_of
from tally_gateway import keys_on_disk, replace
from tally_gateway.aggregate.journal import read_final
from tally_gateway.anchored_log import read_opening
from tally_gateway.errors import GatewayConfigError, MaintenanceError
from tally_gateway.log.writer import Log
from tally_gateway.metrics import METRICS
from tally_gateway.service import Service
from tests.gateway.aggregate.stage import HEADS_ORIGIN, at_work, client, make_aggregator, make_member, signed
from tests.gateway.intake.support import eventually
from tests.gateway.service.test_pipeline import take
from tests.gateway.service.world import PASSPHRASE, device, fixed_clock, make_world

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
            told = (await reader.get("/metrics")).text
            assert set(re.findall(r"^# TYPE (\S+)", told, re.MULTILINE)) == METRICS.keys()
            assert 'tallystick_heads_refused_total{reason="fork"} 0.0' in told
            assert (await reader.get("/healthz")).json()["faults"] == []
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


@pytest.mark.slow
async def test_over_https_with_the_aggregators_own_authority(tmp_path: Path) -> None:
    """Under TLS the CA that `heads init` made is the only one that the gateway trusts."""
    aggregator = make_aggregator(tmp_path / "heads")
    async with aggregator.running(tls=True) as (heads, port):
        steel = make_member(tmp_path / "steel", aggregator, port, "steel", STEEL)
        pinned = dataclasses.replace(steel.config.aggregator, url=f"https://127.0.0.1:{port}", tls_ca_file="heads.pem")
        (steel.folder / "heads.pem").write_bytes((aggregator.folder / "tls" / "ca.pem").read_bytes())
        steel.change(aggregator=pinned)
        async with at_work(steel) as service:
            feed = service.parts.feed
            assert feed is not None
            await eventually(lambda: feed.counters.anchored_size == 1)
            host, own_port = service.addresses["http"]
            async with client(own_port) as reader:
                (anchor,) = (await reader.get("/v1/anchors")).json()
                assert (anchor["via"], host) == (HEADS_ORIGIN, "127.0.0.1")
        assert heads.desk.counters.taken == 1


async def test_a_successor_continues_the_head_that_the_aggregator_holds(tmp_path: Path) -> None:
    """After the loss of a disk the head entry is what is left of the old log."""
    key, root = signer.generate(), bytes(range(32))
    (tmp_path / "head").write_bytes(signed(STEEL, 77, root, key).encode())
    made = make_world(tmp_path / "base", origin=MILL)
    settings = replace.new_settings(made.config, "tallystick.example/steel/2")
    settings = dataclasses.replace(settings, folder=tmp_path / "successor")
    kept = tmp_path / "head"
    replace.succeed(settings, PASSPHRASE, fixed_clock, old_origin=STEEL, kept_checkpoint=kept)
    signers = keys_on_disk.load(tmp_path / "successor", PASSPHRASE)
    log = Log.open(tmp_path / "successor", signers.checkpoint, signers.proof, fixed_clock, None)
    try:
        predecessor = read_opening(log.entry(0)).predecessor
    finally:
        log.close()
    assert predecessor == Predecessor(log_id_of(STEEL), 77, root)
    settings = dataclasses.replace(settings, folder=tmp_path / "another")
    with pytest.raises(MaintenanceError, match="not of"):
        replace.succeed(settings, PASSPHRASE, fixed_clock, old_origin=MILL, kept_checkpoint=kept)
    kept.write_bytes(kept.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match="no checkpoint"):
        replace.succeed(settings, PASSPHRASE, fixed_clock, old_origin=STEEL, kept_checkpoint=kept)
