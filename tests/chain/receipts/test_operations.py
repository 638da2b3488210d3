"""Operations: their digests are EIP-712's and their encodings the ABI's, by code that is not ours; forms are strict."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from eth_abi.abi import decode, encode
from eth_account.messages import _hash_eip191_message, encode_typed_data
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from tally_chain.errors import OperationError
from tally_chain.receipts import encoding
from tally_chain.receipts.operations import (
    CONTRACTS,
    KINDS,
    Operation,
    from_fields,
    head_after,
    type_string,
    typehash,
)
from tests.chain.receipts.values import operations, value_of

CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
places = st.integers(0, 2**160 - 1).map(lambda number: "0x" + number.to_bytes(20, "big").hex())


def abi_type(operation: Operation) -> str:
    return "(" + ",".join(abi_of(of) for _, of in operation.about.shape) + ")"


def abi_of(kind: str) -> str:
    item = encoding.item_of(kind)
    if item is not None:
        return abi_of(item) + "[]"
    return "(" + ",".join(of for _, of in encoding.STRUCTS[kind][1]) + ")" if kind in encoding.STRUCTS else kind


def in_order(operation: Operation) -> tuple[Any, ...]:
    return tuple(operation.values[name] for name, _ in operation.about.shape)


@given(operations, st.integers(0, 2**63), places)
def test_digest_is_that_of_another_implementation_of_eip_712(
    operation: Operation, chain_id: int, contract: str
) -> None:
    document = json.loads(json.dumps(operation.typed_data(chain_id, contract)))
    theirs = bytes(_hash_eip191_message(encode_typed_data(full_message=document)))
    assert operation.digest(chain_id, contract) == theirs


@given(operations)
def test_fields_are_the_abi_encoding_of_another_implementation(operation: Operation) -> None:
    assert operation.fields() == encode([abi_type(operation)], [in_order(operation)])
    assert from_fields(operation.kind, operation.fields()) == operation


@given(operations, st.lists(st.binary(min_size=65, max_size=65), max_size=4))
def test_call_data_is_the_abi_encoding_of_another_implementation(operation: Operation, signatures: list[bytes]) -> None:
    types = [abi_type(operation), "bytes[]"]
    data = operation.call_data(signatures)
    assert data[:4] == keccak(text=f"{operation.about.function}({','.join(types)})")[:4]
    assert data[4:] == encode(types, [in_order(operation), signatures])
    assert decode(types, data[4:])[1] == tuple(signatures)


@given(operations, st.data())
def test_fields_of_another_form_are_refused(operation: Operation, data: st.DataObject) -> None:
    fields = operation.fields()
    for other in (fields + bytes(32), fields[:-32], fields[:-1], fields + b"\0", b""):
        with pytest.raises(OperationError):
            from_fields(operation.kind, other)
    place, bit = data.draw(st.integers(0, len(fields) - 1)), data.draw(st.integers(0, 7))
    changed = fields[:place] + bytes([fields[place] ^ 1 << bit]) + fields[place + 1 :]
    with contextlib.suppress(OperationError):
        assert from_fields(operation.kind, changed).fields() == changed


@given(operations, st.data())
def test_every_field_counts_in_the_digest(operation: Operation, data: st.DataObject) -> None:
    name, of = data.draw(st.sampled_from(operation.about.shape))
    other = data.draw(value_of(of).filter(lambda value: value != operation.values[name]))
    changed = Operation(operation.kind, {**operation.values, name: other})
    assert changed != operation
    assert changed.digest(1, CONTRACT) != operation.digest(1, CONTRACT)
    assert changed.fields() != operation.fields()


def test_a_signature_is_for_one_contract_on_one_chain() -> None:
    operation = Operation("CloseLot", {"lot": b"L" * 32, "head": b"H" * 32, "deadline": 5})
    other = "0x" + "11" * 20
    assert len({operation.digest(*where) for where in ((1, CONTRACT), (2, CONTRACT), (1, other))}) == 3


def test_type_strings_name_structs_after_what_names_them() -> None:
    assert type_string("CloseLot") == "CloseLot(bytes32 lot,bytes32 head,uint64 deadline)"
    assert type_string("AddSlot") == (
        "AddSlot(bytes32 site,bytes32 head,Point[] outline,int32 bottom,int32 top,bytes32 plan,uint64 deadline)"
        "Point(int32 x,int32 y)"
    )
    assert typehash("CloseLot") == keccak(text="CloseLot(bytes32 lot,bytes32 head,uint64 deadline)")


def test_objects_and_heads() -> None:
    lot = {"lot": b"L" * 32, "head": b"H" * 32, "deadline": 5}
    assert (Operation("CloseLot", lot).object, Operation("CloseLot", lot).head) == (b"L" * 32, b"H" * 32)
    opened = Operation(
        "OpenLot",
        {
            "slot": b"S" * 32, "head": b"H" * 32, "goods": b"G" * 32, "serialised": False, "allowancePpm": 1000,
            "maxAgeSeconds": 86_400, "witnesses": (b"A" * 32,), "roles": (5,), "quorum": 1, "deadline": 5,
        },
    )  # fmt: skip
    assert opened.object == keccak(encode(["bytes32", "bytes32"], [b"S" * 32, b"H" * 32]))
    assert opened.head == bytes(32)
    parts = [b"H" * 32, b"D" * 32, b"P" * 32]
    assert head_after(*parts) == keccak(encode(["bytes32"] * 3, parts))


def test_a_value_does_not_change_after_it_was_checked() -> None:
    values = {"lot": b"L" * 32, "head": b"H" * 32, "deadline": 5}
    operation = Operation("CloseLot", values)
    values["deadline"] = 6
    assert operation.deadline == 5
    with pytest.raises(TypeError):
        operation.values["deadline"] = 6  # type: ignore[index]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"deadline": -1}, "CloseLot.deadline is a whole number from 0"),
        ({"deadline": 2**64}, "CloseLot.deadline is a whole number"),
        ({"deadline": True}, "CloseLot.deadline is a whole number"),
        ({"deadline": 1.0}, "CloseLot.deadline is a whole number"),
        ({"lot": b"L" * 31}, "CloseLot.lot has 32 bytes"),
        ({"lot": "0x" + "11" * 32}, "CloseLot.lot has 32 bytes"),
        ({"more": 1}, "wrong or missing: more"),
    ],
)
def test_what_is_not_of_its_type_is_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(OperationError, match=said):
        Operation("CloseLot", {"lot": b"L" * 32, "head": b"H" * 32, "deadline": 5} | change)


def test_refusals_of_lists_structs_and_names() -> None:
    slot = {"site": bytes(32), "head": bytes(32), "bottom": 0, "top": 1, "plan": bytes(32), "deadline": 1}
    for outline, said in (
        (5, "outline is a list"),
        (((1, 2, 3),), r"outline\[0\] is a Point of 2 values"),
        (((1, 2**31),), r"outline\[0\].y is a whole number"),
    ):
        with pytest.raises(OperationError, match=said):
            Operation("AddSlot", slot | {"outline": outline})
    with pytest.raises(OperationError, match="wrong or missing: outline"):
        Operation("AddSlot", slot)
    with pytest.raises(OperationError, match="there is no operation 'Mint'"):
        Operation("Mint", {})


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_kind_holds_together(name: str) -> None:
    kind = KINDS[name]
    names = [field.name for field in kind.fields]
    assert kind.contract in CONTRACTS
    assert names[-1] == "deadline"
    assert len(set(names)) == len(names)
    assert set(kind.object) <= set(names)
    assert kind.before is None or kind.before in names
    assert kind.signers
    assert all(signer.roles and signer.named_by in (None, *names) for signer in kind.signers)
    assert kind.chinese
    assert all(field.meaning for field in kind.fields)
