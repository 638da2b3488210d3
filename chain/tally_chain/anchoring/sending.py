"""Transactions for a head: simulated, signed, stored, and only then sent; sent again, or outbid, as the chain allows.

Of several transactions of one nonce at most one is ever in a block, so each new one is made at the nonce that the chain
uses next, and every hash is kept. A transaction that no node will take (its fee is too low by now, its gas was made up
by a lying node) is replaced by a fresh one of the same nonce, which outbids whatever of that nonce may wait.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tally_chain.anchoring import contract as abi
from tally_chain.anchoring.alarms import Alarm
from tally_chain.anchoring.events import AnchorEvent, AnchorEventKind
from tally_chain.anchoring.fees import OverCap, highest, offer
from tally_chain.anchoring.journal import Attempt, Journal, JournalHead
from tally_chain.anchoring.keys import Transaction, TransactionSigner
from tally_chain.anchoring.profile import ChainProfile
from tally_chain.anchoring.reading import AnchorTarget
from tally_chain.engine.interface import Engine
from tally_chain.errors import (
    CallRevertedError,
    EngineAnswerError,
    Refusal,
    SendRefusedError,
    SignerError,
)

# Below this no transaction runs at all; an estimate of less is a lie.
LEAST_GAS = 21_000
# At 15 % each, this many go from a tenth of a gwei to beyond every cap.
MAX_ATTEMPTS_OF_NONCE = 64

_UNFIT = (Refusal.INVALID, Refusal.UNDERPRICED, Refusal.INSUFFICIENT_FUNDS)
_ALARMS = {
    Refusal.INSUFFICIENT_FUNDS: Alarm.CANNOT_PAY,
    Refusal.UNDERPRICED: Alarm.FEE_TOO_HIGH,
    Refusal.NOT_PERMITTED: Alarm.NOT_PERMITTED,
}


@dataclass(frozen=True)
class Sent:
    """What came of sending: an event, or nothing yet; and the transaction whose outcome may be there already."""

    event: AnchorEvent | None
    attempt: Attempt | None = None


class Sender:
    """See the module's text. Not thread-safe."""

    def __init__(
        self,
        engine: Engine,
        signer: TransactionSigner,
        target: AnchorTarget,
        profile: ChainProfile,
        *,
        journal: Journal,
        clock: Callable[[], int],
    ) -> None:
        self._engine, self._signer, self._target = engine, signer, target
        self._profile, self._journal, self._clock = profile, journal, clock
        self._unfit: dict[bytes, Refusal] = {}

    def estimate(self, head: JournalHead) -> int:
        """Gas for the head's transaction. Raises CallRevertedError, and EngineAnswerError for what can not be."""
        estimate = self._engine.estimate_gas(self._signer.address, self._target.contract, self._data(head))
        if not LEAST_GAS <= estimate <= self._profile.most_gas:
            raise EngineAnswerError(f"an anchor can not need {estimate} gas")
        return estimate * (100 + self._profile.gas_margin_percent) // 100

    def start(self, head: JournalHead, nonce: int, gas: int) -> Sent:
        """A first transaction at this nonce."""
        return self._sign_and_send(head, nonce, gas, [])

    def push(self, head: JournalHead, attempts: Sequence[Attempt]) -> Sent:
        """Transactions of the nonce that is next: send the last again, outbid it, or make a fresh one."""
        last, now, profile = attempts[-1], self._clock(), self._profile
        if last.tx_hash in self._unfit and now - last.made_at >= profile.rebroadcast_after_seconds:
            try:
                return self._sign_and_send(head, last.nonce, self.estimate(head), attempts)
            except CallRevertedError as error:
                return _waits(head, str(error))
        if (
            profile.replace_percent
            and last.sent_at is not None
            and now - last.made_at >= profile.replace_after_seconds
            and len(attempts) < MAX_ATTEMPTS_OF_NONCE
        ):
            return self._sign_and_send(head, last.nonce, self._gas_to_outbid(head, last), attempts)
        return self._send_when_due(head, last)

    def _gas_to_outbid(self, head: JournalHead, last: Attempt) -> int:
        """The larger of what was estimated then and now.

        Some nodes simulate on top of their waiting transactions, where this very head is anchored already and the cheap
        answer to a repetition is all that is left to pay for. And what was estimated then may have been a lie, too
        little for any block to take.
        """
        try:
            return max(last.gas, self.estimate(head))
        except CallRevertedError:
            return last.gas

    def _may_wait(self, attempt: Attempt) -> bool:
        """Whether it, or another that is dearer, may wait in a pool: a node took it, or found it too cheap."""
        return attempt.sent_at is not None or self._unfit.get(attempt.tx_hash) is Refusal.UNDERPRICED

    def _sign_and_send(self, head: JournalHead, nonce: int, gas: int, known: Sequence[Attempt]) -> Sent:
        """Signs and sends a transaction that outbids all of `known`, those of this nonce, that may wait."""
        waiting = [attempt for attempt in known if self._may_wait(attempt)]
        fee = offer(self._engine.fees(), self._profile, highest(attempt.fee for attempt in waiting))
        if isinstance(fee, OverCap):
            sent = self._send_when_due(head, waiting[-1]).attempt if waiting else None
            return Sent(_waits(head, fee.text, Alarm.FEE_TOO_HIGH).event, sent)
        contract, data = self._target.contract, self._data(head)
        try:
            signed = self._signer.sign(Transaction(self._target.chain_id, nonce, contract, data, gas, fee))
        except SignerError as error:
            return _waits(head, str(error), Alarm.SIGNER_FAILS)
        for attempt in known:
            if attempt.tx_hash == signed.tx_hash:
                return self._send_when_due(head, attempt)  # nothing has changed since it was refused
        attempt = Attempt(signed.tx_hash, nonce, signed.raw, gas, fee.max_fee_wei, self._clock(), None)
        if len(known) >= MAX_ATTEMPTS_OF_NONCE:
            return self._send_when_due(head, known[-1])
        self._journal.add_attempt(head, attempt)
        return self._send(head, attempt)

    def _send_when_due(self, head: JournalHead, attempt: Attempt) -> Sent:
        waited = self._profile.rebroadcast_after_seconds
        due = attempt.sent_at is None or self._clock() - attempt.sent_at >= waited
        return self._send(head, attempt) if due else Sent(None)

    def _send(self, head: JournalHead, attempt: Attempt) -> Sent:
        try:
            answered = self._engine.send_raw_transaction(attempt.raw)
        except SendRefusedError as error:
            if error.reason not in (Refusal.ALREADY_KNOWN, Refusal.NONCE_TOO_LOW) and not (
                error.reason is Refusal.UNDERPRICED and attempt.sent_at is not None
            ):
                if error.reason in _UNFIT:
                    self._unfit[attempt.tx_hash] = error.reason
                return _waits(head, str(error), _ALARMS.get(error.reason))
        else:
            if answered != attempt.tx_hash:
                raise EngineAnswerError("the node answers with the hash of another transaction")
        self._unfit.pop(attempt.tx_hash, None)
        self._journal.mark_sent(head, attempt, self._clock())
        text = f"transaction 0x{attempt.tx_hash.hex()}"
        return Sent(AnchorEvent(AnchorEventKind.SENT, head.size, head.root, text), attempt)

    def _data(self, head: JournalHead) -> bytes:
        return abi.anchor_call(self._target.log_id, head.size, head.root, head.proof)


def _waits(head: JournalHead, text: str, alarm: Alarm | None = None) -> Sent:
    return Sent(AnchorEvent(AnchorEventKind.WAITING, head.size, head.root, text, alarm=alarm))
