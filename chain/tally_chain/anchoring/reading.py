"""Reading anchors: what a verifier, a mirror or the anchoring client learns from a chain. Nothing here sends.

What the answers are worth depends on who runs the endpoint. A reader pins the chain (id and genesis hash), the
contract's address, its code, the log id and the owner, and asks a node of its own choice.
"""

from __future__ import annotations

from dataclasses import dataclass

from eth_utils.crypto import keccak

from tally_chain.anchoring import contract as abi
from tally_chain.anchoring.contract import AnchoredEvent, AnchoredHead
from tally_chain.engine.history import DEFAULT_SPAN_BLOCKS, Numbered, NumberedEvents, walk
from tally_chain.engine.interface import Block, ChainIdentity, Engine, Event
from tally_chain.errors import (
    AnchorHistoryError,
    CallRevertedError,
    ForeignChainError,
    ForeignContractError,
    UnknownLogError,
)

_UNKNOWN_LOG = "LogAnchorUnknownLog("


@dataclass(frozen=True)
class AnchorTarget:
    """Where the heads of one log are anchored. This is what a reader pins."""

    chain_id: int
    genesis_hash: bytes
    contract: str
    log_id: bytes


@dataclass(frozen=True, slots=True)
class Anchor:
    """One head that the chain accepted, and the block that did it."""

    size: int
    root: bytes
    sequence: int
    previous_size: int
    block_number: int
    block_hash: bytes
    block_time_seconds: int
    tx_hash: bytes

    @property
    def place(self) -> tuple[int, int, bytes, int, bytes]:
        """Where it stands: what two readings of one anchor must agree on."""
        return self.sequence, self.block_number, self.block_hash, self.block_time_seconds, self.tx_hash


def check_chain_id(identity: ChainIdentity) -> None:
    """Raises ForeignChainError for chain id 0, which means that none is set."""
    if identity.chain_id == 0:
        raise ForeignChainError(
            "the node reports chain id 0: it has none set, so transactions could be replayed elsewhere"
        )


def check_chain(identity: ChainIdentity, target: AnchorTarget) -> None:
    """Raises ForeignChainError unless the chain is the pinned one; chain id 0 is never accepted."""
    check_chain_id(identity)
    if (identity.chain_id, identity.genesis_hash) != (target.chain_id, target.genesis_hash):
        raise ForeignChainError(
            f"the endpoint is chain {identity.chain_id} with genesis 0x{identity.genesis_hash.hex()}, "
            f"pinned is chain {target.chain_id} with genesis 0x{target.genesis_hash.hex()}"
        )


def check_code(engine: Engine, contract: str) -> None:
    """Raises ForeignContractError unless the code of the committed artefact, or of an earlier one, stands there."""
    code = engine.code(contract)
    if not code:
        raise ForeignContractError(f"no contract at {contract}")
    if not abi.is_log_anchor(code):
        found = bytes(keccak(code)).hex()
        raise ForeignContractError(f"the code at {contract} (hash 0x{found}) is not that of LogAnchor")


def read_head(engine: Engine, contract: str, log_id: bytes) -> AnchoredHead:
    """The newest head of a log on the newest block; raises UnknownLogError when it is not registered."""
    try:
        output = engine.call(contract, abi.call_data("head", log_id))
    except CallRevertedError as error:
        reason = abi.explain_revert(error.data)
        if error.data and not reason.startswith(_UNKNOWN_LOG):
            raise ForeignContractError(f"{contract} answers as LogAnchor never does: {reason}") from error
        raise UnknownLogError(f"log 0x{log_id.hex()} at {contract}: {reason}") from error
    if not output:
        raise ForeignContractError(f"{contract} answers nothing: no contract of this kind stands there")
    return abi.decode_head(log_id, output)


def read_anchors(
    engine: Engine, contract: str, log_id: bytes, *, after_sequence: int = 0, span_blocks: int = DEFAULT_SPAN_BLOCKS
) -> list[Anchor]:
    """Every anchored head of a log with sequence > `after_sequence`, oldest first, proven complete.

    1. The newest event must stand in the block that `head` names and say what `head` says.
    2. Each event names the block and the size of the one before; sequence falls by one until 1, where both are zero.
    Raises AnchorHistoryError where the node's events do not add up, for instance when it truncates in silence, and
    HistoryTooLongError as `walk` does.
    """
    head = read_head(engine, contract, log_id)
    if head.sequence > head.size:
        raise AnchorHistoryError(f"{head.sequence} heads can not have grown to size {head.size}")
    kind = NumberedEvents(contract, (abi.ANCHORED_TOPIC, log_id), _numbered, "anchor", AnchorHistoryError)
    anchors: list[Anchor] = []
    newer: AnchoredEvent | None = None
    block: Block | None = None
    newest = (head.sequence, head.block_number)
    for found in walk(engine, kind, newest, after=after_sequence, span_blocks=span_blocks):
        _check_link(head, newer, found.decoded)
        newer, block = found.decoded, _block_of(engine, found.event, block)
        anchors.append(_anchor(found.event, found.decoded, block))
    return anchors[::-1]


def _numbered(event: Event) -> Numbered[AnchoredEvent]:
    anchored = abi.decode_anchored(event)
    return Numbered(event, anchored.sequence, anchored.previous_block, anchored)


def _check_link(head: AnchoredHead, newer: AnchoredEvent | None, anchored: AnchoredEvent) -> None:
    if newer is None and (anchored.size, anchored.root) != (head.size, head.root):
        raise AnchorHistoryError(f"the newest event (size {anchored.size}) is not the contract's head ({head.size})")
    if newer is not None and anchored.size != newer.previous_size:
        raise AnchorHistoryError(
            f"anchor {newer.sequence} follows size {newer.previous_size}, shown is {anchored.size}"
        )
    if anchored.size <= anchored.previous_size:
        raise AnchorHistoryError(f"anchor {anchored.sequence} does not grow")
    if anchored.sequence == 1 and anchored.previous_size != 0:
        raise AnchorHistoryError("the first anchor names one before it")


def _block_of(engine: Engine, event: Event, known: Block | None) -> Block:
    """The block that the event names; `known` is that of the event after it, often the same."""
    block = known if known is not None and known.number == event.block_number else engine.block(event.block_number)
    if block is None or block.hash != event.block_hash:
        raise AnchorHistoryError(f"block {event.block_number} is not the one that the event names; the chain moved")
    return block


def _anchor(event: Event, anchored: AnchoredEvent, block: Block) -> Anchor:
    return Anchor(
        size=anchored.size,
        root=anchored.root,
        sequence=anchored.sequence,
        previous_size=anchored.previous_size,
        block_number=block.number,
        block_hash=block.hash,
        block_time_seconds=block.time_seconds,
        tx_hash=event.tx_hash,
    )
