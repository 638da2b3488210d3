"""One transaction by the operator's hand: simulated, signed, sent, and waited for until its block is final.

What was sent may be lost, and a block that held it taken back: then the same bytes are sent again, never others.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from typing import Final

from tally_chain.anchoring import contract as abi
from tally_chain.anchoring.fees import OverCap, offer
from tally_chain.anchoring.keys import SignedTransaction, Transaction, TransactionSigner
from tally_chain.anchoring.profile import ChainProfile, final_block_number
from tally_chain.anchoring.reading import check_chain_id
from tally_chain.engine.interface import Engine, Outcome
from tally_chain.errors import (
    AnchorRefusedError,
    CallRevertedError,
    EndpointsDisagreeError,
    EngineAnswerError,
    EngineUnavailableError,
    Refusal,
    SendRefusedError,
)

POLL_SECONDS: Final = 0.2
# Where minutes pass, a node need not be asked five times a second.
SLOWEST_POLL_SECONDS: Final = 5.0
TELL_EVERY_SECONDS: Final = 15.0
# A warning, so that whoever started this sees it though nobody set up logging; anything faster is not told.
_LOG = logging.getLogger(__name__)

_NO_ANSWER = (EngineUnavailableError, EngineAnswerError, EndpointsDisagreeError)


def without_waiting(profile: ChainProfile) -> ChainProfile:
    """The same chain, where the first block that holds something is believed: it may be taken back."""
    return dataclasses.replace(profile, finality=0)


def transact(
    engine: Engine,
    signer: TransactionSigner,
    profile: ChainProfile,
    to: str | None,
    data: bytes,
    *,
    wait_seconds: float | None = None,
) -> Outcome:
    """Returns when the block that holds the transaction is final by the profile, whatever answers are lost meanwhile.

    Raises AnchorRefusedError with the contract's reason when it fails, EngineUnavailableError when it is not final in
    time (default: the profile's; it may still become so), and ForeignChainError for a chain whose id is 0.
    """
    identity = engine.identity()
    check_chain_id(identity)
    try:
        estimate = engine.estimate_gas(signer.address, to, data)
    except CallRevertedError as error:
        raise AnchorRefusedError(abi.explain_revert(error.data) if error.data else str(error)) from error
    fee = offer(engine.fees(), profile)
    if isinstance(fee, OverCap):
        raise AnchorRefusedError(fee.text)
    gas = estimate * (100 + profile.gas_margin_percent) // 100
    signed = signer.sign(Transaction(identity.chain_id, engine.nonce(signer.address), to, data, gas, fee))
    return _Wait(engine, profile, signed, profile.setup_wait_seconds if wait_seconds is None else wait_seconds).run()


class _Wait:
    """One signed transaction on its way."""

    def __init__(self, engine: Engine, profile: ChainProfile, signed: SignedTransaction, seconds: float) -> None:
        self._engine, self._profile, self._signed, self._seconds = engine, profile, signed, seconds
        self._began = time.monotonic()
        self._told_at = self._began
        self._taken_at: float | None = None
        self._sent_before = False
        self._held: Outcome | None = None
        """Where it was when a block held it last."""

    def run(self) -> Outcome:
        while True:
            self._send_when_due()
            outcome = _outcome(self._engine, self._signed.tx_hash)
            if outcome is not None and not outcome.succeeded:
                text = f"transaction 0x{outcome.tx_hash.hex()} failed in block {outcome.block_number}"
                raise AnchorRefusedError(text)
            if outcome is not None and self._is_final(outcome):
                return outcome
            if self._held is not None and outcome is None:
                _LOG.warning("block %d no longer holds the transaction; it is sent again", self._held.block_number)
                self._taken_at = None
            self._held = outcome
            waited = time.monotonic() - self._began
            if waited >= self._seconds:
                raise EngineUnavailableError(self._too_late())
            self._tell(waited)
            time.sleep(min(SLOWEST_POLL_SECONDS, POLL_SECONDS + waited / 20, self._seconds))

    def _send_when_due(self) -> None:
        """The first time, and again while no block holds it. A lost answer is no reason to sign another one."""
        now = time.monotonic()
        again = max(self._profile.rebroadcast_after_seconds, TELL_EVERY_SECONDS)
        if self._taken_at is not None and (self._held is not None or now - self._taken_at < again):
            return
        try:
            self._engine.send_raw_transaction(self._signed.raw)
        except SendRefusedError as error:
            known = error.reason in (Refusal.ALREADY_KNOWN, Refusal.NONCE_TOO_LOW)
            if not known and not self._sent_before:
                raise
        except (EngineUnavailableError, EngineAnswerError):
            return
        self._taken_at, self._sent_before = now, True

    def _is_final(self, outcome: Outcome) -> bool:
        """By two answers, the block still the same, and still with this transaction in it."""
        if self._profile.finality == 0:
            return True
        try:
            final = min(final_block_number(self._engine, self._profile) for _ in range(2))
            block = self._engine.block(outcome.block_number) if final >= outcome.block_number else None
            if block is None or block.hash != outcome.block_hash:
                return False
            return self._engine.outcome(outcome.tx_hash) == outcome
        except _NO_ANSWER:
            return False

    def _tell(self, waited: float) -> None:
        now = time.monotonic()
        if now - self._told_at >= TELL_EVERY_SECONDS:
            self._told_at = now
            _LOG.warning("%s after %.0f s; waiting up to %.0f s", self._standing(), waited, self._seconds)

    def _standing(self) -> str:
        name = f"transaction 0x{self._signed.tx_hash.hex()}"
        if self._held is None:
            return f"no block holds {name}"
        return f"block {self._held.block_number} holds {name}, and is not final"

    def _too_late(self) -> str:
        text = f"{self._standing()} after {self._seconds:g} s; it may still come to that"
        if self._held is not None and self._held.contract_address is not None:
            text += f", and then the contract is at {self._held.contract_address}"
        return text


def _outcome(engine: Engine, tx_hash: bytes) -> Outcome | None:
    try:
        return engine.outcome(tx_hash)
    except _NO_ANSWER:
        return None
