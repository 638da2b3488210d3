"""The anchoring client: takes heads durably and brings them to the contract, whatever fails on the way.

For each head, in order of submission:

1. `submit` stores it (state built). From here on it survives any crash.
2. The contract's head is read first. If this head is there already, an earlier life of this process did it: go to 6.
3. The transaction is simulated, signed, and stored with its hash (signed) before anything is sent.
4. The stored bytes are sent (sent). Whatever the node answers, only the chain's word counts: every hash that was ever
   signed for the head is asked for. Without an answer the same bytes are sent again; after long silence, where the
   chain knows replacement, a better paid one of the same nonce is signed, stored, and sent.
5. A new nonce is used only when the chain has used up all nonces signed so far and none of their hashes did the work.
   Sending twice is harmless: the contract takes the same head again without a change.
6. The transaction succeeded and its event names this log, size and root: seen. Next head.
7. The block is final by the chain's profile and still the same block: final. If it was replaced: back to sent.

Nothing here waits: `step` does what can be done now and returns.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tally_chain.anchoring import contract as abi
from tally_chain.anchoring.contract import AnchoredHead
from tally_chain.anchoring.journal import (
    HASH_BYTES,
    MAX_PROOF_HASHES,
    MAX_SIZE,
    OPEN_STATES,
    Attempt,
    HeadState,
    Journal,
    JournalHead,
    NonceLane,
)
from tally_chain.anchoring.keys import FeeOffer, Transaction, TransactionSigner
from tally_chain.anchoring.profile import ChainProfile, final_block_number
from tally_chain.anchoring.reading import Anchor, AnchorTarget, check_chain, check_code, read_anchors, read_head
from tally_chain.engine.interface import Engine, Fees, Outcome
from tally_chain.errors import (
    AnchorHistoryError,
    AnchorRefusedError,
    CallRevertedError,
    EngineError,
    EngineStoreError,
    EngineUnavailableError,
    Refusal,
    SendRefusedError,
)

# A step never holds its caller longer than it takes to bring this many heads one state further.
MAX_HEADS_PER_STEP = 16
# A head whose transactions were mined and failed this often, though every simulation passed, needs a person.
MAX_ATTEMPTS = 20


class AnchorEventKind(enum.Enum):
    """What happened to a head, or to the client."""

    SENT = "sent"
    SEEN = "seen"
    FINAL = "final"
    REORGANISED = "reorganised"
    REFUSED = "refused"
    SUPERSEDED = "superseded"
    WAITING = "waiting"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class AnchorEvent:
    """One thing that `step` did or found. Size and root are zero and empty for `unavailable`."""

    kind: AnchorEventKind
    size: int
    root: bytes
    text: str
    anchor: Anchor | None = None


def _wall_clock() -> int:
    return int(time.time())


class Anchorer:
    """Brings the heads of one log to one contract with one key. Not thread-safe; one task owns it.

    Raises LaneTakenError when another process has the journal or the key, JournalError when the journal belongs to
    another target. `lane_directory` is shared by everything on this machine that uses the key (default: the journal's
    folder).
    """

    def __init__(
        self,
        engine: Engine,
        signer: TransactionSigner,
        target: AnchorTarget,
        profile: ChainProfile,
        journal: Path,
        *,
        lane_directory: Path | None = None,
        clock: Callable[[], int] = _wall_clock,
    ) -> None:
        self._engine = engine
        self._signer = signer
        self._target = target
        self._profile = profile
        self._clock = clock
        self._checked = False
        self._lane = NonceLane(lane_directory or journal.parent, signer.address)
        try:
            self._journal = Journal(journal, target)
        except BaseException:
            self._lane.close()
            raise

    def submit(self, size: int, root: bytes, consistency_proof: Sequence[bytes]) -> None:
        """Takes a head durably. The proof starts from `base_size()` and is empty when that is 0.

        Submitting the newest head again changes nothing. Raises AnchorRefusedError for a head that can never be
        accepted, and EngineUnavailableError when the base is unknown because the journal is empty and the chain does
        not answer.
        """
        if len(root) != HASH_BYTES or any(len(item) != HASH_BYTES for item in consistency_proof):
            raise AnchorRefusedError(f"root and proof hashes have {HASH_BYTES} bytes")
        if not 0 < size <= MAX_SIZE or len(consistency_proof) > MAX_PROOF_HASHES:
            raise AnchorRefusedError(
                f"no head of size {size} with {len(consistency_proof)} proof hashes can be anchored"
            )
        newest = self._journal.newest()
        if newest is not None and (newest.size, newest.root) == (size, root):
            return
        base = self.base_size()
        if size <= base:
            raise AnchorRefusedError(f"size {size} does not exceed {base}, which is anchored or on its way")
        self._journal.add(base, size, root, consistency_proof)

    def base_size(self) -> int:
        """Where the next submitted proof must start: the newest head on its way, else the anchored one."""
        newest = self._journal.newest()
        if newest is not None and newest.state not in (HeadState.FINAL, HeadState.SUPERSEDED):
            return newest.size
        try:
            anchored = self.head()
        except EngineUnavailableError:
            if newest is None or newest.state is HeadState.SUPERSEDED:
                raise
            return newest.size  # nothing but this journal's key moves the head; if it moved, `step` refuses and says so
        return anchored.size if anchored is not None else 0

    def head(self) -> AnchoredHead | None:
        """What the contract holds now, on a chain whose identity was checked; None before the first anchor."""
        self._check()
        head = read_head(self._engine, self._target.contract, self._target.log_id)
        return head if head.size else None

    def history(self) -> list[Anchor]:
        """Every anchored head, oldest first, proven complete; see reading.read_anchors."""
        self._check()
        return self._anchors_after(0)

    def pending(self) -> list[JournalHead]:
        """Heads that are not final yet, oldest first."""
        return self._journal.in_states(*OPEN_STATES, HeadState.SEEN)

    def step(self) -> list[AnchorEvent]:
        """Advances everything that can be advanced now, and tells what happened.

        An engine that does not answer is an event, not an exception. Raises ForeignChainError, ForeignContractError,
        UnknownLogError and AnchorRefusedError when it makes no sense to go on: another chain or contract, a retired
        log, a rotated key.
        """
        events: list[AnchorEvent] = []
        try:
            self._check()
            events += self._check_seen()
            for head in self._journal.in_states(*OPEN_STATES)[:MAX_HEADS_PER_STEP]:
                found = self._advance(head)
                events += found
                if not found or found[-1].kind in (AnchorEventKind.SENT, AnchorEventKind.WAITING):
                    break
            if any(event.kind is AnchorEventKind.SEEN for event in events):
                events += self._check_seen()
        except EngineStoreError:
            raise
        except (EngineError, AnchorHistoryError) as error:
            self._checked = False
            events.append(AnchorEvent(AnchorEventKind.UNAVAILABLE, 0, b"", str(error)))
        return events

    def close(self) -> None:
        """Gives back the journal and the lane; the engine belongs to the caller."""
        self._journal.close()
        self._lane.close()

    def _check(self) -> None:
        """Identity of chain and contract, at the first use and after every failure of the engine."""
        if self._checked:
            return
        check_chain(self._engine.identity(), self._target)
        check_code(self._engine, self._target.contract)
        self._checked = True

    def _check_seen(self) -> list[AnchorEvent]:
        """Step 7, oldest first."""
        seen = self._journal.in_states(HeadState.SEEN)
        if not seen:
            return []
        events: list[AnchorEvent] = []
        final = final_block_number(self._engine, self._profile)
        for head in seen:
            anchor = head.anchor
            assert anchor is not None  # noqa: S101  a seen head has its block, by mark_seen
            block = self._engine.block(anchor.block_number)
            if block is None or block.hash != anchor.block_hash:
                self._journal.mark_reorganised(head)
                events.append(_event(AnchorEventKind.REORGANISED, head, f"block {anchor.block_number} was replaced"))
            elif anchor.block_number <= final:
                self._journal.mark_end(head, HeadState.FINAL)
                events.append(_event(AnchorEventKind.FINAL, head, f"final in block {anchor.block_number}", anchor))
        return events

    def _advance(self, head: JournalHead) -> list[AnchorEvent]:
        """Brings one open head as far as it goes now; no event means that it waits for the chain."""
        attempts = self._journal.attempts(head)
        for attempt in attempts:
            anchor = self._anchor_of(head, self._engine.outcome(attempt.tx_hash))
            if anchor is not None:
                return [self._seen(head, anchor)]
        used = self._engine.nonce(self._signer.address)
        alive = [attempt for attempt in attempts if attempt.nonce >= used]
        if alive:
            return self._push(head, alive[-1])
        return self._start(head, attempts, used)

    def _anchor_of(self, head: JournalHead, outcome: Outcome | None) -> Anchor | None:
        """Step 6: the anchor that a mined transaction made, if it is this head's and its block stands."""
        if outcome is None or not outcome.succeeded:
            return None
        for event in outcome.events:
            if event.address != self._target.contract or event.topics[:1] != (abi.ANCHORED_TOPIC,):
                continue
            found = abi.decode_anchored(event)
            if (found.log_id, found.size, found.root) != (self._target.log_id, head.size, head.root):
                continue
            block = self._engine.block(outcome.block_number)
            if block is None or block.hash != outcome.block_hash:
                return None
            place = (block.number, block.hash, block.time_seconds, outcome.tx_hash)
            return Anchor(found.size, found.root, found.sequence, found.previous_size, *place)
        return None

    def _start(self, head: JournalHead, attempts: list[Attempt], nonce: int) -> list[AnchorEvent]:
        """Steps 2 and 3, when nothing signed for this head can still be mined."""
        current = read_head(self._engine, self._target.contract, self._target.log_id)
        if current.size >= head.size:
            return [self._find(head, current)]
        if current.successor is not None:
            raise AnchorRefusedError(f"the log is retired; 0x{current.successor.hex()} continues it")
        if current.tx_key != self._signer.address:
            raise AnchorRefusedError(
                f"the log's transaction key is {current.tx_key}, this signer is {self._signer.address}"
            )
        if current.size != head.from_size:
            before = self._journal.before(head)
            if current.size < head.from_size and before is not None and before.state is HeadState.SEEN:
                return []  # the node lags behind a block that it showed before
            text = f"the proof starts from size {head.from_size}, anchored is {current.size}: submit again from there"
            return [self._refuse(head, text)]
        if len(attempts) >= MAX_ATTEMPTS:
            return [self._refuse(head, f"{len(attempts)} transactions were mined without effect")]
        return self._sign_and_push(head, nonce, None)

    def _find(self, head: JournalHead, current: AnchoredHead) -> AnchorEvent:
        """The contract is at this head or beyond it: look up which of the two, in the proven history."""
        for anchor in reversed(self._anchors_down_to(head.size, current)):
            if anchor.size == head.size and anchor.root == head.root:
                return self._seen(head, anchor)
            if anchor.size == head.size:
                return self._refuse(
                    head, f"size {head.size} is anchored with root 0x{anchor.root.hex()}: the log forked"
                )
        self._journal.mark_end(head, HeadState.SUPERSEDED)
        return _event(AnchorEventKind.SUPERSEDED, head, f"anchored is size {current.size}, without this head")

    def _sign_and_push(self, head: JournalHead, nonce: int, outbid: Attempt | None) -> list[AnchorEvent]:
        """Step 3: simulate, offer a fee, sign, store, and only then send.

        A replacement takes its gas from what it outbids: some nodes simulate on top of their waiting transactions,
        where this very head is anchored already and the cheap answer to a repetition is all that is left to pay for.
        """
        data = abi.anchor_call(self._target.log_id, head.size, head.root, head.proof)
        if outbid is not None:
            gas = outbid.gas
        else:
            try:
                estimate = self._engine.estimate_gas(self._signer.address, self._target.contract, data)
            except CallRevertedError as error:
                return [self._refuse(head, abi.explain_revert(error.data) if error.data else str(error))]
            gas = estimate * (100 + self._profile.gas_margin_percent) // 100
        fee = offer(self._engine.fees(), self._profile, 0 if outbid is None else outbid.fee_wei)
        if fee is None and outbid is not None:
            return self._send(head, outbid) if self._is_due(outbid) else []
        if fee is None:
            text = f"the chain asks more than the cap of {self._profile.fee_cap_wei} wei for a unit of gas"
            return [_event(AnchorEventKind.WAITING, head, text)]
        signed = self._signer.sign(Transaction(self._target.chain_id, nonce, self._target.contract, data, gas, fee))
        attempt = Attempt(signed.tx_hash, nonce, signed.raw, gas, fee.max_fee_wei, self._clock(), None)
        self._journal.add_attempt(head, attempt)
        return self._send(head, attempt)

    def _push(self, head: JournalHead, attempt: Attempt) -> list[AnchorEvent]:
        """Step 4 for a transaction that may still be mined: send, send again, or outbid."""
        now = self._clock()
        profile = self._profile
        if (
            profile.replace_percent
            and attempt.sent_at is not None
            and now - attempt.made_at >= profile.replace_after_seconds
        ):
            return self._sign_and_push(head, attempt.nonce, attempt)
        return self._send(head, attempt) if self._is_due(attempt) else []

    def _is_due(self, attempt: Attempt) -> bool:
        waited = self._profile.rebroadcast_after_seconds
        return attempt.sent_at is None or self._clock() - attempt.sent_at >= waited

    def _send(self, head: JournalHead, attempt: Attempt) -> list[AnchorEvent]:
        try:
            self._engine.send_raw_transaction(attempt.raw)
        except SendRefusedError as error:
            if error.reason in (Refusal.ALREADY_KNOWN, Refusal.NONCE_TOO_LOW) or (
                error.reason is Refusal.UNDERPRICED and attempt.sent_at is not None
            ):
                self._journal.mark_sent(head, attempt, self._clock())
                return self._look(head, attempt)
            return [_event(AnchorEventKind.WAITING, head, str(error))]
        self._journal.mark_sent(head, attempt, self._clock())
        return self._look(head, attempt)

    def _look(self, head: JournalHead, attempt: Attempt) -> list[AnchorEvent]:
        """Chains that mine at once have the answer already; elsewhere the next steps will."""
        sent = _event(AnchorEventKind.SENT, head, f"transaction 0x{attempt.tx_hash.hex()}")
        anchor = self._anchor_of(head, self._engine.outcome(attempt.tx_hash))
        return [sent] if anchor is None else [sent, self._seen(head, anchor)]

    def _seen(self, head: JournalHead, anchor: Anchor) -> AnchorEvent:
        self._journal.mark_seen(head, anchor)
        return _event(AnchorEventKind.SEEN, head, f"in block {anchor.block_number}", anchor)

    def _refuse(self, head: JournalHead, reason: str) -> AnchorEvent:
        self._journal.mark_end(head, HeadState.REFUSED, reason)
        return _event(AnchorEventKind.REFUSED, head, reason)

    def _anchors_after(self, sequence: int) -> list[Anchor]:
        target, span = self._target, self._profile.event_page_blocks
        return read_anchors(self._engine, target.contract, target.log_id, after_sequence=sequence, span_blocks=span)

    def _anchors_down_to(self, size: int, current: AnchoredHead) -> list[Anchor]:
        """The newest anchors, at least down to `size`; doubles how far it looks back, for the match is mostly near."""
        back = 1
        while True:
            anchors = self._anchors_after(max(0, current.sequence - back))
            if back >= current.sequence or (anchors and anchors[0].size <= size):
                return anchors
            back *= 2


def offer(fees: Fees, profile: ChainProfile, outbid_wei: int) -> FeeOffer | None:
    """What to offer for a unit of gas: twice the base fee (it may rise by an eighth with each block), and no less than
    `replace_percent` over `outbid_wei`. None when the profile's cap does not allow what the next block asks.
    """
    least = outbid_wei + -(-outbid_wei * profile.replace_percent // 100) if outbid_wei else 0
    if not profile.dynamic_fees:
        wei = max(fees.gas_price_wei, least)
        return FeeOffer(dynamic=False, max_fee_wei=wei, priority_fee_wei=wei) if wei <= profile.fee_cap_wei else None
    needed = max(fees.base_fee_wei + fees.priority_fee_wei, least)
    if needed > profile.fee_cap_wei:
        return None
    wanted = max(2 * fees.base_fee_wei + fees.priority_fee_wei, least)
    max_fee = min(wanted, profile.fee_cap_wei)
    priority = fees.priority_fee_wei if not outbid_wei else max(fees.priority_fee_wei, max_fee - fees.base_fee_wei)
    return FeeOffer(dynamic=True, max_fee_wei=max_fee, priority_fee_wei=min(priority, max_fee))


def _event(kind: AnchorEventKind, head: JournalHead, text: str, anchor: Anchor | None = None) -> AnchorEvent:
    return AnchorEvent(kind, head.size, head.root, text, anchor)
