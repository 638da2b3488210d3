"""What an operator does once: it is done when it is final, and can be run again."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path
from typing import Any

import pytest

from tally_chain.anchoring import setup, transacting
from tally_chain.anchoring.profile import ANVIL, EMBEDDED, PROFILES
from tally_chain.anchoring.reading import read_head
from tally_chain.anchoring.transacting import transact, without_waiting
from tally_chain.engine.interface import Block, BlockTag, Outcome
from tally_chain.errors import AnchorRefusedError, EngineUnavailableError, Refusal, SendRefusedError
from tally_edge.command import main
from tests.chain.anchoring.engines import Around
from tests.chain.anchoring.test_cli_chain import _deploying_key
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import OWNER, STRANGER, TX_KEY, Stage, fresh_log_id

DEEP = dataclasses.replace(EMBEDDED, finality=3)


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transacting, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(transacting, "TELL_EVERY_SECONDS", 0.0)


class Growing(Around):
    """A chain that grows by a block whenever its height is asked, up to `most` blocks more."""

    grown, most = 0, 10

    def block(self, which: int | BlockTag) -> Block | None:
        found: Block | None = self.inner.block(which)
        if which is not BlockTag.LATEST or found is None:
            return found
        self.grown = min(self.grown + 1, self.most)
        return dataclasses.replace(found, number=found.number + self.grown - 1)


def test_it_is_done_when_it_is_final(embedded: Stage, caplog: pytest.LogCaptureFixture) -> None:
    node: Any = Growing(embedded.engine)
    with caplog.at_level(logging.WARNING):
        contract = setup.deploy(node, STRANGER, DEEP)
    assert node.grown > DEEP.finality  # type: ignore[operator]
    assert embedded.engine.code(contract)
    assert "and is not final" in caplog.text
    setup.deploy(node, STRANGER, without_waiting(DEEP))


def test_what_is_not_final_in_time_is_told_with_the_contracts_address(embedded: Stage) -> None:
    node: Any = Growing(embedded.engine)
    node.most = 2
    impatient = dataclasses.replace(DEEP, setup_wait_seconds=1)
    with pytest.raises(EngineUnavailableError, match=r"is not final after 1 s.* the contract is at 0x") as caught:
        setup.deploy(node, STRANGER, impatient)
    assert embedded.engine.code(str(caught.value).rsplit(" ", 1)[1])


def test_chains_that_are_final_late_are_waited_for_longer() -> None:
    for profile in PROFILES.values():
        assert profile.setup_wait_seconds == 120 if profile.finality == 0 else profile.setup_wait_seconds >= 900


class Reorganising(Around):
    """An anvil that takes the chain back to a snapshot once its newest transaction was seen, and makes blocks."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.engine)
        self.stage, self.snapshot = stage, stage.rpc("evm_snapshot")
        self.sent: list[bytes] = []

    def send_raw_transaction(self, raw: bytes) -> bytes:
        self.sent.append(raw)
        answer: bytes = self.inner.send_raw_transaction(raw)
        return answer

    def outcome(self, tx_hash: bytes) -> Outcome | None:
        found: Outcome | None = self.inner.outcome(tx_hash)
        if found is not None and self.snapshot is not None:
            assert self.stage.rpc("evm_revert", self.snapshot) is True
            self.snapshot = None
        return found

    def block(self, which: int | BlockTag) -> Block | None:
        self.stage.rpc("evm_mine")
        found: Block | None = self.inner.block(which)
        return found


@pytest.mark.evm_node
def test_what_a_reorganisation_took_back_is_sent_again(anvil: Stage) -> None:
    node: Any = Reorganising(anvil)
    contract = setup.deploy(node, STRANGER, dataclasses.replace(ANVIL, finality=3))
    assert anvil.engine.code(contract)
    assert len(node.sent) == 2
    assert node.sent[0] == node.sent[1]


def test_a_refusal_of_what_was_sent_before_ends_nothing(embedded: Stage) -> None:
    """The node has it in its pool again by itself, and says so in words of its own."""

    class Forgetting(Growing):
        forgets = 2
        refusals = 0

        def outcome(self, tx_hash: bytes) -> Outcome | None:
            found: Outcome | None = self.inner.outcome(tx_hash)
            if found is not None and self.grown and self.forgets:
                self.forgets -= 1
                return None
            return found

        def send_raw_transaction(self, raw: bytes) -> bytes:
            if self.grown:
                self.refusals += 1
                raise SendRefusedError(Refusal.UNDERPRICED, "replacement transaction underpriced")
            answer: bytes = self.inner.send_raw_transaction(raw)
            return answer

    node: Any = Forgetting(embedded.engine)
    assert transact(node, STRANGER, DEEP, OWNER.address, b"").succeeded
    assert node.refusals >= 1


def test_the_first_refusal_is_told(embedded: Stage) -> None:
    class Refusing(Around):
        def send_raw_transaction(self, _: bytes) -> bytes:
            raise SendRefusedError(Refusal.INSUFFICIENT_FUNDS, "no coin")

    node: Any = Refusing(embedded.engine)
    with pytest.raises(SendRefusedError, match="no coin"):
        transact(node, STRANGER, EMBEDDED, OWNER.address, b"")


@pytest.mark.evm_node
def test_deploying_without_waiting(anvil: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, address = _deploying_key(tmp_path, monkeypatch)
    anvil.rpc("anvil_setBalance", address, hex(10**20))
    words = ["chain", "deploy", "log-anchor", "--endpoint", anvil.endpoint, "--profile", "geth-clique"]
    assert main([*words, "--key", str(key), "--no-wait"]) == 0


def test_a_succession_that_is_run_again_ends_with_the_key_that_was_asked_for(embedded: Stage) -> None:
    old, new = embedded.anchored(4), fresh_log_id()

    def succeed(tx_key: str, owner: Any = OWNER) -> None:
        names = {"contract": embedded.contract, "old_log_id": old, "new_log_id": new}
        setup.succeed(embedded.engine, owner, EMBEDDED, tx_key=tx_key, **names)

    succeed(TX_KEY.address)
    before = embedded.engine.nonce(OWNER.address)
    succeed(TX_KEY.address)
    assert embedded.engine.nonce(OWNER.address) == before
    succeed(STRANGER.address)
    assert read_head(embedded.engine, embedded.contract, new).tx_key == STRANGER.address
    embedded.send(STRANGER, "anchor", new, 9, oracle.root(0, 9), [])
    with pytest.raises(AnchorRefusedError, match=f"{STRANGER.address}, not with {TX_KEY.address}"):
        succeed(TX_KEY.address)
    with pytest.raises(AnchorRefusedError, match=f"owned by {OWNER.address}, not by {TX_KEY.address}"):
        succeed(STRANGER.address, TX_KEY)
    assert read_head(embedded.engine, embedded.contract, new).tx_key == STRANGER.address
