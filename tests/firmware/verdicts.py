"""The class of a verdict, as tally_edge gives it: the same six that the firmware knows."""

from __future__ import annotations

from tally_edge import cbor, cose, senml, statement, wire
from tally_edge.answers import AnchorNotice, Ask, Refusal
from tally_edge.device import Gap, Settlement
from tally_edge.errors import CborError, DecodeError, SignatureError, StatementError
from tally_edge.keys import PublicKey
from tally_edge.statement import Kind

PAYLOADS = {
    Kind.SETTLEMENT: Settlement,
    Kind.GAP: Gap,
    Kind.ASK: Ask,
    Kind.REFUSAL: Refusal,
    Kind.ANCHOR_NOTICE: AnchorNotice,
}


def verdict(data: bytes, key: PublicKey) -> str:
    """What tally_edge says of `data`: the first thing that is wrong with it, in the firmware's words."""
    try:
        said = statement.decode(data)
    except DecodeError:
        return _of_frame_or_header(data)
    try:
        if said.claims.kind is Kind.READINGS:
            senml.check(said.payload)
        elif said.claims.kind in PAYLOADS:
            wire.decode(PAYLOADS[said.claims.kind], said.payload)
        else:
            return "wrong-header"  # a kind that devices neither sign nor are sent
    except CborError:
        return "malformed-cbor"
    except StatementError:
        return "wrong-payload"
    try:
        said.verify(key)
    except SignatureError:
        return "wrong-signature"
    return "ok"


def _of_frame_or_header(data: bytes) -> str:
    try:
        frame = cose.decode_sign1(data)
    except DecodeError:
        return "wrong-frame"
    if frame.unprotected or frame.payload is None or len(data) > statement.MAX_STATEMENT_BYTES:
        return "wrong-frame"
    try:
        cbor.decode(frame.protected)
    except CborError:
        return "malformed-cbor"
    return "wrong-header"
