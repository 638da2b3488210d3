"""Everything that happened to warehouse receipts on a chain, proven complete and checked. Nothing here sends.

A contract numbers its events (registry/history.py), so none can be missing, and each carries all that its parties
signed with their signatures. Nothing is taken from the node that can be computed: digests, heads, and whose key signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address

from tally_chain.contract_abi import topic
from tally_chain.engine.interface import Block, Engine, Event
from tally_chain.errors import ForeignContractError, OperationError, RegistryHistoryError
from tally_chain.receipts import encoding
from tally_chain.receipts.encoding import Point
from tally_chain.receipts.operations import KINDS, Operation, from_fields, head_after, typehash
from tally_chain.receipts.signing import signer_of
from tally_chain.registry.history import ask, check_code, read_events
from tally_chain.registry.moments import newest_block
from tally_chain.registry.organisations import (
    ADMINISTRATION_TOPIC,
    AdministrationChange,
    Registry,
    administration_change,
    key_id_of,
    read_registry,
)
from tally_chain.registry.roles import KeyRole

OPERATED_TOPIC = topic("Operated(uint64,bytes32,bytes32,bytes32,bytes32,bytes,bytes[],uint64)")
SITE_TOPIC = topic("SiteRegistered(uint64,bytes32,bytes32,(int32,int32)[],uint64)")
_TOPICS = (OPERATED_TOPIC, SITE_TOPIC, ADMINISTRATION_TOPIC)
_BLOCK_WORDS = {OPERATED_TOPIC: 4, SITE_TOPIC: 1}
"""Where the block of the event before stands in an event's data."""


@dataclass(frozen=True)
class SignedBy:
    """Whose signature it is, as the registry of parties had it right before the operation."""

    address: str
    organisation: bytes
    role: KeyRole
    acts_since: int
    """Block since which the key acted for its organisation then."""

    @property
    def key_id(self) -> bytes:
        """The key's id in the registry."""
        return key_id_of(self.address)


@dataclass(frozen=True)
class Moment:
    """Where something stands in the chain."""

    contract: str
    """Name of the contract: Sites, Lots, …"""
    sequence: int
    """Number of the event among those of its contract, from 1."""
    block_number: int
    index: int
    """Place of the event within its block."""
    time_seconds: int
    """Of the block, seconds since 1970."""
    parent_hash: bytes
    """Of the block before, which is in every head that this block made."""
    tx_hash: bytes


@dataclass(frozen=True)
class SignedOperation:
    """An operation that was carried out; everything in it was checked."""

    operation: Operation
    digest: bytes
    head: bytes
    """Head of the operation's object after it."""
    signers: tuple[SignedBy, ...]
    """In the order of the signatures."""
    moment: Moment


@dataclass(frozen=True)
class SiteRegistered:
    """The administration of Sites named a place and who owns it."""

    site: bytes
    owner: bytes
    outline: tuple[Point, ...]
    moment: Moment


Entry = SignedOperation | SiteRegistered


@dataclass(frozen=True)
class ReceiptHistory:
    """All operations of the contracts up to a block, in the order in which the chain carried them out."""

    chain_id: int
    places: Mapping[str, str]
    """Contract's name to its address."""
    last_block: int
    entries: tuple[Entry, ...]
    administration: tuple[AdministrationChange, ...]
    """Changes of the right to register sites."""
    registry: Registry
    """The parties and their keys."""

    def about(self, wanted: bytes) -> list[Entry]:
        """What names an object or organisation: as what it changes, in any of its fields, or as who signed."""
        return [entry for entry in self.entries if _names(entry, wanted)]


def check_contract(engine: Engine, contract: str, name: str, organisations: str) -> None:
    """Raises ForeignContractError unless the code is ours, and counts signatures for this chain and these parties."""
    check_code(engine, contract, name)
    (registry,) = ask(engine, contract, name, "ORGANISATIONS", "address")
    if to_checksum_address(cast("str", registry)) != organisations:
        raise ForeignContractError(f"{contract} stands on the registry {registry}, not on {organisations}")
    (separator,) = ask(engine, contract, name, "domainSeparator", "bytes32")
    if separator != encoding.domain_separator(f"Tallystick {name}", engine.identity().chain_id, contract):
        raise ForeignContractError(f"{contract} counts signatures for another chain or contract")


def read_history(engine: Engine, places: Mapping[str, str], organisations: str) -> ReceiptHistory:
    """All operations of the contracts at `places`. The caller has checked that the chain is the pinned one.

    1. The history of each contract is complete up to one block (`read_events`); what came meanwhile is left out.
    2. Each operation's fields are those of its kind and decode to the last byte; its digest is computed.
    3. The object is the one that the operation names, and its head the one before, which was signed, and the digest.
    4. Each signature leads to a key that was good right before, in the registry of parties.
    Raises ForeignContractError for other code, and RegistryHistoryError where anything of this does not hold. Whether
    the operations follow from each other is for the rules that replay them.
    """
    last_block = newest_block(engine).number
    events: dict[str, list[Event]] = {}
    for name, contract in places.items():
        check_contract(engine, contract, name, organisations)
        found = events_of(engine, contract, name)
        events[name] = [event for event in found if event.block_number <= last_block]
    # After the events: so every key that signed one of them is in it.
    registry = read_registry(engine, organisations)
    reader = EventReader(engine, engine.identity().chain_id, places, registry)
    for name, found in events.items():
        for number, event in enumerate(found, 1):
            try:
                reader.take(name, number, event)
            except (DecodingError, IndexError, OperationError) as error:
                raise RegistryHistoryError(f"event {number} of {name}: {error}") from error
    entries = sorted(reader.entries, key=lambda entry: (entry.moment.block_number, entry.moment.index))
    return ReceiptHistory(
        reader.chain_id, dict(places), last_block, tuple(entries), tuple(reader.administration), registry
    )


def events_of(engine: Engine, contract: str, name: str, *, after: int = 0) -> list[Event]:
    """Every event of one of the contracts behind number `after`, complete, oldest first. Raises as `read_events`."""
    return read_events(engine, contract, name, _TOPICS, block_words=_BLOCK_WORDS, after=after)


class EventReader:
    """What the events say, each checked by itself, in the order in which they are taken."""

    def __init__(self, engine: Engine, chain_id: int, places: Mapping[str, str], registry: Registry) -> None:
        self.chain_id = chain_id
        self.entries: list[Entry] = []
        self.administration: list[AdministrationChange] = []
        self.registry = registry
        self._engine, self._places = engine, places
        self._blocks: dict[int, Block] = {}

    def take(self, name: str, number: int, event: Event) -> None:
        """The next event of a contract."""
        block = self._block(event.block_number)
        time, parent = block.time_seconds, block.parent_hash
        moment = Moment(name, number, event.block_number, event.index, time, parent, event.tx_hash)
        if event.topics[0] == ADMINISTRATION_TOPIC:
            self.administration.append(administration_change(event, number))
        elif event.topics[0] == SITE_TOPIC:
            self.entries.append(_site(event, moment))
        else:
            self.entries.append(self._operation(event, moment))

    def _block(self, number: int) -> Block:
        if number not in self._blocks:
            block = self._engine.block(number)
            if block is None:
                raise RegistryHistoryError(f"the node does not show block {number}")
            self._blocks[number] = block
        return self._blocks[number]

    def _operation(self, event: Event, moment: Moment) -> SignedOperation:
        digest, head, fields, signatures, _ = decode(["bytes32", "bytes32", "bytes", "bytes[]", "uint64"], event.data)
        _, _, changed, hashed = event.topics
        name = _KIND_OF.get((moment.contract, hashed))
        if name is None:
            raise OperationError("it is of no kind that is known")
        operation = from_fields(name, bytes(fields))
        if operation.digest(self.chain_id, self._places[moment.contract]) != digest:
            raise OperationError(f"{name} has another digest than its fields")
        if operation.object != changed:
            raise OperationError(f"{name} is about another object than its fields")
        if head_after(operation.head, bytes(digest), moment.parent_hash) != head:
            raise OperationError(f"{name} does not continue the head that was signed")
        signers = tuple(self._signed_by(signer_of(bytes(digest), bytes(one)), moment) for one in signatures)
        return SignedOperation(operation, bytes(digest), bytes(head), signers, moment)

    def _signed_by(self, address: str, moment: Moment) -> SignedBy:
        key = self.registry.keys.get(key_id_of(address))
        if key is None or not key.good_before(moment.block_number, moment.index, moment.time_seconds):
            raise OperationError(f"it was signed by {address}, which was nobody's good key")
        acted_since = key.acted_since(moment.block_number, moment.index)
        return SignedBy(address, key.organisation, key.role, acted_since)


_KIND_OF = {(kind.contract, typehash(name)): name for name, kind in KINDS.items()}


def _site(event: Event, moment: Moment) -> SiteRegistered:
    outline, _ = decode(["(int32,int32)[]", "uint64"], event.data)
    _, _, site, owner = event.topics
    return SiteRegistered(site, owner, tuple(Point(*corner) for corner in outline), moment)


def _names(entry: Entry, wanted: bytes) -> bool:
    if isinstance(entry, SiteRegistered):
        return wanted in (entry.site, entry.owner)
    signers = (signer.organisation for signer in entry.signers)
    return wanted in (entry.operation.object, entry.digest, *signers, *_flat(entry.operation.values.values()))


def _flat(values: Iterable[object]) -> Iterator[object]:
    for value in values:
        if isinstance(value, tuple):
            yield from _flat(value)
        else:
            yield value
