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

from tally_edge import wire as codec
from tally_edge.errors import SignatureError, StatementError
from tally_edge.keys import Signer
from tally_edge.statement import Kind
from tally_edge.wire import DIGEST, array, integer, nested, text, wire
from tally_finance import signed_file
from tally_finance.errors import FactorError
from tally_finance.factors.factor import Factor, FactorForm, factor_of, form_of

MEDIA_TYPE: Final = "application/vnd.tallystick.factors+cbor; v=1"
MAX_FACTORS: Final = 1000
"""Of one file; the tables that ship have fewer than three hundred."""
MAX_FILE_BYTES: Final = 4 * 2**20
FORM: Final = signed_file.Form(MEDIA_TYPE, Kind.FACTORS, "factors", MAX_FILE_BYTES, StatementError)


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
    said = Signed(organisation, sha256(body).digest(), len(found))
    made = signed_file.sign(FORM, codec.encode(said), said.body, signer, now)
    return signed_file.encode(FORM, made, body, signer.public_key)


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
    file = signed_file.decode(FORM, data)
    if file.key.kid not in signers:
        raise SignatureError(
            f"key {file.key.kid.hex()}, which signed the factors, is none of those they are taken from"
        )
    said = codec.decode(Signed, file.statement.payload)
    file.must_be_over(said.body)
    factors = tuple(factor_of(form) for form in codec.decode(_Body, file.body).factors)
    digests = [factor.digest for factor in factors]
    if len(factors) != said.count or any(left >= right for left, right in pairwise(digests)):
        raise FactorError("the factors do not stand once each in the order of their digests")
    return OwnFactors(said.organisation, factors, file.key.kid, file.statement.claims.issued_at)
