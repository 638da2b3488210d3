"""Two documents that are not each other: a bank's conclusion (结论), a third party's verification (核查声明). No IO.

    file      = {1: media type, 2: statement, 3: the signer's COSE key}              deterministic CBOR
    statement = COSE_Sign1 of kind conclusion over Conclusion, or of kind verification over Verification

Each is bound to what it is about: the digest of the report, the trace and the factors that it was computed with, the
method's version, and the heads of the logs that the evidence was proven under. Who changes any of them has another
report, and the opinion says nothing of that one. Format page: docs/formats/opinion.md.

A conclusion says what the bank thinks and decides. A verification is by somebody else: it names the accreditation and
declares the independence, and its type and level are those of ISO 14064-3 and ISAE 3410.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import Enum, IntEnum, unique
from typing import Final

from tally_edge import cose, keys, statement
from tally_edge import wire as codec
from tally_edge.keys import PublicKey, Signer
from tally_edge.statement import Claims, Kind, Statement
from tally_edge.wire import COUNT, DIGEST, TIME, array, enum, integer, nested, octets, text, wire
from tally_finance import signed_file
from tally_finance.errors import ReviewError
from tally_finance.export.table import time_text

MEDIA_TYPE: Final = "application/vnd.tallystick.opinion+cbor; v=1"
MAX_FILE_BYTES: Final = 131_072
MAX_VALID_S: Final = 3 * 366 * 86_400
"""A loan's life is longer, and so are the changes of a factory: after three years somebody looks again."""

_NAME: Final = text(200)
_TEXT: Final = text(4_000)


@unique
class Decision(IntEnum):
    """What the bank decides."""

    ELIGIBLE = 1
    WITH_CONDITIONS = 2
    NOT_ELIGIBLE = 3


@unique
class Level(IntEnum):
    """How sure a verifier is (保证等级)."""

    LIMITED = 1
    REASONABLE = 2


@unique
class Type(IntEnum):
    """What a verifier says (意见类型)."""

    UNMODIFIED = 1
    QUALIFIED = 2
    ADVERSE = 3
    DISCLAIMER = 4


@dataclass(frozen=True, slots=True)
class Root:
    """The head of a log that the evidence was proven under."""

    log_id: bytes = wire(1, DIGEST)
    size: int = wire(2, COUNT)
    root: bytes = wire(3, DIGEST)


@dataclass(frozen=True, slots=True)
class Bound:
    """What an opinion is about, and nothing else is."""

    report: bytes = wire(1, DIGEST)
    trace: bytes = wire(2, DIGEST)
    factors: bytes = wire(3, DIGEST)
    method: str = wire(4, text(64))
    roots: tuple[Root, ...] = wire(5, array(nested(Root), 64))


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The bank's. `catalogue`: which item of the catalogue of green activities (绿色金融支持项目目录) it finances.

    `materiality_ppm`: the level that the ledger of misstatements was held against, in millionths of the total.
    """

    bound: Bound = wire(1, nested(Bound))
    bank: str = wire(2, _NAME)
    reviewer: str = wire(3, _NAME)
    borrower: str = wire(4, _NAME)
    loan: str = wire(5, _NAME)
    use_of_proceeds: str = wire(6, _TEXT)
    catalogue: str = wire(7, _NAME)
    decision: Decision = wire(8, enum(Decision))
    conditions: tuple[str, ...] = wire(9, array(_TEXT, 16))
    materiality_ppm: int = wire(10, integer(1, 999_999))
    misstatements: int = wire(11, COUNT)
    until: int = wire(12, TIME)


@dataclass(frozen=True, slots=True)
class Accreditation:
    """Who says that the verifier may verify, under which number, until when (Unix seconds)."""

    body: str = wire(1, _NAME)
    number: str = wire(2, _NAME)
    until: int = wire(3, TIME)


@dataclass(frozen=True, slots=True)
class Verification:
    """A third party's. `basis`: what is qualified, adverse or could not be judged, and why; empty if nothing.

    `independence`: its own words on what binds it to borrower and bank. `visited_at`: when somebody was at the site.
    """

    bound: Bound = wire(1, nested(Bound))
    verifier: str = wire(2, _NAME)
    lead: str = wire(3, _NAME)
    borrower: str = wire(4, _NAME)
    standard: str = wire(5, _NAME)
    accreditation: Accreditation = wire(6, nested(Accreditation))
    independence: str = wire(7, _TEXT)
    level: Level = wire(8, enum(Level))
    type: Type = wire(9, enum(Type))
    materiality_ppm: int = wire(10, integer(1, 999_999))
    until: int = wire(11, TIME)
    basis: str | None = wire(12, _TEXT, optional=True)
    visited_at: int | None = wire(13, TIME, optional=True)


Said = Conclusion | Verification

_KIND_OF: Final[dict[type[Said], Kind]] = {Conclusion: Kind.CONCLUSION, Verification: Kind.VERIFICATION}
_OF_KIND: Final[dict[Kind, type[Said]]] = {kind: cls for cls, kind in _KIND_OF.items()}


@dataclass(frozen=True, slots=True)
class _File:
    media_type: str = wire(1, text(64))
    statement: bytes = wire(2, octets(1, statement.MAX_STATEMENT_BYTES))
    key: bytes = wire(3, octets(1, 256))


@dataclass(frozen=True, slots=True)
class Opinion:
    """A document whose signature holds. Whose key it was is for the reader to know: `key.kid`."""

    statement: Statement
    said: Said
    key: PublicKey

    @property
    def signed_at(self) -> int:
        """By the signer's own clock, Unix seconds."""
        return self.statement.claims.issued_at


@unique
class Name(Enum):
    """Why an opinion does not stand for a report; the names stay."""

    ANOTHER_REPORT = "another-report"
    ANOTHER_DATA = "another-data"
    UNKNOWN_KEY = "unknown-key"
    EXPIRED = "expired"
    NOT_YET = "not-yet"
    NOT_INDEPENDENT = "not-independent"
    NOT_ACCREDITED = "not-accredited"
    NOT_UNMODIFIED = "not-unmodified"
    NO_VERIFICATION = "no-verification"
    NOT_VISITED = "not-visited"


@dataclass(frozen=True, slots=True)
class Objection:
    """Something against an opinion."""

    name: Name
    text: str


def sign(said: Said, signer: Signer, now: int) -> Opinion:
    """Sign an opinion at `now`, Unix seconds. Raises ReviewError for one that can not be, StatementError."""
    _must_be(said, now)
    claims = _claims(said, signer.public_key, now)
    return Opinion(statement.sign(claims, codec.encode(said), signer), said, signer.public_key)


@dataclass(frozen=True, slots=True)
class Unsigned:
    """An opinion before it is signed, wherever the key is. `to_sign`: the very bytes that are signed (RFC 9052, 4.4).

    `file`: the opinion's file with a signature of zeros, for `signed`.
    """

    to_sign: bytes
    file: bytes


def unsigned(said: Said, key: PublicKey, now: int) -> Unsigned:
    """What is to be signed by `key` at `now`, Unix seconds. Raises ReviewError for an opinion that can not be."""
    _must_be(said, now)
    protected = statement.encode_protected(_claims(said, key, now), key.algorithm)
    payload = codec.encode(said)
    empty = cose.Sign1(protected, {}, payload, bytes(keys.SIGNATURE_BYTES)).encode()
    return Unsigned(cose.to_be_signed(protected, payload), codec.encode(_File(MEDIA_TYPE, empty, key.encode())))


def signed(file: bytes, signature: bytes) -> Opinion:
    """The opinion of an unsigned file and its signature. Raises SignatureError, ReviewError, and as `decode` does."""
    if len(signature) != keys.SIGNATURE_BYTES:
        raise ReviewError(f"a signature has {keys.SIGNATURE_BYTES} bytes, not {len(signature)}")
    if len(file) > MAX_FILE_BYTES:
        raise ReviewError(f"an opinion has at most {MAX_FILE_BYTES} bytes")
    found = codec.decode(_File, file)
    whole = replace(cose.decode_sign1(found.statement), signature=signature).encode()
    return decode(codec.encode(replace(found, statement=whole)))


def _claims(said: Said, key: PublicKey, now: int) -> Claims:
    return signed_file.claims_of(_KIND_OF[type(said)], key, f"urn:tallystick:report:{said.bound.report.hex()}", now)


def encode(opinion: Opinion) -> bytes:
    """The file's bytes."""
    return codec.encode(_File(MEDIA_TYPE, opinion.statement.encoded, opinion.key.encode()))


def decode(data: bytes) -> Opinion:
    """The opinion of a file. Raises SignatureError where it was changed, ReviewError or DecodeError for bytes that are
    none.

    1. The file, strictly; the statement in it is a conclusion or a verification.
    2. The key is the one that the statement names by its thumbprint, and it signed the statement.
    3. What was signed can be, and the statement's subject is the report.
    """
    if len(data) > MAX_FILE_BYTES:
        raise ReviewError(f"an opinion has at most {MAX_FILE_BYTES} bytes")
    file = codec.decode(_File, data)
    if file.media_type != MEDIA_TYPE:
        raise ReviewError(f"a file of type {file.media_type} is no opinion")
    found = statement.decode(file.statement)
    cls = _OF_KIND.get(found.claims.kind)
    if cls is None:
        raise ReviewError(f"a statement of kind {found.claims.kind.value} is no opinion")
    key = signed_file.proven(found, file.key)
    said = codec.decode(cls, found.payload)
    _must_be(said, found.claims.issued_at)
    if found.claims.subject != f"urn:tallystick:report:{said.bound.report.hex()}":
        raise ReviewError("the statement's subject is another report than the one it is bound to")
    return Opinion(found, said, key)


def standing(opinion: Opinion, about: Bound, now: int, known: Collection[bytes]) -> tuple[Objection, ...]:
    """What is against an opinion as one on the report `about` at `now`; nothing, if it stands.

    `known`: ids of the keys whose opinions the reader takes. Whether a verification is good enough for a score is asked
    of `for_score`.
    """
    said, found = opinion.said, []
    if opinion.key.kid not in known:
        found.append(Objection(Name.UNKNOWN_KEY, f"its key {opinion.key.kid.hex()} is none of those you named"))
    if said.bound.report != about.report:
        found.append(Objection(Name.ANOTHER_REPORT, f"it is about report {said.bound.report.hex()}"))
    elif said.bound != about:
        found.append(Objection(Name.ANOTHER_DATA, "trace, factors, method or heads are others than the report's"))
    if now > said.until:
        found.append(Objection(Name.EXPIRED, f"it was good until {time_text(said.until)}"))
    if now < opinion.signed_at:
        found.append(
            Objection(Name.NOT_YET, f"it says that it was signed at {time_text(opinion.signed_at)}, which is to come")
        )
    return tuple(found)


def for_score(
    opinion: Opinion, about: Bound, now: int, known: Collection[bytes], *, parties: Collection[str]
) -> tuple[Objection, ...]:
    """What is against an opinion as the verification that makes data quality 1; nothing, if it does.

    `parties`: names of those who are no third parties: the bank that asks, and the entity of the report, whatever
    borrower the verification names.
    """
    found, said = list(standing(opinion, about, now, known)), opinion.said
    if not isinstance(said, Verification):
        found.append(Objection(Name.NO_VERIFICATION, "a bank's own conclusion is no third party's verification"))
        return tuple(found)
    if any(_same(said.verifier, one) for one in (said.borrower, *parties)):
        found.append(Objection(Name.NOT_INDEPENDENT, f"{said.verifier} is no third party here"))
    if opinion.signed_at > said.accreditation.until:
        found.append(Objection(Name.NOT_ACCREDITED, "its accreditation was over when it was signed"))
    if said.type is not Type.UNMODIFIED:
        found.append(Objection(Name.NOT_UNMODIFIED, f"its type is {said.type.name.lower()}: {said.basis or ''}"))
    if said.level is Level.REASONABLE and said.visited_at is None:
        found.append(Objection(Name.NOT_VISITED, "it is of reasonable assurance, and nobody was at the site"))
    return tuple(found)


def _must_be(said: Said, signed_at: int) -> None:
    """Raises ReviewError."""
    if not signed_at < said.until <= signed_at + MAX_VALID_S:
        raise ReviewError("an opinion is good for some time from its signing on, at most three years")
    if not said.bound.roots:
        raise ReviewError("an opinion without the head of a log is bound to no evidence")
    if isinstance(said, Conclusion):
        if (said.decision is Decision.WITH_CONDITIONS) != bool(said.conditions):
            raise ReviewError("conditions stand where the decision has some, and only there")
        return
    if (said.type is Type.UNMODIFIED) != (said.basis is None):
        raise ReviewError("a type other than unmodified says what for, and only that")
    if said.visited_at is not None and said.visited_at > signed_at:
        raise ReviewError("a verification names a visit that was made, not one to come")


def _same(left: str, right: str) -> bool:
    return _plain(left) == _plain(right)


def _plain(name: str) -> str:
    """Without what looks the same: widths and forms of letters, case, spaces and punctuation."""
    return "".join(one for one in unicodedata.normalize("NFKC", name).casefold() if one.isalnum())
