"""Signed files of own factors: what is signed comes back, and a changed byte or an unknown key is refused."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally_edge import signer, statement
from tally_edge import wire as codec
from tally_edge.errors import DecodeError, SignatureError, StatementError
from tally_edge.statement import Claims, Kind
from tally_finance import signed_file
from tally_finance.errors import FactorError
from tally_finance.factors import own_file
from tally_finance.factors.factor import Basis, form_of
from tally_finance.factors.own_file import Signed, decode, encode
from tests.finance.factors.examples import factor

KEY, OTHER = signer.generate(), signer.generate()
OURS = [KEY.public_key.kid]
OWN = [factor(region="supplier:one", basis=Basis.SUPPLIER, value=D("0.1")), factor(region="CN-ZJ", u_percent=D(2))]
NOW = 1_780_000_000
FILE = encode("mill", OWN, KEY, NOW)


def test_what_is_signed_comes_back_whatever_the_order() -> None:
    found = decode(FILE, OURS)
    assert (found.organisation, found.signer, found.signed_at) == ("mill", KEY.public_key.kid, NOW)
    assert {one.digest for one in found.factors} == {one.digest for one in OWN}
    assert decode(encode("mill", OWN[::-1], KEY, NOW), OURS).factors == found.factors


def test_a_key_that_nobody_named_signs_for_nobody() -> None:
    with pytest.raises(SignatureError, match="is none of those they are taken from"):
        decode(FILE, [OTHER.public_key.kid])
    with pytest.raises(FactorError, match="none was named"):
        decode(FILE, [])


def test_an_empty_file_and_an_endless_one_are_refused() -> None:
    with pytest.raises(FactorError, match="without a factor"):
        encode("mill", [], KEY, NOW)
    with pytest.raises(StatementError, match="has at most"):
        decode(bytes(own_file.MAX_FILE_BYTES + 1), OURS)


@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
@settings(max_examples=300)
def test_a_changed_byte_is_found(at: int, change: int) -> None:
    spoilt = bytearray(FILE)
    spoilt[at] ^= change
    with pytest.raises((SignatureError, DecodeError, FactorError)):
        decode(bytes(spoilt), OURS)


def made(body: bytes, said: Signed, kind: Kind = Kind.FACTORS, media_type: str = own_file.MEDIA_TYPE) -> bytes:
    kid = KEY.public_key.kid
    claims = Claims(kind, kid, f"urn:tallystick:key:{kid.hex()}", "urn:tallystick:factors:x", NOW)
    signed = statement.sign(claims, codec.encode(said), KEY)
    return signed_file.encode(replace(own_file.FORM, media_type=media_type), signed, body, KEY.public_key)


def test_what_its_own_key_signed_wrongly_is_refused() -> None:
    ordered = sorted(OWN, key=lambda one: one.digest)
    body = codec.encode(own_file._Body(tuple(form_of(one) for one in ordered)))
    good = Signed("mill", sha256(body).digest(), 2)
    assert decode(made(body, good), OURS).organisation == "mill"
    with pytest.raises(StatementError, match="kind close signs no factors"):
        decode(made(body, good, Kind.CLOSE), OURS)
    with pytest.raises(StatementError, match="holds no factors"):
        decode(made(body, good, media_type="application/cbor"), OURS)
    with pytest.raises(SignatureError, match="CHANGED"):
        decode(made(body, Signed("mill", bytes(32), 2)), OURS)
    with pytest.raises(FactorError, match="order of their digests"):
        decode(made(body, Signed("mill", sha256(body).digest(), 1)), OURS)
    for wrong in (ordered[::-1], [ordered[0], ordered[0]]):
        body = codec.encode(own_file._Body(tuple(form_of(one) for one in wrong)))
        with pytest.raises(FactorError, match="order of their digests"):
            decode(made(body, Signed("mill", sha256(body).digest(), 2)), OURS)


@pytest.mark.parametrize("said", ["0x1", "01", "1e3", ".5", "1.", "-1", "", "1" * 31])
def test_numbers_have_one_writing(said: str) -> None:
    form = codec.of_item(type(form_of(OWN[0])), {**codec.to_item(form_of(OWN[0])), 5: said or " "})
    body = codec.encode(own_file._Body((form,)))
    with pytest.raises(FactorError, match="no number in plain digits"):
        decode(made(body, Signed("mill", sha256(body).digest(), 1)), OURS)
