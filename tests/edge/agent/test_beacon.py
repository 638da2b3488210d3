"""Beacons: the anchored heads that a gateway names, in the statements that follow."""

from __future__ import annotations

from pathlib import Path

import pytest

from tally_edge import statement, wire
from tally_edge.agent import outbox
from tally_edge.answers import AnchorNotice
from tally_edge.signer import FileSigner, generate
from tally_edge.statement import Claims, Kind
from tests.edge.agent.rig import START, Rig

ROOT, LATER_ROOT = bytes.fromhex("44" * 32), bytes.fromhex("55" * 32)
LOG = "urn:tallystick:log:fake"


def notice(root: bytes, key: FileSigner) -> bytes:
    claims = Claims(Kind.ANCHOR_NOTICE, key.public_key.kid, LOG, LOG, START)
    return statement.sign(claims, wire.encode(AnchorNotice(9, root, START)), key).encoded


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def beacons(rig: Rig) -> list[bytes | None]:
    return [signed.claims.beacon for signed in rig.gateway.statements()]


def test_statements_name_the_head_that_was_announced_last(rig: Rig) -> None:
    rig.run_to(START + 3_600)
    before = len(rig.gateway.log)
    for root in (ROOT, LATER_ROOT):
        rig.gateway.send("x", notice(root, rig.gateway.proof_signer))
        rig.serve()
        rig.run_to(rig.clock.now() + 3_600)
    named = beacons(rig)
    assert before
    assert named[:before] == [None] * before
    assert set(named[before:]) == {ROOT, LATER_ROOT}
    assert named[before:] == sorted(named[before:], key=[ROOT, LATER_ROOT].index)


def test_a_notice_of_another_key_names_no_beacon(rig: Rig, tmp_path: Path) -> None:
    good = notice(ROOT, rig.gateway.proof_signer)
    for bad in (notice(ROOT, generate()), good[:-1] + bytes((good[-1] ^ 1,)), notice(ROOT, rig.signer)):
        rig.gateway.send("x", bad)
    rig.serve()
    rig.run_to(START + 3_600)
    assert set(beacons(rig)) == {None}
    assert outbox.look(tmp_path).counters == {"ignored: SignatureError": 3}


def test_a_statement_that_comes_down_by_mistake_is_ignored(rig: Rig, tmp_path: Path) -> None:
    rig.run_to(START + 3_600)
    rig.gateway.send("x", rig.gateway.log[0])
    rig.serve()
    assert outbox.look(tmp_path).counters == {"ignored: StatementError": 1}


def test_an_accelerated_run_names_none(rig: Rig) -> None:
    """Its clock is not the world's: a block of today would stand after what it signs of last year."""
    rig.kill()
    rig.restart()
    rig.gateway.send("x", notice(ROOT, rig.gateway.proof_signer))
    rig.agent.run_accelerated(rig.clock, START, START + 86_400, close=True)
    assert set(beacons(rig)) == {None}
