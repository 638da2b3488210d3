"""How much work the lender's pages are over a large book: receipts in lots and facilities, ninety days of prices.

The book is a journal in SQLite; the chain's state is made, not carried out: as many receipts and lots in the slots of
one site. Pages are asked in process, one after the other, and what is measured is the processor's time.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from tally_chain.receipts.history import ReceiptHistory
from tally_chain.receipts.operations import Operation
from tally_chain.receipts.rules.book import Book as ChainBook
from tally_chain.receipts.rules.records import (
    Charge,
    Encumbrance,
    Lot,
    Party,
    Pledge,
    Receipt,
    Slot,
    Witness,
)
from tally_chain.receipts.rules.records import (
    Site as ChainSite,
)
from tally_chain.registry.organisations import Registry
from tally_chain.registry.roles import KeyRole
from tally_finance.api.app import make_app
from tally_finance.api.forms import written
from tally_finance.api.service import service_of
from tally_finance.book.cover_events import LotPlaced
from tally_finance.book.database import engine_for
from tally_finance.book.journal import Head
from tally_finance.book.journal_file import Journal
from tally_finance.book.loan_events import Drawn, Repaid, SearchMade
from tally_finance.book.rebuild import bring_in
from tally_finance.book.schema import migrate
from tally_finance.desk.desk import Desk
from tally_finance.desk.replay import View
from tally_finance.desk.sheet import Sheet
from tally_finance.portal.app import make_pages
from tally_finance.portal.site import Site
from tally_gateway.pages.words import Words
from tests.bench.running import percentiles
from tests.finance.api.counter import MUCH
from tests.finance.book.ledger import BOOK, COPPER, DAY, OPENED, T0, Ledger, T, digest, price, receipt_events, seen
from tests.finance.portal.signed_in import Cookies
from tests.in_process import InProcess, asked

_WARMING = 7
"""Looks until a course has all its points."""
_RECEIPTS_A_LOT, _LOTS_A_SLOT, _TONNES, _DAYS = 5, 4, 20, 90
LENDER, KEEPER, HOLDER, SITE, GOODS = (digest(one) for one in ("lender", "keeper", "holder", "site", "copper"))


def facility_of(number: int, receipts: int) -> str:
    """Fifty receipts a facility."""
    return f"F-{number * max(1, receipts // 50) // receipts + 1}"


def ledger_of(receipts: int) -> Ledger:
    """The book."""
    ledger, whole = Ledger(), _RECEIPTS_A_LOT * _TONNES
    names = sorted({facility_of(one, receipts) for one in range(receipts)})
    for name in names:
        ledger.write(replace(OPENED, facility=name, limit=Decimal(10**9)))
        ledger.write(SearchMade(name, digest(f"search {name}"), True))
    lots = [f"LOT-{one}" for one in range(-(-receipts // _RECEIPTS_A_LOT))]
    for number in range(receipts):
        lot = lots[number // _RECEIPTS_A_LOT]
        ledger.write_all(receipt_events(f"R-{number}", lot, _TONNES, facility_of(number, receipts)))
    ledger.write_all([LotPlaced(digest(lot), SITE, KEEPER) for lot in lots])
    for day in range(_DAYS):
        at = T0 + day * DAY
        ledger.write(price(68_000 + 50 * (day % 7)), at)
        for name in names:
            ledger.write_all([Drawn(name, Decimal(90_000)), Repaid(name, Decimal(40_000), digest(f"{name} {day}"))], at)
        if day % 5 == 4:
            ledger.write_all([seen(lot, whole + 2, pledged=whole) for lot in lots], at)
    return ledger


def chain_of(receipts: int) -> ChainBook:
    """The chain's state beside it."""
    keeper, holder = Party(KEEPER, 1, KeyRole.KEEPER), Party(HOLDER, 1, KeyRole.HOLDER)
    lender, owner = Party(LENDER, 1, KeyRole.LENDER), Party(SITE, 1, KeyRole.SITE_OWNER)
    lots, slots, found, pledges = {}, {}, {}, {}
    for number in range(-(-receipts // _RECEIPTS_A_LOT)):
        place = number // _LOTS_A_SLOT
        slot = digest(f"SLOT-{place}")
        west, south = 1_214_000_000 + 300 * (place % 10), 310_000_000 + 300 * (place // 10)
        outline = ((west, south), (west + 200, south), (west + 200, south + 200), (west, south + 200))
        slots[slot] = Slot(SITE, outline, 0, 8_000, bytes(32), bytes(32), keeper=keeper)
        whole = _RECEIPTS_A_LOT * _TONNES * T
        lots[digest(f"LOT-{number}")] = Lot(
            slot, bytes(32), GOODS, keeper, True, (Witness(KEEPER, KeyRole.KEEPER),), 1, 1, 1_000, DAY, 1,
            attested_at=T0 + (_DAYS - 1) * DAY, weighed=whole, face=whole, pledged=whole, estimate=whole,
            lower=whole, upper=whole,
        )  # fmt: skip
    for number in range(receipts):
        pledge = digest(f"PLEDGE-{number}")
        pledges[pledge] = Pledge(bytes(32), _TONNES * T, T0 + 400 * DAY, 1)
        found[digest(f"R-{number}")] = Receipt(
            digest(f"LOT-{number // _RECEIPTS_A_LOT}"), holder, _TONNES * T, T0 + 400 * DAY, bytes(32), bytes(32),
            digest(f"head {number}"), charge=Charge(pledge, lender, _TONNES * T, 0, Encumbrance.REGISTERED),
        )  # fmt: skip
    wide = ((1_214_000_000 - 100, 310_000_000 - 100), (1_214_004_000, 310_000_000 - 100), (1_214_004_000, 310_003_000))
    return ChainBook(
        1, {}, {SITE: ChainSite(owner, wide, slots=tuple(slots))}, slots, lots, receipts=found, pledges=pledges
    )


class _NoChain:
    """Nothing is read: the state is given."""

    def history(self) -> ReceiptHistory:
        raise NotImplementedError

    def parties(self, operation: Operation) -> Mapping[str, Sequence[bytes]]:
        raise NotImplementedError

    def block_hash(self, number: int) -> bytes | None:
        raise NotImplementedError


def desk_of(folder: Path, receipts: int) -> Desk:
    """A desk with such a book."""
    engine = engine_for(f"sqlite:///{folder / 'books.db'}")
    migrate(engine)
    ledger = ledger_of(receipts)
    last = ledger.entries[-1]
    bring_in(
        engine,
        Journal(BOOK, Head(last.entry.seq, last.digest), tuple(ledger.entries), bytes(32), last.entry.known_at),
        last.entry.known_at,
    )
    began, started = last.entry.known_at + 60, time.time()
    sheet = Sheet(BOOK, LENDER, {GOODS: COPPER})
    desk = Desk(engine, sheet, _NoChain(), None, lambda: began + int(time.time() - started))
    history = ReceiptHistory(1, {}, 1, (), (), Registry("", 0, 1, {}, {}, ()))
    desk.show(View(history, chain_of(receipts)))
    return desk


def portal_of(folder: Path, receipts: int) -> Any:
    """The pages over it."""
    desk = desk_of(folder, receipts)
    service = service_of(desk, None, MUCH)
    sessions = Cookies()
    for name, who, role in (("anna", LENDER, "lender"), ("kai", KEEPER, "keeper"), ("dora", HOLDER, "depositor")):
        sessions.add(name, who, role)
    words = Words("Bench", "基准")
    return make_pages(Site(words, "http://127.0.0.1", LENDER, desk.engine, sessions, service, make_app(service)))


PAGES = {
    "landing": ("anna", "/lender"),
    "book": ("anna", "/lender/book"),
    "book_known": ("anna", f"/lender/book?known={T0 + 40 * DAY}"),
    "facility": ("anna", "/lender/facilities/F-1"),
    "course": ("anna", "/lender/facilities/F-1/course.json"),
    "receipt": ("anna", f"/lender/receipts/{written(digest('R-7'))}"),
    "lot": ("anna", f"/lender/lots/{written(digest('LOT-1'))}"),
    "site": ("anna", f"/lender/sites/{written(SITE)}"),
    "alerts": ("anna", "/lender/alerts"),
    "prices": ("anna", "/lender/prices"),
    "price": ("anna", "/lender/prices/copper"),
    "close": ("anna", "/lender/close"),
    "keeper": ("kai", "/keeper"),
    "depositor": ("dora", "/depositor"),
}


def timed(client: InProcess, who: str, path: str) -> float:
    """Seconds of work (of the processor) for one page. Raises AssertionError unless it is there."""
    start = time.process_time()
    answer = client.get(path, headers={"accept": "text/html", "cookie": f"who={who}"})
    taken = time.process_time() - start
    assert answer.status_code == 200, (path, answer.text[:300])
    return taken


def run(receipts: int = 1000, rounds: int = 20) -> dict[str, Any]:
    """Milliseconds of every page: the first time, and percentiles of the rounds after it."""
    found: dict[str, Any] = {"receipts": receipts}
    with tempfile.TemporaryDirectory() as folder, asked(portal_of(Path(folder), receipts)) as client:
        for name, (who, path) in PAGES.items():
            first = [timed(client, who, path) for _ in range(_WARMING)]
            found[name] = {"first": first[0] * 1000} | percentiles([timed(client, who, path) for _ in range(rounds)])
    return found
