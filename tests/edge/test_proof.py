"""Proofs: every leaf of every small tree, and no other place, size, path or encoding."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally_chain import tree
from tally_edge import cbor, cose, proof
from tally_edge.cbor import Item
from tally_edge.errors import CoseError, DecodeError, SignatureError
from tally_edge.proof import InclusionPath, Proof
from tests.edge.forge import NOON, known_ed25519_signer, known_signer, mutated

ORIGIN = "tallystick.example/steel/5f3c9a"
SIGNER = known_signer(20)


def entries_of(size: int) -> list[bytes]:
    return [b"entry %d" % number for number in range(size)]


def proof_of(size: int, indexes: list[int], *, signer: Any = SIGNER, run: tuple[bytes, int] | None = None) -> Proof:
    nodes = tree.LeafNodes([proof.leaf_hash(entry) for entry in entries_of(size)])
    head = proof.sign_head(ORIGIN, size, tree.root_of(nodes.leaves), NOON, signer)
    paths = tuple(InclusionPath(index, tuple(tree.inclusion_path(nodes, index, size))) for index in indexes)
    return Proof(head, paths, run)


@pytest.mark.parametrize("signer", [SIGNER, known_ed25519_signer(20)])
@pytest.mark.parametrize("size", range(1, 20))
def test_every_leaf_of_every_small_tree_is_proven_and_no_other(size: int, signer: Any) -> None:
    entries = entries_of(size)
    whole = proof.decode(proof_of(size, list(range(size)), signer=signer).encode())
    root = whole.verify(entries, signer.public_key)
    assert root == tree.root_of([proof.leaf_hash(entry) for entry in entries])
    for index in range(size):
        for place in range(size + 2):
            if place == index:
                continue
            moved = dataclasses.replace(whole.paths[index], index=place)
            claimed = dataclasses.replace(whole, paths=(moved,))
            with pytest.raises((CoseError, SignatureError)):
                claimed.verify([entries[index]], signer.public_key)


@given(st.integers(1, 40), st.data())
def test_proofs_come_back(size: int, data: st.DataObject) -> None:
    indexes = data.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=5))
    run = data.draw(st.none() | st.tuples(st.binary(min_size=32, max_size=32), st.integers(0, 2**53)))
    made = proof_of(size, indexes, run=run)
    assert proof.decode(made.encode()) == made


@given(mutated(proof_of(6, [5, 2], run=(bytes(32), 7)).encode()))
@settings(max_examples=300)
def test_what_is_accepted_has_one_encoding(data: bytes) -> None:
    try:
        decoded = proof.decode(data)
    except DecodeError:
        return
    assert decoded.encode() == data


def test_the_position_an_unsigned_size_would_allow_is_refused() -> None:
    """RFC 9942 signs the root alone: leaf 5 of 8 would verify as leaf 9 of 11 too. Here the size is signed."""
    whole = proof_of(8, [5])
    path = whole.paths[0]
    leaf = proof.leaf_hash(entries_of(8)[5])
    assert proof.root_of_path(leaf, 9, 11, path.path) == proof.root_of_path(leaf, 5, 8, path.path)
    forged = cose.decode_sign1(whole.encode())
    item: dict[int | str, Item] = {396: {-1: [cbor.encode([11, 9, list(path.path)])]}}
    with pytest.raises(CoseError, match="tree size as signed"):
        proof.decode(dataclasses.replace(forged, unprotected=item).encode())


def test_another_key_number_of_entries_or_entry_is_refused() -> None:
    whole = proof_of(5, [1, 2])
    entries = entries_of(5)
    whole.verify(entries[1:3], SIGNER.public_key)
    with pytest.raises(SignatureError, match="another key"):
        whole.verify(entries[1:3], known_signer(21).public_key)
    with pytest.raises(CoseError, match="covers 2 entries, not 1"):
        whole.verify(entries[1:2], SIGNER.public_key)
    with pytest.raises(SignatureError, match="different roots"):
        whole.verify([entries[1], entries[3]], SIGNER.public_key)
    with pytest.raises(SignatureError, match="does not verify"):
        dataclasses.replace(whole, paths=whole.paths[:1]).verify([b"other"], SIGNER.public_key)


@pytest.mark.parametrize(
    ("path", "fragment"),
    [
        (InclusionPath(1, (bytes(32),) * 2), "fewer than its place needs"),
        (InclusionPath(1, (bytes(32),) * 4), "more than its place allows"),
        (InclusionPath(5, (bytes(32),) * 3), "not in a tree of 5"),
        (InclusionPath(1, (bytes(31),) * 3), "not 32 bytes"),
        (InclusionPath(1, ()), "fewer"),
    ],
)
def test_paths_have_the_one_length_of_their_place(path: InclusionPath, fragment: str) -> None:
    whole = dataclasses.replace(proof_of(5, [1]), paths=(path,))
    with pytest.raises(CoseError, match=fragment):
        whole.verify([entries_of(5)[1]], SIGNER.public_key)


def test_a_path_of_no_node_only_at_size_one() -> None:
    assert proof_of(1, [0]).verify(entries_of(1), SIGNER.public_key) == proof.leaf_hash(entries_of(1)[0])


def header(**changes: Item) -> bytes:
    names: dict[str, int | str] = {"alg": 1, "kid": 4, "cwt": 15, "typ": 16, "vds": 395}
    claims: dict[int | str, Item] = {
        1: ORIGIN, 2: "urn:tallystick:log:" + proof.log_id_of(ORIGIN).hex(), 6: NOON, -65541: 5, -65542: 1,
    }  # fmt: skip
    item: dict[int | str, Item] = {1: -7, 4: SIGNER.public_key.kid, 15: claims, 16: proof.TYP, 395: 1}
    in_claims = {"iss": 1, "sub": 2, "iat": 6, "size": -65541, "rule": -65542}
    for name, value in changes.items():
        target: dict[int | str, Item] = claims if name in in_claims else item
        label = in_claims.get(name, names.get(name, name))
        target.pop(label, None)
        if value is not None:
            target[label] = value
    return cbor.encode(item)


@pytest.mark.parametrize(
    ("protected", "fragment"),
    [
        (header(alg=None), "nothing else"),
        (header(crit=1), "nothing else"),
        (header(alg=-36), "not in the table"),
        (header(kid=b"x"), "kid must be 32 bytes"),
        (header(typ="x"), "not a proof"),
        (header(vds=2), "not a proof"),
        (header(vds=True), "not a proof"),
        (header(cwt={}), "claims must be"),
        (header(iat=None), "claims must be"),
        (header(rule=2), "leaf rule 2 is unknown"),
        (header(rule=True), "leaf rule True is unknown"),
        (header(iss="another.example/log"), "not the origin"),
        (header(iss=""), "printable text"),
        (header(iss="x" * 256), "printable text"),
        (header(iss=5), "printable text"),
        (header(sub="urn:x"), "not the origin"),
        (header(size=0), "out of range"),
        (header(size=2**63), "out of range"),
        (header(size=True), "out of range"),
        (header(iat=-1), "out of range"),
    ],
)
def test_headers_that_break_the_profile_are_refused(protected: bytes, fragment: str) -> None:
    assert proof.decode_head(header(), bytes(64)).size == 5
    with pytest.raises(DecodeError, match=fragment):
        proof.decode_head(protected, bytes(64))


@pytest.mark.parametrize(
    ("unprotected", "fragment"),
    [
        ({}, "inclusion paths under 396"),
        ({396: {}}, "inclusion paths under 396"),
        ({396: {-2: [b""]}}, "inclusion paths under 396"),
        ({396: {-1: []}}, "1..1024 paths"),
        ({396: {-1: [5]}}, "not a byte string"),
        ({396: {-1: [cbor.encode([5, 1])]}}, "is not"),
        ({396: {-1: [cbor.encode([4, 1, []])]}}, "tree size as signed"),
        ({396: {-1: [cbor.encode([5, 5, []])]}}, "outside the tree"),
        ({396: {-1: [cbor.encode([5, -1, []])]}}, "outside the tree"),
        ({396: {-1: [cbor.encode([5, False, []])]}}, "is not"),
        ({396: {-1: [cbor.encode([5, 1, [bytes(32)] * 64])]}}, "outside the tree"),
        ({396: {-1: [cbor.encode([5, 1, [bytes(31)]])]}}, "something else than hashes"),
        ({396: {-1: [cbor.encode([5, 1, []])]}, 4: b""}, "something else than paths and a run"),
        ({396: {-1: [cbor.encode([5, 1, []])]}, -65543: []}, "something else than paths and a run"),
        ({396: {-1: [cbor.encode([5, 1, []])]}, -65543: [bytes(32), False]}, "something else than paths"),
        ({396: {-1: [cbor.encode([5, 1, []])]}, -65543: [bytes(32), -1]}, "something else than paths"),
        ({396: {-1: [cbor.encode([5, 1, []])]}, -65543: [bytes(32), 1], 4: b""}, "something else than paths"),
    ],
)
def test_unprotected_headers_that_break_the_profile_are_refused(unprotected: Any, fragment: str) -> None:
    with pytest.raises(DecodeError, match=fragment):
        proof.decode(cose.Sign1(header(), unprotected, None, bytes(64)).encode())


def test_a_payload_or_a_short_signature_is_refused() -> None:
    with pytest.raises(CoseError, match="detached"):
        proof.decode(cose.Sign1(header(), {}, b"root", bytes(64)).encode())
    with pytest.raises(CoseError, match="63 bytes"):
        proof.decode_head(header(), bytes(63))
