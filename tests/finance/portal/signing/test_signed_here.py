"""What a page signs is put together here and verified; anything else than that is refused."""

from __future__ import annotations

import base64

import pytest

from tally_edge import cose, keys, signer
from tally_edge.errors import SignatureError, TallyError
from tally_edge.keys import P256_ORDER
from tally_edge.statement import Kind
from tally_finance import signed_file
from tally_finance.portal.signing import signed_here


@pytest.mark.parametrize("algorithm", [keys.ES256, keys.EDDSA])
def test_a_signature_over_what_was_told_is_taken(algorithm: int) -> None:
    own = signer.generate(algorithm)
    key = signed_here.public_key(own.public_key.encode().hex())
    claims = signed_file.claims_of(Kind.CLOSE, key, "urn:tallystick:close:00", 1_800_000_000)
    protected, to_sign = signed_here.to_sign(claims, b"\xa0", key)
    told = signed_here.told(to_sign, "opaque", [("Month", "2026-01")])
    assert base64.b64decode(told["to_sign"]) == cose.to_be_signed(protected, b"\xa0")
    signature = own.sign(to_sign).hex()
    assert signed_here.taken(protected, b"\xa0", signature, key).claims == claims
    for wrong, payload in ((signature[:-2], b"\xa0"), ("zz", b"\xa0"), (signature, b"\xa1\x01\x02")):
        with pytest.raises(SignatureError):
            signed_here.taken(protected, payload, wrong, key)
    other = signer.generate(algorithm).public_key
    with pytest.raises(SignatureError):
        signed_here.taken(protected, b"\xa0", signature, other)


def test_the_twin_of_a_signature_is_refused() -> None:
    own = signer.generate()
    claims = signed_file.claims_of(Kind.CLOSE, own.public_key, "urn:tallystick:close:00", 1_800_000_000)
    protected, to_sign = signed_here.to_sign(claims, b"\xa0", own.public_key)
    signature = own.sign(to_sign)
    high = P256_ORDER - int.from_bytes(signature[32:], "big")
    with pytest.raises(TallyError):
        signed_here.taken(protected, b"\xa0", (signature[:32] + high.to_bytes(32, "big")).hex(), own.public_key)


def test_what_is_no_key_is_refused() -> None:
    for text in ("", "zz", "a40102", "00"):
        with pytest.raises(TallyError):
            signed_here.public_key(text)
