"""An operation: what the parties of a receipt sign, and what the chain's events carry. Verdict-critical: no IO.

Operations are EIP-712 typed data. Every one is bound to a contract on a chain, names the object that it changes and the
head of that object (a hash over all operations on it so far), and ends with a deadline, so it counts once or never.
The structs stand in the contracts; a test compares them with these tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

from eth_utils.crypto import keccak

from tally_chain.errors import OperationError
from tally_chain.receipts import encoding, plain
from tally_chain.receipts.kinds import enforcement, lots, pledges, receipts, sites, trades, vouchers
from tally_chain.receipts.kinds.kind import Kind, Measure

CONTRACTS = ("Sites", "Lots", "Attestations", "Receipts", "Holds", "Pledges", "Trades", "Vouchers")
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for module in (sites, lots, receipts, pledges, enforcement, trades, vouchers)
        for kind in module.KINDS
    }
)
"""Every kind by its name."""
SIGNATURE_BYTES = 65
NO_HEAD = bytes(32)
"""Head of an object that no operation has touched."""
_DOMAIN_FIELDS = (("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"))


def kind_named(name: str) -> Kind:
    """A kind by its name. Raises OperationError for one that there is not."""
    found = KINDS.get(name)
    if found is None:
        raise OperationError(f"there is no operation {name!r}")
    return found


def type_string(name: str) -> str:
    """EIP-712's encodeType of a kind."""
    return encoding.type_string(name, kind_named(name).shape)


def typehash(name: str) -> bytes:
    """EIP-712's typeHash of a kind: `operation` in the events."""
    return bytes(keccak(text=type_string(name)))


def head_after(head: bytes, digest: bytes, parent_hash: bytes) -> bytes:
    """The head of an object after the operation with this digest, in the block whose parent has that hash.

    So nobody knows a head before the block that makes it, and nobody signs over a state that is only to come.
    """
    return bytes(keccak(head + digest + parent_hash))


@dataclass(frozen=True)
class Operation:
    """One operation; `values` has each field of its kind, 32-byte ids as bytes, lists as tuples.

    Raises OperationError where a field is missing, unknown, or not of its type.
    """

    kind: str
    values: Mapping[str, Any]

    def __post_init__(self) -> None:
        shape = kind_named(self.kind).shape
        names = [name for name, _ in shape]
        wrong = [*(name for name in names if name not in self.values), *(set(self.values) - set(names))]
        if wrong:
            raise OperationError(f"{self.kind} has the fields {', '.join(names)}; wrong or missing: {wrong[0]}")
        values = {name: encoding.checked(of, self.values[name], f"{self.kind}.{name}") for name, of in shape}
        object.__setattr__(self, "values", MappingProxyType(values))

    def __hash__(self) -> int:
        return hash(self.struct_hash())

    @property
    def about(self) -> Kind:
        """What its kind says."""
        return KINDS[self.kind]

    @property
    def object(self) -> bytes:
        """Id of the object that it changes: `object` in the events."""
        parts = [cast("bytes", self.values[name]) for name in self.about.object]
        return parts[0] if len(parts) == 1 else bytes(keccak(b"".join(parts)))

    @property
    def head(self) -> bytes:
        """Head of that object before it; zero where the object is new."""
        before = self.about.before
        return NO_HEAD if before is None else cast("bytes", self.values[before])

    @property
    def deadline(self) -> int:
        """Last second since 1970 in which it counts."""
        return cast("int", self.values["deadline"])

    def names(self, object_id: bytes) -> bool:
        """Whether a field names this object: a receipt, a lot, a slot, or whatever else has an id."""
        ids = [self.values[field.name] for field in self.about.fields if field.measure is Measure.ID]
        return any(object_id in value if isinstance(value, tuple) else object_id == value for value in ids)

    def typed_data(self, chain_id: int, contract: str) -> dict[str, Any]:
        """The EIP-712 document, as wallets and external signers take it (eth_signTypedData_v4), ready for JSON.

        Numbers are decimal text: many readers of JSON lose those beyond 2**53.
        """
        shape = self.about.shape
        structs = {name: encoding.STRUCTS[name][1] for name in encoding.structs_in(shape)}
        types = {"EIP712Domain": _DOMAIN_FIELDS, self.kind: shape, **structs}
        return {
            "types": {name: [{"name": of, "type": its} for of, its in fields] for name, fields in types.items()},
            "primaryType": self.kind,
            "domain": {
                "name": self.about.domain,
                "version": encoding.DOMAIN_VERSION,
                "chainId": chain_id,
                "verifyingContract": contract,
            },
            "message": self.plain(),
        }

    def plain(self) -> dict[str, Any]:
        """Its values as JSON has them; `from_plain` is the inverse."""
        return {name: plain.write(of, self.values[name]) for name, of in self.about.shape}

    def struct_hash(self) -> bytes:
        """EIP-712's hashStruct."""
        shape = self.about.shape
        return encoding.struct_hash(type_string(self.kind), shape, self._in_order())

    def digest(self, chain_id: int, contract: str) -> bytes:
        """What the parties sign. `contract` is the address of the contract of its kind."""
        domain = encoding.domain_separator(self.about.domain, chain_id, contract)
        return bytes(keccak(b"\x19\x01" + domain + self.struct_hash()))

    def fields(self) -> bytes:
        """`abi.encode` of the struct: `fields` in the events."""
        return encoding.struct([of for _, of in self.about.shape], self._in_order())

    def call_data(self, signatures: Sequence[bytes]) -> bytes:
        """The input of the call that carries it out, with its signatures in their order."""
        shape = self.about.shape
        inner = encoding.sequence([of for _, of in shape], self._in_order())
        given = encoding.encode("bytes[]", tuple(signatures))
        if any(encoding.dynamic(of) for _, of in shape):
            first, second = 2 * encoding.WORD_BYTES, 2 * encoding.WORD_BYTES + len(inner)
            body = _offset(first) + _offset(second) + inner + given
        else:
            body = inner + _offset(len(inner) + encoding.WORD_BYTES) + given
        return encoding.selector(self.about.function, shape) + body

    def _in_order(self) -> list[Any]:
        return [self.values[name] for name, _ in self.about.shape]


def from_fields(name: str, fields: bytes) -> Operation:
    """The inverse of `Operation.fields`. Raises OperationError for any bytes that it does not give."""
    shape = kind_named(name).shape
    values = encoding.decode_struct([of for _, of in shape], fields)
    return Operation(name, dict(zip((of for of, _ in shape), values, strict=True)))


def from_plain(name: str, values: Mapping[str, Any]) -> Operation:
    """The inverse of `Operation.plain`. Raises OperationError for what is written in any other way."""
    shape = dict(kind_named(name).shape)
    read = {
        field: plain.read(shape[field], value, field) if field in shape else value for field, value in values.items()
    }
    return Operation(name, read)


def _offset(place: int) -> bytes:
    return place.to_bytes(encoding.WORD_BYTES, "big")
