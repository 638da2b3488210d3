"""The file of an organisation's own factors (自有因子文件): what its key signed, and all that the digest names. No IO.

    file      = {1: media type, 2: statement, 3: body, 4: the signer's COSE key}     deterministic CBOR
    statement = COSE_Sign1 of kind factors over {1: organisation, 2: SHA-256 of the body, 3: number of factors}
    body      = {1: array of factors}                                               sorted by digest

A supplier's factor for its contract, a plant's figure for the water that it treats, a newer edition of what ships: they
count beside the shipped ones, by the same rule, and every result that rests on one names whose it is. Format page:
docs/formats/factors.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Final

from tally_edge import keys, statement
from tally_edge import wire as codec
from tally_edge.errors import SignatureError, StatementError
from tally_edge.keys import Signer
from tally_edge.statement import Claims, Kind
from tally_edge.wire import DIGEST, array, integer, nested, octets, text, wire
from tally_finance.errors import FactorError
from tally_finance.factors.factor import Factor, FactorForm, factor_of, form_of

MEDIA_TYPE: Final = "application/vnd.tallystick.factors+cbor; v=1"
MAX_FACTORS: Final = 1000
"""Of one file; the tables that ship have fewer than three hundred."""
MAX_FILE_BYTES: Final = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Signed:
    """What the organisation's key signs."""

    organisation: str = wire(1, text(128))
    body: bytes = wire(2, DIGEST)
    count: int = wire(3, integer(1, MAX_FACTORS))


@dataclass(frozen=True, slots=True)
class _Body:
    factors: tuple[FactorForm, ...] = wire(1, array(nested(FactorForm), MAX_FACTORS))


@dataclass(frozen=True, slots=True)
class _File:
    media_type: str = wire(1, text(64))
    statement: bytes = wire(2, octets(1, statement.MAX_STATEMENT_BYTES))
    body: bytes = wire(3, octets(1, MAX_FILE_BYTES))
    key: bytes = wire(4, octets(1, 256))


@dataclass(frozen=True, slots=True)
class OwnFactors:
    """Factors whose file holds together: whose they are by their word, whose key signed, when by that key's word."""

    organisation: str
    factors: tuple[Factor, ...]
    signer: bytes
    signed_at: int


def encode(organisation: str, factors: Iterable[Factor], signer: Signer, now: int) -> bytes:
    """The file of an organisation's factors, signed at `now` (Unix seconds). Raises FactorError, StatementError."""
    found = {factor.digest: factor for factor in factors}
    if not found:
        raise FactorError("a file without a factor says nothing")
    body = codec.encode(_Body(tuple(form_of(factor) for _, factor in sorted(found.items()))))
    said, key = Signed(organisation, sha256(body).digest(), len(found)), signer.public_key
    subject = f"urn:tallystick:factors:{said.body.hex()}"
    claims = Claims(Kind.FACTORS, key.kid, f"urn:tallystick:key:{key.kid.hex()}", subject, now)
    made = statement.sign(claims, codec.encode(said), signer)
    return codec.encode(_File(MEDIA_TYPE, made.encoded, body, key.encode()))


def decode(data: bytes, signers: Collection[bytes]) -> OwnFactors:
    """The factors of a file. `signers`: ids of the keys that the reader takes factors from, not none.

    1. The file, strictly; the statement in it is of kind factors.
    2. The key is the one that the statement names by its thumbprint, one of `signers`, and it signed the statement.
    3. The body has the digest and the count that were signed, its factors stand in the order of their digests, and each
       of them can be.

    Raises SignatureError for 2 and a changed body, FactorError, StatementError, CborError.
    """
    if not signers:
        raise FactorError("factors are taken from a known key: none was named")
    if len(data) > MAX_FILE_BYTES:
        raise StatementError(f"a file of factors has at most {MAX_FILE_BYTES} bytes")
    file = codec.decode(_File, data)
    if file.media_type != MEDIA_TYPE:
        raise StatementError(f"a file of type {file.media_type} holds no factors")
    found = statement.decode(file.statement)
    if found.claims.kind is not Kind.FACTORS:
        raise StatementError(f"a statement of kind {found.claims.kind.value} signs no factors")
    key = keys.decode_public_key(file.key)
    if key.kid != found.claims.kid:
        raise SignatureError("the key in the file is another than the one that signed")
    if key.kid not in signers:
        raise SignatureError(f"key {key.kid.hex()}, which signed the factors, is none of those they are taken from")
    found.verify(key)
    said = codec.decode(Signed, found.payload)
    if sha256(file.body).digest() != said.body:
        raise SignatureError("CHANGED: the factors are others than those that were signed")
    factors = tuple(factor_of(form) for form in codec.decode(_Body, file.body).factors)
    digests = [factor.digest for factor in factors]
    if len(factors) != said.count or any(left >= right for left, right in pairwise(digests)):
        raise FactorError("the factors do not stand once each in the order of their digests")
    return OwnFactors(said.organisation, factors, key.kid, found.claims.issued_at)
