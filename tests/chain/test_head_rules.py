"""Head entries, which of them a log of heads takes, and what an audit of one finds: the pure rules."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain import head_entry, heads_audit, tree
from tally_chain.errors import HeadRefusal, HeadRefusedError
from tally_chain.head_entry import HeadEntry
from tally_chain.head_rules import HeldHead, KnownLog, check_standing, judge
from tally_chain.heads_audit import AuditCode
from tally_chain.tree import LeafNodes
from tally_edge import proof
from tally_edge.errors import CoseError, DecodeError, SignatureError
from tally_edge.proof import InclusionPath, Proof, leaf_hash
from tests.world import START, ed, p256

ORIGIN, KEY = "tallystick.example/mill/1", p256("proof")
LONGEST = 40
HISTORIES = [[leaf_hash(b"%d of %d" % (number, which)) for number in range(LONGEST)] for which in (0, 1)]
KNOWN = KnownLog(ORIGIN, KEY.public_key)


@cache
def head(size: int, history: int = 0, at: int = START) -> HeadEntry:
    """The head of a size in one of two histories, signed by the log."""
    root = tree.root_of(HISTORIES[history][:size])
    return HeadEntry(proof.sign_head(ORIGIN, size, root, at, KEY), root)


def path_of(old: int, new: int, history: int = 0) -> list[bytes]:
    return tree.consistency_path(LeafNodes(HISTORIES[history]), old, new) if 0 < old < new else []


def test_the_signature_of_a_proof_is_the_signature_of_its_head_entry() -> None:
    """A detached and a carried payload are signed alike, for both sorts of key."""
    for key in (KEY, ed("proof")):
        signed = proof.sign_head(ORIGIN, 9, bytes(range(32)), START, key)
        read = head_entry.decode(HeadEntry(signed, bytes(range(32))).encode())
        read.verify(key.public_key)
        assert read.head == signed
        with pytest.raises(SignatureError):
            dataclasses.replace(read, root=bytes(32)).verify(key.public_key)


@given(st.integers(1, proof.MAX_TREE_SIZE), st.binary(min_size=32, max_size=32), st.integers(0, 2**40))
def test_a_head_entry_reads_back(size: int, root: bytes, at: int) -> None:
    made = HeadEntry(proof.sign_head(ORIGIN, size, root, at, KEY), root)
    assert head_entry.decode(made.encode()) == made


@given(st.data())
def test_a_changed_head_entry_is_refused_or_does_not_verify(data: st.DataObject) -> None:
    encoded = bytearray(head(9).encode())
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises((DecodeError, SignatureError)):
        head_entry.decode(bytes(encoded)).verify(KEY.public_key)


@given(
    st.lists(
        st.tuples(st.integers(1, LONGEST), st.integers(0, 1), st.integers(0, LONGEST), st.integers(0, 1)),
        max_size=12,
    )
)
def test_what_is_held_is_one_history_whatever_is_offered(offers: list[tuple[int, int, int, int]]) -> None:
    """A model: heads of two histories with paths from anywhere. What is taken ascends, and joins what was held."""
    held: list[HeldHead] = []

    def held_at(size: int) -> HeldHead | None:
        return next((one for one in held if one.size == size), None)

    for size, history, base, of_history in offers:
        entry = head(size, history)
        newest = held[-1] if held else None
        path = path_of(min(base, size), size, of_history)
        refusal, place = _judged(entry, path, newest, held_at)
        if refusal is not None:
            assert newest is not None
            same = held_at(size)
            if size > newest.size:
                honest = path == path_of(newest.size, size, history) and newest.entry == head(newest.size, history)
                assert (refusal, honest) == (HeadRefusal.INCONSISTENT, False)
            elif same is None:
                assert refusal is HeadRefusal.BEHIND
            else:
                assert (refusal, same.entry.root == entry.root) == (HeadRefusal.FORK, False)
            continue
        if place is None:
            assert newest is None or newest.size < size
            held.append(HeldHead(len(held) + 1, entry))
        else:
            known = held_at(size)
            assert known is not None
            assert (known.index, known.entry.root) == (place, entry.root)
    histories = {tuple(one.entry == head(one.size, which) for which in (0, 1)) for one in held}
    assert len(histories) <= 1


def _judged(
    entry: HeadEntry, path: list[bytes], newest: HeldHead | None, held_at: Callable[[int], HeldHead | None]
) -> tuple[HeadRefusal | None, int | None]:
    try:
        return None, judge(entry, path, KNOWN, newest, held_at)
    except HeadRefusedError as error:
        return error.refusal, None


def test_a_head_signed_again_keeps_its_place() -> None:
    held = HeldHead(4, head(9))
    assert judge(head(9, at=START + 60), [], KNOWN, held, lambda _: None) == 4


@pytest.mark.parametrize(
    ("entry", "known", "refusal"),
    [
        (head(9), KnownLog("tallystick.example/other", KEY.public_key), HeadRefusal.UNREGISTERED),
        (head(9), KnownLog(ORIGIN, p256("another").public_key), HeadRefusal.UNREGISTERED),
        (dataclasses.replace(head(9), root=bytes(32)), KNOWN, HeadRefusal.SIGNATURE),
    ],
)
def test_a_head_of_another_log_or_key_is_refused(entry: HeadEntry, known: KnownLog, refusal: HeadRefusal) -> None:
    with pytest.raises(HeadRefusedError) as caught:
        judge(entry, [], known, None, lambda _: None)
    assert caught.value.refusal is refusal


def test_a_standing_is_of_this_entry_in_this_log_by_this_key() -> None:
    entries = [b"opening", head(3).encode(), head(9).encode()]
    nodes = LeafNodes([leaf_hash(entry) for entry in entries])
    heads_key = p256("heads")
    signed = proof.sign_head("tallystick.example/heads", 3, tree.root_of(nodes.leaves), START, heads_key)

    def shown(*indexes: int, run: tuple[bytes, int] | None = None) -> Proof:
        places = tuple(InclusionPath(at, tuple(tree.inclusion_path(nodes, at, 3))) for at in indexes)
        return Proof(signed, places, run)

    origin, key = "tallystick.example/heads", heads_key.public_key
    assert check_standing(entries[2], shown(2), origin, key) == tree.root_of(nodes.leaves)
    for encoded, made, of, by, error in (
        (entries[2], shown(1), origin, key, SignatureError),
        (entries[2], shown(2), "tallystick.example/others", key, CoseError),
        (entries[2], shown(2), origin, KEY.public_key, SignatureError),
        (entries[2], shown(2, 1), origin, key, CoseError),
        (entries[2], shown(2, run=(bytes(32), 0)), origin, key, CoseError),
    ):
        with pytest.raises(error):
            check_standing(encoded, made, of, by)


@given(st.lists(st.tuples(st.integers(1, LONGEST), st.integers(0, 1)), max_size=10))
def test_an_audit_is_clean_exactly_where_the_heads_are_one_history(offers: list[tuple[int, int]]) -> None:
    """Against the plain statement of it: sizes strictly ascend, and all are heads of the history that is asked."""
    entries = [(number, head(size, history).encode()) for number, (size, history) in enumerate(offers, 1)]
    found = heads_audit.audit(entries, {ORIGIN: KEY.public_key})
    heads_audit.follow(found, lambda _, old, new: path_of(old, new))
    ascends = all(old < new for (old, _), (new, _) in pairwise(offers))
    one = len({history for _, history in offers}) <= 1
    other_alone = one and offers and offers[0][1] == 1 and len(offers) > 1
    assert (found.findings == []) == (ascends and one and not other_alone)


def test_an_audit_names_what_it_finds() -> None:
    entries = [
        (1, head(3).encode()),
        (2, head(9).encode()),
        (3, head(9, 1).encode()),
        (4, head(5).encode()),
        (5, b"none"),
        (6, dataclasses.replace(head(12), root=bytes(32)).encode()),
    ]
    found = heads_audit.audit(entries, {ORIGIN: KEY.public_key})
    codes = [finding.code for finding in found.findings]
    assert codes == [AuditCode.TWO_ROOTS, AuditCode.BACKWARDS, AuditCode.MALFORMED, AuditCode.SIGNATURE]
    assert all(finding.is_failure for finding in found.findings)
    unknown = heads_audit.audit(entries[:2], {})
    heads_audit.follow(unknown, lambda *_: None)
    assert [finding.code for finding in unknown.findings] == [AuditCode.KEY_UNKNOWN, AuditCode.NOT_ASKED]
    assert not any(finding.is_failure for finding in unknown.findings)
