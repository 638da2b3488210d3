"""The file of a monthly close (月结文件): what the lender's key signed, and all that its digest names. No IO.

    file      = {1: media type, 2: statement, 3: body, 4: the signer's COSE key}     deterministic CBOR
    statement = COSE_Sign1 of kind close over Signed, as docs/formats/statement.md has it

The signature names the digest of the body, the heads that the body was computed from, and the digests of the workbook
and the page that were written with it. Format page: docs/formats/close.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tally_edge import wire as codec
from tally_edge.errors import SignatureError, StatementError
from tally_edge.keys import PublicKey, Signer
from tally_edge.statement import Kind, Statement
from tally_edge.wire import COUNT, DIGEST, array, nested, text, wire
from tally_finance import signed_file
from tally_finance.book.forms import BOOKED_AT
from tally_finance.book.journal import BOOK
from tally_finance.close import body as bodies
from tally_finance.close.body import Body, Previous
from tally_finance.errors import CloseError

MEDIA_TYPE: Final = "application/vnd.tallystick.close+cbor; v=1"
MAX_FILE_BYTES: Final = 128 * 2**20
"""A book of 100,000 receipts, each with some 600 bytes, and as many doubts."""
FORM: Final = signed_file.Form(MEDIA_TYPE, Kind.CLOSE, "monthly close", MAX_FILE_BYTES, StatementError)


@dataclass(frozen=True, slots=True)
class Document:
    """What was written for people from the same body: `xlsx` or `pdf`, and the SHA-256 of that file."""

    form: str = wire(1, text(8))
    sha256: bytes = wire(2, DIGEST)


@dataclass(frozen=True, slots=True)
class Signed:
    """What the lender signs. `body`, `head`, `chain`: of the body, of the journal, over the chain's operations."""

    book: str = wire(1, BOOK)
    month: str = wire(2, text(7))
    as_of: int = wire(3, BOOKED_AT)
    known_at: int = wire(4, BOOKED_AT)
    seq: int = wire(5, COUNT)
    head: bytes = wire(6, DIGEST)
    body: bytes = wire(7, DIGEST)
    documents: tuple[Document, ...] = wire(8, array(nested(Document), 8))
    chain: bytes | None = wire(9, DIGEST, optional=True)
    previous: bytes | None = wire(10, DIGEST, optional=True)


@dataclass(frozen=True, slots=True)
class Close:
    """A close whose parts fit together. Whose key signed it is for the reader to know: `statement.claims.kid`."""

    statement: Statement
    signed: Signed
    body: Body
    key: PublicKey

    @property
    def previous(self) -> Previous:
        """How the close after it names this one."""
        return Previous(self.statement.id, self.body.as_of, self.body.known_at)


def sign(body: Body, documents: Mapping[str, bytes], signer: Signer, now: int) -> Close:
    """A close of `body` and its documents' digests by form. Raises CloseError, StatementError."""
    if now < body.known_at:
        raise CloseError(f"what is known at {body.known_at} is signed at {now}: look at the clock")
    said = _signed(body, tuple(Document(form, digest) for form, digest in sorted(documents.items())))
    made = signed_file.sign(FORM, codec.encode(said), said.body, signer, now)
    return Close(made, said, body, signer.public_key)


def encode(close: Close) -> bytes:
    """The file's bytes."""
    return signed_file.encode(FORM, close.statement, bodies.encode(close.body), close.key)


def decode(data: bytes) -> Close:
    """The close of a file. Raises SignatureError where it was changed, DecodeError for bytes that are none.

    1. The file, strictly; the statement in it is a close.
    2. The key is the one that the statement names by its thumbprint, and it signed the statement.
    3. The body has the digest that was signed, and its heads and times are those that were signed.
    """
    file = signed_file.decode(FORM, data)
    said = codec.decode(Signed, file.statement.payload)
    file.must_be_over(said.body)
    body = bodies.decode(file.body)
    if _signed(body, said.documents) != said:
        raise SignatureError("CHANGED: what was signed has other heads or times than the body")
    return Close(file.statement, said, body, file.key)


def _signed(body: Body, documents: tuple[Document, ...]) -> Signed:
    return Signed(
        book=body.book,
        month=body.month,
        as_of=body.as_of,
        known_at=body.known_at,
        seq=body.seq,
        head=body.head,
        body=bodies.digest(body),
        documents=documents,
        chain=None if body.chain is None else body.chain.digest,
        previous=None if body.previous is None else body.previous.close,
    )
