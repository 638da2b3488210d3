"""A month of a book that has a bit of everything, and the chain beside it, for tests of the close."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tally_chain.receipts.rules.book import Book
from tally_chain.receipts.rules.records import Charge, Encumbrance, Lot, Party, Receipt
from tally_chain.registry.roles import KeyRole
from tally_finance.book.goods_events import Released
from tally_finance.book.loan_events import Drawn, FeeCharged, MarginCalled, Repaid, SearchMade
from tally_finance.close.body import Body, ChainAt, Previous
from tally_finance.close.computing import Asked, closed
from tally_finance.close.month import Month
from tally_finance.close.onchain import ChainView
from tally_finance.close.reconcile import KeeperBook, KeeperRow
from tests.finance.book.ledger import DAY, FACILITY, OPENED, T0, Ledger, T, digest, opened, price, seen

MARCH = Month("2026-03", 8 * 3600)
APRIL = Month("2026-04", 8 * 3600)
KEEPER, LENDER, HOLDER = digest("keeper"), digest("lender"), digest("borrower")
R1, LOT1 = digest("R-1"), digest("LOT-1")
NAMES = {KEEPER: "Harbour Store 港储", LENDER: "First Bank 一行", HOLDER: "Mill 轧钢", R1: "R-1", LOT1: "LOT-1"}
MADE_AT = MARCH.end + 3 * DAY


def month() -> Ledger:
    """100 t at 70,000 secure 4,000,000; the price falls, a call, a fee, a payment, 10 t leave; prices every day."""
    ledger = opened(4_000_000)
    for day in range(1, 30):
        at = T0 + day * DAY
        ledger.write(price(70_000 - 300 * day), at)
        if day % 5 == 0:
            ledger.write(seen("LOT-1", 110 if day < 20 else 100, pledged=100 if day < 20 else 90), at)
        if day == 12:
            ledger.write(FeeCharged(FACILITY, Decimal("1200.50"), "assay 化验"), at)
        if day == 15:
            ledger.write(MarginCalled(FACILITY, Decimal(250_000), at + 3 * DAY), at)
        if day == 18:
            ledger.write(Repaid(FACILITY, Decimal("600000.00"), digest("payment 1")), at)
            ledger.write(SearchMade(FACILITY, digest("search again"), True), at)
        if day == 20:
            ledger.write(Released(FACILITY, R1, 10 * T, digest("tickets")), at)
        if day == 24:
            ledger.write(Drawn(FACILITY, Decimal(100_000)), at)
    return ledger


def receipt(face_g: int = 90 * T, pledged_g: int = 90 * T, lender: bytes = LENDER, lot: bytes = LOT1) -> Receipt:
    charge = Charge(
        pledge=digest("pledge"),
        lender=Party(lender, 1, KeyRole.LENDER),
        pledged=pledged_g,
        stage=Encumbrance.REGISTERED,
    )
    return Receipt(
        lot=lot,
        holder=Party(HOLDER, 1, KeyRole.HOLDER),
        quantity=face_g,
        until=T0 + 300 * DAY,
        document=digest("document"),
        trade=bytes(32),
        head=digest("head"),
        charge=charge,
    )


def chain(**receipts: Receipt) -> ChainView:
    """The chain with these receipts by name, R-1 as the book has it where none is given."""
    named = {digest(name): one for name, one in receipts.items()} or {R1: receipt()}
    lots = {one.lot: _lot() for one in named.values()}
    book = Book(7, {}, lots=lots, receipts=named)
    return ChainView(ChainAt(7, 421, 33, digest("operations")), book)


def _lot() -> Lot:
    return Lot(
        slot=digest("slot"),
        head=digest("lot head"),
        goods=digest("goods"),
        keeper=Party(KEEPER, 1, KeyRole.KEEPER),
        serialised=False,
        witnesses=(),
        quorum=1,
        panel_since=1,
        allowance_ppm=2_000,
        max_age_s=DAY,
        opened_block=3,
    )


def keeper_book(*rows: KeeperRow) -> KeeperBook:
    return KeeperBook(KEEPER, digest("file"), {row.receipt: row for row in rows})


def row(name: str = "R-1", quantity_g: int = 90 * T, pledgee: bytes | None = LENDER) -> KeeperRow:
    return KeeperRow(digest(name), LOT1, quantity_g, HOLDER, pledgee)


def body(previous: Previous | None = None) -> Body:
    """March of that book, all in it."""
    asked = Asked(MARCH, MADE_AT, LENDER, previous)
    return closed(month().entries, asked, chain(), [keeper_book(row(), row("R-9"))])


assert OPENED.matures > date(2026, 4, 30)
