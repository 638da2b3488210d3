"""The papers of an ownership pack (权属资料): what each says, beside the digest of the paper itself. No IO.

Fields are as the paper writes them; `matching.py` compares. Money is yuan, tax included where nothing else is said;
mass is kg; both exact. The digest is SHA-256 of the file (PDF, OFD, XML) that the lender keeps.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from tally_chain.errors import IdentifierError
from tally_chain.registry.identifiers import Identifier, Scheme, identifier
from tally_chain.registry.nullifier import Namespace, nullifier
from tally_finance.errors import OwnershipError

DIGEST_BYTES: Final = 32
SALT_BYTES: Final = 16
INVOICES: Final = Namespace("vat-invoices", "invoice", Scheme.USCC)
"""The registrar's namespace of VAT invoices (增值税发票): seller's USCC and number; of an old one, code and number as
one text. A firm's invoice has one nullifier, whoever brings it to whichever lender."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A purchase contract (购销合同). `retains_title`: it keeps the goods the seller's until they are paid."""

    digest: bytes
    number: str
    seller: str
    buyer: str
    goods: str
    quantity_kg: Decimal
    total: Decimal
    signed_on: date
    retains_title: bool = False


@dataclass(frozen=True, slots=True)
class Invoice:
    """A VAT invoice (增值税发票). `total` = `net` + `tax`. `nullifier`: as the registrar computed it."""

    digest: bytes
    number: str
    seller: str
    buyer: str
    goods: str
    quantity_kg: Decimal
    net: Decimal
    tax: Decimal
    total: Decimal
    issued_on: date
    nullifier: bytes


@dataclass(frozen=True, slots=True)
class Payment:
    """A bank's receipt (银行回单)."""

    digest: bytes
    number: str
    payer: str
    payee: str
    amount: Decimal
    paid_on: date


@dataclass(frozen=True, slots=True)
class Transport:
    """A waybill (运单) with the consignee's receipt."""

    digest: bytes
    number: str
    consignee: str
    goods: str
    quantity_kg: Decimal
    delivered_on: date


Paper = Contract | Invoice | Payment | Transport


@dataclass(frozen=True, slots=True)
class Pack:
    """All papers for one pledge. Raises OwnershipError.

    `received_kg`: what the scale weighed in of these goods; `pledged_kg`: what is to be pledged. `salt`: 128 random
    bits: numbers of invoices can be guessed, and the pack's digest goes to a chain.
    """

    pledgor: str
    keeper: str
    contract: Contract
    invoices: tuple[Invoice, ...]
    payments: tuple[Payment, ...]
    transports: tuple[Transport, ...]
    received_kg: Decimal
    pledged_kg: Decimal
    salt: bytes

    def __post_init__(self) -> None:
        if len(self.salt) != SALT_BYTES:
            raise OwnershipError(f"a pack's salt has {SALT_BYTES} bytes, not {len(self.salt)}")
        if not all(kg.is_finite() and kg > 0 for kg in (self.received_kg, self.pledged_kg)):
            raise OwnershipError("what was received and what is to be pledged are above zero")
        for paper in self.papers:
            if len(paper.digest) != DIGEST_BYTES:
                raise OwnershipError(f"{told(paper)}: a digest has {DIGEST_BYTES} bytes, not {len(paper.digest)}")
            _check_numbers(paper)

    @property
    def papers(self) -> tuple[Paper, ...]:
        """Every paper, the contract first."""
        return (self.contract, *self.invoices, *self.payments, *self.transports)


def _check_numbers(paper: Paper) -> None:
    numbers: list[Decimal] = []
    match paper:
        case Contract():
            numbers = [paper.quantity_kg, paper.total]
        case Invoice():
            numbers = [paper.quantity_kg, paper.net, paper.total]
            if len(paper.nullifier) != DIGEST_BYTES or not paper.tax.is_finite() or paper.tax < 0:
                raise OwnershipError(f"{told(paper)}: a nullifier has {DIGEST_BYTES} bytes, and tax is not negative")
        case Payment():
            numbers = [paper.amount]
        case Transport():
            numbers = [paper.quantity_kg]
    if not all(number.is_finite() and number > 0 for number in numbers):
        raise OwnershipError(f"{told(paper)}: quantities and amounts are above zero")


def told(paper: Paper) -> str:
    """How a remark names a paper."""
    return f"{type(paper).__name__.lower()} {paper.number}"


def party(text: str) -> Identifier:
    """An organisation by its USCC, or abroad its LEI. Raises IdentifierError."""
    try:
        return identifier(Scheme.USCC, text)
    except IdentifierError:
        if len(text.strip()) != 20:
            raise
        return identifier(Scheme.LEI, text)


def goods_of(text: str) -> str:
    """Goods in one spelling: without the tax category that an invoice writes before them between asterisks."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).casefold()
    head, _, rest = plain.removeprefix("*").partition("*")
    return rest if plain.startswith("*") and head and rest else plain


def invoice_nullifier(key: bytes, seller: str, number: str) -> bytes:
    """What the registrar computes from the invoice itself, under its key of INVOICES. Raises IdentifierError."""
    return nullifier(INVOICES, key, identifier(Scheme.USCC, seller), number)
