"""Confirmations, refusals, repetition: what ends an entry, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tally_edge.agent import outbox
from tally_edge.agent.order_files import Orders, give
from tally_edge.errors import OutboxFullError
from tally_edge.signer import generate
from tally_edge.statement import Kind
from tests.edge.agent.rig import START, Rig, assert_one_stream


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_a_puback_is_not_a_confirmation(rig: Rig, tmp_path: Path) -> None:
    rig.gateway.confirming = False
    rig.run_to(START + 3600)
    assert len(rig.gateway.received) == outbox.look(tmp_path).waiting == 3
    rig.tick += 40
    rig.serve()
    assert len(rig.gateway.received) == 6, "unconfirmed entries go out again"
    rig.tick += 40
    rig.serve()
    assert len(rig.gateway.received) == 6, "and wait longer each time"
    rig.gateway.confirming = True
    rig.tick += 40
    rig.serve()
    assert outbox.look(tmp_path).waiting == 0
    assert outbox.look(tmp_path).confirmed_through == 2
    rig.tick += 10_000
    rig.serve()
    assert len(rig.gateway.received) == 9


def test_what_was_on_its_way_when_the_connection_broke_goes_out_at_once(rig: Rig, tmp_path: Path) -> None:
    rig.gateway.lose_up = 3
    rig.run_to(START + 3600)
    assert rig.gateway.received == []
    rig.gateway.disconnect()
    rig.serve()
    rig.gateway.connect()
    rig.serve()
    assert outbox.look(tmp_path).waiting == 0
    assert_one_stream(rig.gateway.statements())


def test_each_statement_goes_out_with_the_newest_number_of_its_stream(rig: Rig) -> None:
    rig.run_to(START + 3600)
    told = rig.gateway.newest_told
    assert told[-1] == 2, "what the outbox holds is told by number"
    rig.gateway.disconnect()
    rig.run_to(START + 4 * 3600)
    told.clear()
    rig.gateway.connect()
    rig.serve()
    assert len(told) > 1
    assert set(told) == {rig.gateway.received[-1].claims.seq}, "and the first that comes after an outage tells it all"


def test_a_lost_confirmation_is_fetched_by_sending_again(rig: Rig, tmp_path: Path) -> None:
    rig.gateway.lose_down = 3
    rig.run_to(START + 3600)
    assert outbox.look(tmp_path).waiting == 3
    rig.tick += 60
    rig.serve()
    assert outbox.look(tmp_path).waiting == 0
    assert len(rig.gateway.log) == 3


def test_a_confirmation_by_another_key_is_counted_and_ignored(rig: Rig, tmp_path: Path) -> None:
    rig.gateway.confirming = False
    rig.run_to(START + 3600)
    run = rig.gateway.statements()
    rig.gateway.send("x", rig.gateway.confirmation(run, generate()))
    rig.serve()
    status = outbox.look(tmp_path)
    assert (status.waiting, status.counters) == (3, {"ignored: SignatureError": 1})
    rig.gateway.send("x", rig.gateway.confirmation(run))
    rig.serve()
    assert outbox.look(tmp_path).waiting == 0


def test_a_confirmation_of_other_bytes_is_ignored(rig: Rig, tmp_path: Path) -> None:
    rig.gateway.confirming = False
    rig.run_to(START + 3600)
    honest = list(rig.gateway.log)
    run = rig.gateway.statements()
    rig.gateway.log = [honest[0], honest[1][:-1] + bytes([honest[1][-1] ^ 1]), honest[2]]
    forged = rig.gateway.confirmation([run[0]])  # a true path for 0, in a log that holds something else as 1
    rig.gateway.send("x", forged)
    rig.serve()
    assert outbox.look(tmp_path).waiting == 2
    rig.gateway.log = honest
    late = rig.gateway.confirmation(run)
    rig.gateway.send("x", late[:-1] + bytes([late[-1] ^ 1]))
    rig.gateway.send("x", b"\xd2garbage")
    rig.gateway.send("x", b"")
    rig.gateway.send("x", b"\xa1\x01")
    rig.serve()
    assert outbox.look(tmp_path).waiting == 2
    assert sum(outbox.look(tmp_path).counters.values()) == 4


def test_a_refusal_makes_a_dead_letter_and_the_stream_goes_on(rig: Rig, tmp_path: Path) -> None:
    rig.gateway.refuse = {Kind.SETTLEMENT}
    rig.run_to(START + 2 * 86_400)
    status = outbox.look(tmp_path)
    assert status.waiting == 0
    assert [letter.kind for letter in status.dead] == ["settlement"] * 3
    assert "UNKNOWN_KEY, mendable: this key is not enrolled" in status.dead[0].refusal
    assert status.confirmed_through == status.dead[0].seq - 1
    rig.gateway.refuse = set()
    give(tmp_path, Orders(resend=True))
    rig.serve()
    assert outbox.look(tmp_path).dead == []
    assert outbox.look(tmp_path).waiting == 0
    rig.stop()
    assert_one_stream(rig.gateway.statements())


def test_a_forged_refusal_kills_nothing(rig: Rig, tmp_path: Path) -> None:
    rig.gateway.confirming = False
    rig.run_to(START + 3600)
    rig.gateway.send("x", rig.gateway.refusal(rig.gateway.statements()[0], generate()))
    rig.serve()
    assert outbox.look(tmp_path).dead == []


def test_a_gateway_that_lost_its_log_is_refilled(rig: Rig, tmp_path: Path) -> None:
    rig.run_to(START + 86_400)
    before = list(rig.gateway.log)
    rig.gateway.log = before[:5]
    rig.gateway.disconnect()
    rig.gateway.connect()
    rig.serve(8)
    assert rig.gateway.log == before
    assert rig.gateway.asks[-1].shown is not None
    assert outbox.look(tmp_path).waiting == 0


def test_an_order_outlives_a_crash_before_it_is_carried_out(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.gateway.refuse = {Kind.SETTLEMENT}
    rig.run_to(START + 86_400)
    rig.gateway.refuse = set()
    give(tmp_path, Orders(resend=True, release_through=3))
    with monkeypatch.context() as dying:
        dying.setattr(rig.outbox, "resend", raising(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            rig.serve()
    rig.kill()
    give(tmp_path, Orders(release_through=1))  # given since: it does not take the place of the other
    rig.restart()
    assert outbox.look(tmp_path).dead == []
    assert min(rig.outbox.entries(0, 1000)) == 4
    assert list(tmp_path.glob("order-*")) == []
    rig.stop()


def test_an_order_waits_for_room(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.run_to(START + 86_400)
    give(tmp_path, Orders(release_through=3))
    with monkeypatch.context() as full:
        full.setattr(rig.outbox, "release", raising(OutboxFullError("the disk is full")))
        rig.serve()
    assert min(rig.outbox.entries(0, 1000)) == 0
    rig.serve()
    assert min(rig.outbox.entries(0, 1000)) == 4


def raising(error: BaseException) -> Callable[..., None]:
    def stand_in(*_: object) -> None:
        raise error

    return stand_in


def test_a_release_order_lets_confirmed_entries_go(rig: Rig, tmp_path: Path) -> None:
    rig.run_to(START + 86_400)
    give(tmp_path, Orders(release_through=9))
    rig.serve()
    assert min(rig.outbox.entries(0, 1000)) == 10
    (tmp_path / "order-release").write_text("²")
    rig.serve()
    assert min(rig.outbox.entries(0, 1000)) == 10
