"""What a key signed, as a file (签名文件): a statement, a body whose digest it names, and the key. No IO.

    file      = {1: media type, 2: statement, 3: body, 4: the signer's COSE key}     deterministic CBOR
    statement = COSE_Sign1, as docs/formats/statement.md has it; its payload says what each kind of file says

Monthly closes and deposits and an organisation's own factors are such files. Opinions and journals have no body beside
their statement and share `proven` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from tally_edge import keys, statement
from tally_edge import wire as codec
from tally_edge.errors import SignatureError, TallyError
from tally_edge.keys import PublicKey, Signer
from tally_edge.statement import Claims, Kind, Statement
from tally_edge.wire import octets, text, wire

MAX_BODY_BYTES: Final = 128 * 2**20
"""The largest that any kind of file has; each has a bound of its own on the whole file."""


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file: its media type, the kind of its statement, what it holds, its bound, what it raises."""

    media_type: str
    kind: Kind
    what: str
    max_bytes: int
    error: Callable[[str], TallyError]


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose statement was signed by the key in it. Whose key that is is for the reader to know: `key.kid`."""

    statement: Statement
    key: PublicKey
    body: bytes

    def must_be_over(self, digest: bytes) -> None:
        """Raises SignatureError for a body that has another digest than the one that was signed."""
        if sha256(self.body).digest() != digest:
            raise SignatureError("CHANGED: the body is another than the one that was signed")


@dataclass(frozen=True, slots=True)
class _File:
    media_type: str = wire(1, text(64))
    statement: bytes = wire(2, octets(1, statement.MAX_STATEMENT_BYTES))
    body: bytes = wire(3, octets(1, MAX_BODY_BYTES))
    key: bytes = wire(4, octets(1, 256))


def claims_of(kind: Kind, key: PublicKey, subject: str, now: int) -> Claims:
    """The claims of a statement that is in no stream: its issuer is the key itself. `now`: Unix seconds."""
    return Claims(kind, key.kid, f"urn:tallystick:key:{key.kid.hex()}", subject, now)


def sign(form: Form, payload: bytes, digest: bytes, signer: Signer, now: int) -> Statement:
    """The statement of a file; its subject is the body's digest. Raises StatementError."""
    subject = f"urn:tallystick:{form.kind.value}:{digest.hex()}"
    return statement.sign(claims_of(form.kind, signer.public_key, subject, now), payload, signer)


def encode(form: Form, said: Statement, body: bytes, key: PublicKey) -> bytes:
    """The file's bytes."""
    return codec.encode(_File(form.media_type, said.encoded, body, key.encode()))


def decode(form: Form, data: bytes) -> Opened:
    """The parts of a file. Raises `form.error` for one of another kind, SignatureError, DecodeError.

    1. The file, strictly; the statement in it is of the form's kind.
    2. The key is the one that the statement names by its thumbprint, and it signed the statement.

    What was signed, and that the body is what it names, is for the caller to read.
    """
    if len(data) > form.max_bytes:
        raise form.error(f"a file of {form.what} has at most {form.max_bytes} bytes")
    file = codec.decode(_File, data)
    if file.media_type != form.media_type:
        raise form.error(f"a file of type {file.media_type} holds no {form.what}")
    found = statement.decode(file.statement)
    if found.claims.kind is not form.kind:
        raise form.error(f"a statement of kind {found.claims.kind.value} signs no {form.what}")
    return Opened(found, proven(found, file.key), file.body)


def proven(found: Statement, key: bytes) -> PublicKey:
    """The key beside a statement, if it is the one that the statement names and that signed it. Raises SignatureError,
    DecodeError."""
    known = keys.decode_public_key(key)
    if known.kid != found.claims.kid:
        raise SignatureError("the key in the file is another than the one that signed")
    found.verify(known)
    return known
