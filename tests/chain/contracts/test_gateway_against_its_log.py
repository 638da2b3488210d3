"""A gateway that holds its own transaction key cannot rewrite, shorten or fork what it anchored.

Every transaction here carries a valid signature of the right key. What is wrong is what it says: other roots, other
sizes, proofs of every wrong shape, and proofs crafted for other sizes. A model of the one honest log judges: whatever
the contract takes must leave every leaf that was anchored at its place.

A root does not hold its size, so a gateway can overstate the size of what it anchors, where the proof for the stated
size folds in the same way (RFC 9162 cannot see that either). The tests take this into account and show what it is
worth: nothing. The leaves that were anchored stay where they were, and of the places that were made up at least one
opens to nothing at all, so the gateway has only spoilt a log of its own.
"""

from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tally_chain.anchoring.reading import read_anchors, read_head
from tests.bench.gas import synthetic_proof
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import OWNER, STRANGER, TX_KEY, Stage

LARGEST = 2**64 - 1
SEEN = 33


def fold_of(old: int, size: int) -> tuple[str, ...]:
    """How a proof from `old` to `size` is folded; no proof tells two sizes apart that fold alike."""
    steps: list[str] = []
    whole = True
    while old != size:
        k = 1 << ((size - 1).bit_length() - 1)
        if old <= k:
            steps.append("right sibling")
            size = k
        else:
            steps.append("left sibling")
            old, size, whole = old - k, size - k, False
    return (*steps, "known root" if whole else "given root")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 21, 32])
def test_the_key_cannot_rewrite(stage: Stage, size: int) -> None:
    """Every leaf changed, one at a time; then sent as the same size, with and without proofs, and as a larger one."""
    log_id = stage.anchored(size)
    before = read_head(stage.engine, stage.contract, log_id)
    for changed in range(size):
        forged = ForgedTree(size + 5, changed)
        same = forged.root(0, size)
        for proof in ([], [same], oracle.proof(size, size + 5)):
            reason = stage.revert(TX_KEY, "anchor", log_id, size, same, proof)
            assert reason.startswith("LogAnchorOtherRoot(")
        for larger in (size + 1, size + 5):
            for proof in (forged.proof(size, larger), oracle.proof(size, larger), [same, *forged.proof(size, larger)]):
                assert not stage.accepts(log_id, larger, forged.root(0, larger), proof)
    assert read_head(stage.engine, stage.contract, log_id) == before


@pytest.mark.parametrize("size", [2, 3, 8, 21])
def test_the_key_cannot_shorten(stage: Stage, size: int) -> None:
    log_id = stage.anchored(size)
    before = read_head(stage.engine, stage.contract, log_id)
    for shorter in range(size):
        for root in (oracle.root(0, shorter), oracle.root(0, size), bytes(32)):
            for proof in ([], oracle.proof(shorter, size), oracle.proof(shorter, size)[::-1]):
                reason = stage.revert(TX_KEY, "anchor", log_id, shorter, root, proof)
                assert reason.startswith("LogAnchorEmptyHead(" if shorter == 0 else "LogAnchorBehind(")
    assert read_head(stage.engine, stage.contract, log_id) == before


def test_the_key_cannot_fork(stage: Stage) -> None:
    """Two continuations of one head, each with a right proof: one is taken, and the other is none of that one."""
    log_id = stage.anchored(6)
    left, right = ForgedTree(40, 8), ForgedTree(40, 9)
    assert stage.accepts(log_id, 12, left.root(0, 12), left.proof(6, 12))
    assert stage.accepts(log_id, 12, right.root(0, 12), right.proof(6, 12))
    stage.send(TX_KEY, "anchor", log_id, 12, left.root(0, 12), left.proof(6, 12))
    assert "LogAnchorOtherRoot" in stage.revert(TX_KEY, "anchor", log_id, 12, right.root(0, 12), right.proof(6, 12))
    for size in (13, 16, 40):
        for proof in (right.proof(12, size), right.proof(6, size), left.proof(12, size)):
            assert not stage.accepts(log_id, size, right.root(0, size), proof)
        assert stage.accepts(log_id, size, left.root(0, size), left.proof(12, size))


def test_the_key_cannot_begin_again(stage: Stage) -> None:
    """Neither as a new log of the same id, nor as its owner, nor by the empty proof of a first head."""
    log_id = stage.anchored(9)
    forged = ForgedTree(20, 3)
    assert "LogAnchorKnownLog" in stage.revert(TX_KEY, "register", log_id, TX_KEY.address)
    for function, arguments in (
        ("rotate", (STRANGER.address,)),
        ("retire", ()),
        ("succeed", (hashlib.sha256(log_id).digest(), TX_KEY.address)),
        ("offerOwnership", (TX_KEY.address,)),
    ):
        assert "LogAnchorNotOwner" in stage.revert(TX_KEY, function, log_id, *arguments)
    assert "LogAnchorNotPendingOwner" in stage.revert(TX_KEY, "acceptOwnership", log_id)
    assert not stage.accepts(log_id, 20, forged.root(0, 20), [])


def test_owner_and_key_together_cannot_either(stage: Stage) -> None:
    """The operator holds both. Rotating, handing over and a successor leave the anchored head as it is."""
    log_id = stage.anchored(9)
    forged = ForgedTree(20, 3)
    before = read_head(stage.engine, stage.contract, log_id)
    stage.send(OWNER, "rotate", log_id, STRANGER.address)
    for size, proof in ((9, []), (20, forged.proof(9, 20)), (20, [])):
        reason = stage.revert(STRANGER, "anchor", log_id, size, forged.root(0, size), proof)
        assert reason.startswith(("LogAnchorOtherRoot(", "LogAnchorInconsistent("))
    stage.send(OWNER, "offerOwnership", log_id, STRANGER.address)
    stage.send(STRANGER, "acceptOwnership", log_id)
    stage.send(STRANGER, "retire", log_id)
    successor = hashlib.sha256(b"successor" + log_id).digest()
    stage.send(STRANGER, "succeed", log_id, successor, TX_KEY.address)
    stage.send(TX_KEY, "anchor", successor, 20, forged.root(0, 20), [])
    after = read_head(stage.engine, stage.contract, log_id)
    assert (after.size, after.root, after.sequence) == (before.size, before.root, before.sequence)
    assert [anchor.root for anchor in read_anchors(stage.engine, stage.contract, log_id)] == [before.root]
    assert read_head(stage.engine, stage.contract, successor).predecessor == log_id


def test_every_proof_for_every_other_pair_of_sizes(embedded: Stage) -> None:
    """All proofs from one size to another, offered for all other pairs: taken exactly where the folds are the same."""
    taken = 0
    roots = [b"", *(oracle.root(0, size) for size in range(1, 11))]
    for old in range(1, 8):
        log_id = embedded.anchored(old)
        for made_old in range(1, 10):
            for made_new in range(made_old + 1, 11):
                proof = oracle.proof(made_old, made_new)
                for claimed in range(old + 1, 11):
                    if (old, claimed) == (made_old, made_new):
                        continue
                    expected = made_old == old and fold_of(old, claimed) == fold_of(old, made_new)
                    assert embedded.accepts(log_id, claimed, roots[made_new], proof) is expected
                    taken += expected
    assert taken > 15, "no pair of sizes folds alike: this test tests nothing"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_made_up_size_gains_nothing(embedded: Stage, data: st.DataObject) -> None:
    """A chain of heads with overstated sizes, as long as the contract takes them; then everything is opened."""
    tree = oracle.root
    known = preimages(SEEN)
    honest_so_far = True
    size = data.draw(st.integers(1, 12), label="first size")
    log_id = embedded.anchored(size)
    leaves = {place: known_leaf(known, tree(0, size), size, place) for place in range(size)}
    for _ in range(3):
        real = data.draw(st.integers(size + 1, size + 7), label="real size")
        alike = [stated for stated in range(size + 1, 40) if fold_of(size, stated) == fold_of(size, real)]
        stated = data.draw(st.sampled_from(alike), label="stated size")
        if real > SEEN or not honest_so_far:
            break
        embedded.send(TX_KEY, "anchor", log_id, stated, tree(0, real), oracle.proof(size, real))
        for place, leaf in leaves.items():
            assert known_leaf(known, tree(0, real), stated, place) == leaf, "an anchored leaf moved"
        if stated != real:
            opened = [known_leaf(known, tree(0, real), stated, place) for place in range(size, stated)]
            honest = [known_leaf(known, tree(0, real), real, place) for place in range(size, real)]
            assert opened != honest
            assert None in opened, "every made-up place opens to a leaf"
        leaves |= {
            place: leaf
            for place in range(size, stated)
            if (leaf := known_leaf(known, tree(0, real), stated, place)) is not None
        }
        honest_so_far, size = stated == real, stated


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    old=st.integers(1, LARGEST - 1),
    size=st.integers(1, LARGEST),
    length=st.integers(0, 140),
    seed=st.integers(0, 2**32),
)
def test_noise_of_any_length_at_any_size(embedded: Stage, old: int, size: int, length: int, seed: int) -> None:
    """Sizes up to the largest there are, proofs longer than any right one: refused, and never out of gas."""
    chance = random.Random(seed)
    log_id = embedded.anchored(old, chance.randbytes(32))
    proof = [chance.choice([chance.randbytes(32), bytes(32), oracle.root(0, 3)]) for _ in range(length)]
    root = chance.randbytes(32)
    if size > old:
        assert not embedded.accepts(log_id, size, root, proof)
    elif size < old:
        assert "LogAnchorBehind" in embedded.revert(TX_KEY, "anchor", log_id, size, root, proof)
    else:
        assert "LogAnchorOtherRoot" in embedded.revert(TX_KEY, "anchor", log_id, size, root, proof)


def test_the_largest_proofs_are_right_ones(embedded: Stage) -> None:
    """The longest paths that there are, and the same with one hash more, less, or changed."""
    for old, size in ((2**63 - 1, 2**63 + 1), (2**63 - 1, LARGEST), (2**63 + 1, LARGEST), (3, LARGEST)):
        old_root, new_root, proof = synthetic_proof(old, size)
        log_id = embedded.anchored(old, old_root)
        assert embedded.accepts(log_id, size, new_root, proof)
        assert not embedded.accepts(log_id, size, new_root, proof[:-1])
        assert not embedded.accepts(log_id, size, new_root, [*proof, proof[0]])
        for place in range(0, len(proof), 9):
            assert not embedded.accepts(log_id, size, new_root, [*proof[:place], bytes(32), *proof[place + 1 :]])


class ForgedTree:
    """The honest tree with one leaf changed."""

    def __init__(self, size: int, changed: int) -> None:
        self.size, self.changed = size, changed

    def root(self, start: int, stop: int) -> bytes:
        if not start <= self.changed < stop:
            return oracle.root(start, stop)
        if stop - start == 1:
            return hashlib.sha256(b"\x00" + b"forged").digest()
        k = oracle._split(stop - start)
        return oracle.node(self.root(start, start + k), self.root(start + k, stop))

    def proof(self, old: int, new: int, start: int = 0, *, whole: bool = True) -> list[bytes]:
        width = new - start
        if old == width:
            return [] if whole else [self.root(start, new)]
        k = oracle._split(width)
        if old <= k:
            return [*self.proof(old, start + k, start, whole=whole), self.root(start + k, new)]
        return [*self.proof(old - k, new, start + k, whole=False), self.root(start, start + k)]


def preimages(size: int) -> dict[bytes, tuple[bytes, bytes] | None]:
    """Every hash of every honest tree up to `size` to its children; None for a leaf. Nobody knows other preimages."""
    known: dict[bytes, tuple[bytes, bytes] | None] = {}
    waiting = [(0, stop) for stop in range(1, size + 8)]
    while waiting:
        start, stop = waiting.pop()
        if oracle.root(start, stop) in known:
            continue
        if stop - start == 1:
            known[oracle.root(start, stop)] = None
            continue
        middle = start + oracle._split(stop - start)
        known[oracle.root(start, stop)] = (oracle.root(start, middle), oracle.root(middle, stop))
        waiting += [(start, middle), (middle, stop)]
    return known


def known_leaf(known: dict[bytes, tuple[bytes, bytes] | None], root: bytes, size: int, place: int) -> bytes | None:
    """The only leaf that can be opened at a place of a tree of that size and root; None where none can."""
    found, start, stop = root, 0, size
    while stop - start > 1:
        children = known.get(found)
        if children is None:
            return None
        middle = start + oracle._split(stop - start)
        found, start, stop = (children[0], start, middle) if place < middle else (children[1], middle, stop)
    return found if found in known and known[found] is None else None
