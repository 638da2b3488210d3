"""What faults of nodes once did to the client, each by itself: stood still, gave up, or forgot to tell."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import pytest

from tally_chain.anchoring import setup
from tally_chain.anchoring.alarms import Alarm
from tally_chain.anchoring.events import AnchorEvent, AnchorEventKind
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.anchoring.reading import read_anchors
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.engine.interface import Block, BlockTag, ChainIdentity, Event, Fees, Outcome
from tally_chain.errors import (
    AnchorRefusedError,
    CallRevertedError,
    EngineUnavailableError,
    ForeignChainError,
    Refusal,
)
from tests.chain.anchoring.engines import Around, Clock, Down, Faulty, Pool, anchorer
from tests.chain.anchoring.test_client import PATIENT, begun, give, kinds
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import OWNER, STRANGER, TX_KEY, Stage, embedded_stage


class Liar(Around):
    """Answers `lies` before it answers truly: one after the other, for one method."""

    def __init__(self, inner: Any, method: str, *lies: object) -> None:
        super().__init__(inner)
        self._method, self.lies = method, list(lies)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.inner, name)
        if name != self._method:
            return method

        def answer(*arguments: object, **named: object) -> object:
            if not self.lies:
                return method(*arguments, **named)
            lie = self.lies.pop(0)
            if isinstance(lie, Exception):
                raise lie
            return lie

        return answer


def over(events: list[AnchorEvent]) -> list[Alarm | None]:
    return [event.alarm for event in events if event.kind is AnchorEventKind.ALARM_OVER]


def test_one_forged_answer_stops_nothing(embedded: Stage, tmp_path: Path) -> None:
    forged = ChainIdentity(1, bytes(32), "forged")
    engine = Liar(embedded.engine, "identity", forged)
    with anchorer(engine, embedded.registered(), tmp_path) as client:
        give(client, 4)
        assert kinds(client.step()) == ["sent", "seen", "final"]
        assert client.alarms == ()
    engine = Liar(embedded.engine, "identity", forged, forged)
    with anchorer(engine, embedded.registered(), tmp_path / "twice") as client:
        with pytest.raises(ForeignChainError):
            client.step()
        assert [state.alarm for state in client.alarms] == [Alarm.FOREIGN_CHAIN]
        assert over(client.step()) == [Alarm.FOREIGN_CHAIN]
        assert client.alarms == ()


def test_a_nonce_that_is_told_too_high_leaves_no_gap(embedded: Stage, tmp_path: Path) -> None:
    pool = Pool(embedded.engine)
    engine = Liar(pool, "nonce", 10**6)
    with anchorer(engine, embedded.registered(), tmp_path, PATIENT, Clock()) as client:
        give(client, 4)
        assert kinds(client.step()) == []
        assert pool.sent == []
        assert kinds(client.step()) == ["sent"]
        pool.mine()
        assert kinds(client.step()) == ["seen", "final"]


def test_a_gap_below_a_signed_nonce_is_filled(embedded: Stage, tmp_path: Path) -> None:
    """A chain that took back the block before this account's transaction needs one at the lower nonce again."""
    high = embedded.engine.nonce(TX_KEY.address) + 1
    pool = Pool(embedded.engine)
    engine = Liar(pool, "nonce", high, high, high)
    with anchorer(engine, embedded.registered(), tmp_path, PATIENT, Clock()) as client:
        give(client, 4)
        assert kinds(client.step()) == ["sent"]
        assert kinds(client.step()) == ["sent"]
        pool.mine(1)
        assert kinds(client.step()) == ["seen", "final"]


def test_a_transaction_that_became_too_cheap_before_it_was_taken_is_made_anew(embedded: Stage, tmp_path: Path) -> None:
    pool, clock = Pool(embedded.engine), Clock()
    pool.refuse = Refusal.UNDERPRICED
    with anchorer(pool, embedded.registered(), tmp_path, PATIENT, clock) as client:
        give(client, 4)
        first = client.step()
        assert (kinds(first), begun(first)) == (["waiting"], [Alarm.FEE_TOO_HIGH])
        pool.refuse = None
        fees = embedded.engine.fees()
        client._sender._engine = Liar(pool, "fees", dataclasses.replace(fees, base_fee_wei=3 * fees.base_fee_wei))  # type: ignore[assignment]
        clock.now += 10
        second = client.step()
        assert (kinds(second), over(second)) == (["sent"], [Alarm.FEE_TOO_HIGH])
        attempts = client._journal.attempts(client.pending()[0])
        assert [attempt.nonce for attempt in attempts] == [attempts[0].nonce] * 2
        assert attempts[0].fee_wei < attempts[1].fee_wei
        pool.mine()
        assert kinds(client.step()) == ["seen", "final"]


def test_what_was_final_is_told_though_the_node_goes_right_after(embedded: Stage, tmp_path: Path) -> None:
    pool = Pool(embedded.engine)
    engine = Liar(pool, "nonce")
    with anchorer(engine, embedded.registered(), tmp_path, PATIENT, Clock()) as client:
        give(client, 4)
        client.step()
        give(client, 9)
        pool.mine()
        engine.lies = [EngineUnavailableError("gone")]
        engine.lies = [*engine.lies, EngineUnavailableError("gone")]
        assert kinds(client.step()) == ["seen", "unavailable"]
        assert kinds(client.step()) == ["final", "unavailable"]


@pytest.mark.parametrize("error", [CallRevertedError("execution reverted"), EngineUnavailableError("rate limit")])
def test_a_busy_node_refuses_no_head(embedded: Stage, tmp_path: Path, error: Exception) -> None:
    engine = Liar(embedded.engine, "estimate_gas", error, error)
    with anchorer(engine, embedded.registered(), tmp_path) as client:
        give(client, 4)
        assert kinds(client.step()) in (["waiting"], ["unavailable"])
        client.step()
        assert client.pending() == [] or kinds(client.step()) == ["sent", "seen", "final"]


def test_gas_that_can_not_be_is_not_signed(embedded: Stage, tmp_path: Path) -> None:
    engine = Liar(embedded.engine, "estimate_gas", 10**12)
    with anchorer(engine, embedded.registered(), tmp_path) as client:
        give(client, 4)
        assert kinds(client.step()) == ["unavailable"]
        assert kinds(client.step()) == ["sent", "seen", "final"]


def test_gas_that_was_too_little_for_any_block_is_not_outbid_with_the_same(embedded: Stage, tmp_path: Path) -> None:
    pool, clock = Pool(embedded.engine), Clock()
    engine = Liar(pool, "estimate_gas", 23_000)
    with anchorer(engine, embedded.registered(), tmp_path, PATIENT, clock) as client:
        give(client, 4)
        client.step()
        pool.forget()  # no block takes it, and one day the node drops it
        clock.now += 60
        assert kinds(client.step()) == ["sent"]
        assert [attempt.gas > 60_000 for attempt in client._journal.attempts(client.pending()[0])] == [False, True]
        pool.mine()
        assert kinds(client.step()) == ["seen", "final"]


def test_a_forged_height_makes_nothing_final(embedded: Stage, tmp_path: Path) -> None:
    deep = dataclasses.replace(EMBEDDED, finality=3)

    class Forger(Around):
        forge = 0

        def block(self, which: int | BlockTag) -> Block | None:
            block: Block | None = self.inner.block(which)
            if which is BlockTag.LATEST and block is not None and self.forge:
                self.forge -= 1
                return dataclasses.replace(block, number=block.number + 1000)
            return block

    engine = Forger(embedded.engine)
    with anchorer(engine, embedded.registered(), tmp_path, deep) as client:
        give(client, 4)
        assert kinds(client.step()) == ["sent", "seen"]
        engine.forge = 1
        assert kinds(client.step()) == []


def test_an_outcome_that_was_forged_once_is_corrected_before_it_is_final(embedded: Stage, tmp_path: Path) -> None:
    class Forger(Around):
        forge = 1

        def outcome(self, tx_hash: bytes) -> Outcome | None:
            found: Outcome | None = self.inner.outcome(tx_hash)
            if found is None or not self.forge:
                return found
            self.forge -= 1
            event = found.events[0]
            topics = (*event.topics[:2], (77).to_bytes(32, "big"))
            return dataclasses.replace(found, events=(dataclasses.replace(event, topics=topics),))

    with anchorer(Forger(embedded.engine), embedded.registered(), tmp_path) as client:
        give(client, 4)
        assert kinds(client.step()) == ["sent", "seen"]
        (final,) = client.step()
        assert final.anchor is not None
        assert final.anchor.sequence == 1


def test_no_head_is_final_before_the_one_below_it(embedded: Stage, tmp_path: Path) -> None:
    pool = Pool(embedded.engine)
    deep = dataclasses.replace(PATIENT, finality=2)
    target = embedded.registered()
    with anchorer(pool, target, tmp_path, deep, Clock()) as client:
        for size in (4, 9):
            give(client, size)
            client.step()
            pool.mine()
            assert kinds(client.step())[-1] == "seen"
        embedded.registered()
        embedded.registered()
    engine = Liar(embedded.engine, "outcome", None)
    with anchorer(engine, target, tmp_path, deep, Clock()) as client:
        assert kinds(client.step()) == []
        assert kinds(client.step()) == ["final", "final"]


def test_silence_and_standstill_are_alarms(embedded: Stage, tmp_path: Path) -> None:
    pool, clock = Pool(embedded.engine), Clock()
    engine = Down(pool)
    profile = dataclasses.replace(PATIENT, alarm_after_seconds=600)
    with anchorer(engine, embedded.registered(), tmp_path, profile, clock) as client:
        give(client, 4)
        client.step()
        engine.up = False
        clock.now += 599
        assert begun(client.step()) == []
        clock.now += 1
        assert begun(client.step()) == [Alarm.UNREACHABLE, Alarm.NO_PROGRESS]
        assert begun(client.step()) == []
        assert {state.since for state in client.alarms} == {clock.now}
        engine.up = True
        assert over(client.step()) == [Alarm.UNREACHABLE]
        pool.mine()
        assert over(client.step()) == [Alarm.NO_PROGRESS]
        assert client.alarms == ()


def test_a_final_anchor_that_is_gone_is_an_alarm_and_a_newer_head_takes_its_place(tmp_path: Path) -> None:
    with embedded_stage(tmp_path / "chain") as stage:
        target = stage.registered()
        shutil.copytree(tmp_path / "chain", tmp_path / "other")
        engine = Around(stage.engine)
        with anchorer(engine, target, tmp_path) as client:
            give(client, 4)
            assert kinds(client.step()) == ["sent", "seen", "final"]
            other = EmbeddedEngine.open(tmp_path / "other")
            try:
                give(client, 9)
                engine.inner = other
                assert kinds(client.step()) == ["waiting"]  # this node may merely lag
                dataclasses.replace(stage, engine=other).registered()
                found = client.step()
                assert (kinds(found), begun(found)) == (["refused"], [Alarm.FINALITY_BROKEN])
                assert client.base_size() == 0
                give(client, 9)
                found = client.step()
                assert (kinds(found), over(found)) == (["sent", "seen", "final"], [Alarm.FINALITY_BROKEN])
            finally:
                other.close()


def test_a_refusal_outlives_a_restart(embedded: Stage, tmp_path: Path) -> None:
    target = embedded.registered()
    with anchorer(embedded.engine, target, tmp_path) as client:
        give(client, 4)
        client.step()
        client.submit(9, oracle.root(0, 9), oracle.proof(5, 9))
        client.step()
    with anchorer(embedded.engine, target, tmp_path) as client:
        assert [state.alarm for state in client.alarms] == [Alarm.HEAD_REFUSED]
        give(client, 9)
        assert over(client.step()) == [Alarm.HEAD_REFUSED]


def test_a_key_that_may_no_longer_anchor_is_an_alarm_until_it_may(embedded: Stage, tmp_path: Path) -> None:
    target = embedded.registered()
    with anchorer(embedded.engine, target, tmp_path) as client:
        give(client, 4)
        embedded.send(OWNER, "rotate", target.log_id, STRANGER.address)
        with pytest.raises(AnchorRefusedError):
            client.step()
        assert [state.alarm for state in client.alarms] == [Alarm.KEY_ROTATED]
        embedded.send(OWNER, "rotate", target.log_id, TX_KEY.address)
        found = client.step()
        assert (kinds(found), over(found)) == (["sent", "seen", "final"], [Alarm.KEY_ROTATED])


def test_a_node_that_truncates_in_silence_shows_the_whole_history_all_the_same(embedded: Stage) -> None:
    """FISCO BCOS shows the first ten blocks of a range, whatever was asked."""
    log_id = embedded.anchored(3)
    for _ in range(15):
        embedded.registered()
    embedded.send(TX_KEY, "anchor", log_id, 8, oracle.root(0, 8), oracle.proof(3, 8))

    class TenBlocks(Around):
        def events(self, address: str, topics: Any, first_block: int, last_block: int) -> list[Event]:
            return list(self.inner.events(address, topics, first_block, min(last_block, first_block + 9)))

    engine: Any = TenBlocks(embedded.engine)
    assert [anchor.size for anchor in read_anchors(engine, embedded.contract, log_id)] == [3, 8]


def test_an_account_that_can_not_pay_is_told_and_passes(embedded: Stage, tmp_path: Path) -> None:
    pool = Pool(embedded.engine)
    pool.refuse = Refusal.INSUFFICIENT_FUNDS
    with anchorer(pool, embedded.registered(), tmp_path) as client:
        give(client, 4)
        assert begun(client.step()) == [Alarm.CANNOT_PAY]
        assert begun(client.step()) == []
        assert len(client._journal.attempts(client.pending()[0])) == 1  # nothing new to sign: the same bytes
        pool.refuse = None
        assert over(client.step()) == [Alarm.CANNOT_PAY]


def test_fees_above_the_cap_wait(embedded: Stage, tmp_path: Path) -> None:
    dear = Fees(base_fee_wei=10**15, priority_fee_wei=1, gas_price_wei=10**15)
    with anchorer(Liar(embedded.engine, "fees", dear), embedded.registered(), tmp_path) as client:
        give(client, 4)
        assert begun(client.step()) == [Alarm.FEE_TOO_HIGH]
        assert kinds(client.step()) == ["sent", "seen", "final"]


@pytest.mark.parametrize("after", [False, True], ids=["no-effect", "answer-lost"])
@pytest.mark.parametrize("at", range(5, 7))
def test_a_contract_is_deployed_once_though_an_answer_is_lost(embedded: Stage, at: int, after: bool) -> None:
    before = embedded.engine.nonce(STRANGER.address)
    engine: Any = Faulty(embedded.engine, at, after=after, error=EngineUnavailableError)
    contract = setup.deploy(engine, STRANGER, EMBEDDED)
    assert engine.calls > at
    assert embedded.engine.nonce(STRANGER.address) == before + 1
    assert embedded.engine.code(contract)


def test_where_a_contract_was_put_is_told_though_its_code_could_not_be_read(embedded: Stage) -> None:
    engine: Any = Faulty(embedded.engine, 7, after=False, error=EngineUnavailableError)
    with pytest.raises(EngineUnavailableError, match=r"LogAnchor is at 0x[0-9a-fA-F]{40}, and its code could not"):
        setup.deploy(engine, STRANGER, EMBEDDED)


def test_a_head_that_was_taken_back_between_two_questions_is_not_passed_over(
    embedded: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The contract shows the head, and a moment later a history without it: that one is no proof of anything."""
    target = embedded.registered()
    with anchorer(embedded.engine, target, tmp_path / "first") as client:
        give(client, 4)
        shutil.copytree(tmp_path / "first", tmp_path / "second")
        assert kinds(client.step()) == ["sent", "seen", "final"]
    with anchorer(embedded.engine, target, tmp_path / "second") as client:
        with monkeypatch.context() as patch:
            patch.setattr(client._watcher, "history_down_to", lambda *_: [])
            assert kinds(client.step()) == ["unavailable"]
        assert len(client.pending()) == 1
        assert kinds(client.step()) == ["seen", "final"]
