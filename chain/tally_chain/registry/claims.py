"""The registry of claims: countersigning, and reading which claims live. Nothing here sends.

A countersignature is EIP-712 over Claim or Release, bound to chain, contract and round. A registrar computes the
nullifier itself, from the thing (`nullifier.py`), before it signs; a nullifier that somebody brings is never signed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_account.messages import encode_typed_data
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from tally_chain.contract_abi import topic
from tally_chain.engine.interface import Engine, Event
from tally_chain.errors import CallRevertedError, ForeignContractError, RegistryHistoryError
from tally_chain.registry.history import ask, check_code, read_events
from tally_chain.registry.organisations import ADMINISTRATION_TOPIC, AdministrationChange, administration_change
from tally_chain.registry.roles import KeyRole

NAME = "Claims"
DOMAIN_NAME = "Tallystick Claims"
DOMAIN_VERSION = "1"
_ZERO = bytes(32)

_DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
_FIELDS = {
    "Claim": ("namespace", "nullifier", "digest", "organisation", "round", "deadline"),
    "Release": ("namespace", "nullifier", "organisation", "round", "deadline"),
}
_TYPES = {"round": "uint32", "deadline": "uint64"}


@dataclass(frozen=True)
class Countersignable:
    """What a registrar signs. `digest` is None for a release."""

    chain_id: int
    contract: str
    namespace: bytes
    nullifier: bytes
    organisation: bytes
    round: int
    """For a claim one more than the nullifier's rounds so far, for a release the rounds so far."""
    deadline: int
    """Last second since 1970 in which the signature counts."""
    digest: bytes | None = None

    def typed_data(self) -> dict[str, Any]:
        """The EIP-712 document, as wallets and external signers take it (eth_signTypedData_v4)."""
        primary = "Release" if self.digest is None else "Claim"
        values = {
            "namespace": self.namespace,
            "nullifier": self.nullifier,
            "digest": self.digest,
            "organisation": self.organisation,
            "round": self.round,
            "deadline": self.deadline,
        }
        fields = _FIELDS[primary]
        return {
            "types": {
                "EIP712Domain": [
                    {"name": "name", "type": "string"},
                    {"name": "version", "type": "string"},
                    {"name": "chainId", "type": "uint256"},
                    {"name": "verifyingContract", "type": "address"},
                ],
                primary: [{"name": name, "type": _TYPES.get(name, "bytes32")} for name in fields],
            },
            "primaryType": primary,
            "domain": {
                "name": DOMAIN_NAME,
                "version": DOMAIN_VERSION,
                "chainId": self.chain_id,
                "verifyingContract": self.contract,
            },
            "message": {name: values[name] for name in fields},
        }


class MessageSigner(Protocol):
    """A registrar's key, as eth_account's LocalAccount offers it."""

    def sign_message(self, signable_message: Any) -> Any:
        """Signs an EIP-191 message; the answer has `signature`, 65 bytes."""
        ...


def countersign(key: MessageSigner, what: Countersignable) -> bytes:
    """The registrar's signature: r, s (low) and v, 65 bytes."""
    return bytes(key.sign_message(encode_typed_data(full_message=what.typed_data())).signature)


def domain_separator(chain_id: int, contract: str) -> bytes:
    """What countersignatures for a contract on a chain are bound to."""
    types = ["bytes32", "bytes32", "bytes32", "uint256", "address"]
    names = [keccak(text=text) for text in (_DOMAIN_TYPE, DOMAIN_NAME, DOMAIN_VERSION)]
    return bytes(keccak(encode(types, [*names, chain_id, contract])))


@dataclass(frozen=True)
class NamespaceEntry:
    """A namespace as it stands on the chain."""

    namespace: bytes
    registrar: bytes
    claimant_role: KeyRole
    releasable: bool
    transferable: bool


@dataclass(frozen=True)
class ClaimState:
    """A nullifier as it stands on the chain; `holder` is None when no claim lives."""

    holder: bytes | None
    digest: bytes | None
    offered_to: bytes | None
    claimed_at: int
    """Seconds since 1970; 0 when none lives."""
    claimed_block: int
    rounds: int
    held_since: int
    """Only keys of the holder that act since this block or before may release or offer; 0 when none lives."""
    takers_since: int
    """Only keys of `offered_to` that act since this block or before may accept; 0 without an offer."""


@dataclass(frozen=True)
class Holding:
    """One stretch of a nullifier's history in which one organisation held the claim."""

    holder: bytes
    digest: bytes
    round: int
    from_block: int
    held_since: int
    """Since which block the key acts that claimed or accepted: older keys of the holder may move the claim too."""
    until_block: int | None = None
    """Block of the release or transfer; None while it lives."""


@dataclass(frozen=True)
class ClaimHistory:
    """The whole history of the contract up to its event `sequence`."""

    contract: str
    sequence: int
    namespaces: dict[bytes, NamespaceEntry]
    holdings: dict[tuple[bytes, bytes], tuple[Holding, ...]]
    """(namespace, nullifier) to its holdings, oldest first; no two overlap."""
    administration: tuple[AdministrationChange, ...]
    offers: dict[tuple[bytes, bytes], bytes]
    """(namespace, nullifier) to the organisation that may take the claim over."""

    def holder(self, namespace: bytes, nullifier: bytes) -> bytes | None:
        """Whose claim lives."""
        holdings = self.holdings.get((namespace, nullifier), ())
        return holdings[-1].holder if holdings and holdings[-1].until_block is None else None


OPENED_TOPIC = topic("NamespaceOpened(uint64,bytes32,bytes32,uint8,bool,bool,uint64)")
APPOINTED_TOPIC = topic("RegistrarAppointed(uint64,bytes32,bytes32,bytes32,uint64)")
CLAIMED_TOPIC = topic("Claimed(uint64,bytes32,bytes32,bytes32,bytes32,uint32,address,uint64,uint64)")
RELEASED_TOPIC = topic("Released(uint64,bytes32,bytes32,bytes32,uint32,address,uint64)")
OFFERED_TOPIC = topic("TransferOffered(uint64,bytes32,bytes32,bytes32,bytes32,uint64,uint64)")
TRANSFERRED_TOPIC = topic("Transferred(uint64,bytes32,bytes32,bytes32,bytes32,uint64,uint64)")
_TOPICS = (
    OPENED_TOPIC,
    APPOINTED_TOPIC,
    CLAIMED_TOPIC,
    RELEASED_TOPIC,
    OFFERED_TOPIC,
    TRANSFERRED_TOPIC,
    ADMINISTRATION_TOPIC,
)

_STATE = "(bytes32,bytes32,bytes32,uint64,uint64,uint32,uint64,uint64)"


def check_claims(engine: Engine, contract: str, organisations: str) -> None:
    """Raises ForeignContractError unless the code is ours and stands on that registry of parties and on this chain.

    The domain is checked by asking, because some chains (older FISCO BCOS) answer 0 to the CHAINID opcode.
    """
    check_code(engine, contract, NAME)
    (registry,) = ask(engine, contract, NAME, "ORGANISATIONS", "address")
    if to_checksum_address(cast("str", registry)) != organisations:
        raise ForeignContractError(f"{contract} stands on the registry {registry}, not on {organisations}")
    (separator,) = ask(engine, contract, NAME, "domainSeparator", "bytes32")
    if separator != domain_separator(engine.identity().chain_id, contract):
        raise ForeignContractError(f"{contract} counts countersignatures of another chain or contract")


def read_claim(engine: Engine, contract: str, namespace: bytes, nullifier: bytes) -> ClaimState:
    """What the contract says about a nullifier on the newest block."""
    (fields,) = ask(engine, contract, NAME, "claimOf", _STATE, namespace, nullifier)
    holder, digest, offered, *numbers = cast("tuple[bytes, bytes, bytes, int, int, int, int, int]", fields)
    return ClaimState(_or_none(holder), _or_none(digest), _or_none(offered), *numbers)


def read_namespace(engine: Engine, contract: str, namespace: bytes) -> NamespaceEntry | None:
    """A namespace on the newest block; None when it was never opened."""
    try:
        fields = ask(engine, contract, NAME, "namespaceOf", "bytes32,uint8,bool,bool", namespace)
    except CallRevertedError:
        return None
    registrar, role, releasable, transferable = cast("tuple[bytes, int, bool, bool]", fields)
    return NamespaceEntry(namespace, registrar, KeyRole(role), releasable, transferable)


def read_claims(engine: Engine, contract: str, organisations: str) -> ClaimHistory:
    """Every namespace and claim, proven complete. The caller has checked that the chain is the pinned one.

    Raises ForeignContractError for other code, and RegistryHistoryError where the events do not add up, by number or by
    what they say: a claim on what is held, a release or transfer of what is not, a round that is not the next, a claim
    held by a key that acts since no earlier block than the claim's, a transfer that was not offered to such a key.
    """
    check_claims(engine, contract, organisations)
    events = read_events(engine, contract, NAME, _TOPICS)
    story = _Story()
    for number, event in enumerate(events, 1):
        try:
            story.tell(event, number)
        except (DecodingError, IndexError, ValueError) as error:
            raise RegistryHistoryError(f"event {number} does not decode: {error}") from error
    holdings = {thing: tuple(held) for thing, held in story.holdings.items()}
    offers = {thing: taker for thing, (taker, _) in story.offers.items() if taker != _ZERO}
    return ClaimHistory(contract, len(events), story.namespaces, holdings, tuple(story.administration), offers)


@dataclass
class _Story:
    """The state that follows from the events so far, and whether the next one can follow from it."""

    namespaces: dict[bytes, NamespaceEntry] = field(default_factory=dict)
    holdings: dict[tuple[bytes, bytes], list[Holding]] = field(default_factory=dict)
    offers: dict[tuple[bytes, bytes], tuple[bytes, int]] = field(default_factory=dict)
    """To whom a claim is offered, and since which block the taker's key must act."""
    administration: list[AdministrationChange] = field(default_factory=list)

    def tell(self, event: Event, number: int) -> None:
        """Takes the next event."""
        kind = event.topics[0]
        if kind == ADMINISTRATION_TOPIC:
            self.administration.append(administration_change(event, number))
        elif kind == OPENED_TOPIC:
            role, releasable, transferable, _ = decode(["uint8", "bool", "bool", "uint64"], event.data)
            _, _, namespace, registrar = event.topics
            if namespace in self.namespaces:
                raise RegistryHistoryError(f"event {number} opens a namespace again")
            self.namespaces[namespace] = NamespaceEntry(namespace, registrar, KeyRole(role), releasable, transferable)
        elif kind == APPOINTED_TOPIC:
            namespace = event.topics[2]
            self.namespaces[namespace] = replace(self._opened(namespace, number), registrar=event.topics[3])
        elif kind == OFFERED_TOPIC:
            self._offer(event, number)
        else:
            self._move(event, number)

    def _opened(self, namespace: bytes, number: int) -> NamespaceEntry:
        found = self.namespaces.get(namespace)
        if found is None:
            raise RegistryHistoryError(f"event {number} is about a namespace that was never opened")
        return found

    def _offer(self, event: Event, number: int) -> None:
        rules = self._opened(event.topics[2], number)
        thing = (event.topics[2], event.topics[3])
        holder, to, since, _ = decode(["bytes32", "bytes32", "uint64", "uint64"], event.data)
        held = self.holdings.get(thing, ())
        living = held[-1] if held and held[-1].until_block is None else None
        if living is None or not rules.transferable or living.holder != bytes(holder) or since >= event.block_number:
            raise RegistryHistoryError(f"event {number} offers what its organisation does not hold, or to later keys")
        self.offers[thing] = (bytes(to), since)

    def _move(self, event: Event, number: int) -> None:
        rules = self._opened(event.topics[2], number)
        thing = (event.topics[2], event.topics[3])
        held = self.holdings.setdefault(thing, [])
        living = held[-1] if held and held[-1].until_block is None else None
        offered, takers_since = self.offers.pop(thing, (None, 0))
        block = event.block_number
        if event.topics[0] == CLAIMED_TOPIC:
            holder, digest, turn, _, since, _ = decode(_CLAIMED, event.data)
            if living is not None or turn != (held[-1].round + 1 if held else 1):
                raise RegistryHistoryError(f"event {number} claims what is claimed")
            held.append(_checked(Holding(bytes(holder), bytes(digest), turn, block, since), number))
            return
        if event.topics[0] == RELEASED_TOPIC:
            holder, turn, _, _ = decode(["bytes32", "uint32", "address", "uint64"], event.data)
            if living is None or not rules.releasable or (living.holder, living.round) != (bytes(holder), turn):
                raise RegistryHistoryError(f"event {number} releases what its organisation does not hold")
            held[-1] = replace(living, until_block=block)
            return
        holder, taker, since, _ = decode(["bytes32", "bytes32", "uint64", "uint64"], event.data)
        if living is None or not rules.transferable or living.holder != bytes(holder):
            raise RegistryHistoryError(f"event {number} transfers what its organisation does not hold")
        if offered != bytes(taker) or since > takers_since:
            raise RegistryHistoryError(f"event {number} transfers what was not offered to that key")
        held[-1] = replace(living, until_block=block)
        held.append(_checked(Holding(bytes(taker), living.digest, living.round, block, since), number))


_CLAIMED = ("bytes32", "bytes32", "uint32", "address", "uint64", "uint64")


def _checked(holding: Holding, number: int) -> Holding:
    if holding.held_since >= holding.from_block:
        raise RegistryHistoryError(f"event {number} lets a key hold a claim that was bound in its block or later")
    return holding


def _or_none(value: bytes) -> bytes | None:
    return None if value == _ZERO else value
