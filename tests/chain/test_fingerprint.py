"""Fingerprints as they are said and heard."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain import fingerprint

DIGEST = hashlib.sha256(b"a key").digest()


def test_forty_digits_that_follow_from_the_digest() -> None:
    """A fixed example, computed by hand from the module's rule."""
    hashed = hashlib.sha256(b"tallystick fingerprint v1\x00" + DIGEST).digest()
    text = str(int.from_bytes(hashed, "big") % 10**40).zfill(40)
    assert fingerprint.digits(DIGEST).replace(" ", "") == text
    assert [len(group) for group in fingerprint.digits(DIGEST).split()] == [5] * 8


@given(st.binary(min_size=32, max_size=32))
def test_what_is_read_out_is_heard(digest: bytes) -> None:
    """Digits or hex, in groups, with hyphens, in full-width digits."""
    for said in (fingerprint.digits(digest), fingerprint.hexed(digest)):
        wide = said.translate({ord("0") + value: 0xFF10 + value for value in range(10)})
        for heard in (said, said.replace(" ", ""), said.replace(" ", "-"), said.upper(), f"\n{said} ", wide):
            assert fingerprint.agrees(heard, digest)


@pytest.mark.parametrize("end", [0, 5, 39])
def test_a_part_is_not_the_whole(end: int) -> None:
    """Nor is another's, nor one more digit."""
    said = fingerprint.digits(DIGEST).replace(" ", "")
    assert not fingerprint.agrees(said[:end], DIGEST)
    assert not fingerprint.agrees(said + "0", DIGEST)
    assert not fingerprint.agrees(fingerprint.digits(bytes(32)), DIGEST)
