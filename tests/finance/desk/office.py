"""A lender's desk over a warehouse on a chain: one facility against copper, its receipts offered, accepted, filed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from tally_chain.receipts.operation_file import OperationFile
from tally_finance.book.goods_events import FilingMade, OwnershipTaken, PriceSeen
from tally_finance.book.loan_events import FacilityOpened, GoodsTerms, Pledging, SearchMade
from tally_finance.desk import preparing
from tally_finance.desk.asked import Acceptance, Asked
from tally_finance.desk.desk import Desk
from tally_finance.desk.on_chain import PinnedChain
from tally_finance.desk.sheet import Sheet, terms_digest
from tally_finance.desk.syncing import Synced, sync
from tests.chain.receipts.yard import TONNE, Yard
from tests.chain.registry.parties import YEAR, fresh
from tests.finance.migrated import migrated

FACILITY, COPPER = "F-1", "copper"
DAY = 86_400


@dataclass
class Office:
    """`yard` with goods in a lot, and the lender's desk."""

    yard: Yard
    desk: Desk
    lot: bytes
    opened: FacilityOpened
    keys: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"Release": ("lender", "lender 2"), "Order": ("lender", "lender 2", "holder")}
    )

    def now(self) -> int:
        return self.yard.parties.now()

    def sync(self) -> Synced:
        return sync(self.desk)

    def record(self, event: Any) -> None:
        self.desk.record(event, key=fresh().hex())

    def priced(self, per_t: int) -> None:
        self.record(PriceSeen(COPPER, Decimal(per_t), (fresh("quote"),)))

    def searched(self) -> None:
        self.record(SearchMade(FACILITY, fresh("search"), True))

    def offered(self, receipt: bytes, tonnes: int) -> None:
        self.yard.did(
            "Offer", "holder", "keeper",
            receipt=receipt, lender=self.yard.whose("lender"), lenderSince=self.yard.parties.known(),
            quantity=tonnes * TONNE, terms=terms_digest(self.opened), until=self.yard.deadline,
            maturity=self.now() + YEAR,
        )  # fmt: skip
        self.sync()

    def papers(self, receipt: bytes) -> None:
        self.record(OwnershipTaken(receipt, fresh("c"), fresh("i"), fresh("p"), fresh("s"), True))
        self.record(FilingMade(FACILITY, receipt, fresh("filing"), self.now() + YEAR))

    def paper(self) -> bytes:
        """The digest of a paper that the desk holds."""
        return self.desk.take_paper(fresh()).digest

    def prepared(self, asked: Asked, *by: str) -> OperationFile:
        """Prepared by the desk, signed by the lender's keys, carried out, read back."""
        file = preparing.prepare(self.desk, asked, deadline=self.yard.deadline).file
        signed = self.yard.signed(file, *(by or self.keys.get(file.operation.kind, ("lender",))))
        self.yard.sent(signed)
        self.sync()
        return signed

    def pledged(self, tonnes: int) -> bytes:
        """A receipt that secures the facility in every respect."""
        receipt = self.yard.issued(self.lot, tonnes)
        self.offered(receipt, tonnes)
        self.papers(receipt)
        self.prepared(Acceptance(receipt, self.paper(), self.paper()))
        self.yard.did("Register", "lender", receipt=receipt, filing=fresh("filing"), search=fresh("search"))
        self.sync()
        return receipt


def stored(yard: Yard, tonnes: int) -> bytes:
    """A lot with goods, attested."""
    lot = yard.stocked(tonnes // 2)
    more = tuple((fresh("weighing"), TONNE) for _ in range(tonnes - tonnes // 2))  # 64 go into one operation
    yard.did(
        "RecordInbound", "keeper", "verifier", "holder",
        lot=lot, depositor=yard.whose("holder"), serials=(), weighings=more, weighedAt=yard.parties.now(),
    )  # fmt: skip
    yard.attested(lot, tonnes)
    return lot


def office(
    yard: Yard,
    folder: Path,
    tonnes: int = 100,
    *,
    pledging: Pledging = Pledging.STATIC,
    quantity_age_s: int = 7 * DAY,
    database: Engine | None = None,
    lot: bytes | None = None,
) -> Office:
    """A desk whose lender has opened a facility, searched and priced; `tonnes` lie in a lot.

    `database`: migrated; without one a file in `folder`. `lot`: in which they lie already (see `stored`).
    """
    lot = stored(yard, tonnes) if lot is None else lot
    chain = PinnedChain(yard.parties.stage.engine, yard.places, yard.parties.at.organisations)
    books = migrated(folder / "desk.db") if database is None else database
    desk = Desk(books, Sheet("bank-1", yard.whose("lender")), chain, None, yard.parties.now)
    sync(desk)
    desk.sheet = replace(desk.sheet, goods={desk.view.book.lots[lot].goods: COPPER})
    matures: date = (datetime.fromtimestamp(yard.parties.now(), UTC) + timedelta(days=180)).date()
    terms = GoodsTerms(COPPER, Decimal("0.7"), Decimal(1), 7 * DAY, quantity_age_s)
    opened = FacilityOpened(
        facility=FACILITY, borrower=yard.whose("holder"), limit=Decimal(10_000_000), goods=(terms,),
        warning=Decimal("0.8"), liquidation=Decimal("0.9"), yearly_rate=Decimal("0.0435"), penalty=Decimal("1.5"),
        matures=matures, pledging=pledging, search_age_s=2 * DAY, utc_offset_s=8 * 3600, reserve=Decimal(0),
    )  # fmt: skip
    made = Office(yard, desk, lot, opened)
    made.record(opened)
    made.searched()
    made.priced(70_000)
    return made
