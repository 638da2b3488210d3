"""What the anchoring client asks the chain, and how often it must hear the same before it acts on it.

A single answer may be old, forged or another question's. Sending on such an answer is harmless, for the contract takes
the same head again without a change; stopping, refusing a head or calling it final is not. So whatever ends something
is asked again, and an answer that contradicts itself is no answer (EngineAnswerError).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tally_chain.anchoring import contract as abi
from tally_chain.anchoring.contract import AnchoredHead
from tally_chain.anchoring.journal import JournalHead
from tally_chain.anchoring.profile import ChainProfile, final_block_number
from tally_chain.anchoring.reading import Anchor, AnchorTarget, check_chain, check_code, read_anchors, read_head
from tally_chain.engine.interface import Engine
from tally_chain.errors import AnchorError, AnchorHistoryError, EngineAnswerError

T = TypeVar("T")


def twice(look: Callable[[], T]) -> T:
    """What `look` finds; where it raises what stops the client, only if it does so twice in the same words."""
    try:
        return look()
    except AnchorHistoryError:
        raise
    except AnchorError as first:
        try:
            return look()
        except AnchorHistoryError:
            raise
        except AnchorError as second:
            if str(first) == str(second):
                raise
            raise EngineAnswerError(f"the node contradicts itself: {first}; then: {second}") from second


def settled(read: Callable[[], T], what: str) -> T:
    """What two readings in a row agree on."""
    first = read()
    if read() != first:
        raise EngineAnswerError(f"the node contradicts itself about {what}")
    return first


class Watcher:
    """The chain as one log sees it. Raises EngineError, and AnchorError where chain, contract or log is not ours."""

    def __init__(self, engine: Engine, target: AnchorTarget, profile: ChainProfile) -> None:
        self._engine, self._target, self._profile = engine, target, profile

    def check(self, engine: Engine | None = None) -> None:
        """Identity of chain and contract, of the engine or of one connection of it."""
        asked = engine or self._engine
        twice(lambda: check_chain(asked.identity(), self._target))
        twice(lambda: check_code(asked, self._target.contract))

    def head(self) -> AnchoredHead:
        """The contract's head, read once."""
        return read_head(self._engine, self._target.contract, self._target.log_id)

    def settled_head(self) -> AnchoredHead:
        """The contract's head, for what must not rest on one answer."""
        return settled(lambda: twice(self.head), "the anchored head")

    def final_number(self) -> int:
        """The newest block that is final, by the more careful of two answers."""
        return min(final_block_number(self._engine, self._profile) for _ in range(2))

    def stands(self, anchor: Anchor) -> bool:
        """Whether the anchor's block is in the chain; a no is asked again."""
        return any(self._holds(anchor) for _ in range(2))

    def _holds(self, anchor: Anchor) -> bool:
        block = self._engine.block(anchor.block_number)
        return block is not None and block.hash == anchor.block_hash

    def anchor_by(self, head: JournalHead, tx_hash: bytes) -> Anchor | None:
        """The anchor that a mined transaction made, if it is this head's and its block stands."""
        outcome = self._engine.outcome(tx_hash)
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

    def history(self, after_sequence: int = 0) -> list[Anchor]:
        """The log's anchors, proven complete."""
        target, span = self._target, self._profile.event_page_blocks
        return read_anchors(
            self._engine, target.contract, target.log_id, after_sequence=after_sequence, span_blocks=span
        )

    def history_down_to(self, size: int, current: AnchoredHead) -> list[Anchor]:
        """The newest anchors, at least down to `size`; doubles how far it looks back, for the match is mostly near."""
        back = 1
        while True:
            anchors = self.history(max(0, current.sequence - back))
            if back >= current.sequence or (anchors and anchors[0].size <= size):
                return anchors
            back *= 2
