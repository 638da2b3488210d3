"""The registry of parties: which key was good for what, when. Nothing here sends.

A key is good in a block when the contract had bound it in that block or before, the block's time lies within its
validity, and the contract had not revoked it in that block or before. A revocation also says since when the key is not
to be believed: what it signed between that time and the revocation was good when it was signed, and is not believed in
hindsight. Both answers are given, because a reader of the past and an accuser of the past ask different questions.

A key acts for its organisation since the block that bound it, or, when an older key of the organisation vouched for it,
since when that one does. What the organisation held before, only its older keys move (claims.py).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import cast

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from tally_chain.contract_abi import topic
from tally_chain.engine.interface import Engine, Event
from tally_chain.errors import CallRevertedError, RegistryHistoryError
from tally_chain.registry.history import ask, check_code, read_events
from tally_chain.registry.roles import KeyRole

NAME = "Organisations"


class Reason(enum.IntEnum):
    """Why a key was revoked; the numbers are the contract's."""

    UNSPECIFIED = 1
    COMPROMISED = 2
    SUPERSEDED = 3
    CEASED = 4
    WITHDRAWN = 5


@dataclass(frozen=True)
class Revocation:
    """The end of a key. Times are seconds since 1970."""

    reason: Reason
    at: int
    since: int
    """Since when the key is not to be believed, as the revoker says; at most `at`."""
    block_number: int
    sequence: int
    index: int = 0
    """Place of the event within its block."""


@dataclass(frozen=True)
class Vouching:
    """An older key of the organisation vouched for one."""

    acts_since: int
    acts_since_before: int
    block_number: int
    index: int
    """Place of the event within its block."""


@dataclass(frozen=True)
class BoundKey:
    """A key and all that the chain says of it. Times are seconds since 1970."""

    key_id: bytes
    organisation: bytes
    role: KeyRole
    valid_from: int
    valid_until: int
    """The first second after its validity."""
    bound_at: int
    bound_block: int
    sequence: int
    acts_since: int
    """The block since which it acts for its organisation: `bound_block`, or less once an older key vouched for it."""
    revocation: Revocation | None = None
    vouchings: tuple[Vouching, ...] = ()
    """Oldest first; empty where the key's history was not read (`read_key`)."""

    def good_at(self, block_number: int, time_seconds: int) -> bool:
        """Whether the chain called it good in that block, of that time."""
        bound = self.bound_block <= block_number and self.valid_from <= time_seconds < self.valid_until
        return bound and (self.revocation is None or block_number < self.revocation.block_number)

    def good_before(self, block_number: int, index: int, time_seconds: int) -> bool:
        """Whether the contract called it good right before a place within a block of that time.

        What was signed by a key counts by this: in one block a revocation ends what comes after it alone.
        """
        bound = self.bound_block <= block_number and self.valid_from <= time_seconds < self.valid_until
        ended = self.revocation
        return bound and (ended is None or (block_number, index) < (ended.block_number, ended.index))

    def acted_since(self, block_number: int, index: int) -> int:
        """The block since which it acted for its organisation, right before a place within a block."""
        later = (one for one in self.vouchings if (block_number, index) < (one.block_number, one.index))
        return next((one.acts_since_before for one in later), self.acts_since)

    def believed_at(self, block_number: int, time_seconds: int) -> bool:
        """Whether it was good, and nothing that was said later takes that back."""
        good = self.good_at(block_number, time_seconds)
        return good and (self.revocation is None or time_seconds < self.revocation.since)


@dataclass(frozen=True)
class Organisation:
    """A party. What the law calls it is in the commitment (`identifiers.opens`)."""

    organisation: bytes
    commitment: bytes
    block_number: int
    sequence: int


@dataclass(frozen=True)
class AdministrationChange:
    """Somebody was given, or lost, a right over the contract itself."""

    role: bytes
    account: str
    granted: bool
    block_number: int
    sequence: int


@dataclass(frozen=True)
class Registry:
    """The whole history of the contract up to its event `sequence`."""

    contract: str
    sequence: int
    last_block: int
    organisations: dict[bytes, Organisation]
    keys: dict[bytes, BoundKey]
    administration: tuple[AdministrationChange, ...]

    def good_keys(self, block_number: int, time_seconds: int, *, role: KeyRole | None = None) -> list[BoundKey]:
        """The keys that were good in a block, in the order in which they were bound."""
        keys = sorted(self.keys.values(), key=lambda key: key.sequence)
        return [key for key in keys if key.good_at(block_number, time_seconds) and role in (None, key.role)]

    def takers_since(self, organisation: bytes, role: KeyRole, block_number: int, time_seconds: int) -> int | None:
        """Since when the oldest good key of an organisation acts in a role: what to offer a claim to. None without one.

        Keys that act since then are the ones that the organisation itself trusts with what it holds: the first, and
        those that they vouched for. Compare it with what the organisation says by another way.
        """
        good = self.good_keys(block_number, time_seconds, role=role)
        return min((key.acts_since for key in good if key.organisation == organisation), default=None)

    def holders(self, role: bytes, block_number: int | None = None) -> set[str]:
        """Who holds a right over the contract itself, now or in a block: ADMIN, REGISTRAR or REVOKER."""
        return holders(self.administration, role, block_number)


def holders(changes: Iterable[AdministrationChange], role: bytes, block_number: int | None = None) -> set[str]:
    """Who holds a right after these changes, or after those up to a block."""
    held: set[str] = set()
    for change in changes:
        if change.role == role and (block_number is None or change.block_number <= block_number):
            (held.add if change.granted else held.discard)(change.account)
    return held


ADMIN = bytes(32)
REGISTRAR = bytes(keccak(text="REGISTRAR_ROLE"))
REVOKER = bytes(keccak(text="REVOKER_ROLE"))

REGISTERED_TOPIC = topic("OrganisationRegistered(uint64,bytes32,bytes32,uint64)")
BOUND_TOPIC = topic("KeyBound(uint64,bytes32,bytes32,uint8,uint64,uint64,uint64,uint64)")
VOUCHED_TOPIC = topic("KeyVouched(uint64,bytes32,bytes32,bytes32,uint64,uint64)")
REVOKED_TOPIC = topic("KeyRevoked(uint64,bytes32,bytes32,uint8,uint64,uint64,uint64)")
ADMINISTRATION_TOPIC = topic("AdministrationChanged(uint64,bytes32,address,bool,uint64)")
_TOPICS = (REGISTERED_TOPIC, BOUND_TOPIC, VOUCHED_TOPIC, REVOKED_TOPIC, ADMINISTRATION_TOPIC)

_STANDING = "(bytes32,uint8,bool,uint8,uint64,uint64,uint64,uint64,uint64,uint64,uint64,uint64)"


def key_id_of(address: str) -> bytes:
    """The key id of a transaction key: its address, padded on the left."""
    return bytes.fromhex(address.removeprefix("0x")).rjust(32, b"\0")


def read_key(engine: Engine, contract: str, key_id: bytes) -> BoundKey | None:
    """What the contract says about one key on the newest block; None when it was never bound.

    The answer of one node, without its history: `sequence` is 0. `read_registry` proves more.
    """
    try:
        (fields,) = ask(engine, contract, NAME, "standing", _STANDING, key_id)
    except CallRevertedError:
        return None
    organisation, role, _, reason, start, stop, bound_at, bound_block, at, block, since, acts_since = cast(
        "tuple[bytes, int, bool, int, int, int, int, int, int, int, int, int]", fields
    )
    ended = None if block == 0 else Revocation(_reason(reason), at, since, block, 0)
    return BoundKey(key_id, organisation, _role(role), start, stop, bound_at, bound_block, 0, acts_since, ended)


def read_registry(engine: Engine, contract: str) -> Registry:
    """The whole registry, proven complete. The caller has checked that the chain is the pinned one.

    Raises ForeignContractError for other code, RegistryHistoryError where the events do not add up, by number or by
    what they say: an organisation or a key that comes twice, a key of an unknown organisation, a second revocation, a
    key that vouches and could not.
    """
    check_code(engine, contract, NAME)
    events = read_events(engine, contract, NAME, _TOPICS)
    organisations: dict[bytes, Organisation] = {}
    keys: dict[bytes, BoundKey] = {}
    changes: list[AdministrationChange] = []
    for number, event in enumerate(events, 1):
        try:
            if event.topics[0] == REGISTERED_TOPIC:
                _register(organisations, event, number)
            elif event.topics[0] == BOUND_TOPIC:
                _bind(organisations, keys, event, number)
            elif event.topics[0] == VOUCHED_TOPIC:
                _vouch(keys, event, number)
            elif event.topics[0] == REVOKED_TOPIC:
                _revoke(keys, event, number)
            else:
                changes.append(administration_change(event, number))
        except (DecodingError, IndexError) as error:
            raise RegistryHistoryError(f"event {number} does not decode: {error}") from error
    last_block = events[-1].block_number if events else 0
    return Registry(contract, len(events), last_block, organisations, keys, tuple(changes))


def _register(organisations: dict[bytes, Organisation], event: Event, number: int) -> None:
    committed, _ = decode(["bytes32", "uint64"], event.data)
    if event.topics[2] in organisations:
        raise RegistryHistoryError(f"event {number} registers an organisation again")
    organisations[event.topics[2]] = Organisation(event.topics[2], bytes(committed), event.block_number, number)


def _bind(organisations: dict[bytes, Organisation], keys: dict[bytes, BoundKey], event: Event, number: int) -> None:
    role, start, stop, at, _ = decode(["uint8", "uint64", "uint64", "uint64", "uint64"], event.data)
    key_id, organisation = event.topics[2], event.topics[3]
    if key_id in keys:
        raise RegistryHistoryError(f"event {number} binds a key again")
    if organisation not in organisations:
        raise RegistryHistoryError(f"event {number} binds a key to an organisation that is not registered")
    block = event.block_number
    keys[key_id] = BoundKey(key_id, organisation, _role(role), start, stop, at, block, number, block)


def _vouch(keys: dict[bytes, BoundKey], event: Event, number: int) -> None:
    voucher, acts_since, _ = decode(["bytes32", "uint64", "uint64"], event.data)
    key, older = keys.get(event.topics[2]), keys.get(bytes(voucher))
    if key is None or older is None or key.revocation is not None or older.revocation is not None:
        raise RegistryHistoryError(f"event {number} vouches for a key, or by a key, that is not there or was revoked")
    if (key.organisation, key.organisation, key.role) != (event.topics[3], older.organisation, older.role):
        raise RegistryHistoryError(f"event {number} vouches for a key of another organisation or role")
    if older.acts_since != acts_since or acts_since >= key.acts_since:
        raise RegistryHistoryError(f"event {number} vouches for a key that is not the later one")
    vouching = Vouching(acts_since, key.acts_since, event.block_number, event.index)
    keys[key.key_id] = replace(key, acts_since=acts_since, vouchings=(*key.vouchings, vouching))


def _revoke(keys: dict[bytes, BoundKey], event: Event, number: int) -> None:
    reason, since, at, _ = decode(["uint8", "uint64", "uint64", "uint64"], event.data)
    key = keys.get(event.topics[2])
    if key is None or key.revocation is not None or key.organisation != event.topics[3]:
        raise RegistryHistoryError(f"event {number} revokes a key that is not there to be revoked")
    revocation = Revocation(_reason(reason), at, since, event.block_number, number, event.index)
    keys[key.key_id] = replace(key, revocation=revocation)


def administration_change(event: Event, number: int) -> AdministrationChange:
    """An AdministrationChanged event; also those of Claims."""
    granted, _ = decode(["bool", "uint64"], event.data)
    (account,) = decode(["address"], event.topics[3])
    return AdministrationChange(event.topics[2], to_checksum_address(account), granted, event.block_number, number)


def _role(number: int) -> KeyRole:
    try:
        return KeyRole(number)
    except ValueError:
        raise RegistryHistoryError(f"no role has the number {number}") from None


def _reason(number: int) -> Reason:
    try:
        return Reason(number)
    except ValueError:
        raise RegistryHistoryError(f"no reason has the number {number}") from None
