"""A chain that is a model: blocks, a pool, finality, reorganisations, and the one contract that anchors need.

An EVM for every seed would cost more than everything else together; test_chain_model.py holds this model against the
contract itself, on the embedded EVM, with the same calls.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import rlp  # type: ignore[import-untyped]
from eth_abi.abi import decode, encode
from eth_account import Account
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from tally_chain import contract_abi, tree
from tally_chain.anchoring import contract as abi
from tally_chain.engine.interface import Block, BlockTag, ChainIdentity, Event, Fees, Outcome
from tally_chain.errors import CallRevertedError, EngineUnavailableError, Refusal, SendRefusedError, TreeError

CHAIN_ID = 7_654_321
CONTRACT = to_checksum_address(bytes(19) + b"\x07")
_ZERO_ADDRESS = to_checksum_address(bytes(20))
_ZERO = bytes(32)
_GAS = 90_000
_BLOCK_S = 5


@dataclass(frozen=True)
class Held:
    """What the contract holds of the log."""

    size: int = 0
    root: bytes = _ZERO
    anchored_at: int = 0
    block_number: int = 0
    sequence: int = 0


@dataclass(frozen=True)
class Sent:
    """A transaction that some node took."""

    hash: bytes
    sender: str
    nonce: int
    data: bytes


@dataclass
class Mined:
    """A block, what it holds, and what the contract and the account are after it."""

    block: Block
    sent: list[tuple[Sent, Outcome]]
    held: Held
    nonce: int


@dataclass
class ChainFaults:
    """What goes wrong just now; rates are probabilities of one call."""

    down: bool = False
    answer_lost_rate: float = 0.0
    drop_rate: float = 0.0


def anchor(held: Held, log_id: bytes, call: tuple[int, bytes, Sequence[bytes]], at: Block) -> tuple[Held, Event | None]:
    """LogAnchor.anchor by the log's own key: what is held after it, and its event. Raises CallRevertedError."""
    size, root, path = call
    if size == 0:
        raise _reverts("LogAnchorEmptyHead", log_id)
    if size < held.size:
        raise _reverts("LogAnchorBehind", log_id, size, held.size)
    if size == held.size:
        if root != held.root:
            raise _reverts("LogAnchorOtherRoot", log_id, size, root, held.root)
        return held, None
    if not _extends(held, size, root, path):
        raise _reverts("LogAnchorInconsistent", log_id, held.size, size)
    after = Held(size, root, at.time_seconds, at.number, held.sequence + 1)
    topics = (abi.ANCHORED_TOPIC, log_id, after.sequence.to_bytes(32, "big"))
    data = encode(["uint64", "bytes32", "uint64", "uint64"], [size, root, held.size, held.block_number])
    return after, Event(CONTRACT, topics, data, at.number, at.hash, b"", 0)


def _extends(held: Held, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    if held.size == 0:
        return not path
    try:
        tree.verify_consistency(held.size, held.root, size, root, path)
    except TreeError:
        return False
    return True


def _reverts(name: str, *values: object) -> CallRevertedError:
    errors = contract_abi.load("LogAnchor").errors
    selector, types = next((one, types) for one, (known, _, types) in errors.items() if known == name)
    return CallRevertedError(name, selector + bytes(encode(types, values)))


@dataclass
class ModelChain:
    """An Engine, seen from one node. `now` counts Unix seconds of the chain's own clock."""

    now: Callable[[], int]
    chance: random.Random
    log_id: bytes
    tx_key: str
    owner: str
    final_after_blocks: int
    anchored: Callable[[int, bytes], None]
    """Told of every head that a final block anchors."""
    faults: ChainFaults = field(default_factory=ChainFaults)
    pool: list[Sent] = field(default_factory=list)
    blocks: list[Mined] = field(default_factory=list)
    reorganised: int = 0
    _told: int = 0
    _forks: int = 0

    def __post_init__(self) -> None:
        self.blocks.append(Mined(self._block(0, _ZERO, self.now()), [], Held(), 0))

    def _block(self, number: int, parent: bytes, at: int) -> Block:
        text = f"{number} {parent.hex()} {at} {self._forks}"
        return Block(number, hashlib.sha256(text.encode()).digest(), parent, at)

    # Mining

    def grow(self) -> None:
        """The blocks that were due since the last look."""
        while (at := self.blocks[-1].block.time_seconds + _BLOCK_S) <= self.now():
            if not self.pool and self.now() - at > 20 * _BLOCK_S:
                at = self.now() - 15 * _BLOCK_S  # nothing waits: an empty chain is not grown block by block
            self._mine(at)
        self._tell()

    def _mine(self, at: int) -> None:
        last = self.blocks[-1]
        block = self._block(last.block.number + 1, last.block.hash, at)
        held, nonce, inside = last.held, last.nonce, []
        while (sent := next((one for one in self.pool if one.nonce == nonce), None)) is not None:
            self.pool = [one for one in self.pool if one.nonce > nonce]
            nonce += 1
            held, outcome = self._execute(sent, held, block)
            inside.append((sent, outcome))
        self.blocks.append(Mined(block, inside, held, nonce))

    def _execute(self, sent: Sent, held: Held, block: Block) -> tuple[Held, Outcome]:
        try:
            after, event = anchor(held, self.log_id, self._arguments(sent.sender, sent.data), block)
        except CallRevertedError:
            return held, Outcome(sent.hash, block.number, block.hash, False, _GAS, None, ())
        events = () if event is None else (_in(event, sent.hash),)
        return after, Outcome(sent.hash, block.number, block.hash, True, _GAS, None, events)

    def _arguments(self, sender: str, data: bytes) -> tuple[int, bytes, list[bytes]]:
        types = contract_abi.load("LogAnchor").functions["anchor"]
        log_id, size, root, path = decode(types, data[4:])
        if log_id != self.log_id:
            raise _reverts("LogAnchorUnknownLog", log_id)
        if sender != self.tx_key:
            raise _reverts("LogAnchorNotTransactionKey", log_id, sender)
        return size, root, list(path)

    def _final(self) -> int:
        return len(self.blocks) - 1 - self.final_after_blocks

    def _tell(self) -> None:
        while self._told < self._final():
            self._told += 1
            for _, outcome in self.blocks[self._told].sent:
                for event in outcome.events:
                    found = abi.decode_anchored(event)
                    self.anchored(found.size, found.root)

    def reorganise(self) -> None:
        """Some of the newest blocks, none of them final, are replaced by one; what was in them waits, or is lost."""
        self.grow()
        keep = max(self._final(), len(self.blocks) - 1 - self.chance.randint(1, 11)) + 1
        if keep < 1 or keep >= len(self.blocks):
            return
        gone = self.blocks[keep:]
        del self.blocks[keep:]
        self._forks += 1
        self.reorganised += 1
        self.pool = [sent for one in gone for sent, _ in one.sent if self.chance.random() < 0.7] + self.pool
        self._mine(gone[0].block.time_seconds)

    # The Engine

    def _ask(self) -> None:
        if self.faults.down:
            raise EngineUnavailableError("the node does not answer")
        self.grow()
        if self.chance.random() < self.faults.answer_lost_rate:
            raise EngineUnavailableError("the node's answer was lost")

    def identity(self) -> ChainIdentity:
        """See Engine."""
        self._ask()
        return ChainIdentity(CHAIN_ID, self.genesis_hash, "model")

    @property
    def genesis_hash(self) -> bytes:
        """What readers pin."""
        return self.blocks[0].block.hash

    def block(self, which: int | BlockTag) -> Block | None:
        """See Engine."""
        self._ask()
        number = len(self.blocks) - 1 if which is BlockTag.LATEST else which
        if isinstance(number, BlockTag):
            number = self._final()
        return self.blocks[number].block if 0 <= number < len(self.blocks) else None

    def send_raw_transaction(self, raw: bytes) -> bytes:
        """See Engine."""
        if self.faults.down:
            raise EngineUnavailableError("the node does not answer")
        self.grow()
        sent = sent_of(raw)
        if sent.nonce < self.blocks[-1].nonce:
            raise SendRefusedError(Refusal.NONCE_TOO_LOW, "nonce too low")
        if any(one.hash == sent.hash for one in self.pool):
            raise SendRefusedError(Refusal.ALREADY_KNOWN, "already known")
        if self.chance.random() >= self.faults.drop_rate:
            self.pool = [one for one in self.pool if one.nonce != sent.nonce]  # the newer one outbids
            self.pool.append(sent)
            if self.final_after_blocks == 0:
                self._mine(max(self.now(), self.blocks[-1].block.time_seconds + 1))
                self._tell()
        if self.chance.random() < self.faults.answer_lost_rate:
            raise EngineUnavailableError("the node's answer was lost")
        return sent.hash

    def outcome(self, tx_hash: bytes) -> Outcome | None:
        """See Engine."""
        self._ask()
        for mined in reversed(self.blocks):
            for sent, outcome in mined.sent:
                if sent.hash == tx_hash:
                    return outcome
        return None

    def call(self, to: str, data: bytes, *, sender: str | None = None) -> bytes:
        """See Engine. Only `head` is asked."""
        del sender
        self._ask()
        types = contract_abi.load("LogAnchor").functions["head"]
        assert to == CONTRACT
        assert data[:4] == contract_abi.selector("head", types)
        (log_id,) = decode(types, data[4:])
        if log_id != self.log_id:
            raise _reverts("LogAnchorUnknownLog", log_id)
        held = self.blocks[-1].held
        shown = (held.size, held.root, held.anchored_at, held.block_number, held.sequence)
        around = (self.tx_key, self.owner, _ZERO_ADDRESS, _ZERO, _ZERO, False)
        kind = "(uint64,bytes32,uint64,uint64,uint32,address,address,address,bytes32,bytes32,bool)"
        return bytes(encode([kind], [(*shown, *around)]))

    def estimate_gas(self, sender: str, to: str | None, data: bytes) -> int:
        """See Engine."""
        del to
        self._ask()
        last = self.blocks[-1]
        anchor(last.held, self.log_id, self._arguments(sender, data), last.block)
        return _GAS

    def nonce(self, address: str) -> int:
        """See Engine."""
        self._ask()
        return self.blocks[-1].nonce if address == self.tx_key else 0

    def balance(self, address: str) -> int:
        """See Engine."""
        del address
        self._ask()
        return 10**24

    def code(self, address: str) -> bytes:
        """See Engine."""
        self._ask()
        return abi.artefact().runtime_code if address == CONTRACT else b""

    def fees(self) -> Fees:
        """See Engine."""
        self._ask()
        return Fees(7, 1, 8)

    def events(self, address: str, topics: Sequence[bytes | None], first_block: int, last_block: int) -> list[Event]:
        """See Engine."""
        del address
        self._ask()
        return [
            event
            for mined in self.blocks[first_block : last_block + 1]
            for _, outcome in mined.sent
            for event in outcome.events
            if all(wanted is None or wanted == shown for wanted, shown in zip(topics, event.topics, strict=False))
        ]

    def close(self) -> None:
        """See Engine."""


def _in(event: Event, tx_hash: bytes) -> Event:
    return Event(event.address, event.topics, event.data, event.block_number, event.block_hash, tx_hash, event.index)


def sent_of(raw: bytes) -> Sent:
    """What a signed transaction of type 2 says."""
    fields = rlp.decode(raw[1:])
    sender = Account.recover_transaction(raw)
    return Sent(bytes(keccak(raw)), str(sender), int.from_bytes(fields[1], "big"), bytes(fields[7]))
