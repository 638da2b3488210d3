"""The anchoring client beside the straight way: waiting, replacement, reorganisation, refusal, foreign chains."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from tally_chain.anchoring import setup
from tally_chain.anchoring.alarms import Alarm
from tally_chain.anchoring.client import Anchorer
from tally_chain.anchoring.events import AnchorEvent, AnchorEventKind
from tally_chain.anchoring.journal import read_states
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.anchoring.reading import read_anchors
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.engine.interface import ChainIdentity
from tally_chain.errors import (
    AnchorRefusedError,
    EngineUnavailableError,
    ForeignChainError,
    ForeignContractError,
    JournalError,
    LaneTakenError,
    Refusal,
    UnknownLogError,
)
from tests.chain.anchoring.engines import Around, Clock, Down, Pool, anchorer
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import OWNER, STRANGER, TX_KEY, Stage, embedded_stage, fresh_log_id

PATIENT = dataclasses.replace(
    EMBEDDED, name="patient", replace_percent=15, rebroadcast_after_seconds=10, replace_after_seconds=60
)


def kinds(events: list[AnchorEvent]) -> list[str]:
    """What happened to heads."""
    return [event.kind.value for event in events if "alarm" not in event.kind.value]


def begun(events: list[AnchorEvent]) -> list[Alarm | None]:
    """The alarms that began to sound."""
    return [event.alarm for event in events if event.kind is AnchorEventKind.ALARM]


def give(client: Anchorer, size: int) -> None:
    base = client.base_size()
    client.submit(size, oracle.root(0, size), oracle.proof(base, size))


def test_heads_go_in_order_each_seen_before_the_next_is_signed(embedded: Stage, tmp_path: Path) -> None:
    pool = Pool(embedded.engine)
    with anchorer(pool, embedded.registered(), tmp_path, PATIENT, Clock()) as client:
        assert client.head() is None
        assert client.base_size() == 0
        give(client, 4)
        give(client, 9)
        assert client.base_size() == 9
        assert kinds(client.step()) == ["sent"]
        assert kinds(client.step()) == []
        assert len(pool.waiting) == 1
        pool.mine()
        assert kinds(client.step()) == ["seen", "sent", "final"]
        pool.mine()
        assert kinds(client.step()) == ["seen", "final"]
        head = client.head()
        assert head is not None
        assert (head.size, head.root, head.sequence) == (9, oracle.root(0, 9), 2)
        assert [anchor.size for anchor in client.history()] == [4, 9]
        assert client.pending() == []


def test_submitting_again_changes_nothing(embedded: Stage, tmp_path: Path) -> None:
    with anchorer(embedded.engine, embedded.registered(), tmp_path) as client:
        client.submit(4, oracle.root(0, 4), [])
        client.submit(4, oracle.root(0, 4), [])
        assert len(client.pending()) == 1
        client.step()
        client.submit(4, oracle.root(0, 4), [])
        assert client.pending() == []
        for size, root in ((4, oracle.root(0, 5)), (3, oracle.root(0, 3)), (0, oracle.root(0, 0)), (2**63, bytes(32))):
            with pytest.raises(AnchorRefusedError):
                client.submit(size, root, [])
        with pytest.raises(AnchorRefusedError, match="32 bytes"):
            client.submit(5, b"short", [])


def test_a_forgotten_transaction_is_sent_again_and_then_outbid(embedded: Stage, tmp_path: Path) -> None:
    pool, clock = Pool(embedded.engine), Clock()
    with anchorer(pool, embedded.registered(), tmp_path, PATIENT, clock) as client:
        give(client, 4)
        client.step()
        pool.forget()
        clock.now += 9
        assert kinds(client.step()) == []
        clock.now += 1
        assert kinds(client.step()) == ["sent"]
        assert pool.sent[0] == pool.sent[1]
        clock.now += 50
        assert kinds(client.step()) == ["sent"]
        first, second = pool.waiting
        assert first != second
        pool.mine(0)
        assert kinds(client.step()) == ["seen", "final"]


def test_the_replacement_may_win(embedded: Stage, tmp_path: Path) -> None:
    pool, clock = Pool(embedded.engine), Clock()
    with anchorer(pool, embedded.registered(), tmp_path, PATIENT, clock) as client:
        give(client, 4)
        client.step()
        clock.now += 60
        assert kinds(client.step()) == ["sent"]
        pool.mine(1)
        assert kinds(client.step()) == ["seen", "final"]
        assert [anchor.size for anchor in client.history()] == [4]


def test_a_replaced_chain_takes_the_head_back(tmp_path: Path) -> None:
    with embedded_stage(tmp_path / "chain") as stage:
        target = stage.registered()
        shutil.copytree(tmp_path / "chain", tmp_path / "other")
        deep = dataclasses.replace(EMBEDDED, finality=2)
        engine = Around(stage.engine)
        with anchorer(engine, target, tmp_path, deep) as client:
            give(client, 4)
            assert kinds(client.step()) == ["sent", "seen"]
            assert client.base_size() == 4
            other = EmbeddedEngine.open(tmp_path / "other")
            try:
                replaced = dataclasses.replace(stage, engine=other)
                for _ in range(4):
                    replaced.registered()
                engine.inner = other
                assert kinds(client.step()) == ["reorganised", "sent", "seen"]
                replaced.registered()
                assert kinds(client.step()) == []
                replaced.registered()
                assert kinds(client.step()) == ["final"]
                assert [anchor.size for anchor in client.history()] == [4]
            finally:
                other.close()


def test_a_wrong_proof_is_refused_before_it_costs_anything(embedded: Stage, tmp_path: Path) -> None:
    with anchorer(embedded.engine, embedded.registered(), tmp_path) as client:
        give(client, 4)
        client.step()
        before = embedded.engine.nonce(TX_KEY.address)
        client.submit(9, oracle.root(0, 9), oracle.proof(5, 9))
        event, alarm = client.step()
        assert event.kind is AnchorEventKind.REFUSED
        assert event.text.startswith("LogAnchorInconsistent(")
        assert (alarm.kind, alarm.alarm) == (AnchorEventKind.ALARM, Alarm.HEAD_REFUSED)
        assert embedded.engine.nonce(TX_KEY.address) == before
        assert client.base_size() == 4
        give(client, 9)
        assert kinds(client.step()) == ["sent", "seen", "final"]
    assert read_states(tmp_path / "journal.sqlite") == {"final": 2, "refused": 1}


def test_a_head_on_a_refused_one_is_refused_too(embedded: Stage, tmp_path: Path) -> None:
    with anchorer(embedded.engine, embedded.registered(), tmp_path) as client:
        give(client, 4)
        client.step()
        client.submit(9, oracle.root(0, 10), oracle.proof(4, 9))
        client.submit(12, oracle.root(0, 12), oracle.proof(9, 12))
        assert kinds(client.step()) == ["refused", "refused"]
        assert client.base_size() == 4


def test_a_lost_journal_is_recovered_from_the_contract(embedded: Stage, tmp_path: Path) -> None:
    target = embedded.registered()
    with anchorer(embedded.engine, target, tmp_path / "first") as client:
        for size in (4, 9, 20):
            give(client, size)
        client.step()
    with anchorer(embedded.engine, target, tmp_path / "second") as client:
        assert client.base_size() == 20
        give(client, 30)
        assert kinds(client.step()) == ["sent", "seen", "final"]
        assert [anchor.size for anchor in client.history()] == [4, 9, 20, 30]


def test_what_another_life_anchored_is_found_and_not_sent_again(embedded: Stage, tmp_path: Path) -> None:
    target = embedded.registered()
    with anchorer(embedded.engine, target, tmp_path) as client:
        for size in (4, 9, 20):
            client.submit(size, oracle.root(0, size), oracle.proof(client.base_size(), size))
        for old, new in ((0, 4), (4, 20)):
            embedded.send(TX_KEY, "anchor", target.log_id, new, oracle.root(0, new), oracle.proof(old, new))
        nonce = embedded.engine.nonce(TX_KEY.address)
        assert kinds(client.step()) == ["seen", "superseded", "seen", "final", "final"]
        assert embedded.engine.nonce(TX_KEY.address) == nonce


def test_a_fork_is_called_one(embedded: Stage, tmp_path: Path) -> None:
    target = embedded.registered()
    with anchorer(embedded.engine, target, tmp_path) as client:
        give(client, 4)
        embedded.send(TX_KEY, "anchor", target.log_id, 4, oracle.root(0, 5), [])
        event, alarm = client.step()
        assert event.kind is AnchorEventKind.REFUSED
        assert "forked" in event.text
        assert (alarm.kind, alarm.alarm) == (AnchorEventKind.ALARM, Alarm.LOG_FORKED)


def test_an_engine_that_is_down_is_an_event(embedded: Stage, tmp_path: Path) -> None:
    engine = Down(embedded.engine)
    with anchorer(engine, embedded.registered(), tmp_path) as client:
        give(client, 4)
        engine.up = False
        assert kinds(client.step()) == ["unavailable"]
        give(client, 9)
        engine.up = True
        assert kinds(client.step()) == ["sent", "seen", "sent", "seen", "final", "final"]
        engine.up = False
        give(client, 12)
    with anchorer(engine, embedded.registered(), tmp_path / "empty") as client, pytest.raises(EngineUnavailableError):
        client.submit(1, oracle.root(0, 1), [])


@pytest.mark.parametrize("reason", [Refusal.UNAVAILABLE, Refusal.INSUFFICIENT_FUNDS, Refusal.OTHER])
def test_a_refusing_node_is_waited_for(embedded: Stage, tmp_path: Path, reason: Refusal) -> None:
    pool = Pool(embedded.engine)
    pool.refuse = reason
    with anchorer(pool, embedded.registered(), tmp_path) as client:
        give(client, 4)
        event, *alarms = client.step()
        assert event.kind is AnchorEventKind.WAITING
        assert reason.value in event.text
        assert begun(alarms) == ([Alarm.CANNOT_PAY] if reason is Refusal.INSUFFICIENT_FUNDS else [])
        pool.refuse = None
        client.step()
        pool.mine()
        assert kinds(client.step()) == ["seen", "final"]


def test_foreign_chain_code_and_log(embedded: Stage, tmp_path: Path) -> None:
    target = embedded.registered()
    wrong: list[tuple[object, type[Exception]]] = [
        (dataclasses.replace(target, chain_id=target.chain_id + 1), ForeignChainError),
        (dataclasses.replace(target, genesis_hash=bytes(32)), ForeignChainError),
        (dataclasses.replace(target, contract=OWNER.address), ForeignContractError),
        (dataclasses.replace(target, log_id=fresh_log_id()), UnknownLogError),
    ]
    for number, (pinned, error) in enumerate(wrong):
        with anchorer(embedded.engine, pinned, tmp_path / str(number)) as client, pytest.raises(error):  # type: ignore[arg-type]
            client.submit(1, oracle.root(0, 1), [])

    class Unset(Around):
        def identity(self) -> ChainIdentity:
            return dataclasses.replace(self.inner.identity(), chain_id=0)

    with anchorer(Unset(embedded.engine), target, tmp_path / "zero") as client, pytest.raises(ForeignChainError):
        client.step()


def test_the_endpoint_is_checked_again_after_a_failure(embedded: Stage, tmp_path: Path) -> None:
    target = embedded.registered()
    engine = Down(embedded.engine)
    with embedded_stage(tmp_path / "chain") as elsewhere, anchorer(engine, target, tmp_path) as client:
        assert client.step() == []
        engine.up = False
        give_up = client.pending()
        assert give_up == []
        with pytest.raises(EngineUnavailableError):
            client.submit(1, oracle.root(0, 1), [])
        engine.inner, engine.up = elsewhere.engine, True
        client._checked = False
        with pytest.raises(ForeignChainError):
            client.step()


def test_a_rotated_key_and_a_retired_log_stop_the_client(embedded: Stage, tmp_path: Path) -> None:
    rotated, retired = embedded.registered(), embedded.registered()
    with anchorer(embedded.engine, rotated, tmp_path / "rotated") as client:
        give(client, 4)
        setup.rotate(
            embedded.engine,
            OWNER,
            EMBEDDED,
            contract=embedded.contract,
            log_id=rotated.log_id,
            tx_key=STRANGER.address,
        )
        with pytest.raises(AnchorRefusedError, match="transaction key"):
            client.step()
    successor = fresh_log_id()
    with anchorer(embedded.engine, retired, tmp_path / "retired") as client:
        give(client, 4)
        for _ in range(2):
            opened = setup.succeed(
                embedded.engine,
                OWNER,
                EMBEDDED,
                contract=embedded.contract,
                old_log_id=retired.log_id,
                new_log_id=successor,
                tx_key=TX_KEY.address,
            )
        with pytest.raises(AnchorRefusedError, match="retired"):
            client.step()
    assert opened.log_id == successor
    with anchorer(embedded.engine, opened, tmp_path / "successor") as client:
        give(client, 1)
        assert kinds(client.step()) == ["sent", "seen", "final"]


def test_registering_twice_and_squatting(embedded: Stage) -> None:
    log_id = fresh_log_id()
    names = {"contract": embedded.contract, "log_id": log_id, "tx_key": TX_KEY.address}
    first = setup.register(embedded.engine, OWNER, EMBEDDED, **names)  # type: ignore[arg-type]
    assert setup.register(embedded.engine, OWNER, EMBEDDED, **names) == first  # type: ignore[arg-type]
    with pytest.raises(AnchorRefusedError, match="registered with owner"):
        setup.register(embedded.engine, STRANGER, EMBEDDED, **names)  # type: ignore[arg-type]


def test_one_process_one_lane_one_journal(embedded: Stage, tmp_path: Path) -> None:
    first, second = embedded.registered(), embedded.registered()
    with anchorer(embedded.engine, first, tmp_path):
        with pytest.raises(LaneTakenError):
            Anchorer(embedded.engine, TX_KEY, first, EMBEDDED, tmp_path / "journal.sqlite")
        with pytest.raises(LaneTakenError):
            Anchorer(embedded.engine, TX_KEY, second, EMBEDDED, tmp_path / "second.sqlite")
    with pytest.raises(JournalError, match="log_id"):
        Anchorer(embedded.engine, TX_KEY, second, EMBEDDED, tmp_path / "journal.sqlite")
    (tmp_path / "garbage.sqlite").write_bytes(b"not a database, though long enough to be taken for one " * 40)
    with pytest.raises(JournalError):
        Anchorer(embedded.engine, TX_KEY, first, EMBEDDED, tmp_path / "garbage.sqlite")
    with anchorer(embedded.engine, first, tmp_path) as client:
        assert client.step() == []


def test_many_heads_are_bounded_for_each_step(embedded: Stage, tmp_path: Path) -> None:
    target = embedded.registered()
    with anchorer(embedded.engine, target, tmp_path) as client:
        for size in range(1, 21):
            give(client, size)
        seen = [event for event in client.step() if event.kind is AnchorEventKind.SEEN]
        assert len(seen) == 16
        client.step()
        assert [anchor.size for anchor in client.history()] == list(range(1, 21))
    tail = read_anchors(embedded.engine, embedded.contract, target.log_id, after_sequence=15, span_blocks=3)
    assert [anchor.sequence for anchor in tail] == [16, 17, 18, 19, 20]
