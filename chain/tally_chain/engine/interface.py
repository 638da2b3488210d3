"""What the project needs of an EVM chain, and what it may rely on.

The text of `Engine` is its contract. Addresses are EIP-55 checksummed hex strings, hashes, roots and code are bytes,
amounts are wei, block times are seconds since 1970 as the node's interface reports them.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


class BlockTag(enum.Enum):
    """Blocks by standing instead of by number."""

    LATEST = "latest"
    SAFE = "safe"
    FINALIZED = "finalized"


@dataclass(frozen=True)
class ChainIdentity:
    """Which chain this is. Two chains may share an id; they cannot share a genesis block."""

    chain_id: int
    genesis_hash: bytes
    kind: str
    """`embedded`, or what the node calls itself; for people and reports, never for a decision about trust."""


@dataclass(frozen=True)
class Block:
    """The part of a block header that anchoring needs."""

    number: int
    hash: bytes
    parent_hash: bytes
    time_seconds: int


@dataclass(frozen=True)
class Event:
    """One log entry of a contract; called event, because a log is a gateway's tree."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    block_hash: bytes
    tx_hash: bytes
    index: int
    """Place within the block."""


@dataclass(frozen=True)
class Outcome:
    """A transaction in a block (what EVM chains call its receipt, a word that here means a warehouse receipt)."""

    tx_hash: bytes
    block_number: int
    block_hash: bytes
    succeeded: bool
    gas_used: int
    contract_address: str | None
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Fees:
    """What a transaction has to offer to enter the next block."""

    base_fee_wei: int
    priority_fee_wei: int
    gas_price_wei: int
    """For chains without EIP-1559; may be 0 where gas is free."""


class Engine(Protocol):
    """A chain, as one node shows it.

    Durability: a transaction that `send_raw_transaction` took is *not* durable until its block is final by the rules of
    the chain. The embedded engine is final at once: it answers after its block is on disk. Every other node may forget
    what it took, drop it from its pool, or place it in a block that is later replaced.

    Who retries: the caller. Engines never send a transaction twice, and ask each node of several at most once.
    EngineUnavailableError after a send means that nothing is known; the caller keeps the signed bytes and sends the
    same ones again.

    Concurrency: methods may be called from several threads; calls of one engine may be serialised. Two processes may
    each hold an engine to one chain, except that only one may hold an embedded chain for writing.

    Errors: EngineUnavailableError (no answer), EngineAnswerError (an answer that breaks this interface),
    CallRevertedError and SendRefusedError as said below, EngineStoreError from the embedded engine alone.
    """

    def identity(self) -> ChainIdentity:
        """Asks the chain who it is; never answered from a cache, so that a swapped endpoint is noticed."""
        ...

    def block(self, which: int | BlockTag) -> Block | None:
        """The canonical block of that number or standing; None when the chain has none (yet)."""
        ...

    def send_raw_transaction(self, raw: bytes) -> bytes:
        """Hands over a signed transaction and returns its hash; being taken says nothing about success.

        Raises SendRefusedError with a reason. ALREADY_KNOWN and NONCE_TOO_LOW may mean that it is in a block already.
        """
        ...

    def outcome(self, tx_hash: bytes) -> Outcome | None:
        """The transaction's place in the canonical chain.

        None means *not in a block that this node knows*, and nothing more: it may wait, be dropped, be replaced, or the
        node may lag. A null directly after a send is normal, even on nodes that mine at once.
        """
        ...

    def call(self, to: str, data: bytes, *, sender: str | None = None) -> bytes:
        """Executes a message call on the newest state and returns its output; changes nothing.

        Raises CallRevertedError with the return data.
        """
        ...

    def estimate_gas(self, sender: str, to: str | None, data: bytes) -> int:
        """Gas that the transaction would need on the newest state; raises CallRevertedError when it would fail."""
        ...

    def nonce(self, address: str) -> int:
        """Transactions of the address that are in blocks; waiting ones are not counted, nodes disagree about them."""
        ...

    def balance(self, address: str) -> int:
        """Wei that the address holds on the newest state."""
        ...

    def code(self, address: str) -> bytes:
        """Runtime code at the address on the newest state; empty when there is none."""
        ...

    def fees(self) -> Fees:
        """What the next block asks."""
        ...

    def events(self, address: str, topics: Sequence[bytes | None], first_block: int, last_block: int) -> list[Event]:
        """Events of one contract in canonical blocks first..last (both included), oldest first.

        `topics` filters by position, None matches anything. The engine splits the range into pages the node takes. Some
        nodes truncate silently, so a caller proves completeness from the events themselves.
        """
        ...

    def close(self) -> None:
        """Gives back files, locks and connections; the engine is not used afterwards."""
        ...


@runtime_checkable
class Reconnecting(Protocol):
    """An engine whose connection may one day lead to another machine."""

    def on_connect(self, check: Callable[[Engine], None]) -> None:
        """Runs `check` over every new connection, before the first answer that came over it is used.

        What the check raises (AnchorError, EngineError) is raised in the answer's place.
        """
        ...
