"""The anchoring client: takes heads durably and brings them to the contract, whatever fails on the way.

For each head, in order of submission:

1. `submit` stores it (state built). From here on it survives any crash.
2. The contract's head is read first. If this head is there already, an earlier life of this process did it: go to 6.
3. The transaction is simulated, signed, and stored with its hash (signed) before anything is sent.
4. The stored bytes are sent (sent). Whatever the node answers, only the chain's word counts: every hash that was ever
   signed for the head is asked for. Without an answer the same bytes are sent again; after long silence, where the
   chain knows replacement, a better paid one of the same nonce is signed, stored, and sent.
5. Every transaction is made at the nonce that the chain uses next; a new nonce is used only when the chain has used up
   the one before and none of its hashes did the work. Sending twice is harmless: the contract takes the same head again
   without a change.
6. The transaction succeeded and its event names this log, size and root: seen. Next head.
7. The block is final by the chain's profile, still the same block, and the transaction shows the same anchor when it is
   asked again: final. If it was replaced: back to sent.

What refuses a head or stops the client is found twice before it counts, and then sounds an alarm (`alarms`).
Nothing here waits: `step` does what can be done now and returns.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tally_chain.anchoring import contract as abi
from tally_chain.anchoring.alarms import Alarm, AlarmState, alarm_of
from tally_chain.anchoring.contract import AnchoredHead
from tally_chain.anchoring.events import AnchorEvent, AnchorEventKind
from tally_chain.anchoring.journal import (
    HASH_BYTES,
    MAX_PROOF_HASHES,
    MAX_SIZE,
    OPEN_STATES,
    HeadState,
    Journal,
    JournalHead,
)
from tally_chain.anchoring.judging import Judge
from tally_chain.anchoring.keys import TransactionSigner
from tally_chain.anchoring.lane import NonceLane, machine_directories
from tally_chain.anchoring.profile import ChainProfile
from tally_chain.anchoring.reading import Anchor, AnchorTarget
from tally_chain.anchoring.sending import Sender, Sent
from tally_chain.anchoring.watching import Watcher, settled, twice
from tally_chain.engine.interface import Engine, Reconnecting
from tally_chain.errors import (
    AnchorError,
    AnchorHistoryError,
    AnchorRefusedError,
    CallRevertedError,
    EngineError,
    EngineStoreError,
    KeyRotatedError,
    LogRetiredError,
)

# A step never holds its caller longer than it takes to bring this many heads one state further.
MAX_HEADS_PER_STEP = 16
# A head whose transactions used up this many nonces, though every simulation passed, needs a person.
MAX_NONCES_OF_HEAD = 20


class _HeadRefusedError(AnchorRefusedError):
    """This head can not be anchored; the next one may be."""

    def __init__(self, alarm: Alarm, text: str) -> None:
        super().__init__(text)
        self.alarm = alarm


@dataclass(frozen=True)
class _Ready:
    """Nothing stands between a head and its transaction, which needs so much gas."""

    gas: int


def _wall_clock() -> int:
    return int(time.time())


class Anchorer:
    """Brings the heads of one log to one contract with one key. Not thread-safe; one task owns it.

    Raises LaneTakenError when another process has the journal or the key, JournalError when the journal belongs to
    another target. `lane_directory` is where everything that uses the key on this machine meets (default: the journal's
    folder and `machine_directories`).
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
        self._engine, self._signer, self._target = engine, signer, target
        self._profile, self._clock = profile, clock
        self._checked = False
        self._watcher = Watcher(engine, target, profile)
        if isinstance(engine, Reconnecting):
            engine.on_connect(self._watcher.check)
        journal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lanes = [journal.parent, *machine_directories()] if lane_directory is None else [lane_directory]
        self._lane = NonceLane(lanes, target.chain_id, signer.address)
        try:
            self._journal = Journal(journal, target)
        except BaseException:
            self._lane.close()
            raise
        self._sender = Sender(engine, signer, target, profile, journal=self._journal, clock=clock)
        self._judge = Judge(profile, clock)
        self._untold: list[AnchorEvent] = []
        self._sound_old_refusal()

    @property
    def alarms(self) -> tuple[AlarmState, ...]:
        """What keeps heads from the chain and does not pass by itself; empty when all is well."""
        return self._judge.board.sounding

    def submit(self, size: int, root: bytes, consistency_proof: Sequence[bytes]) -> None:
        """Takes a head durably. The proof starts from `base_size()` and is empty when that is 0.

        Submitting the newest head again changes nothing. Raises AnchorRefusedError for a head that can never be
        accepted, and EngineError when the base is unknown because the journal is empty and the chain does not answer.
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
        if len(self.pending()) == 1:
            self._judge.begins()

    def base_size(self) -> int:
        """Where the next submitted proof must start: the newest head on its way, else the anchored one."""
        newest = self._journal.newest()
        if newest is not None and newest.state not in (HeadState.FINAL, HeadState.SUPERSEDED):
            return newest.size
        try:
            anchored = self.head()
        except EngineError:
            if newest is None or newest.state is HeadState.SUPERSEDED:
                raise
            return newest.size  # nothing but this journal's key moves the head; if it moved, `step` refuses and says so
        return anchored.size if anchored is not None else 0

    def head(self) -> AnchoredHead | None:
        """What the contract holds now, on a chain whose identity was checked; None before the first anchor."""
        self._check()
        head = self._watcher.settled_head()
        return head if head.size else None

    def history(self) -> list[Anchor]:
        """Every anchored head, oldest first, proven complete; see reading.read_anchors."""
        self._check()
        return self._watcher.history()

    def pending(self) -> list[JournalHead]:
        """Heads that are not final yet, oldest first."""
        return self._journal.in_states(*OPEN_STATES, HeadState.SEEN)

    def step(self) -> list[AnchorEvent]:
        """Advances everything that can be advanced now, and tells what happened.

        An engine that does not answer is an event, not an exception. Raises ForeignChainError, ForeignContractError,
        UnknownLogError and AnchorRefusedError when it makes no sense to go on: another chain or contract, a retired
        log, a rotated key. The alarm sounds, and a later step looks again.
        """
        try:
            self._check()
            self._check_seen()
            for head in self._journal.in_states(*OPEN_STATES)[:MAX_HEADS_PER_STEP]:
                if not self._advance(head):
                    break
            if any(event.kind is AnchorEventKind.SEEN for event in self._untold):
                self._check_seen()
        except EngineStoreError:
            raise
        except (EngineError, AnchorHistoryError) as error:
            self._checked = False
            self._untold.append(AnchorEvent(AnchorEventKind.UNAVAILABLE, 0, b"", str(error)))
        except AnchorError as error:
            self._checked = False
            self._judge.board.sound(alarm_of(error), str(error), self._clock())
            raise  # what happened before is told by the next step
        events, self._untold = self._untold, []
        return events + self._judge.after(events, len(self.pending()))

    def close(self) -> None:
        """Gives back the journal and the lane; the engine belongs to the caller."""
        self._journal.close()
        self._lane.close()

    def _check(self) -> None:
        """Identity of chain and contract, at the first use and after every failure of the engine."""
        if not self._checked:
            self._watcher.check()
            self._checked = True

    def _check_seen(self) -> None:
        """Step 7, oldest first: no head is final before the one below it."""
        seen = self._journal.in_states(HeadState.SEEN)
        if not seen:
            return
        final = self._watcher.final_number()
        below_is_final = True
        for head in seen:
            anchor = head.anchor
            assert anchor is not None  # noqa: S101  a seen head has its block, by mark_seen
            if not self._watcher.stands(anchor):
                self._journal.mark_reorganised(head)
                self._tell(AnchorEventKind.REORGANISED, head, f"block {anchor.block_number} was replaced")
                below_is_final = False
            elif below_is_final:
                below_is_final = anchor.block_number <= final and self._is_final(head, anchor)

    def _is_final(self, head: JournalHead, anchor: Anchor) -> bool:
        """Asks once more what the transaction did, in a block that is final."""
        shown = self._watcher.anchor_by(head, anchor.tx_hash)
        if shown is None:
            return False
        if shown.place != anchor.place:
            self._journal.mark_seen(head, shown)  # one of the two answers was wrong: a third one decides
            return False
        self._journal.mark_end(head, HeadState.FINAL)
        return self._tell(AnchorEventKind.FINAL, head, f"final in block {anchor.block_number}", shown)

    def _advance(self, head: JournalHead) -> bool:
        """Brings one open head as far as it goes now; whether the next one may follow, or must wait with it."""
        attempts = self._journal.attempts(head)
        for attempt in attempts:
            anchor = self._watcher.anchor_by(head, attempt.tx_hash)
            if anchor is not None:
                return self._seen(head, anchor)
        used = self._engine.nonce(self._signer.address)
        waiting = [attempt for attempt in attempts if attempt.nonce == used]
        if waiting:
            return self._look(head, self._sender.push(head, waiting))
        try:
            found = twice(lambda: self._start(head, len({attempt.nonce for attempt in attempts})))
        except _HeadRefusedError as refused:
            self._journal.mark_end(head, HeadState.REFUSED, str(refused))
            self._judge.board.sound(refused.alarm, f"head of size {head.size}: {refused}", self._clock())
            return self._tell(AnchorEventKind.REFUSED, head, str(refused), alarm=refused.alarm)
        if isinstance(found, bool):
            return found
        nonce = settled(lambda: self._engine.nonce(self._signer.address), "the account's nonce")
        return nonce == used and self._look(head, self._sender.start(head, nonce, found.gas))

    def _start(self, head: JournalHead, nonces: int) -> bool | _Ready:
        """Steps 2 and 3, when nothing signed for this head is next: as `_advance`, or ready for a new transaction."""
        current = self._watcher.head()
        if current.size >= head.size:
            return self._find(head, current)
        if current.successor is not None:
            raise LogRetiredError(f"the log is retired; 0x{current.successor.hex()} continues it")
        if current.retired:
            raise LogRetiredError("the log is retired, and none continues it")
        if current.tx_key != self._signer.address:
            raise KeyRotatedError(
                f"the log's transaction key is {current.tx_key}, this signer is {self._signer.address}"
            )
        if current.size != head.from_size:
            return self._elsewhere(head, current.size)
        if nonces >= MAX_NONCES_OF_HEAD:
            raise _HeadRefusedError(Alarm.HEAD_REFUSED, f"{nonces} transactions were mined without effect")
        try:
            return _Ready(self._sender.estimate(head))
        except CallRevertedError as error:
            text = abi.explain_revert(error.data) if error.data else str(error)
        # Only a refusal of this proof from this very head is one; others tell of a state that the node left behind.
        log_id = self._target.log_id.hex()
        if text == f"LogAnchorInconsistent(logId=0x{log_id}, anchoredSize={head.from_size}, size={head.size})":
            raise _HeadRefusedError(Alarm.HEAD_REFUSED, text)
        return self._tell(AnchorEventKind.WAITING, head, text)

    def _elsewhere(self, head: JournalHead, anchored: int) -> bool:
        """As `_advance`: the contract's head is not the one that the proof starts from.

        Raises _HeadRefusedError where it never will be.
        """
        before = self._journal.before(head)
        if anchored < head.from_size and before is not None and before.anchor is not None:
            if before.state is HeadState.SEEN:
                return False  # the node lags behind a block that it showed before
            if before.state is HeadState.FINAL:
                block = self._engine.block(before.anchor.block_number)
                if block is None or block.hash == before.anchor.block_hash:
                    return self._tell(AnchorEventKind.WAITING, head, "the node lags behind a final anchor")
                number = before.anchor.block_number
                raise _HeadRefusedError(
                    Alarm.FINALITY_BROKEN, f"block {number} was final, and another stands in its place"
                )
        text = f"the proof starts from size {head.from_size}, anchored is {anchored}: submit again from there"
        raise _HeadRefusedError(Alarm.HEAD_REFUSED, text)

    def _find(self, head: JournalHead, current: AnchoredHead) -> bool:
        """As `_advance`: the contract is at this head or beyond it: look up which of the two, in the proven history."""
        history = self._watcher.history_down_to(head.size, current)
        for anchor in reversed(history):
            if anchor.size == head.size and anchor.root == head.root:
                return self._seen(head, anchor)
            if anchor.size == head.size:
                text = f"size {head.size} is anchored with root 0x{anchor.root.hex()}: the log forked"
                raise _HeadRefusedError(Alarm.LOG_FORKED, text)
        if not any(anchor.previous_size < head.size < anchor.size for anchor in history):
            # Taken back between the two questions: that the head was passed over is shown by the one that did so.
            raise AnchorHistoryError(f"no event shows how the contract came to size {current.size}")
        self._journal.mark_end(head, HeadState.SUPERSEDED)
        return self._tell(AnchorEventKind.SUPERSEDED, head, f"anchored is size {current.size}, without this head")

    def _look(self, head: JournalHead, sent: Sent) -> bool:
        """Chains that mine at once have the answer already; elsewhere the next steps will."""
        if sent.event is not None:
            self._untold.append(sent.event)
        if sent.attempt is None:
            return False
        anchor = self._watcher.anchor_by(head, sent.attempt.tx_hash)
        return anchor is not None and self._seen(head, anchor)

    def _seen(self, head: JournalHead, anchor: Anchor) -> bool:
        self._journal.mark_seen(head, anchor)
        return self._tell(AnchorEventKind.SEEN, head, f"in block {anchor.block_number}", anchor)

    def _tell(
        self,
        kind: AnchorEventKind,
        head: JournalHead,
        text: str,
        anchor: Anchor | None = None,
        alarm: Alarm | None = None,
    ) -> bool:
        """Keeps an event until a step returns; whether the head after this one may follow."""
        self._untold.append(AnchorEvent(kind, head.size, head.root, text, anchor, alarm))
        return kind is not AnchorEventKind.WAITING

    def _sound_old_refusal(self) -> None:
        """A refusal outlives a restart until a later head is final."""
        last = self._journal.last()
        if last is not None and last.state is HeadState.REFUSED:
            text = f"head of size {last.size}: {last.reason}"
            self._judge.board.sound(Alarm.HEAD_REFUSED, text, self._clock())
            self._untold.append(AnchorEvent(AnchorEventKind.ALARM, 0, b"", text, alarm=Alarm.HEAD_REFUSED))
