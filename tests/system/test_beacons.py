"""Agents that run live name the heads that their gateway anchored, and a reader finds them in the bundle alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tally_chain import bundle
from tally_chain.bundle import Content
from tally_chain.findings import Code
from tally_chain.verify.verifier import verify
from tally_gateway import anchor_link
from tally_gateway.anchored_log import wall_clock
from tally_gateway.export import LogKeys, Wanted, make_bundle
from tally_gateway.log.reader import LogReader
from tests.system import reading
from tests.system.plant import Plant, meters, site, wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    now = int(time.time())
    made = Plant(tmp_path / "plant", site(meters(3, 1, cadence_s=1, pack_readings=2), now - 60, now + 86_400))
    try:
        made.start_gateway()
        made.state_site()
        made.start_agent()
        yield made
    finally:
        made.stop()


def beacons(plant: Plant) -> list[bytes]:
    entries = reading.statements_of(plant.settings.folder)
    return [signed.claims.beacon for signed in entries if signed.claims.beacon is not None]


def test_beacons_of_live_agents_are_shown_by_the_bundle(plant: Plant) -> None:
    plant.anchor()
    wait_until(lambda: len(beacons(plant)) >= 10, "statements with a beacon")
    plant.anchor()
    anchors = anchor_link.claims_of(plant.settings)
    plant.stop()
    assert set(beacons(plant)) <= {anchor.root for anchor in anchors}
    opened = plant.opened()
    now = wall_clock() + 1
    made = make_bundle(
        plant.settings.folder,
        LogKeys(opened.checkpoint, opened.proof),
        Wanted(Content.FULL, plant.site.from_at, now),
        size=LogReader(plant.settings.folder).size,
        anchors=anchors,
        now=now,
    )
    verdict = verify(bundle.decode(bundle.encode(made)), reading.policy_of(plant), now=now)
    codes = {finding.code for finding in verdict.findings}
    assert not codes & {Code.BEACON_UNKNOWN, Code.BEFORE_BEACON}, verdict.findings
    (section,) = made.sections
    hidden = replace(made, sections=(replace(section, anchors=None, links=None),))
    codes = {finding.code for finding in verify(hidden, reading.policy_of(plant), now=now).findings}
    assert Code.BEACON_UNKNOWN in codes, "without its claims the bundle shows no beacon"
