"""Cases of proofs and confirmations."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from tally_chain import tree
from tally_edge import cbor, cose, proof
from tally_edge.cbor import Item
from tally_edge.proof import InclusionPath, Proof
from tests.vectors import testkeys
from tests.vectors.case import Case
from tests.vectors.cases_cbor import NOON
from tests.vectors.cases_statement import LOG_ID, ORIGIN, READINGS, SECOND
from tests.vectors.readers import READERS

ENTRIES = [b"opening", READINGS.encoded, SECOND.encoded, b"four", b"five"]
LEAVES = [proof.leaf_hash(entry) for entry in ENTRIES]


def proof_of(size: int, indexes: list[int], run: tuple[bytes, int] | None = None) -> Proof:
    """A proof over the first `size` entries."""
    nodes = tree.LeafNodes(LEAVES[:size])
    head = proof.sign_head(ORIGIN, size, tree.root_of(nodes.leaves), NOON + 10, testkeys.PROOF_KEY)
    return Proof(head, tuple(InclusionPath(i, tuple(tree.inclusion_path(nodes, i, size))) for i in indexes), run)


WHOLE = proof_of(5, [1])


def data_of(encoded: bytes, *entries: bytes) -> dict[str, bytes]:
    """The files of a case."""
    named = (
        {"entry": entries[0]}
        if len(entries) == 1
        else {f"entry{number}": entry for number, entry in enumerate(entries)}
    )
    return {"input": encoded, "key": testkeys.PROOF_KEY.public_key.encode(), **named}


def cases() -> Iterator[Case]:
    """All of them."""
    run = (READINGS.claims.kid, 0)
    for name, made, entries, why in (
        ("second-of-five", WHOLE, [ENTRIES[1]], "The path from leaf 1 to the root of five."),
        ("only-leaf", proof_of(1, [0]), [ENTRIES[0]], "A tree of one: the path is empty, and may be so only here."),
        ("last-of-five", proof_of(5, [4]), [ENTRIES[4]], "The lone leaf at the right edge: a path of one."),
        (
            "confirmation",
            proof_of(5, [1, 2], run),
            ENTRIES[1:3],
            "A run of two statements of one stream, one signature.",
        ),
    ):
        data = data_of(made.encode(), *entries)
        yield Case("proof", name, why, data, READERS["proof"](data))
    yield from _bad_paths()
    yield from _bad_frames()


def _fail(name: str, why: str, encoded: bytes, error: str, fragment: str, entry: bytes = ENTRIES[1]) -> Case:
    return Case("proof", name, why, data_of(encoded, entry), error=(error, fragment))


def _with(index: int, path: tuple[bytes, ...]) -> bytes:
    return dataclasses.replace(WHOLE, paths=(InclusionPath(index, path),)).encode()


def _bad_paths() -> Iterator[Case]:
    path = WHOLE.paths[0].path
    yield _fail("wrong-index", "Leaf 1 claimed at 0.", _with(0, path), "SignatureError", "does not verify")
    yield _fail("index-outside", "Leaf 5 of 5.", _with(5, path), "CoseError", "outside the tree")
    yield _fail("path-too-long", "One node more than the place allows.", _with(1, (*path, path[0])),
                "CoseError", "more than its place allows")  # fmt: skip
    yield _fail("path-too-short", "One node fewer than the place needs.", _with(1, path[:-1]),
                "CoseError", "fewer than its place needs")  # fmt: skip
    yield _fail("path-empty", "No path at size five.", _with(1, ()), "CoseError", "fewer than its place needs")
    yield _fail("path-reordered", "The nodes in another order.", _with(1, path[::-1]), "SignatureError", "not verify")
    yield _fail("node-flipped", "One bit of one node.", _with(1, (bytes((path[0][0] ^ 1,)) + path[0][1:], *path[1:])),
                "SignatureError", "does not verify")  # fmt: skip
    yield _fail("node-of-31-bytes", "A node that is no hash.", _with(1, (path[0][1:], *path[1:])),
                "CoseError", "something else than hashes")  # fmt: skip
    yield _fail(
        "other-entry", "The proof of another entry.", WHOLE.encode(), "SignatureError", "not verify", ENTRIES[2]
    )
    yield _fail("inner-node-as-entry", "An inner node's input offered as an entry: the prefix byte differs.",
                _with(0, path[1:]), "CoseError", "fewer", LEAVES[0] + LEAVES[1])  # fmt: skip
    frame = cose.decode_sign1(WHOLE.encode())
    encoded_path: list[Item] = [8, 1, list(path)]
    item: dict[int | str, Item] = {396: {-1: [cbor.encode(encoded_path)]}}
    yield _fail("wrong-size", "A path for eight leaves under a signature over five.",
                dataclasses.replace(frame, unprotected=item).encode(), "CoseError", "tree size as signed")  # fmt: skip
    item = {396: {-1: [cbor.encode([5, True, list(path)])]}}
    yield _fail("index-true", "true for leaf 1.", dataclasses.replace(frame, unprotected=item).encode(),
                "CoseError", "is not [tree size")  # fmt: skip
    item = {396: {-1: [cbor.encode([5, 1, list(path)]) + b"\x00"]}}
    yield _fail("path-trailing-bytes", "A byte behind the path.", dataclasses.replace(frame, unprotected=item).encode(),
                "CborError", "trailing bytes")  # fmt: skip


def _bad_frames() -> Iterator[Case]:
    frame = cose.decode_sign1(WHOLE.encode())
    claims: dict[int | str, Item] = {1: ORIGIN, 2: "urn:tallystick:log:" + LOG_ID.hex(), 6: NOON, -65541: 5, -65542: 1}
    header: dict[int | str, Item] = {1: -7, 4: WHOLE.head.kid, 15: claims, 16: proof.TYP, 395: 1}
    root = tree.root_of(LEAVES)
    for name, item, fragment, why in (
        ("wrong-leaf-rule", {**header, 15: {**claims, -65542: 2}}, "leaf rule 2", "Leaves hashed by another rule."),
        ("size-unsigned", {**header, 15: {key: claims[key] for key in claims if key != -65541}}, "claims must be",
         "The size is not signed."),
        ("other-log", {**header, 15: {**claims, 1: "tallystick.example/other"}}, "not the origin", "iss is not sub's."),
        ("other-vds", {**header, 395: 2}, "vds is another", "Another kind of tree."),
        ("unknown-algorithm", {**header, 1: -36}, "not in the table", "ES512."),
        ("statement-typ", {**header, 16: READINGS.claims.kind.typ}, "not a proof", "A statement, not a proof."),
        ("extra-header", {**header, 3: 60}, "nothing else", "A content type on a detached root."),
    ):  # fmt: skip
        protected = cbor.encode(item)
        signature = testkeys.PROOF_KEY.sign(cose.to_be_signed(protected, root))
        made = cose.Sign1(protected, frame.unprotected, None, signature).encode()
        yield _fail(name, why, made, "CoseError", fragment)
    yield _fail("payload-attached", "The root carried inside.", dataclasses.replace(frame, payload=root).encode(),
                "CoseError", "detached")  # fmt: skip
    extra: dict[int | str, Item] = {**frame.unprotected, 4: WHOLE.head.kid}
    more = dataclasses.replace(frame, unprotected=extra).encode()
    yield _fail("unprotected-extra", "More than the paths.", more, "CoseError", "something else than paths")
    forged = testkeys.STRANGER.sign(cose.to_be_signed(frame.protected, root))
    other = dataclasses.replace(frame, signature=forged).encode()
    yield _fail("another-key", "Signed by a stranger.", other, "SignatureError", "does not verify")
    yield _fail("trailing-bytes", "A byte behind the proof.", WHOLE.encode() + b"\x00", "CoseError", "trailing bytes")
    yield _fail("untagged", "No tag.", WHOLE.encode()[1:], "CoseError", "tag 18")
