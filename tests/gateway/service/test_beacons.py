"""Which anchored heads are beacons, who is told, and that a bundle shows those that its statements name."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain import tree
from tally_chain.anchoring.reading import Anchor
from tally_chain.bundle import Content
from tally_edge import senml, statement, wire
from tally_edge.answers import AnchorNotice
from tally_edge.errors import DecodeError
from tally_edge.senml import Reading
from tally_edge.statement import Kind
from tally_gateway import anchor_link, keys_on_disk
from tally_gateway.beacons import WINDOW_S, beacon_of
from tally_gateway.export import LogKeys, Wanted, make_bundle
from tests.gateway.intake.support import eventually
from tests.gateway.service.client_side import Down, ask, up
from tests.gateway.service.world import PASSPHRASE, POINT, START, Stream, World, device, make_world


def anchor(size: int, at: int) -> Anchor:
    return Anchor(size, size.to_bytes(32, "big"), size, size - 1, size, bytes(32), at, bytes(32))


@given(st.lists(st.integers(0, 20 * WINDOW_S), min_size=1, max_size=40))
def test_the_beacon_is_the_first_head_of_the_newest_window(times: list[int]) -> None:
    anchors = [anchor(number + 1, at) for number, at in enumerate(sorted(times))]
    found = beacon_of(anchors)
    window = anchors[-1].block_time_seconds // WINDOW_S
    assert found == next(one for one in anchors if one.block_time_seconds // WINDOW_S == window)


def test_a_year_of_anchors_every_ten_minutes_has_no_more_beacons_than_windows() -> None:
    anchors = [anchor(number + 1, number * 600) for number in range(1_000)]
    named = {beacon_of(anchors[:upto]).size for upto in range(1, 1_001)}
    assert len(named) == -(-1_000 * 600 // WINDOW_S)


def notices(down: Down) -> list[AnchorNotice]:
    signed = [statement.decode(body) for _, body in down.got if body[:1] == b"\xd2" and _is_statement(body)]
    return [wire.decode(AnchorNotice, one.payload) for one in signed if one.claims.kind is Kind.ANCHOR_NOTICE]


def _is_statement(body: bytes) -> bool:
    try:
        statement.decode(body)
    except DecodeError:
        return False
    return True


def beaconed(stream: Stream, root: bytes) -> statement.Statement:
    """The next statement of `stream`, naming a beacon."""
    payload = senml.encode([Reading(POINT, "energy_import", START + 900 * stream.seq, stream.seq, "kWh")])
    plain = stream.readings(advance=False)
    made = statement.sign(dataclasses.replace(plain.claims, beacon=root), payload, stream.key)
    return stream._next(made)


@pytest.mark.slow
async def test_agents_are_told_and_a_bundle_shows_the_beacons_that_its_statements_name(tmp_path: Path) -> None:
    world: World = make_world(tmp_path / "gateway", engine="embedded")
    stream, down = device(), Down()
    async with world.running() as service:
        port = service.parts.pipeline.port(down.send)
        feed, log = service.parts.feed, service.parts.log
        assert feed is not None
        await port.deliver(up("plant", world.enrolment(stream).encoded, ask(stream, "plant")))
        assert notices(down) == [], "nothing is anchored yet"
        await eventually(lambda: len(notices(down)) == 1)
        told = notices(down)[0]
        assert (told.size, told.root) == (feed.counters.anchors[0].size, feed.counters.anchors[0].root)
        down.got.clear()
        await port.deliver(up("late", ask(stream, "late")))
        assert notices(down) == [told]
        assert down.got[-1][1][:1] != b"\xd2", "the answer follows the notice: with it an agent may sign"
        for _ in range(3):
            await port.deliver(up("plant", stream.readings().encoded))
            await port.deliver(up("plant", beaconed(stream, told.root).encoded))
            await eventually(lambda: feed.counters.anchored_size == log.size)
        anchors = list(feed.counters.anchors)
        assert len(anchors) > 2
    signers = keys_on_disk.load(world.folder, PASSPHRASE)
    claims = anchor_link.claims_of(world.config)
    made = make_bundle(
        world.folder,
        LogKeys(signers.checkpoint, signers.proof),
        Wanted(Content.FULL, START, START + 86_400),
        size=anchors[-1].size,
        anchors=claims,
        now=START,
    )
    (section,) = made.sections
    assert [claim.size for claim in section.anchors or ()] == [told.size, anchors[-1].size]
    (link,) = section.links or ()
    tree.verify_consistency(link.size, told.root, section.size, anchors[-1].root, link.path)
