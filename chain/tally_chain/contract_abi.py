"""The committed contracts from outside: artefacts, calls as bytes, refusals in words. No other IO."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

CONTRACTS = (
    "LogAnchor",
    "Organisations",
    "Claims",
    "Sites",
    "Lots",
    "Attestations",
    "Receipts",
    "Holds",
    "Pledges",
    "Trades",
    "Vouchers",
    "TimelockController",
)
"""Every contract that has an artefact, in the order in which refusals are looked up."""


@dataclass(frozen=True)
class Argument:
    """What a function takes or gives back; a struct has its fields as `parts`."""

    name: str
    type: str
    """As encoders write it: a struct is its fields in brackets."""
    parts: tuple[Argument, ...] = ()


@dataclass(frozen=True)
class Artefact:
    """What the compiler made of a contract; the recompile check is tally_chain.solidity."""

    compiler: str
    creation_code: bytes
    runtime_code: bytes
    """With zeros where a constructor writes immutable values; `immutable_places` says where."""
    functions: dict[str, tuple[str, ...]]
    """Function name to its argument types; none of these contracts overloads a name that is called here."""
    constructor: tuple[str, ...]
    errors: dict[bytes, tuple[str, tuple[str, ...], tuple[str, ...]]]
    """Selector to custom error: name, argument names, argument types."""
    immutable_places: tuple[tuple[int, int], ...] = ()
    """Start and length of every place in the runtime code that the constructor fills."""
    takes: Mapping[str, tuple[Argument, ...]] = field(default_factory=dict)
    """Function name to its arguments."""
    gives: Mapping[str, tuple[Argument, ...]] = field(default_factory=dict)
    """Function name to what it gives back."""

    @property
    def code_hash(self) -> bytes:
        """Keccak-256 of the runtime code, as block explorers and eth_getProof show it."""
        return bytes(keccak(self.runtime_code))

    def is_code(self, code: bytes) -> bool:
        """Whether code on a chain is this contract, whatever values its constructor was given."""
        blank = bytearray(code)
        for start, length in self.immutable_places:
            blank[start : start + length] = bytes(len(blank[start : start + length]))
        return bytes(blank) == self.runtime_code


@functools.cache
def load(contract: str) -> Artefact:
    """The committed artefact of one contract."""
    text = (resources.files("tally_chain.artefacts") / f"{contract}.json").read_text(encoding="utf-8")
    fields: dict[str, Any] = json.loads(text)
    functions: dict[str, tuple[str, ...]] = {}
    constructor: tuple[str, ...] = ()
    errors: dict[bytes, tuple[str, tuple[str, ...], tuple[str, ...]]] = {}
    takes: dict[str, tuple[Argument, ...]] = {}
    gives: dict[str, tuple[Argument, ...]] = {}
    for entry in fields["abi"]:
        arguments = tuple(map(_argument, entry.get("inputs", ())))
        types = tuple(argument.type for argument in arguments)
        if entry["type"] == "function":
            functions[entry["name"]], takes[entry["name"]] = types, arguments
            gives[entry["name"]] = tuple(map(_argument, entry["outputs"]))
        elif entry["type"] == "constructor":
            constructor = types
        elif entry["type"] == "error":
            names = tuple(argument["name"] for argument in entry["inputs"])
            errors[selector(entry["name"], types)] = (entry["name"], names, types)
    codes = (bytes.fromhex(fields["creation_code"]), bytes.fromhex(fields["runtime_code"]))
    places = tuple((start, length) for start, length in fields.get("immutable_places", ()))
    return Artefact(fields["compiler"], *codes, functions, constructor, errors, places, takes, gives)


def _argument(entry: dict[str, Any]) -> Argument:
    parts = tuple(map(_argument, entry.get("components", ())))
    inner = f"({','.join(part.type for part in parts)})"
    return Argument(entry["name"], entry["type"].replace("tuple", inner, 1) if parts else entry["type"], parts)


def selector(name: str, types: Sequence[str]) -> bytes:
    """The four bytes by which the ABI names a function or a custom error."""
    return bytes(keccak(text=f"{name}({','.join(types)})")[:4])


def topic(signature: str) -> bytes:
    """The first topic of an event."""
    return bytes(keccak(text=signature))


def call_data(contract: str, function: str, *arguments: object) -> bytes:
    """The input of a call to one of a contract's functions."""
    types = load(contract).functions[function]
    return selector(function, types) + bytes(encode(types, arguments))


def creation_data(contract: str, *arguments: object) -> bytes:
    """The input of the transaction that creates a contract."""
    artefact = load(contract)
    return artefact.creation_code + bytes(encode(artefact.constructor, arguments))


def explain_revert(data: bytes) -> str:
    """A contract's custom error in words a person can search for, or the bytes where it is none of ours."""
    for contract in CONTRACTS:
        known = load(contract).errors.get(data[:4])
        if known is not None:
            break
    else:
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
