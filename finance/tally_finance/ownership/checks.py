"""What is compared within an ownership pack, rule by rule, with the numbers that `matching` gives them. No IO."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tally_chain.errors import IdentifierError
from tally_chain.registry.identifiers import Identifier
from tally_chain.registry.nullifier import canonical_number
from tally_finance.ownership.papers import Contract, Invoice, Pack, Paper, Payment, Transport, goods_of, party, told
from tally_finance.ownership.remark import Name, Remark


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


def identified(pack: Pack) -> tuple[dict[str, Identifier], list[Remark]]:
    """1. Every organisation by how it is written; and those that are none."""
    ids: dict[str, Identifier] = {}
    wrong: list[Remark] = []
    for touches, text in _named(pack):
        try:
            ids[text] = party(text)
        except IdentifierError as error:
            wrong.append(Remark(Name.PARTY_WRONG, touches, str(error)))
    return ids, wrong


def missing(pack: Pack) -> Iterator[Remark]:
    """A pack has papers of each kind."""
    for what, papers in (("invoice", pack.invoices), ("payment", pack.payments), ("transport", pack.transports)):
        if not papers:
            yield Remark(Name.MISSING, what, f"the pack has no {what}")


def parties(pack: Pack, ids: Mapping[str, Identifier]) -> Iterator[Remark]:
    """1. The same in every paper, and the buyer pledges. Names that are no organisation's are told already and equal
    nobody.
    """
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


def goods(pack: Pack, name_of: Callable[[str], str]) -> Iterator[Remark]:
    """2. All are of the contract's goods, by the name that counts (`name_of`)."""
    bought = name_of(pack.contract.goods)
    papers: tuple[Invoice | Transport, ...] = (*pack.invoices, *pack.transports)
    for paper in papers:
        if name_of(paper.goods) != bought:
            yield Remark(Name.GOODS_DIFFER, told(paper), f"{paper.goods!r}, and the contract {pack.contract.goods!r}")


def quantities(pack: Pack, tolerance: Decimal) -> Iterator[Remark]:
    """2. Invoiced, carried and weighed in agree within a share; no more was invoiced than bought, or is pledged."""
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


def amounts(pack: Pack, tolerance: Decimal) -> Iterator[Remark]:
    """3. Invoices add up, at the contract's price within a share, and are paid."""
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


def dates(pack: Pack, on: date) -> Iterator[Remark]:
    """4. No paper is from before its contract or after the check."""
    signed = pack.contract.signed_on
    for paper in pack.papers:
        if not signed <= _dated(paper) <= on:
            text = f"of {_dated(paper)}, with a contract of {signed}, looked at on {on}"
            yield Remark(Name.DATES_WRONG, told(paper), text)


def twice(pack: Pack) -> Iterator[Remark]:
    """5. A receipt that is shown twice would pay twice. Invoices have a remark of their own."""
    seen: set[bytes | tuple[str, str]] = set()
    for paper in pack.papers:
        keys: set[bytes | tuple[str, str]] = {paper.digest}
        if not isinstance(paper, Invoice):
            keys.add((type(paper).__name__, goods_of(paper.number)))
        if keys & seen:
            yield Remark(Name.PAPER_TWICE, told(paper), "stands in the pack twice")
        seen |= keys


def invoices(pack: Pack, taken: Mapping[bytes, str]) -> Iterator[Remark]:
    """5. By nullifier, and by number: a nullifier that was made of another number does not hide a double."""
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
