"""Against a real node (anvil): its own words for refusals, waiting, replacement, and a chain that is taken back."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tally_chain.anchoring.client import Anchorer
from tally_chain.anchoring.events import AnchorEvent
from tally_chain.anchoring.keys import FeeOffer, Transaction
from tally_chain.anchoring.profile import ANVIL
from tally_chain.engine.interface import BlockTag
from tally_chain.errors import CallRevertedError, Refusal, SendRefusedError
from tests.chain.anchoring.engines import Clock, anchorer
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import OWNER, STRANGER, TX_KEY, Stage, signer

pytestmark = pytest.mark.evm_node
OFFER = FeeOffer(dynamic=True, max_fee_wei=10**11, priority_fee_wei=10**9)


@pytest.fixture
def by_hand(anvil: Stage) -> Iterator[Stage]:
    """Blocks only when the test says so."""
    anvil.rpc("evm_setAutomine", False)
    try:
        yield anvil
    finally:
        anvil.rpc("evm_mine")
        anvil.rpc("evm_setAutomine", True)


def kinds(events: list[AnchorEvent]) -> list[str]:
    return [event.kind.value for event in events]


def transfer(stage: Stage, nonce: int, offer: FeeOffer = OFFER) -> bytes:
    chain_id = stage.engine.identity().chain_id
    return OWNER.sign(Transaction(chain_id, nonce, STRANGER.address, b"", 30_000, offer)).raw


def reason(stage: Stage, raw: bytes) -> Refusal:
    with pytest.raises(SendRefusedError) as caught:
        stage.engine.send_raw_transaction(raw)
    return caught.value.reason


def until(client: Anchorer, wanted: str) -> list[str]:
    """Steps until an event comes: anvil may know a transaction a moment before it knows its outcome."""
    found: list[str] = []
    deadline = time.monotonic() + 60
    while wanted not in found:
        assert time.monotonic() < deadline, found
        found += kinds(client.step())
        time.sleep(0.02)
    return found


def test_the_nodes_refusals_are_understood(by_hand: Stage) -> None:
    nonce = by_hand.engine.nonce(OWNER.address)
    raw = transfer(by_hand, nonce)
    by_hand.engine.send_raw_transaction(raw)
    assert reason(by_hand, raw) in (Refusal.ALREADY_KNOWN, Refusal.UNDERPRICED)
    by_hand.rpc("evm_mine")
    assert reason(by_hand, raw) is Refusal.NONCE_TOO_LOW
    cheap = FeeOffer(dynamic=True, max_fee_wei=1, priority_fee_wei=1)
    assert reason(by_hand, transfer(by_hand, nonce + 1, cheap)) is Refusal.UNDERPRICED
    poor = signer("poor")
    chain_id = by_hand.engine.identity().chain_id
    broke = poor.sign(Transaction(chain_id, 0, STRANGER.address, b"", 30_000, OFFER)).raw
    assert reason(by_hand, broke) is Refusal.INSUFFICIENT_FUNDS
    foreign = OWNER.sign(Transaction(chain_id + 1, nonce + 1, STRANGER.address, b"", 30_000, OFFER)).raw
    assert reason(by_hand, foreign) is Refusal.INVALID
    assert reason(by_hand, b"\x02garbage") is Refusal.INVALID


def test_a_waiting_transaction_has_no_outcome(by_hand: Stage, tmp_path: Path) -> None:
    clock = Clock()
    target = None
    by_hand.rpc("evm_setAutomine", True)
    target = by_hand.registered()
    by_hand.rpc("evm_setAutomine", False)
    with anchorer(by_hand.engine, target, tmp_path, ANVIL, clock) as client:
        client.submit(4, oracle.root(0, 4), [])
        assert kinds(client.step()) == ["sent"]
        assert kinds(client.step()) == []
        clock.now += 5
        assert kinds(client.step()) == ["sent"]
        clock.now += 30
        assert kinds(client.step()) == ["sent"]
        by_hand.rpc("evm_mine")
        assert until(client, "final") == ["seen", "final"]
        assert [anchor.size for anchor in client.history()] == [4]


def test_a_chain_that_is_taken_back(anvil: Stage, tmp_path: Path) -> None:
    target = anvil.registered()
    deep = dataclasses.replace(ANVIL, finality=3, rebroadcast_after_seconds=0)
    with anchorer(anvil.engine, target, tmp_path, deep) as client:
        client.submit(4, oracle.root(0, 4), [])
        assert until(client, "seen")[-1] == "seen"
        snapshot = anvil.rpc("evm_snapshot")
        client.submit(9, oracle.root(0, 9), oracle.proof(4, 9))
        assert until(client, "seen")[-1] == "seen"
        assert anvil.rpc("evm_revert", snapshot) is True
        anvil.rpc("evm_mine")
        assert "reorganised" in until(client, "seen")
        for _ in range(3):
            anvil.rpc("evm_mine")
        found = until(client, "final")
        while client.pending():
            found += kinds(client.step())
        assert found.count("final") == 2
        assert [anchor.size for anchor in client.history()] == [4, 9]


def test_tags_calls_and_reverts(anvil: Stage) -> None:
    latest = anvil.engine.block(BlockTag.LATEST)
    assert latest is not None
    assert anvil.engine.block(latest.number) == latest
    assert anvil.engine.block(latest.number + 10**6) is None
    assert anvil.engine.block(BlockTag.FINALIZED) is not None
    assert anvil.engine.outcome(bytes(32)) is None
    with pytest.raises(CallRevertedError):
        anvil.engine.estimate_gas(OWNER.address, anvil.contract, b"\x01\x02\x03\x04")
    assert anvil.engine.identity().kind.startswith("anvil/")
    assert anvil.engine.balance(TX_KEY.address) > 0
