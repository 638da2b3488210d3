"""Cases of head entries."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from tally_chain import tree
from tally_chain.head_entry import HeadEntry
from tally_edge import cose, proof
from tests.vectors import testkeys
from tests.vectors.case import Case
from tests.vectors.cases_cbor import NOON
from tests.vectors.cases_proof import LEAVES, WHOLE
from tests.vectors.cases_statement import ORIGIN
from tests.vectors.readers import READERS

ROOT = tree.root_of(LEAVES)
ENTRY = HeadEntry(WHOLE.head, ROOT)


def _data(encoded: bytes) -> dict[str, bytes]:
    return {"input": encoded, "key": testkeys.PROOF_KEY.public_key.encode()}


def cases() -> Iterator[Case]:
    """All of them."""
    first = HeadEntry(proof.sign_head(ORIGIN, 1, LEAVES[0], NOON, testkeys.PROOF_KEY), LEAVES[0])
    longest = "名" * proof.MAX_ORIGIN_CHARS
    far = HeadEntry(proof.sign_head(longest, proof.MAX_TREE_SIZE, ROOT, NOON, testkeys.PROOF_KEY), ROOT)
    for name, made, why in (
        ("of-five", ENTRY, "The head of the proof vectors, root attached: the very signature of those proofs."),
        ("of-one", first, "The head of a log that holds its opening alone."),
        ("longest", far, "The longest origin and the largest size."),
    ):
        data = _data(made.encode())
        yield Case("head-entry", name, why, data, READERS["head-entry"](data))
    yield from _bad()


def _fail(name: str, why: str, encoded: bytes, error: str, fragment: str) -> Case:
    return Case("head-entry", name, why, _data(encoded), error=(error, fragment))


def _bad() -> Iterator[Case]:
    frame = cose.decode_sign1(ENTRY.encode())

    def framed(**changes: object) -> bytes:
        return dataclasses.replace(frame, **changes).encode()  # type: ignore[arg-type]

    other = testkeys.STRANGER.sign(cose.to_be_signed(frame.protected, ROOT))
    yield _fail("another-root", "One bit of the root.", framed(payload=bytes((ROOT[0] ^ 1,)) + ROOT[1:]),
                "SignatureError", "does not verify")  # fmt: skip
    yield _fail("another-key", "Signed by a stranger.", framed(signature=other), "SignatureError", "does not verify")
    yield _fail("root-detached", "A proof's frame: the root is not carried.", framed(payload=None),
                "CoseError", "payload is the root")  # fmt: skip
    yield _fail("root-of-31-bytes", "A payload that is no hash.", framed(payload=ROOT[1:]),
                "CoseError", "payload is the root")  # fmt: skip
    yield _fail("unprotected-header", "A path beside the head: entries have one form.",
                framed(unprotected={396: {-1: []}}), "CoseError", "unprotected header is empty")  # fmt: skip
    yield _fail("trailing-bytes", "A byte behind the entry.", ENTRY.encode() + b"\x00", "CoseError", "trailing bytes")
    yield _fail("untagged", "No tag.", ENTRY.encode()[1:], "CoseError", "tag 18")
    yield _fail("too-long", "Longer than any head is.", ENTRY.encode() + bytes(2_048), "CoseError", "at most 2048")
