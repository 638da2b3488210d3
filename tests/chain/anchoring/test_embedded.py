"""The embedded chain as an Engine: refusals, readers, locks, block times, and that its rules do not drift."""

from __future__ import annotations

import dataclasses
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally_chain.anchoring import contract as abi
from tally_chain.anchoring import setup
from tally_chain.anchoring.keys import FeeOffer, LocalSigner, Transaction
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.engine.embedded import BLOCK_GAS_LIMIT, EmbeddedEngine
from tally_chain.engine.interface import BlockTag
from tally_chain.errors import CallRevertedError, EngineStoreError, Refusal, SendRefusedError
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import OWNER, STRANGER, TX_KEY, Stage, embedded_stage, signer

PLENTY = FeeOffer(dynamic=True, max_fee_wei=1000, priority_fee_wei=1)


def transaction(engine: EmbeddedEngine, key: LocalSigner = OWNER) -> Transaction:
    """A transfer of nothing that would be taken."""
    return Transaction(engine.identity().chain_id, engine.nonce(key.address), STRANGER.address, b"", 30_000, PLENTY)


def refusal(engine: EmbeddedEngine, wrong: Transaction, key: LocalSigner = OWNER) -> Refusal:
    before = engine.block(BlockTag.LATEST)
    with pytest.raises(SendRefusedError) as caught:
        engine.send_raw_transaction(key.sign(wrong).raw)
    assert engine.block(BlockTag.LATEST) == before
    return caught.value.reason


@pytest.fixture
def engine(embedded: Stage) -> EmbeddedEngine:
    assert isinstance(embedded.engine, EmbeddedEngine)
    return embedded.engine


def test_refusals_by_reason(engine: EmbeddedEngine) -> None:
    engine.send_raw_transaction(OWNER.sign(transaction(engine)).raw)
    good = transaction(engine)
    change = dataclasses.replace
    assert refusal(engine, change(good, chain_id=1)) is Refusal.INVALID
    assert refusal(engine, change(good, nonce=good.nonce + 1)) is Refusal.NONCE_TOO_HIGH
    assert refusal(engine, change(good, nonce=good.nonce - 1, gas=31_000)) is Refusal.NONCE_TOO_LOW
    assert (
        refusal(engine, change(good, fee=FeeOffer(dynamic=True, max_fee_wei=1, priority_fee_wei=1)))
        is Refusal.UNDERPRICED
    )
    assert refusal(engine, change(good, gas=BLOCK_GAS_LIMIT + 1)) is Refusal.INVALID
    assert refusal(engine, change(good, gas=20_000)) is not Refusal.ALREADY_KNOWN
    poor = signer("poor")
    assert refusal(engine, transaction(engine, poor), poor) is Refusal.INSUFFICIENT_FUNDS
    raw = OWNER.sign(good).raw
    engine.send_raw_transaction(raw)
    with pytest.raises(SendRefusedError) as caught:
        engine.send_raw_transaction(raw)
    assert caught.value.reason is Refusal.ALREADY_KNOWN


def test_plain_gas_price_is_taken_too(engine: EmbeddedEngine) -> None:
    plain = dataclasses.replace(transaction(engine), fee=FeeOffer(dynamic=False, max_fee_wei=50, priority_fee_wei=50))
    outcome = engine.outcome(engine.send_raw_transaction(OWNER.sign(plain).raw))
    assert outcome is not None
    assert outcome.succeeded


@settings(max_examples=60, deadline=None)
@given(raw=st.binary(max_size=200))
def test_bytes_that_are_no_transaction(embedded: Stage, raw: bytes) -> None:
    with pytest.raises(SendRefusedError):
        embedded.engine.send_raw_transaction(raw)


@settings(max_examples=40, deadline=None)
@given(place=st.integers(0, 10_000), value=st.integers(1, 255))
def test_a_changed_transaction_is_never_the_owners(embedded: Stage, place: int, value: int) -> None:
    """A flipped byte may leave a valid signature of somebody else, who has no money."""
    before = embedded.engine.nonce(OWNER.address)
    raw = bytearray(OWNER.sign(transaction(embedded.engine)).raw)  # type: ignore[arg-type]
    raw[place % len(raw)] ^= value
    with pytest.raises(SendRefusedError):
        embedded.engine.send_raw_transaction(bytes(raw))
    assert embedded.engine.nonce(OWNER.address) == before


def test_a_failed_transaction_is_in_a_block_and_says_so(embedded: Stage, engine: EmbeddedEngine) -> None:
    log_id = embedded.anchored(4)
    data = abi.anchor_call(log_id, 5, oracle.root(0, 6), oracle.proof(4, 5))
    with pytest.raises(CallRevertedError) as caught:
        engine.estimate_gas(TX_KEY.address, embedded.contract, data)
    assert abi.explain_revert(caught.value.data).startswith("LogAnchorInconsistent(")
    sent = dataclasses.replace(transaction(engine, TX_KEY), to=embedded.contract, data=data, gas=200_000)
    outcome = engine.outcome(engine.send_raw_transaction(TX_KEY.sign(sent).raw))
    assert outcome is not None
    assert (outcome.succeeded, outcome.events) == (False, ())


def test_an_estimate_is_enough_and_not_much_more(embedded: Stage, engine: EmbeddedEngine) -> None:
    log_id = embedded.anchored(1000)
    data = abi.anchor_call(log_id, 5000, oracle.root(0, 5000), oracle.proof(1000, 5000))
    estimate = engine.estimate_gas(TX_KEY.address, embedded.contract, data)
    sent = dataclasses.replace(transaction(engine, TX_KEY), to=embedded.contract, data=data, gas=estimate)
    outcome = engine.outcome(engine.send_raw_transaction(TX_KEY.sign(sent).raw))
    assert outcome is not None
    assert outcome.succeeded
    assert outcome.gas_used <= estimate <= outcome.gas_used * 11 // 10


def test_unknown_things(engine: EmbeddedEngine) -> None:
    assert engine.outcome(bytes(32)) is None
    assert engine.block(10**9) is None
    assert engine.code(OWNER.address) == b""
    assert engine.call(OWNER.address, b"") == b""
    assert engine.balance(signer("poor").address) == 0


def test_readers_see_whole_blocks_beside_a_writer(tmp_path: Path) -> None:
    with embedded_stage(tmp_path / "chain") as stage:
        reader = EmbeddedEngine.open_reader(tmp_path / "chain")
        try:
            log_id = stage.anchored(7)
            assert reader.block(BlockTag.LATEST) == stage.engine.block(BlockTag.FINALIZED)
            assert reader.identity() == stage.engine.identity()
            assert abi.decode_head(log_id, reader.call(stage.contract, abi.call_data("head", log_id))).size == 7
            with pytest.raises(SendRefusedError):
                reader.send_raw_transaction(b"")
            with pytest.raises(EngineStoreError, match="another process"):
                EmbeddedEngine.open(tmp_path / "chain")
        finally:
            reader.close()
    again = EmbeddedEngine.open(tmp_path / "chain")
    again.close()


def test_chains_are_made_once_and_opened_where_they_are(tmp_path: Path) -> None:
    EmbeddedEngine.create(tmp_path / "chain", [OWNER.address]).close()
    other = EmbeddedEngine.create(tmp_path / "other", {OWNER.address: 5})
    assert (other.balance(OWNER.address), other.balance(STRANGER.address)) == (5, 0)
    first = EmbeddedEngine.open(tmp_path / "chain")
    assert first.identity().genesis_hash != other.identity().genesis_hash
    first.close()
    other.close()
    with pytest.raises(EngineStoreError, match="holds a chain already"):
        EmbeddedEngine.create(tmp_path / "chain", [OWNER.address])
    for opening in (EmbeddedEngine.open, EmbeddedEngine.open_reader):
        with pytest.raises(EngineStoreError, match="no embedded chain"):
            opening(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(EngineStoreError, match="no embedded chain"):
        EmbeddedEngine.open(tmp_path / "empty")


def test_a_failed_creation_can_be_repeated(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="hex"):
        EmbeddedEngine.create(tmp_path / "chain", ["0xnot an address"])
    EmbeddedEngine.create(tmp_path / "chain", [OWNER.address]).close()


def test_another_genesis_is_noticed(tmp_path: Path) -> None:
    EmbeddedEngine.create(tmp_path / "chain", [OWNER.address]).close()
    db = sqlite3.connect(tmp_path / "chain" / "chain.sqlite")
    db.execute("UPDATE meta SET v = ? WHERE k = 'genesis_hash'", ("00" * 32,))
    db.commit()
    db.close()
    engine = EmbeddedEngine.open(tmp_path / "chain")
    with pytest.raises(EngineStoreError, match="genesis"):
        engine.identity()
    engine.close()


def test_block_times_follow_the_clock_and_never_go_back(tmp_path: Path) -> None:
    now = 1_800_000_000
    engine = EmbeddedEngine.create(tmp_path / "chain", [OWNER.address], clock=lambda: now)
    times = []
    try:
        for step in (0, 100, -5_000, 0, 6_000):
            now += step
            engine.send_raw_transaction(OWNER.sign(transaction(engine)).raw)
            block = engine.block(BlockTag.LATEST)
            assert block is not None
            times.append(block.time_seconds - 1_800_000_000)
    finally:
        engine.close()
    assert times == [1, 100, 101, 102, 1100]


def test_the_rules_do_not_drift(tmp_path: Path) -> None:
    with embedded_stage(tmp_path / "chain") as stage:
        before = stage.engine.fees()
        for _ in range(30):
            stage.registered()
        assert stage.engine.fees() == before
        heavy = dataclasses.replace(transaction(stage.engine), gas=BLOCK_GAS_LIMIT)  # type: ignore[arg-type]
        assert stage.engine.outcome(stage.engine.send_raw_transaction(OWNER.sign(heavy).raw)) is not None


@pytest.mark.parametrize("start", [1_000_000_000, 4_000_000_000])
def test_a_simulation_sees_the_time_that_the_next_block_would_have(tmp_path: Path, start: int) -> None:
    """A contract that answers block.timestamp; the chain stands still while its clock goes on."""
    answers_time = bytes.fromhex("42600052602060" + "00f3")
    creation = bytes.fromhex(f"68{answers_time.hex()}60005260096017f3")
    now = [start]
    engine = EmbeddedEngine.create(tmp_path / "chain", [OWNER.address], clock=lambda: now[0])
    try:
        made = setup.transact(engine, OWNER, EMBEDDED, None, creation)
        assert made.contract_address is not None
        for passed in (1, 172_800):
            now[0] = start + passed + 5
            assert int.from_bytes(engine.call(made.contract_address, b""), "big") == now[0]
        now[0] = 0
        newest = engine.block(BlockTag.LATEST)
        assert newest is not None
        assert int.from_bytes(engine.call(made.contract_address, b""), "big") == newest.time_seconds + 1
    finally:
        engine.close()
