"""Starting: what is held until the log has been asked, and when a device refuses to sign."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tally_edge import statement
from tally_edge.agent import outbox
from tally_edge.agent.agent import LAST_LOGGED
from tally_edge.agent.outbox import Outbox
from tally_edge.errors import BehindError
from tests.edge.agent.fake_gateway import FakeGateway
from tests.edge.agent.rig import START, Rig, assert_one_stream

DAY = 86_400


def test_without_an_answer_nothing_is_signed_and_nothing_is_lost(tmp_path: Path) -> None:
    rig = Rig(tmp_path, gateway=FakeGateway(answering=False))
    rig.run_to(START + DAY)
    status = outbox.look(tmp_path)
    assert (status.last_seq, rig.gateway.log) == (-1, [])
    assert status.held > 20
    rig.kill()
    rig.gateway.answering = True
    rig.clock.set(START + DAY + 60)
    rig.restart()
    rig.run_to(START + DAY + 3600)
    rig.stop()
    assert [reading.taken_at for reading in rig.readings()] == [START + 900 * slot for slot in range(101)]
    assert_one_stream(rig.gateway.statements())
    _, day = rig.settlements()
    assert day.previous == next(s.id for s in rig.gateway.statements() if s.claims.seq == 1)
    assert rig.gaps() == []


def test_an_older_copy_of_the_outbox_refuses_to_sign(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "outbox")
    rig.run_to(START + 3600)
    rig.stop()
    shutil.copytree(tmp_path / "outbox", tmp_path / "backup")
    rig.restart()
    rig.run_to(START + DAY)
    rig.stop()
    shutil.rmtree(tmp_path / "outbox")
    shutil.copytree(tmp_path / "backup", tmp_path / "outbox")
    before = len(rig.gateway.log)
    with pytest.raises(BehindError, match="edge recover"):
        rig.restart()
    assert len(rig.gateway.log) == before
    last = statement.decode((tmp_path / "outbox" / LAST_LOGGED).read_bytes())
    assert last.encoded == rig.gateway.log[-1]


def test_a_lost_outbox_refuses_to_sign(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "one")
    rig.run_to(START + 3600)
    rig.stop()
    rig.folder = tmp_path / "two"
    with pytest.raises(BehindError):
        rig.restart()


def test_another_signer_of_the_same_key_is_noticed(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "one")
    rig.run_to(START + 3600)
    twin = Rig(tmp_path / "two", signer=rig.signer, gateway=FakeGateway(proof_signer=rig.gateway.proof_signer))
    twin.meter.offset = 5
    twin.run_to(START + 3600)
    twin.gateway.disconnect()
    twin.serve()
    twin.gateway.log = rig.gateway.log[:2]
    twin.gateway.connect()
    with pytest.raises(BehindError, match="another statement"):
        twin.serve()


def test_an_answer_with_a_forged_or_foreign_statement_is_ignored(tmp_path: Path) -> None:
    stranger = Rig(tmp_path / "stranger")
    stranger.run_to(START + 3600)
    rig = Rig(tmp_path / "mine", gateway=FakeGateway(answering=False))
    for shown in (stranger.gateway.log[-1], b"nonsense"):
        from tally_edge import wire  # noqa: PLC0415
        from tally_edge.answers import Answer  # noqa: PLC0415

        rig.gateway.send("x", wire.encode(Answer(rig.signer.public_key.kid, shown)))
    rig.serve()
    assert sum(outbox.look(tmp_path / "mine").counters.values()) == 2
    rig.run_to(START + 3600)
    assert rig.gateway.log == []


def test_the_start_is_counted_before_anything_else(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.kill()
    rig.restart()
    rig.kill()
    box = Outbox(tmp_path, rig.signer.public_key.kid)
    assert box.stream().boot_count == 2
    box.close()
