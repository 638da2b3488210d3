"""Brings a gateway's heads to an anchor through an aggregator, and believes nothing unseen (see anchor_feed.Anchoring).

For each head, in order of submission:

1. `submit_head` stores it, signed as it is in the gateway's own proofs. From here on it survives any crash.
2. It is offered until the aggregator says that it holds it. A refusal ends it; the next head begins where the
   aggregator stands.
3. Its place is asked for until it is shown under an anchored head of the log of heads. Of every place that is shown:
   a. the head entry has this log's root at this size, signed by this log's own key
   b. it stands in the log of heads under a head that the pinned proof key signed
   c. that head is of one growing tree with the largest one that this gateway was ever shown
   d. the anchor that is claimed is of that very head, on the pinned chain where one is pinned; where the gateway can
      ask a node, the contract holds it in a final block
   What does not hold is kept as evidence, told, and asked for again.
4. Then the head is final. What is kept of it goes into bundles.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from tally_chain import tree
from tally_chain.anchoring.alarms import Alarm, AlarmBoard
from tally_chain.anchoring.events import AnchorEvent, AnchorEventKind
from tally_chain.anchoring.reading import Anchor
from tally_chain.bundle import AnchorClaim
from tally_chain.errors import AnchorHistoryError, EngineError, HeadRefusal, HeadRefusedError, TreeError
from tally_chain.head_entry import HeadEntry
from tally_chain.head_rules import KnownLog, check_standing
from tally_edge.errors import CoseError, SignatureError
from tally_edge.proof import HeadSignature, log_id_of
from tally_gateway.aggregate.journal import HeadsJournal, HeadState, JournalHead
from tally_gateway.aggregate.link import AggregatorLink, ShownPlace

SHOW_WITHIN_S: Final = 600
"""An aggregator makes a checkpoint every second or so; one that shows nothing after this time is told of."""
LOOK_EVERY_S: Final = 60
"""A head is looked for at least so often."""
ANSWER_WITHIN_S: Final = 600
"""So long an aggregator may be away before that is an alarm."""
_MAX_HEADS_PER_STEP: Final = 16
_OF_HEADS: Final = (Alarm.HEAD_REFUSED, Alarm.LOG_FORKED, Alarm.AGGREGATOR_WRONG, Alarm.NO_PROGRESS)
"""These sound until a head is final."""


class ClaimCheck(Protocol):
    """Asks a node of the gateway's own choice whether a claimed anchor stands."""

    def stands(self, claim: AnchorClaim, sequence: int) -> bool | None:
        """Whether the contract holds it in a final block; None: not yet, as far as the node knows. Raises EngineError
        or AnchorError."""
        ...

    def close(self) -> None:
        """Give back the node."""
        ...


@dataclass(frozen=True, slots=True)
class PinnedPlace:
    """The chain that an aggregator must name in its claims."""

    chain_id: int
    genesis: bytes
    contract: bytes


class _DoesNotHold(Exception):  # noqa: N818  never leaves this module
    """What the aggregator showed is not so."""


class AggregatorAnchoring:
    """See the module's text."""

    def __init__(
        self,
        link: AggregatorLink,
        journal: HeadsJournal,
        own: KnownLog,
        pinned: KnownLog,
        *,
        place: PinnedPlace | None = None,
        check: ClaimCheck | None = None,
        clock: Callable[[], int] = lambda: int(time.time()),
    ) -> None:
        """`own` is this gateway's log, `pinned` the log of heads."""
        self._link, self._journal = link, journal
        self._own, self._pinned = own, pinned
        self._log_id = log_id_of(own.origin)
        self._place, self._check, self._clock = place, check, clock
        self._alarms = AlarmBoard()
        self._silent_since: int | None = None
        self._looked_at: dict[int, int] = {}
        self._untold: list[AnchorEvent] = []
        """What happened before a step broke off; the next one tells it."""

    def submit_head(self, head: HeadSignature, root: bytes, path: Sequence[bytes]) -> None:
        """See Anchoring."""
        newest = self._journal.newest()
        if newest is None or (newest.size, newest.entry.root) != (head.size, root):
            self._journal.add(HeadEntry(head, root), path)

    def base_size(self) -> int:
        """See Anchoring."""
        newest = self._journal.newest()
        if newest is not None and newest.state is not HeadState.FINAL:
            return newest.size
        try:
            held = self._held()
        except EngineError:
            if newest is None:
                raise
            return newest.size  # only this gateway's key moves it; if it moved, the aggregator refuses and says so
        return 0 if held is None else held.head.size

    def newest(self) -> tuple[int, bytes] | None:
        """See Anchoring: what the aggregator holds under this log's own signature, or what the journal knows it took.

        Raises EngineError when neither says anything.
        """
        known = self._journal.largest_taken()
        try:
            held = self._held()
        except EngineError:
            if known is None:
                raise
            held = None
        best = max((entry for entry in (known, held) if entry), key=lambda entry: entry.head.size, default=None)
        return None if best is None else (best.head.size, best.root)

    def history(self) -> list[Anchor]:
        """See Anchoring: this log's heads, each in the block that anchored the log of heads."""
        return anchors_of(self._journal.final())

    def is_idle(self) -> bool:
        """See Anchoring."""
        return not self._journal.waiting()

    def step(self) -> list[AnchorEvent]:
        """See Anchoring."""
        try:
            for head in self._journal.waiting()[:_MAX_HEADS_PER_STEP]:
                self._untold += self._offer(head) if head.state is HeadState.BUILT else self._look(head)
            self._untold += self._quiet(Alarm.UNREACHABLE)
            self._silent_since = None
        except (EngineError, AnchorHistoryError) as error:
            self._untold.append(AnchorEvent(AnchorEventKind.UNAVAILABLE, 0, b"", str(error)))
            self._silent_since = self._clock() if self._silent_since is None else self._silent_since
            if self._clock() - self._silent_since > ANSWER_WITHIN_S:
                self._untold += self._sound(Alarm.UNREACHABLE, str(error))
        events, self._untold = self._untold, []
        return events

    def close(self) -> None:
        """See Anchoring."""
        self._journal.close()
        self._link.close()
        if self._check is not None:
            self._check.close()

    def _held(self) -> HeadEntry | None:
        """The newest head that the aggregator holds, where it is this log's own word; what is not proves nothing."""
        held = self._link.newest(self._log_id)
        if held is None or (held.head.origin, held.head.kid) != (self._own.origin, self._own.proof_key.kid):
            return None
        try:
            held.verify(self._own.proof_key)
        except SignatureError:
            return None
        return held

    def _offer(self, head: JournalHead) -> list[AnchorEvent]:
        """Step 2."""
        try:
            self._link.offer(head.entry.encode(), head.path)
        except HeadRefusedError as error:
            text = f"the aggregator refuses it: {error.refusal.value}: {error}"
            self._journal.mark_refused(head, text)
            alarm = Alarm.LOG_FORKED if error.refusal is HeadRefusal.FORK else Alarm.HEAD_REFUSED
            return [_event(AnchorEventKind.REFUSED, head, text), *self._sound(alarm, text)]
        self._journal.mark_taken(head, self._clock())
        return [_event(AnchorEventKind.SENT, head, "the aggregator holds it")]

    def _look(self, head: JournalHead) -> list[AnchorEvent]:
        """Step 3, the more seldom the longer it takes: an anchor takes minutes, and thousands may wait for one."""
        now, taken_at = self._clock(), head.taken_at or 0
        if now - self._looked_at.get(head.id, 0) < min(LOOK_EVERY_S, (now - taken_at) // 4):
            return []
        self._looked_at = {other: at for other, at in self._looked_at.items() if now - at <= LOOK_EVERY_S}
        self._looked_at[head.id] = now
        try:
            shown = self._link.place(self._log_id, head.size)
        except HeadRefusedError as error:
            text = f"{error}, and it had taken it: it lost heads, or dropped this one. It is offered again"
            self._journal.mark_built(head, text)
            return self._sound(Alarm.AGGREGATOR_WRONG, text)
        if shown is None:
            waited_s = now - taken_at
            late = f"the aggregator took the head of size {head.size} {waited_s} s ago, and does not show it"
            return self._sound(Alarm.NO_PROGRESS, late) if waited_s > SHOW_WITHIN_S else []
        try:
            return self._believe(head, shown)
        except (_DoesNotHold, CoseError, SignatureError, TreeError) as error:
            self._journal.keep_evidence(self._clock(), str(error), shown.answer)
            text = f"what the aggregator shows of size {head.size} does not hold: {error}"
            return self._sound(Alarm.AGGREGATOR_WRONG, text)

    def _believe(self, head: JournalHead, shown: ShownPlace) -> list[AnchorEvent]:
        """Steps 3a to 3d, and 4. Raises _DoesNotHold, CoseError, SignatureError or TreeError."""
        entry = shown.entry
        if (entry.head.size, entry.root, entry.head.origin) != (head.size, head.entry.root, self._own.origin):
            raise _DoesNotHold("the entry is not the head that was handed in")
        entry.verify(self._own.proof_key)
        root = check_standing(shown.encoded, shown.proof, self._pinned.origin, self._pinned.proof_key)
        self._check_growth(shown.proof.head.size, root)
        claim = shown.claim
        if claim is None:
            return []
        if (claim.size, claim.root) != (shown.proof.head.size, root):
            raise _DoesNotHold("the anchor that it claims is of another head than the proof's")
        if self._place is not None and self._place != PinnedPlace(claim.chain_id, claim.genesis, claim.contract):
            raise _DoesNotHold("the anchor that it claims is on another chain or contract than the pinned one")
        if self._check is not None:
            stands = self._check.stands(claim, shown.sequence)
            if stands is None:
                return []
            if not stands:
                raise _DoesNotHold(f"the contract does not hold the anchor {shown.sequence} that it claims")
        before, previous_size = self._journal.ended()
        self._journal.mark_final(head, shown.encoded, shown.proof.encode(), claim, shown.sequence)
        anchor = anchor_of(entry, claim, before + 1, previous_size)
        text = f"in the log of heads, anchored in block {claim.block_number}"
        final = AnchorEvent(AnchorEventKind.FINAL, head.size, entry.root, text, anchor)
        return [final, *self._quiet(*_OF_HEADS)]

    def _sound(self, alarm: Alarm, text: str) -> list[AnchorEvent]:
        """An alarm that did not sound before is an event."""
        new = self._alarms.sound(alarm, text, self._clock())
        return [AnchorEvent(AnchorEventKind.ALARM, 0, b"", text, alarm=alarm)] if new else []

    def _quiet(self, *alarms: Alarm) -> list[AnchorEvent]:
        over = self._alarms.quiet(*alarms)
        return [AnchorEvent(AnchorEventKind.ALARM_OVER, 0, b"", alarm.value, alarm=alarm) for alarm in over]

    def _check_growth(self, size: int, root: bytes) -> None:
        """Step 3c. Raises TreeError where two heads of the log of heads are of two trees: it forked."""
        seen = self._journal.seen()
        if seen is None:
            self._journal.mark_seen(size, root)
            return
        (old, old_root), (new, new_root) = sorted([seen, (size, root)])
        try:
            path = [] if old == new else self._link.consistency(old, new)
            tree.verify_consistency(old, old_root, new, new_root, path)
        except TreeError as error:
            raise TreeError(f"its heads of size {old} and {new} are not of one log of heads: {error}") from None
        if size > seen[0]:
            self._journal.mark_seen(size, root)


def anchors_of(final: Sequence[JournalHead]) -> list[Anchor]:
    """Final heads, oldest first, as anchors."""
    found: list[Anchor] = []
    for number, head in enumerate(final, 1):
        if head.claim is not None:
            found.append(anchor_of(head.entry, head.claim, number, found[-1].size if found else 0))
    return found


def anchor_of(entry: HeadEntry, claim: AnchorClaim, sequence: int, previous_size: int) -> Anchor:
    """A head of this log in the block that anchored the log of heads it stands in."""
    return Anchor(
        size=entry.head.size,
        root=entry.root,
        sequence=sequence,
        previous_size=previous_size,
        block_number=claim.block_number,
        block_hash=claim.block_hash,
        block_time_seconds=claim.block_time,
        tx_hash=claim.transaction,
    )


def _event(kind: AnchorEventKind, head: JournalHead, text: str) -> AnchorEvent:
    return AnchorEvent(kind, head.size, head.entry.root, text)
