"""What a timelock was asked to do, from its events, and each confirmed by asking it. Nothing here sends.

The events of OpenZeppelin's timelock have no running number, so a node can hide an operation as a whole. It can not
change one: an operation's id is a hash over its calls, which is computed here, and the contract is asked how far the id
is. What is shown is true; that nothing is missing is not proven. Ask several nodes.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address

from tally_chain.contract_abi import topic
from tally_chain.engine.interface import BlockTag, Engine, Event
from tally_chain.errors import RegistryHistoryError
from tally_chain.registry.administration import ready_at, state
from tally_chain.registry.history import check_code
from tally_chain.registry.operations import TIMELOCK, Call, Operation, OperationState

SCHEDULED_TOPIC = topic("CallScheduled(bytes32,uint256,address,uint256,bytes,bytes32,uint256)")
SALT_TOPIC = topic("CallSalt(bytes32,bytes32)")
EXECUTED_TOPIC = topic("CallExecuted(bytes32,uint256,address,uint256,bytes)")
CANCELLED_TOPIC = topic("Cancelled(bytes32)")
# A block that comes between the events and the questions explains a difference; this many in a row do not.
_LOOKS = 3


class Standing(enum.Enum):
    """How far a proposal is."""

    WAITING = "waiting"
    READY = "ready"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Proposal:
    """An operation as it was proposed once; one that is proposed again after it was cancelled is another proposal."""

    operation_id: bytes
    operation: Operation | None
    """None where no call is shown: it does nothing after a predecessor, or the node hides what it does."""
    proposed_block: int
    standing: Standing = Standing.WAITING
    ready_at: int | None = None
    """Since when it can be executed, seconds since 1970; None when it was executed or cancelled."""
    ended_block: int | None = None
    """Block that executed or cancelled it."""

    @property
    def open(self) -> bool:
        """Whether it can still be executed or cancelled."""
        return self.standing in (Standing.WAITING, Standing.READY)


def read_proposals(engine: Engine, timelock: str, *, first_block: int = 0) -> list[Proposal]:
    """Every proposal that the node shows since `first_block`, oldest first, each confirmed by the contract.

    Raises ForeignContractError for other code, RegistryHistoryError where calls do not hash to the id that they are
    shown under, something ends that was never shown as proposed, or the contract says otherwise.
    """
    check_code(engine, timelock, TIMELOCK)
    for left in reversed(range(_LOOKS)):
        newest = _newest(engine)
        shown = proposals_of(engine.events(timelock, (), first_block, newest))
        try:
            return [_confirmed(engine, timelock, shown, place) for place in range(len(shown))]
        except RegistryHistoryError:
            if left == 0 or _newest(engine) == newest:
                raise
    raise AssertionError


def proposals_of(events: Iterable[Event]) -> list[Proposal]:
    """The proposals that a timelock's events tell of, oldest first; `ready_at` is not among what they tell."""
    story = _Story()
    for event in events:
        try:
            story.tell(event)
        except (DecodingError, IndexError) as error:
            raise RegistryHistoryError(f"an event of block {event.block_number} does not decode: {error}") from error
    return [draft.proposal() for draft in story.drafts]


def _newest(engine: Engine) -> int:
    block = engine.block(BlockTag.LATEST)
    return 0 if block is None else block.number


def _confirmed(engine: Engine, timelock: str, shown: list[Proposal], place: int) -> Proposal:
    """The proposal as the contract knows it. An earlier proposal of one id has ended, whatever became of the last."""
    proposal = shown[place]
    operation_id = proposal.operation_id
    if any(later.operation_id == operation_id for later in shown[place + 1 :]):
        return proposal
    found = state(engine, timelock, operation_id)
    if found is OperationState.DONE and proposal.open and not (proposal.operation and proposal.operation.calls):
        return replace(proposal, standing=Standing.DONE)  # what calls nothing tells nothing when it is executed
    if found not in _AGREES[proposal.standing]:
        raise RegistryHistoryError(
            f"the node shows operation 0x{operation_id.hex()} as {proposal.standing.value}, "
            f"and the contract says {found.name.lower()}: the node hides or invents events"
        )
    if not proposal.open:
        return proposal
    standing = Standing.READY if found is OperationState.READY else Standing.WAITING
    return replace(proposal, standing=standing, ready_at=ready_at(engine, timelock, operation_id))


_AGREES = {
    Standing.WAITING: (OperationState.WAITING, OperationState.READY),
    Standing.DONE: (OperationState.DONE,),
    Standing.CANCELLED: (OperationState.UNSET,),
}


@dataclass
class _Draft:
    """A proposal while its events are read."""

    operation_id: bytes
    block: int
    predecessor: bytes
    calls: list[Call] = field(default_factory=list)
    salt: bytes = bytes(32)
    executed: int = 0
    standing: Standing = Standing.WAITING
    ended_block: int | None = None

    def proposal(self) -> Proposal:
        """With calls that hash to the id, or not at all.

        A batch without calls tells its salt alone, and nothing when it has none. It is let through: whoever may propose
        could otherwise blind the others with one.
        """
        batch = Operation(tuple(self.calls), self.salt, self.predecessor)
        forms = [batch, replace(batch, single=True)] if len(self.calls) == 1 else [batch]
        for form in forms:
            if form.operation_id == self.operation_id:
                return Proposal(self.operation_id, form, self.block, self.standing, None, self.ended_block)
        if not self.calls:
            return Proposal(self.operation_id, None, self.block, self.standing, None, self.ended_block)
        raise RegistryHistoryError(
            f"the calls shown for operation 0x{self.operation_id.hex()} are not those that were proposed: "
            "the node forges or hides one"
        )


@dataclass
class _Story:
    drafts: list[_Draft] = field(default_factory=list)
    living: dict[bytes, _Draft] = field(default_factory=dict)
    done: set[bytes] = field(default_factory=set)

    def tell(self, event: Event) -> None:
        """Takes the next event; those about rights and the delay are others' business."""
        kind = event.topics[0] if event.topics else b""
        if kind == SCHEDULED_TOPIC:
            self._schedule(event)
        elif kind == SALT_TOPIC:
            draft = self.living.get(event.topics[1]) or self._begin(event, bytes(32))
            (draft.salt,) = decode(["bytes32"], event.data)
        elif kind in (EXECUTED_TOPIC, CANCELLED_TOPIC):
            self._end(event)

    def _begin(self, event: Event, predecessor: bytes) -> _Draft:
        operation_id = event.topics[1]
        if operation_id in self.done:
            raise RegistryHistoryError(f"operation 0x{operation_id.hex()} is shown as proposed after it was executed")
        draft = self.living[operation_id] = _Draft(operation_id, event.block_number, predecessor)
        self.drafts.append(draft)
        return draft

    def _schedule(self, event: Event) -> None:
        to, value, data, predecessor, _ = decode(["address", "uint256", "bytes", "bytes32", "uint256"], event.data)
        draft = self.living.get(event.topics[1]) or self._begin(event, predecessor)
        if int.from_bytes(event.topics[2], "big") != len(draft.calls):
            raise RegistryHistoryError(
                f"call {len(draft.calls)} of operation 0x{draft.operation_id.hex()} is hidden, or shown twice"
            )
        draft.calls.append(Call(str(to_checksum_address(to)), data, value))

    def _end(self, event: Event) -> None:
        operation_id = event.topics[1]
        executed = event.topics[0] == EXECUTED_TOPIC
        draft = self.living.get(operation_id)
        if draft is None:
            what = "executed" if executed else "cancelled"
            raise RegistryHistoryError(
                f"operation 0x{operation_id.hex()} is shown as {what} in block {event.block_number}, and not as "
                "proposed: the node hides the proposal, or it is older than the first block that was asked for"
            )
        draft.ended_block = event.block_number
        if executed:
            draft.standing = Standing.DONE
            draft.executed += 1
            if draft.executed < len(draft.calls):
                return
            self.done.add(operation_id)
        else:
            draft.standing = Standing.CANCELLED
        del self.living[operation_id]
