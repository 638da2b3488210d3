"""The file of a monthly deposit (存证文件): what a key signed, and the body that its digest names. No IO.

    file      = {1: media type, 2: statement, 3: body, 4: the signer's COSE key}     deterministic CBOR
    statement = COSE_Sign1 of kind deposit over Signed, as docs/formats/statement.md has it
    body      = canonical JSON (RFC 8785), numbers as text

Format page: docs/formats/deposit.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from tally_edge import wire as codec
from tally_edge.errors import SignatureError
from tally_edge.keys import PublicKey, Signer
from tally_edge.statement import Kind, Statement
from tally_edge.wire import COUNT, DIGEST, array, nested, text, wire
from tally_finance import signed_file
from tally_finance.deposit import summing
from tally_finance.deposit.body import FORMAT, Before, Body
from tally_finance.deposit.tables import tables
from tally_finance.errors import DepositError, ExportError
from tally_finance.footprint.trace import canonical

MEDIA_TYPE: Final = "application/vnd.tallystick.deposit+cbor; v=1"
MAX_FILE_BYTES: Final = 64 * 2**20
"""Some 150,000 gaps, each with its ends: of 50 meters that nobody read as planned in any quarter hour of a month."""
MAX_BODY_BYTES: Final = MAX_FILE_BYTES - 2**16
"""What is left of a file beside the statement and the key."""
MOST_DOCUMENTS: Final = 64
FORM: Final = signed_file.Form(MEDIA_TYPE, Kind.DEPOSIT, "monthly deposit", MAX_FILE_BYTES, DepositError)


@dataclass(frozen=True, slots=True)
class Document:
    """What was written for people from the same body: its name in the package, and the SHA-256 of that file."""

    name: str = wire(1, text(100))
    sha256: bytes = wire(2, DIGEST)


@dataclass(frozen=True, slots=True)
class Signed:
    """What is signed. `report`: the digest of the report that the figures were drawn from; `previous`: the statement
    of the deposit of the same month before this one."""

    entity: str = wire(1, text(200))
    site: str = wire(2, text(200))
    month: str = wire(3, text(7))
    number: int = wire(4, COUNT)
    report: bytes = wire(5, DIGEST)
    body: bytes = wire(6, DIGEST)
    documents: tuple[Document, ...] = wire(7, array(nested(Document), MOST_DOCUMENTS))
    previous: bytes | None = wire(8, DIGEST, optional=True)


@dataclass(frozen=True, slots=True)
class Deposit:
    """A deposit whose parts fit together. Whose key signed it is for the reader to know: `key.kid`."""

    statement: Statement
    signed: Signed
    body: Body
    key: PublicKey

    @property
    def signed_at(self) -> int:
        """By the signer's own clock, Unix seconds."""
        return self.statement.claims.issued_at

    def before(self, reason: str) -> Before:
        """How the next deposit of the month names this one."""
        return Before(self.statement.id, self.body, reason)


def check(body: Body, now: int) -> None:
    """Raises DepositError for a body that can not be signed at `now`: of a month that is not over, or too large."""
    if now < int(body["to"]):
        raise DepositError(f"{body['month']} is not over on the site's clock")
    if len(canonical(body)) > MAX_BODY_BYTES:
        raise DepositError(f"it has more than {MAX_BODY_BYTES} bytes: {len(body['gaps'])} gaps")


def sign(body: Body, documents: Mapping[str, bytes], signer: Signer, now: int) -> Deposit:
    """A deposit of `body` and its documents' digests by name. Raises DepositError as `check` does."""
    check(body, now)
    said = _signed(body, tuple(Document(name, digest) for name, digest in sorted(documents.items())))
    made = signed_file.sign(FORM, codec.encode(said), said.body, signer, now)
    return Deposit(made, said, body, signer.public_key)


def encode(deposit: Deposit) -> bytes:
    """The file's bytes."""
    return signed_file.encode(FORM, deposit.statement, canonical(deposit.body), deposit.key)


def decode(data: bytes) -> Deposit:
    """The deposit of a file. Raises SignatureError where it was changed, DepositError or DecodeError for bytes that are
    none.

    1. The file, strictly; the statement in it is a deposit.
    2. The key is the one that the statement names by its thumbprint, and it signed the statement.
    3. The body has the digest that was signed, is canonical, and names what was signed.
    """
    file = signed_file.decode(FORM, data)
    said = codec.decode(Signed, file.statement.payload)
    file.must_be_over(said.body)
    body = _body(file.body)
    if _signed(body, said.documents) != said:
        raise SignatureError("CHANGED: what was signed names another month, number or report than the body")
    return Deposit(file.statement, said, body, file.key)


def _signed(body: Body, documents: tuple[Document, ...]) -> Signed:
    previous = body["previous"]
    return Signed(
        entity=body["entity"],
        site=body["site"],
        month=body["month"],
        number=int(body["number"]),
        report=bytes.fromhex(body["basis"]["report"]),
        body=sha256(canonical(body)).digest(),
        documents=documents,
        previous=None if previous is None else bytes.fromhex(previous["statement"]),
    )


_UNREADABLE: Final = (
    ArithmeticError,
    AttributeError,
    ExportError,
    LookupError,
    OSError,  # a time zone that is a folder
    RecursionError,
    TypeError,
    ValueError,
)


def _body(data: bytes) -> Body:
    """A body that can be told and added up. Raises DepositError."""
    try:
        body: Any = json.loads(data)
        if not isinstance(body, dict) or body.get("format") != FORMAT or canonical(body) != data:
            raise DepositError(f"its body is no {FORMAT!r} in canonical JSON")
        for table in tables(body):
            list(table.rows())
        list(summing.of_days(body))
        _signed(body, ())
    except _UNREADABLE as error:
        raise DepositError(f"its body is no {FORMAT!r}: {error!r}") from None
    return body
