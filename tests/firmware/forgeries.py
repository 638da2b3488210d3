"""Malformed sets: all that one without the key can do, and headers and payloads that are no CBOR in a right frame."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from tally_edge import cose
from tests.mutate import byte_flips, cuts_and_additions, statement_forgeries


def forgeries(encoded: bytes) -> list[bytes]:
    """Every edit of header, payload and frame, bytes cut and doubled; the statement itself is not among them."""
    made = [body for _, body in (*statement_forgeries(encoded), *cuts_and_additions(encoded))]
    made += _inside(encoded)
    return [body for body in made if body != encoded]


def _inside(encoded: bytes) -> Iterator[bytes]:
    """Bytes of the header and of the payload cut, doubled and flipped, with lengths around them that are right."""
    frame = cose.decode_sign1(encoded)
    assert frame.payload is not None
    for _, payload in (*cuts_and_additions(frame.payload), *byte_flips(frame.payload)):
        yield dataclasses.replace(frame, payload=payload).encode()
    for _, protected in (*cuts_and_additions(frame.protected), *byte_flips(frame.protected)):
        yield dataclasses.replace(frame, protected=protected).encode()
