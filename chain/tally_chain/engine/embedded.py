"""The embedded chain: py-evm over one SQLite file, for a machine that has only Python.

It is a real EVM chain (signed transactions, headers, state root, events, the same contract bytes and the same gas as a
node) of exactly one node. What it holds is tamper-evident at best: whoever has the directory can write another chain.
Heads anchored here are called self-anchored.

Every accepted transaction makes one block, which is on disk before the answer. Block times are the wall clock, never
backwards: EVM rules want each block at least one second after its parent, so at more than one block a second they run
ahead of the clock. As a bound (signed before the anchor's block) that only ever loosens.
"""

from __future__ import annotations

import itertools
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eth.abc import BlockHeaderAPI
from eth.chains.base import Chain, MiningChain
from eth.consensus.noproof import NoProofConsensus
from eth.constants import CREATE_CONTRACT_ADDRESS
from eth.exceptions import BlockNotFound, HeaderNotFound, Revert, TransactionNotFound, VMError
from eth.vm.spoof import SpoofTransaction
from eth_bloom.bloom import BloomFilter
from eth_utils.address import to_canonical_address, to_checksum_address
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError
from rlp import encode as rlp_encode

from tally_chain import recursion
from tally_chain.engine.interface import Block, BlockTag, ChainIdentity, Event, Fees, Outcome
from tally_chain.engine.quick import QuickVM
from tally_chain.engine.store import ChainStore, WriterLock
from tally_chain.errors import CallRevertedError, EngineStoreError, Refusal, SendRefusedError

recursion.bound()

FORMAT = "tallystick-embedded-chain-1"
# One transaction a block never comes near half of this, which keeps the base fee at its floor for ever.
BLOCK_GAS_LIMIT = 60_000_000
GENESIS_BASE_FEE_WEI = 7
PRIORITY_FEE_WEI = 1
# Enough for about 10^15 anchors. The coin has no value: the chain has one node.
FUNDING_WEI = 10**24
# A chain of its own for every installation, out of the range of registered chain ids.
CHAIN_ID_FIRST = 7_700_000_000
CHAIN_ID_SPAN = 1_000_000_000
# A call or an estimate may use a whole block.
CALL_GAS = BLOCK_GAS_LIMIT

_VM = QuickVM.configure("EmbeddedVM", consensus_class=NoProofConsensus)


# py-evm's annotations are narrower than its code (NewTypes over int and bytes that its own callers do not use), so its
# objects are Any here, and whatever leaves this module is converted.
class _ReadChain(Chain):
    """py-evm lowers the gas limit a little in every block; here it stays."""

    @classmethod
    def create_header_from_parent(cls, parent_header: BlockHeaderAPI, **params: Any) -> Any:
        params.setdefault("gas_limit", parent_header.gas_limit)
        return _VM.create_header_from_parent(parent_header, **params)


class _WriteChain(_ReadChain, MiningChain):
    """One that has the next block's header made from its beginning on."""


def _configured(chain: Any, chain_id: int) -> Any:
    return chain.configure("Embedded", vm_configuration=((0, _VM),), chain_id=chain_id)


def _wall_clock() -> int:
    return int(time.time())


class EmbeddedEngine:
    """An Engine over a chain directory; see `create`, `open` and `open_reader`."""

    def __init__(self, store: ChainStore, lock: WriterLock | None, clock: Callable[[], int]) -> None:
        self._store = store
        self._lock = lock
        self._clock = clock
        self._guard = threading.RLock()
        facts = store.facts()
        if facts.get("format") != FORMAT:
            raise EngineStoreError(f"the chain's format is {facts.get('format')!r}, not {FORMAT!r}")
        self._chain_id = int(facts["chain_id"])
        self._genesis_hash = bytes.fromhex(facts["genesis_hash"])
        self._read_class = _configured(_ReadChain, self._chain_id)
        self._write_class = _configured(_WriteChain, self._chain_id)

    @classmethod
    def create(
        cls,
        directory: Path,
        funded: Mapping[str, int] | Sequence[str],
        *,
        chain_id: int | None = None,
        clock: Callable[[], int] = _wall_clock,
    ) -> EmbeddedEngine:
        """Makes a new chain and opens it for writing.

        `funded` are the addresses that may pay for transactions, with their wei (default FUNDING_WEI each); their keys
        were made by whoever calls, there is no built-in account. Refuses a directory that holds a chain.
        """
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = WriterLock(directory)
        try:
            store = ChainStore.open_writer(directory)
            if store.has_tables():
                store.close()
                raise EngineStoreError(f"{directory} holds a chain already")
            amounts = funded if isinstance(funded, Mapping) else dict.fromkeys(funded, FUNDING_WEI)
            number = CHAIN_ID_FIRST + secrets.randbelow(CHAIN_ID_SPAN) if chain_id is None else chain_id
            with store.block():
                store.create_tables()
                genesis = _write_genesis(store, number, amounts, clock())
                store.put_facts({"format": FORMAT, "chain_id": str(number), "genesis_hash": genesis.hex()})
            return cls(store, lock, clock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(cls, directory: Path, *, clock: Callable[[], int] = _wall_clock) -> EmbeddedEngine:
        """Opens an existing chain for writing; raises EngineStoreError when it is missing or another process has it."""
        if not directory.is_dir():
            raise EngineStoreError(f"no embedded chain in {directory}")
        lock = WriterLock(directory)
        try:
            store = ChainStore.open_writer(directory)
            if not store.has_tables():
                store.close()
                raise EngineStoreError(f"no embedded chain in {directory}")
            return cls(store, lock, clock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open_reader(cls, directory: Path) -> EmbeddedEngine:
        """Opens an existing chain for reading, beside any writer; sending is refused. Raises EngineStoreError."""
        store = ChainStore.open_reader(directory)
        try:
            if not store.has_tables():
                raise EngineStoreError(f"no embedded chain in {directory}")
            return cls(store, None, _wall_clock)
        except sqlite3.DatabaseError as error:
            store.close()
            raise EngineStoreError(f"the chain in {directory} is damaged: {error}") from error
        except BaseException:
            store.close()
            raise

    def identity(self) -> ChainIdentity:
        """See Engine; the genesis hash is read from the chain, not from the facts beside it."""
        genesis = self.block(0)
        if genesis is None or genesis.hash != self._genesis_hash:
            raise EngineStoreError("the embedded chain's genesis block is not the one it was made with")
        return ChainIdentity(self._chain_id, genesis.hash, "embedded")

    def block(self, which: int | BlockTag) -> Block | None:
        """See Engine; latest, safe and finalized are one and the same."""
        with self._reading() as chain:
            try:
                if isinstance(which, BlockTag):
                    header = chain.get_canonical_head()
                else:
                    header = chain.get_canonical_block_header_by_number(which)
            except (HeaderNotFound, BlockNotFound):
                return None
            return Block(header.block_number, header.hash, header.parent_hash, header.timestamp)

    def send_raw_transaction(self, raw: bytes) -> bytes:
        """See Engine; executes the transaction, writes its block, and only then answers."""
        if self._lock is None:
            raise SendRefusedError(Refusal.INVALID, "this chain is open for reading only")
        with self._guard:
            try:
                with self._store.block():
                    return self._make_block(raw)
            except (ValidationError, VMError) as error:
                raise SendRefusedError(Refusal.OTHER, str(error)) from error

    def outcome(self, tx_hash: bytes) -> Outcome | None:
        """See Engine."""
        with self._reading() as chain:
            try:
                number, index = chain.chaindb.get_transaction_index(tx_hash)
            except TransactionNotFound:
                return None
            header = chain.get_canonical_block_header_by_number(number)
            transaction = chain.get_canonical_transaction_by_index(number, index)
            result = chain.get_transaction_receipt_by_index(number, index)
            created = None
            if transaction.to == CREATE_CONTRACT_ADDRESS:
                digest = keccak(rlp_encode([transaction.sender, transaction.nonce]))
                created = to_checksum_address(digest[12:])
            events = tuple(event for event in _block_events(chain, header) if event.tx_hash == tx_hash)
            succeeded = result.state_root == b"\x01"
            return Outcome(tx_hash, number, header.hash, succeeded, result.gas_used, created, events)

    def call(self, to: str, data: bytes, *, sender: str | None = None) -> bytes:
        """See Engine."""
        with self._reading() as chain:
            return bytes(self._simulated(chain, sender, to, data).output)

    def estimate_gas(self, sender: str, to: str | None, data: bytes) -> int:
        """See Engine; one execution with a whole block's gas. Refunds come afterwards and do not lower what is needed,
        and a call inside gets 63 of 64 parts of what is left, so that much is added.
        """
        with self._reading() as chain:
            computation = self._simulated(chain, sender, to, data)
            return (CALL_GAS - int(computation.get_gas_remaining())) * 64 // 63 + 1

    def nonce(self, address: str) -> int:
        """See Engine."""
        with self._reading() as chain:
            return int(chain.get_vm(chain.get_canonical_head()).state.get_nonce(to_canonical_address(address)))

    def balance(self, address: str) -> int:
        """See Engine."""
        with self._reading() as chain:
            return int(chain.get_vm(chain.get_canonical_head()).state.get_balance(to_canonical_address(address)))

    def code(self, address: str) -> bytes:
        """See Engine."""
        with self._reading() as chain:
            return bytes(chain.get_vm(chain.get_canonical_head()).state.get_code(to_canonical_address(address)))

    def fees(self) -> Fees:
        """See Engine."""
        with self._reading() as chain:
            base = int(chain.create_header_from_parent(chain.get_canonical_head()).base_fee_per_gas)
            return Fees(base, PRIORITY_FEE_WEI, base + PRIORITY_FEE_WEI)

    def events(self, address: str, topics: Sequence[bytes | None], first_block: int, last_block: int) -> list[Event]:
        """See Engine; headers whose bloom filter excludes the contract are passed over."""
        found: list[Event] = []
        canonical = to_canonical_address(address)
        checksummed = to_checksum_address(address)
        with self._reading() as chain:
            head = chain.get_canonical_head().block_number
            for number in range(max(0, first_block), min(last_block, head) + 1):
                header = chain.get_canonical_block_header_by_number(number)
                if canonical not in BloomFilter(header.bloom):
                    continue
                found += [
                    event
                    for event in _block_events(chain, header)
                    if event.address == checksummed and _topics_match(event.topics, topics)
                ]
        return found

    def close(self) -> None:
        """See Engine."""
        with self._guard:
            self._store.close()
            if self._lock is not None:
                self._lock.release()

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        """A chain object over one snapshot. A fresh one every time: py-evm caches state that a rollback would stale."""
        with self._guard, self._store.snapshot():
            yield self._read_class(self._store)

    def _simulated(self, chain: Any, sender: str | None, to: str | None, data: bytes) -> Any:
        """A call executed as in the next block, at the time that this chain's clock gives it; nothing is kept.

        py-evm's own way goes by the machine's clock, whatever the chain was opened with. Raises CallRevertedError.
        """
        head = chain.get_canonical_head()
        vm = chain.get_vm(head)
        front = chain.create_header_from_parent(head, timestamp=max(self._clock(), head.timestamp + 1))
        before = itertools.chain((head.hash,), vm.previous_hashes)
        state = vm.build_state(vm.chaindb.db, front.copy(base_fee_per_gas=0), vm.chain_context, before)
        computation = state.costless_execute_transaction(_unsigned(vm, state, sender, to, data))
        if computation.is_error:
            raise _reverted(computation.error)
        return computation

    def _make_block(self, raw: bytes) -> bytes:
        chain = self._write_class(self._store)
        head = chain.get_canonical_head()
        transaction = _decode(chain, raw)
        self._admit(chain, transaction)
        chain.set_header_timestamp(max(self._clock(), head.timestamp + 1))
        chain.mine_all([transaction])
        return bytes(transaction.hash)

    def _admit(self, chain: Any, transaction: Any) -> None:
        """Refuses what a node would refuse before a block is made, in the words of the Refusal table."""
        try:
            number, _ = chain.chaindb.get_transaction_index(transaction.hash)
        except TransactionNotFound:
            pass
        else:
            raise SendRefusedError(Refusal.ALREADY_KNOWN, f"in block {number}")
        if transaction.chain_id != self._chain_id:
            raise SendRefusedError(
                Refusal.INVALID, f"signed for chain {transaction.chain_id}, this is {self._chain_id}"
            )
        state = chain.get_vm(chain.get_canonical_head()).state
        expected = state.get_nonce(transaction.sender)
        if transaction.nonce != expected:
            reason = Refusal.NONCE_TOO_LOW if transaction.nonce < expected else Refusal.NONCE_TOO_HIGH
            raise SendRefusedError(reason, f"nonce {transaction.nonce}, the account is at {expected}")
        if transaction.max_fee_per_gas < chain.header.base_fee_per_gas:
            raise SendRefusedError(Refusal.UNDERPRICED, f"offers {transaction.max_fee_per_gas} wei")
        if state.get_balance(transaction.sender) < transaction.value + transaction.gas * transaction.max_fee_per_gas:
            raise SendRefusedError(Refusal.INSUFFICIENT_FUNDS, to_checksum_address(transaction.sender))
        if transaction.gas > BLOCK_GAS_LIMIT:
            raise SendRefusedError(Refusal.INVALID, f"asks for {transaction.gas} gas, a block holds {BLOCK_GAS_LIMIT}")


def _write_genesis(store: ChainStore, chain_id: int, amounts: Mapping[str, int], now: int) -> bytes:
    params = {
        "difficulty": 0,
        "gas_limit": BLOCK_GAS_LIMIT,
        "base_fee_per_gas": GENESIS_BASE_FEE_WEI,
        "timestamp": now,
    }
    state = {
        to_canonical_address(address): {"balance": wei, "nonce": 0, "code": b"", "storage": {}}
        for address, wei in amounts.items()
    }
    chain = _configured(_WriteChain, chain_id).from_genesis(store, params, state)
    return bytes(chain.get_canonical_head().hash)


def _decode(chain: Any, raw: bytes) -> Any:
    """Strict decode of a signed transaction; py-evm raises many kinds of errors for bytes that are none."""
    try:
        transaction = chain.get_vm().get_transaction_builder().decode(raw)
        transaction.validate()
        _ = transaction.sender
    except Exception as error:
        raise SendRefusedError(Refusal.INVALID, f"not a signed transaction: {error}") from error
    return transaction


def _unsigned(vm: Any, state: Any, sender: str | None, to: str | None, data: bytes) -> Any:
    """A transaction that claims a sender without a signature, for calls that leave no trace."""
    origin = to_canonical_address(sender) if sender is not None else b"\x00" * 20
    bare = vm.create_unsigned_transaction(
        nonce=state.get_nonce(origin),
        gas_price=0,
        gas=CALL_GAS,
        to=CREATE_CONTRACT_ADDRESS if to is None else to_canonical_address(to),
        value=0,
        data=data,
    )
    return SpoofTransaction(bare, from_=origin)


def _reverted(error: VMError) -> CallRevertedError:
    data = error.args[0] if isinstance(error, Revert) and error.args and isinstance(error.args[0], bytes) else b""
    return CallRevertedError("execution reverted" if isinstance(error, Revert) else repr(error), data)


def _block_events(chain: Any, header: BlockHeaderAPI) -> list[Event]:
    """All events of a block in order; the index runs through the block."""
    vm = chain.get_vm_class_for_block_number(header.block_number)
    results = chain.chaindb.get_receipts(header, vm.get_receipt_builder())
    hashes = chain.chaindb.get_block_transaction_hashes(header)
    events: list[Event] = []
    for tx_hash, result in zip(hashes, results, strict=True):
        for entry in result.logs:
            topics = tuple(topic.to_bytes(32, "big") for topic in entry.topics)
            place = (header.block_number, header.hash, bytes(tx_hash), len(events))
            events.append(Event(to_checksum_address(entry.address), topics, entry.data, *place))
    return events


def _topics_match(found: tuple[bytes, ...], wanted: Sequence[bytes | None]) -> bool:
    if len(wanted) > len(found):
        return False
    return all(want is None or want == have for want, have in zip(wanted, found, strict=False))
