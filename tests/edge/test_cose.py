"""COSE_Sign1 frames and the bytes under a signature."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_edge import cbor, cose
from tally_edge.cose import Sign1
from tally_edge.errors import CoseError, DecodeError
from tests.edge.forge import items, keys, mutated

frames = st.builds(
    Sign1,
    st.binary(max_size=300),
    st.dictionaries(keys, items, max_size=3),
    st.none() | st.binary(max_size=300),
    st.binary(min_size=64, max_size=64),
)


@given(frames)
def test_frames_come_back(frame: Sign1) -> None:
    assert cose.decode_sign1(frame.encode()).encode() == frame.encode()


@given(frames.map(Sign1.encode).flatmap(mutated) | st.binary(max_size=100))
def test_what_is_accepted_has_one_encoding(data: bytes) -> None:
    try:
        frame = cose.decode_sign1(data)
    except DecodeError:
        return
    assert frame.encode() == data


@given(st.binary(max_size=300), st.binary(max_size=300), st.binary(max_size=30))
def test_the_signed_bytes_are_the_sig_structure(protected: bytes, payload: bytes, external: bytes) -> None:
    header = b"" if protected == b"\xa0" else protected
    expected = cbor.encode(["Signature1", header, external, payload])
    assert cose.to_be_signed(protected, payload, external) == expected


def test_a_detached_payload_must_be_given() -> None:
    frame = Sign1(b"\xa0", {}, None, bytes(64))
    with pytest.raises(CoseError, match="detached"):
        frame.to_be_signed()
    assert frame.to_be_signed(detached=b"x") == cose.to_be_signed(b"", b"x")
    assert Sign1(b"", {}, b"own", bytes(64)).to_be_signed(detached=b"other") == cose.to_be_signed(b"", b"own")
