"""A gateway that has no room just now, one that was begun again, and an outbox that is only just made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tally_edge import proof
from tally_edge.agent import outbox, outbox_tables
from tally_edge.errors import OutboxError
from tests.edge.agent.rig import START, Rig

QUOTA_EXCEEDED = 0x97


def test_what_the_gateway_could_not_take_is_offered_again_within_seconds(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.gateway.confirming, rig.gateway.puback = False, QUOTA_EXCEEDED
    rig.run_to(START + 3600)
    assert len(rig.gateway.received) == 3
    rig.tick += 4
    rig.serve()
    assert len(rig.gateway.received) == 3
    rig.tick += 2
    rig.serve()
    assert len(rig.gateway.received) == 6
    rig.tick += 6
    rig.serve()
    assert len(rig.gateway.received) == 6, "and later each time"
    for _ in range(20):
        rig.tick += 100
        rig.serve()
    assert len(rig.gateway.received) > 6 + 3 * 19, "but at least every minute"
    rig.gateway.confirming, rig.gateway.puback = True, 0
    rig.tick += 100
    rig.serve()
    assert outbox.look(tmp_path).waiting == 0


def test_after_a_refill_the_next_confirmation_is_the_newest_however_small_its_tree(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.run_to(START + 86_400)
    shown = rig.outbox.newest_confirmation()
    assert shown is not None
    first = rig.gateway.statements()[0]
    rig.gateway.log = []
    rig.gateway.confirming = False
    rig.gateway.disconnect()
    rig.gateway.connect()
    rig.serve(8)
    rig.gateway.log = [first.encoded]
    rig.gateway.send("x", rig.gateway.confirmation([first]))
    rig.serve()
    newest = rig.outbox.newest_confirmation()
    assert newest is not None
    assert newest != shown
    assert proof.decode(newest).head.size == 1


def test_an_outbox_that_is_only_just_made_says_so(tmp_path: Path) -> None:
    outbox_tables.connect(tmp_path, outbox.MIN_MAX_BYTES).close()
    with pytest.raises(OutboxError, match="look again"):
        outbox.look(tmp_path)
