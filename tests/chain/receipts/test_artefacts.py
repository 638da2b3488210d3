"""The tables are those of the compiled contracts: every operation, its fields, its place; and none is left out."""

from __future__ import annotations

import pytest

from tally_chain import contract_abi
from tally_chain.contract_abi import Argument
from tally_chain.receipts import encoding
from tally_chain.receipts.operations import CONTRACTS, KINDS, SIGNATURE_BYTES, Operation, typehash
from tally_chain.receipts.views import _VIEWS, heads_needed
from tests.chain.receipts.test_words import of


def named(argument: Argument) -> str:
    """The type as the tables have it: a struct by its name."""
    if not argument.parts:
        return argument.type
    shape = tuple((part.name, part.type) for part in argument.parts)
    (name,) = [name for name, (_, fields) in encoding.STRUCTS.items() if fields == shape]
    return name + "[]" * argument.type.endswith("[]")


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_operation_is_the_contracts_own(name: str) -> None:
    kind = KINDS[name]
    artefact = contract_abi.load(kind.contract)
    op, signatures = artefact.takes[kind.function]
    assert tuple((part.name, named(part)) for part in op.parts) == kind.shape
    assert signatures.type == "bytes[]"
    assert of(name).call_data([])[:4] == contract_abi.selector(kind.function, artefact.functions[kind.function])
    assert typehash(name) in artefact.runtime_code, f"{kind.contract} signs another type than {name}"


@pytest.mark.parametrize("contract", CONTRACTS)
def test_no_operation_of_a_contract_is_missing(contract: str) -> None:
    operations = {
        function
        for function, arguments in contract_abi.load(contract).takes.items()
        if [argument.type for argument in arguments[1:]] == ["bytes[]"] and arguments[0].parts
    }
    assert operations == {kind.function for kind in KINDS.values() if kind.contract == contract}


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_head_belongs_to_an_object_whose_contract_shows_it(name: str) -> None:
    kind = KINDS[name]
    for head, named_by in heads_needed(kind).items():
        assert named_by in dict(kind.shape)
        contract, function = _VIEWS[named_by]
        gives = contract_abi.load(contract).gives[function]
        assert "head" in {one.name for one in (*gives, *gives[0].parts)}, head


def test_a_call_has_whatever_signatures_it_is_given() -> None:
    call = Operation("Cancel", {"receipt": b"L" * 32, "head": b"H" * 32, "deadline": 5}).call_data(
        [b"s" * SIGNATURE_BYTES]
    )
    assert call.endswith(b"s" * SIGNATURE_BYTES + bytes(31))
