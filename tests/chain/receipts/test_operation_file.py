"""The file that parties pass on: it comes back as it was, and whatever was changed in it is seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain.errors import OperationError
from tally_chain.receipts import operation_file
from tally_chain.receipts.operation_file import OperationFile, add, begin, decode, encode, merge
from tally_chain.receipts.operations import KINDS, Operation
from tally_chain.receipts.signing import sign
from tests.chain.contracts.stage import ALL, OWNER, PEOPLE, STRANGER
from tests.chain.receipts.values import operations

CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
OTHER = STRANGER.address
ENDORSE = Operation(
    "Endorse", {"receipt": b"R" * 32, "head": b"H" * 32, "to": b"T" * 32, "toSince": 3, "deadline": 2_000_000_000}
)
AMEND = Operation(
    "Amend", {"receipt": b"R" * 32, "head": b"H" * 32, "quantity": 5, "document": b"D" * 32, "deadline": 9}
)


def signed(file: OperationFile, number: int, key=OWNER) -> OperationFile:
    return add(file, number, sign(key, file.operation, file.chain_id, file.contract))


def refused(file: OperationFile, change: Callable[[dict[str, Any]], None]) -> str:
    """What reading says of a file after a change of its text."""
    fields = json.loads(encode(file))
    change(fields)
    with pytest.raises(OperationError) as found:
        decode(json.dumps(fields).encode())
    return str(found.value)


@given(operations, st.data())
def test_a_file_comes_back_as_it_was(operation: Operation, data: st.DataObject) -> None:
    if operation.kind in ("Attest", "Apportion") and not operation.values["places"]:
        with pytest.raises(OperationError, match="is signed by the witnesses"):
            begin(operation, 77, CONTRACT)
        return
    file = begin(operation, 77, CONTRACT)
    for number in data.draw(st.sets(st.sampled_from(range(len(file.places))))):
        file = signed(file, number, ALL[number % len(ALL)])
    assert decode(encode(file).encode()) == file


def test_signatures_are_given_in_the_order_of_the_places() -> None:
    file = begin(ENDORSE, 77, CONTRACT)
    assert [place.who for place in file.places] == ["holder of the receipt", "keeper of the lot", "new holder"]
    assert [place.organisation for place in file.places] == [None, None, b"T" * 32]
    for number in (2, 0):
        file = signed(file, number, PEOPLE[number])
    assert file.missing == (1,)
    with pytest.raises(OperationError, match="not signed yet by: keeper of the lot"):
        file.signatures  # noqa: B018
    file = signed(file, 1, PEOPLE[1])
    assert file.signatures == tuple(sign(PEOPLE[number], ENDORSE, 77, CONTRACT) for number in range(3))
    assert [place.address for place in file.places] == [key.address for key in PEOPLE[:3]]


def test_lenders_have_places_where_something_is_pledged() -> None:
    assert len(begin(AMEND, 77, CONTRACT).places) == 2
    assert [place.who for place in begin(AMEND, 77, CONTRACT, lenders=1).places][2] == "lender of the pledge"
    with pytest.raises(OperationError, match="Amend has no place for 1 more lenders"):
        begin(AMEND, 77, CONTRACT, lenders=2)
    void = Operation(
        "VoidWeighing",
        {"lot": b"L" * 32, "head": b"H" * 32, "evidence": b"E" * 32, "reason": b"R" * 32, "deadline": 9},
    )
    assert len(begin(void, 77, CONTRACT, lenders=3).places) == 5


def test_merging_gathers_signatures_and_refuses_what_does_not_belong_together() -> None:
    file = begin(ENDORSE, 77, CONTRACT)
    first, second = signed(file, 0), signed(signed(file, 1, PEOPLE[1]), 0)
    both = merge([first, second, file])
    assert (both.missing, merge([both, both]), merge([second, first])) == ((2,), both, both)
    with pytest.raises(OperationError, match=f"{OWNER.address} has signed as holder of the receipt already"):
        merge([first, signed(file, 0, STRANGER)])
    later = begin(Operation("Endorse", {**ENDORSE.values, "deadline": 5}), 77, CONTRACT)
    for other in (later, begin(ENDORSE, 78, CONTRACT), begin(ENDORSE, 77, OTHER)):
        with pytest.raises(OperationError, match="the files are of different operations"):
            merge([first, other])
    amend = [begin(AMEND, 77, CONTRACT, lenders=lenders) for lenders in (0, 1)]
    with pytest.raises(OperationError, match="the files ask other parties to sign"):
        merge(amend)


def test_whatever_is_changed_in_a_file_is_seen() -> None:
    file = signed(begin(ENDORSE, 77, CONTRACT), 0)
    moved = signed(begin(ENDORSE, 77, CONTRACT), 0, STRANGER).places[0].signature
    assert moved is not None
    holder, keeper = "holder of the receipt", "keeper of the lot"
    changes: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
        ("CHANGED: the digest is not that of these values", lambda it: it["values"].update(toSince="4")),
        ("CHANGED: the digest", lambda it: it.update(chain_id=78)),
        ("CHANGED: the digest", lambda it: it.update(contract=OTHER)),
        (f"CHANGED: the signature of the {holder}", lambda it: it["signers"][0].update(signature="0x" + moved.hex())),
        (f"the {holder} is not one of {OTHER}", lambda it: it["signers"][0].update(address=OTHER)),
        ("another organisation than the one in to", lambda it: it["signers"][2].update(organisation="0x" + "55" * 32)),
        (f"Endorse is signed by the {keeper}", lambda it: it["signers"].pop(1)),
        ("not signed by the court", lambda it: it["signers"].append(it["signers"][1] | {"who": "court"})),
    ]
    for said, change in changes:
        assert said in refused(file, change)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda it: it.update(format="tallystick operation 2"), "not an operation's file of the format"),
        (lambda it: it.pop("digest"), "not an operation's file of the format"),
        (lambda it: it.update(more=1), "not an operation's file of the format"),
        (lambda it: it.update(chain_id="77"), "chain_id is not a number"),
        (lambda it: it.update(contract=CONTRACT.lower()), "fits its checksum"),
        (lambda it: it.update(kind="Mint"), "there is no operation 'Mint'"),
        (lambda it: it.update(kind=5), "kind is a name"),
        (lambda it: it.update(values=[]), "kind is a name"),
        (lambda it: it["values"].update(toSince=3), "toSince is a whole number in decimal digits, as text"),
        (lambda it: it["values"].update(toSince="03"), "toSince is a whole number in decimal digits"),
        (lambda it: it["values"].update(toSince="-0"), "toSince is a whole number in decimal digits"),
        (lambda it: it["values"].update(toSince=str(2**64)), "Endorse.toSince is a whole number from 0"),
        (lambda it: it["values"].update(to="0x" + "AA" * 32), "in lower case"),
        (lambda it: it["values"].update(more="1"), "wrong or missing: more"),
        (lambda it: it["values"].pop("to"), "wrong or missing: to"),
        (lambda it: it.update(signers=[]), "signers is a list"),
        (lambda it: it["signers"][0].pop("who"), "a signer has"),
        (lambda it: it["signers"][0].update(address=None), "or neither does"),
        (lambda it: it["signers"][1].update(address=OTHER), "or neither does"),
        (lambda it: it["signers"][0].update(signature="0x" + "00" * 65), "a signature is none"),
        (lambda it: it["signers"][0].update(signature="0x" + "00" * 64), "130 hexadecimal digits"),
        (lambda it: it.update(digest="0x00"), "digest is 0x and 64"),
    ],
)
def test_what_is_no_such_file_is_refused(change: Callable[[dict[str, Any]], object], said: str) -> None:
    assert said in refused(signed(begin(ENDORSE, 77, CONTRACT), 0), change)


def test_text_that_is_no_json_or_has_a_name_twice_or_is_too_long_is_refused() -> None:
    text = encode(begin(ENDORSE, 77, CONTRACT))
    twice = text.replace('"chain_id": 77', '"chain_id": 78, "chain_id": 77')
    for wrong, said in (
        ("{", "this is not an operation's file"),
        ("[" * 5000, "this is not an operation's file"),
        ("[]", "not an operation's file of the format"),
        (twice, "a name stands twice"),
        (text + " " * operation_file.MAX_FILE_BYTES, "at most"),
    ):
        with pytest.raises(OperationError, match=said):
            decode(wrong.encode())


def test_structs_and_lists_are_written_by_name() -> None:
    inbound = Operation(
        "RecordInbound",
        {
            "lot": b"L" * 32, "head": b"H" * 32, "depositor": b"D" * 32, "deadline": 9, "serials": (), "weighedAt": 1,
            "weighings": ((b"E" * 32, 5), (b"F" * 32, 2**127)),
        },
    )  # fmt: skip
    file = begin(inbound, 77, CONTRACT)
    values = json.loads(encode(file))["values"]
    assert values["weighings"][1] == {"evidence": "0x" + "46" * 32, "quantity": str(2**127)}
    assert decode(encode(file).encode()) == file
    for wrong in ({"evidence": "0x" + "46" * 32}, [], "5"):
        assert "weighings[1] has evidence and quantity" in refused(
            file, lambda it, wrong=wrong: it["values"]["weighings"].__setitem__(1, wrong)
        )
    assert "weighings is a list" in refused(file, lambda it: it["values"].update(weighings="5"))


def test_places_belong_to_the_kind() -> None:
    file = begin(ENDORSE, 77, CONTRACT)
    with pytest.raises(OperationError, match="Endorse has 3 places"):
        add(file, 3, bytes(65))
    with pytest.raises(OperationError, match="a signature is none"):
        add(file, 0, bytes(65))
    assert file.signer_at(2).named_by == "to"
    swapped = replace(file, places=file.places[::-1])
    with pytest.raises(OperationError, match="Endorse is signed by the holder of the receipt"):
        decode(encode(swapped).encode())


def test_no_kind_has_one_signer_twice_in_a_row() -> None:
    for kind in KINDS.values():
        names = [signer.whose for signer in kind.signers]
        assert len(set(names)) == len(names), kind.name
        assert all(signer.when is None or signer.roles for signer in kind.signers)
        several = [signer for signer in kind.signers if signer.several and signer.when is None]
        assert not several or "places" in dict(kind.shape)
