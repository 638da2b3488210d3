"""The decoders that take bytes from strangers, each with what it may raise and what must hold when it does not.

`TARGETS[name](data)` runs one decoder. It returns quietly for refused and for accepted input alike; what else is
raised is a fault: an undocumented exception, or an AssertionError where two ways of reading disagree.
"""

from __future__ import annotations

from collections.abc import Callable

from tally_chain import head_entry
from tally_edge import (
    answers,
    authority,
    cbor,
    cose,
    countersign,
    device,
    keys,
    log_opening,
    proof,
    senml,
    statement,
    wire,
)
from tally_edge.errors import DecodeError
from tally_edge.statement import Kind

Target = Callable[[bytes], None]


def _cbor(data: bytes) -> None:
    assert cbor.encode(cbor.decode(data)) == data


def _cose(data: bytes) -> None:
    assert cose.decode_sign1(data).encode() == data


def _key(data: bytes) -> None:
    assert keys.decode_public_key(data).encode() == data


def _senml(data: bytes) -> None:
    try:
        count = senml.check(data)
    except DecodeError as refusal:
        try:
            senml.decode(data)
        except type(refusal):
            return
        raise AssertionError("decode takes what check refuses") from refusal
    readings = senml.decode(data)
    assert len(readings) == count


def _statement(data: bytes) -> None:
    signed = statement.decode(data)
    assert signed.encoded == data
    frame = cose.decode_sign1(data)
    assert (statement.decode_protected(frame.protected)[0], frame.to_be_signed()) == (
        signed.claims,
        signed.signed_bytes,
    )
    kind = signed.claims.kind
    if kind is Kind.READINGS:
        _senml(signed.payload)
    elif kind in authority.PAYLOAD_OF_KIND:
        countersign.read(signed, wire.decode(authority.PAYLOAD_OF_KIND[kind], signed.payload))


def _proof(data: bytes) -> None:
    read = proof.decode(data)
    assert read.encode() == data
    for number in range(len(read.paths)):
        read.root_for(number, b"entry")


def _head_entry(data: bytes) -> None:
    assert head_entry.decode(data).encode() == data


def _payload(cls: type) -> Target:
    def run(data: bytes) -> None:
        assert wire.encode(wire.decode(cls, data)) == data

    return run


PAYLOADS = (
    *authority.PAYLOAD_OF_KIND.values(),
    device.Settlement,
    device.Gap,
    answers.Refusal,
    answers.AnchorNotice,
    answers.Ask,
    answers.Answer,
    log_opening.LogOpening,
)


def _quietly(target: Target) -> Target:
    def run(data: bytes) -> None:
        try:
            target(data)
        except DecodeError as refusal:
            assert str(refusal), "a refusal must say what was wrong"  # noqa: PT017  # runs outside pytest too

    return run


TARGETS: dict[str, Target] = {
    name: _quietly(target)
    for name, target in {
        "cbor": _cbor,
        "cose": _cose,
        "key": _key,
        "senml": _senml,
        "statement": _statement,
        "proof": _proof,
        "head-entry": _head_entry,
        **{cls.__name__: _payload(cls) for cls in PAYLOADS},
    }.items()
}

__all__ = ["PAYLOADS", "TARGETS", "Target"]
