"""The LogAnchor contract from outside: its committed artefact, calls as bytes, answers and events as values. No IO but
the package's own data file.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from tally_chain.engine.interface import Event
from tally_chain.errors import AnchorHistoryError

LOG_ID_BYTES = 32
ROOT_BYTES = 32
_ZERO = bytes(32)


@dataclass(frozen=True)
class Artefact:
    """What the compiler made of the contract; the recompile check is tally_chain.solidity."""

    compiler: str
    creation_code: bytes
    runtime_code: bytes
    functions: dict[str, tuple[str, ...]]
    """Function name to its argument types."""
    errors: dict[bytes, tuple[str, tuple[str, ...], tuple[str, ...]]]
    """Selector to custom error: name, argument names, argument types."""

    @property
    def code_hash(self) -> bytes:
        """Keccak-256 of the runtime code, as block explorers and eth_getProof show it."""
        return bytes(keccak(self.runtime_code))


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

    @property
    def retired(self) -> bool:
        """Whether another log continues this one, so that no more heads are accepted."""
        return self.successor is not None


@dataclass(frozen=True)
class AnchoredEvent:
    """One Anchored event, decoded."""

    log_id: bytes
    sequence: int
    size: int
    root: bytes
    previous_size: int
    previous_block: int


@functools.cache
def artefact() -> Artefact:
    """The committed artefact of LogAnchor."""
    text = (resources.files("tally_chain.artefacts") / "LogAnchor.json").read_text(encoding="utf-8")
    fields: dict[str, Any] = json.loads(text)
    functions: dict[str, tuple[str, ...]] = {}
    errors: dict[bytes, tuple[str, tuple[str, ...], tuple[str, ...]]] = {}
    for entry in fields["abi"]:
        types = tuple(argument["type"] for argument in entry.get("inputs", ()))
        if entry["type"] == "function":
            functions[entry["name"]] = types
        elif entry["type"] == "error":
            names = tuple(argument["name"] for argument in entry["inputs"])
            errors[_selector(entry["name"], types)] = (entry["name"], names, types)
    codes = (bytes.fromhex(fields["creation_code"]), bytes.fromhex(fields["runtime_code"]))
    return Artefact(fields["compiler"], *codes, functions, errors)


ANCHORED_TOPIC = bytes(keccak(text="Anchored(bytes32,uint32,uint64,bytes32,uint64,uint64)"))

_HEAD_TYPE = "(uint64,bytes32,uint64,uint64,uint32,address,address,address,bytes32,bytes32)"


def call_data(function: str, *arguments: object) -> bytes:
    """The input of a call to one of the contract's functions."""
    types = artefact().functions[function]
    return _selector(function, types) + bytes(encode(types, arguments))


def anchor_call(log_id: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bytes:
    """The input of `anchor`."""
    return call_data("anchor", log_id, size, root, list(proof))


def decode_head(log_id: bytes, output: bytes) -> AnchoredHead:
    """The answer of `head`; raises AnchorHistoryError when it is not one."""
    try:
        (fields,) = decode([_HEAD_TYPE], output)
    except DecodingError as error:
        raise AnchorHistoryError(f"the contract's head does not decode: {error}") from error
    size, root, anchored_at, block_number, sequence, tx_key, owner, pending, predecessor, successor = fields
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
    return AnchoredEvent(event.topics[1], sequence, size, bytes(root), previous_size, previous_block)


def explain_revert(data: bytes) -> str:
    """The contract's custom error in words a person can search for, or the bytes where it is none of its own."""
    known = artefact().errors.get(data[:4])
    if known is None:
        return f"reverted with 0x{data.hex()}" if data else "reverted without a reason"
    name, names, types = known
    try:
        values = decode(types, data[4:])
    except DecodingError:
        return f"{name} with arguments that do not decode"
    shown = ", ".join(
        f"{argument}={'0x' + value.hex() if isinstance(value, bytes) else value}"
        for argument, value in zip(names, values, strict=True)
    )
    return f"{name}({shown})"


def _selector(name: str, types: Sequence[str]) -> bytes:
    return bytes(keccak(text=f"{name}({','.join(types)})")[:4])
