"""Whether contract, invoice, payment and transport tell one story (三单匹配), and the digest of all that was compared.

1. Every party is a USCC or LEI whose check characters fit, and the same in every paper; the buyer pledges.
2. The goods are the contract's. Invoiced, carried and weighed in agree, and no more was invoiced than bought.
3. Invoices add up and have the contract's price; all of them are paid, between the contract's parties.
4. No paper is from before its contract or after the check.
5. No paper stands twice, and no invoice carries other financing (its nullifier is claimed).
6. The sale is in no ring, and seller, buyer and keeper are not under one control.

Title to movables passes with delivery (民法典 Art. 224) unless the seller kept it (Art. 641); the papers show both.
Nothing here does IO.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tally_chain.errors import IdentifierError
from tally_chain.registry.identifiers import Identifier
from tally_chain.registry.nullifier import canonical_number
from tally_edge import cbor
from tally_finance.errors import OwnershipError
from tally_finance.ownership.papers import Contract, Invoice, Pack, Paper, Payment, Transport, goods_of, party, told
from tally_finance.ownership.remark import Name, Remark
from tally_finance.ownership.trades import Sale, related, ring

_DOMAIN: Final = b"tallystick ownership pack 1\0"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the lender tolerates. Raises OwnershipError.

    `quantity`, `price`: shares by which two papers may differ. `window_days`: how far apart sales make a ring.
    `names`: other names of goods, by `papers.goods_of`, to the one that counts.
    """

    quantity: Decimal = Decimal("0.005")
    price: Decimal = Decimal("0.01")
    window_days: int = 180
    names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.quantity < 1 or not 0 <= self.price < 1 or self.window_days < 0:
            raise OwnershipError("tolerances are shares from 0 to below 1, and a window is no negative number of days")

    def goods(self, text: str) -> str:
        """Goods by the name that counts."""
        plain = goods_of(text)
        return self.names.get(plain, plain)


@dataclass(frozen=True, slots=True)
class Known:
    """What the lender knows beside the pack.

    `sales`: of earlier packs and of others that share theirs. `groups`: of organisations under one control
    (同一实际控制人). `taken`: nullifiers of invoices that live claims stand on, to whose they are.
    """

    sales: tuple[Sale, ...] = ()
    groups: tuple[frozenset[Identifier], ...] = ()
    taken: Mapping[bytes, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Matched:
    """What is to be said, and all that was compared, as bytes that the lender's desk keeps."""

    remarks: tuple[Remark, ...]
    paper: bytes

    @property
    def digest(self) -> bytes:
        """What stands in `Accept.ownership`."""
        return hashlib.sha256(self.paper).digest()

    @property
    def allows_pledge(self) -> bool:
        """Whether nothing blocks."""
        return not any(remark.name.blocks for remark in self.remarks)


def match(pack: Pack, rules: Rules, known: Known, on: date) -> Matched:
    """Compare the pack on a day. The digest covers every field, the rules, the day and what was found."""
    ids, wrong = _identified(pack)
    remarks = [
        *wrong,
        *_missing(pack),
        *_parties(pack, ids),
        *_goods(pack, rules),
        *_quantities(pack, rules.quantity),
        *_amounts(pack, rules.price),
        *_dates(pack, on),
        *_twice(pack),
        *_invoices(pack, known.taken),
        *_trade(pack, ids, rules, known),
    ]
    return Matched(tuple(remarks), _paper(pack, rules, on, remarks))


def sale_of(pack: Pack, rules: Rules) -> Sale | None:
    """The pack's sale, for `Known.sales` of later packs; None where a party is none."""
    try:
        seller, buyer = party(pack.contract.seller), party(pack.contract.buyer)
    except IdentifierError:
        return None
    return Sale(seller, buyer, rules.goods(pack.contract.goods), pack.contract.signed_on)


def _named(pack: Pack) -> Iterator[tuple[str, str]]:
    yield "pledgor", pack.pledgor
    yield "keeper", pack.keeper
    for paper in pack.papers:
        match paper:
            case Contract() | Invoice():
                yield from ((told(paper), paper.seller), (told(paper), paper.buyer))
            case Payment():
                yield from ((told(paper), paper.payer), (told(paper), paper.payee))
            case Transport():
                yield told(paper), paper.consignee


def _identified(pack: Pack) -> tuple[dict[str, Identifier], list[Remark]]:
    """Every organisation by how it is written; and those that are none."""
    ids: dict[str, Identifier] = {}
    wrong: list[Remark] = []
    for touches, text in _named(pack):
        try:
            ids[text] = party(text)
        except IdentifierError as error:
            wrong.append(Remark(Name.PARTY_WRONG, touches, str(error)))
    return ids, wrong


def _missing(pack: Pack) -> Iterator[Remark]:
    for what, papers in (("invoice", pack.invoices), ("payment", pack.payments), ("transport", pack.transports)):
        if not papers:
            yield Remark(Name.MISSING, what, f"the pack has no {what}")


def _parties(pack: Pack, ids: Mapping[str, Identifier]) -> Iterator[Remark]:
    """Names that are no organisation's are told already and equal nobody."""
    contract = pack.contract
    seller, buyer = ids.get(contract.seller), ids.get(contract.buyer)
    if buyer is None or buyer != ids.get(pack.pledgor):
        yield Remark(Name.NOT_THE_PLEDGOR, told(contract), f"{contract.buyer} bought, and {pack.pledgor} pledges")
    for invoice in pack.invoices:
        if (ids.get(invoice.seller), ids.get(invoice.buyer)) != (seller, buyer):
            text = f"from {invoice.seller} to {invoice.buyer}"
            yield Remark(Name.PARTIES_DIFFER, told(invoice), text)
    for payment in pack.payments:
        if (ids.get(payment.payer), ids.get(payment.payee)) != (buyer, seller):
            text = f"{payment.payer} paid {payment.payee}"
            yield Remark(Name.PAID_BY_ANOTHER, told(payment), text)
    for transport in pack.transports:
        if ids.get(transport.consignee) != buyer:
            yield Remark(Name.PARTIES_DIFFER, told(transport), f"went to {transport.consignee}")


def _goods(pack: Pack, rules: Rules) -> Iterator[Remark]:
    bought = rules.goods(pack.contract.goods)
    papers: tuple[Invoice | Transport, ...] = (*pack.invoices, *pack.transports)
    for paper in papers:
        if rules.goods(paper.goods) != bought:
            yield Remark(Name.GOODS_DIFFER, told(paper), f"{paper.goods!r}, and the contract {pack.contract.goods!r}")


def _quantities(pack: Pack, tolerance: Decimal) -> Iterator[Remark]:
    invoiced = sum((one.quantity_kg for one in pack.invoices), Decimal(0))
    carried = sum((one.quantity_kg for one in pack.transports), Decimal(0))
    told_of = {"invoiced": invoiced, "carried": carried, "weighed in": pack.received_kg}
    low, high = min(told_of.values()), max(told_of.values())
    if high - low > high * tolerance:
        text = ", ".join(f"{kg:f} kg {what}" for what, kg in told_of.items())
        yield Remark(Name.QUANTITY_DIFFERS, told(pack.contract), text)
    if invoiced > pack.contract.quantity_kg * (1 + tolerance):
        text = f"{invoiced:f} kg invoiced of {pack.contract.quantity_kg:f} bought"
        yield Remark(Name.QUANTITY_DIFFERS, told(pack.contract), text)
    if pack.pledged_kg > low:  # without tolerance: what is pledged is a number that the pledgor chooses
        yield Remark(Name.MORE_PLEDGED, told(pack.contract), f"{pack.pledged_kg:f} kg, and papers for {low:f}")


def _amounts(pack: Pack, tolerance: Decimal) -> Iterator[Remark]:
    contract = pack.contract
    price = Fraction(contract.total) / Fraction(contract.quantity_kg)
    for invoice in pack.invoices:
        if invoice.net + invoice.tax != invoice.total:
            text = f"{invoice.net:f} and {invoice.tax:f} tax are not {invoice.total:f}"
            yield Remark(Name.AMOUNT_DIFFERS, told(invoice), text)
        if abs(Fraction(invoice.total) / Fraction(invoice.quantity_kg) - price) > price * Fraction(tolerance):
            text = f"{invoice.total:f} for {invoice.quantity_kg:f} kg is not the contract's price"
            yield Remark(Name.AMOUNT_DIFFERS, told(invoice), text)
    invoiced = sum((one.total for one in pack.invoices), Decimal(0))
    paid = sum((one.amount for one in pack.payments), Decimal(0))
    if paid < invoiced:
        text = f"{paid:f} paid of {invoiced:f} invoiced"
        yield Remark(Name.UNPAID, told(contract), text)
        if contract.retains_title:
            yield Remark(Name.TITLE_RETAINED, told(contract), f"the goods stay the seller's until paid: {text}")


def _dated(paper: Paper) -> date:
    match paper:
        case Contract():
            return paper.signed_on
        case Invoice():
            return paper.issued_on
        case Payment():
            return paper.paid_on
        case Transport():
            return paper.delivered_on


def _dates(pack: Pack, on: date) -> Iterator[Remark]:
    signed = pack.contract.signed_on
    for paper in pack.papers:
        if not signed <= _dated(paper) <= on:
            text = f"of {_dated(paper)}, with a contract of {signed}, looked at on {on}"
            yield Remark(Name.DATES_WRONG, told(paper), text)


def _twice(pack: Pack) -> Iterator[Remark]:
    """A receipt that is shown twice would pay twice. Invoices have a remark of their own."""
    seen: set[bytes | tuple[str, str]] = set()
    for paper in pack.papers:
        keys: set[bytes | tuple[str, str]] = {paper.digest}
        if not isinstance(paper, Invoice):
            keys.add((type(paper).__name__, goods_of(paper.number)))
        if keys & seen:
            yield Remark(Name.PAPER_TWICE, told(paper), "stands in the pack twice")
        seen |= keys


def _invoices(pack: Pack, taken: Mapping[bytes, str]) -> Iterator[Remark]:
    """By nullifier, and by number: a nullifier that was made of another number does not hide a double."""
    seen: set[bytes | str] = set()
    for invoice in pack.invoices:
        try:
            number = canonical_number(invoice.number)
        except IdentifierError as error:
            yield Remark(Name.NUMBER_WRONG, told(invoice), str(error))
            number = invoice.number
        if {invoice.nullifier, number} & seen:
            yield Remark(Name.INVOICE_TWICE, told(invoice), "stands in the pack twice")
        seen |= {invoice.nullifier, number}
        if invoice.nullifier in taken:
            yield Remark(Name.INVOICE_TAKEN, told(invoice), f"is claimed by {taken[invoice.nullifier]}")


def _trade(pack: Pack, ids: Mapping[str, Identifier], rules: Rules, known: Known) -> Iterator[Remark]:
    contract, keeper, sale = pack.contract, ids.get(pack.keeper), sale_of(pack, rules)
    if sale is None:
        return
    found = ring(sale, known.sales, rules.window_days)
    if found is not None:
        way = ", ".join(f"{one.seller.text} to {one.buyer.text} on {one.on}" for one in found)
        yield Remark(Name.CIRCULAR, told(contract), f"the goods go round: {way}")
    yield from _related([("seller", sale.seller), ("buyer", sale.buyer)], keeper, known.groups)


def _related(
    parties: list[tuple[str, Identifier]], keeper: Identifier | None, groups: Iterable[Collection[Identifier]]
) -> Iterator[Remark]:
    for one, other in related([*parties, *([("keeper", keeper)] if keeper else [])], groups):
        yield Remark(Name.RELATED, f"{one}, {other}", f"{one} and {other} are under one control")


def _paper(pack: Pack, rules: Rules, on: date, remarks: Iterable[Remark]) -> bytes:
    item: list[cbor.Item] = [
        pack.pledgor,
        pack.keeper,
        f"{pack.received_kg:f}",
        f"{pack.pledged_kg:f}",
        [[type(paper).__name__, *(_item(getattr(paper, one.name)) for one in fields(paper))] for paper in pack.papers],
        [
            f"{rules.quantity:f}",
            f"{rules.price:f}",
            rules.window_days,
            [[*pair] for pair in sorted(rules.names.items())],
        ],
        on.isoformat(),
        [[remark.name.text, remark.touches, remark.sentence] for remark in remarks],
    ]
    return _DOMAIN + pack.salt + cbor.encode(item)


def _item(value: object) -> cbor.Item:
    """Decimals as text: 12.30 is what the paper says, and not 12.3."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value  # type: ignore[return-value]  # text, bytes or a flag
