"""The LogAnchor contract from outside: its committed artefact, calls as bytes, answers and events as values. No IO but
the package's own data file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from tally_chain import contract_abi
from tally_chain.contract_abi import Artefact
from tally_chain.engine.interface import Event
from tally_chain.errors import AnchorHistoryError

EARLIER_CODE_HASHES = frozenset({bytes.fromhex("c82cbd7575891b1f0a19bd754ea920be8d49957d90319478145fd363d9fe97e4")})
"""Keccak-256 of the code of LogAnchor before `retire`; what is anchored there stays readable, and more can be."""
_SEQUENCE_BITS = 32
_ZERO = bytes(32)


@dataclass(frozen=True)
class AnchoredHead:
    """What the contract says about a log now."""

    log_id: bytes
    size: int
    """Leaves under the anchored head; 0 before the first anchor."""
    root: bytes
    anchored_at: int
    """The chain's own time of the block, in the chain's unit: seconds, or milliseconds on some FISCO BCOS chains."""
    block_number: int
    sequence: int
    """How many heads were anchored so far."""
    tx_key: str
    owner: str
    pending_owner: str | None
    predecessor: bytes | None
    successor: bytes | None
    retired: bool
    """Whether no more heads are accepted; so is every log with a successor."""


@dataclass(frozen=True)
class AnchoredEvent:
    """One Anchored event, decoded."""

    log_id: bytes
    sequence: int
    size: int
    root: bytes
    previous_size: int
    previous_block: int


def artefact() -> Artefact:
    """The committed artefact of LogAnchor."""
    return contract_abi.load("LogAnchor")


def is_log_anchor(code: bytes) -> bool:
    """Whether code on a chain is LogAnchor, as committed or as it was before."""
    return code == artefact().runtime_code or bytes(keccak(code)) in EARLIER_CODE_HASHES


ANCHORED_TOPIC = bytes(keccak(text="Anchored(bytes32,uint32,uint64,bytes32,uint64,uint64)"))

_EARLIER_HEAD_TYPE = "(uint64,bytes32,uint64,uint64,uint32,address,address,address,bytes32,bytes32)"
_HEAD_TYPE = "(uint64,bytes32,uint64,uint64,uint32,address,address,address,bytes32,bytes32,bool)"
_EARLIER_HEAD_BYTES = 320


def call_data(function: str, *arguments: object) -> bytes:
    """The input of a call to one of the contract's functions."""
    return contract_abi.call_data("LogAnchor", function, *arguments)


explain_revert = contract_abi.explain_revert


def anchor_call(log_id: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bytes:
    """The input of `anchor`."""
    return call_data("anchor", log_id, size, root, list(proof))


def decode_head(log_id: bytes, output: bytes) -> AnchoredHead:
    """The answer of `head`; raises AnchorHistoryError when it is not one."""
    earlier = len(output) == _EARLIER_HEAD_BYTES
    try:
        (fields,) = decode([_EARLIER_HEAD_TYPE if earlier else _HEAD_TYPE], output)
    except DecodingError as error:
        raise AnchorHistoryError(f"the contract's head does not decode: {error}") from error
    size, root, anchored_at, block_number, sequence, tx_key, owner, pending, predecessor, successor, *rest = fields
    return AnchoredHead(
        log_id=log_id,
        size=size,
        root=bytes(root),
        anchored_at=anchored_at,
        block_number=block_number,
        sequence=sequence,
        tx_key=to_checksum_address(tx_key),
        owner=to_checksum_address(owner),
        pending_owner=None if int(pending, 16) == 0 else to_checksum_address(pending),
        predecessor=None if predecessor == _ZERO else bytes(predecessor),
        successor=None if successor == _ZERO else bytes(successor),
        retired=bool(rest[0]) if rest else successor != _ZERO,
    )


def decode_anchored(event: Event) -> AnchoredEvent:
    """An Anchored event; raises AnchorHistoryError when it is another event or does not decode."""
    if len(event.topics) != 3 or event.topics[0] != ANCHORED_TOPIC:
        raise AnchorHistoryError("not an Anchored event")
    try:
        size, root, previous_size, previous_block = decode(["uint64", "bytes32", "uint64", "uint64"], event.data)
    except DecodingError as error:
        raise AnchorHistoryError(f"an Anchored event does not decode: {error}") from error
    sequence = int.from_bytes(event.topics[2], "big")
    if sequence >> _SEQUENCE_BITS:
        raise AnchorHistoryError("an Anchored event has a running number that the contract never gives")
    return AnchoredEvent(event.topics[1], sequence, size, bytes(root), previous_size, previous_block)
