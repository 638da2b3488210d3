"""How fast a lender's position follows from its journal after one price has changed; the floor is the bare decoding."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TypeVar

from tally_edge import signer
from tally_finance.book import journal, journal_file
from tally_finance.book.database import engine_for
from tally_finance.book.loan_events import Drawn, Repaid, SearchMade
from tally_finance.book.position import FacilityPosition, position_at
from tally_finance.book.rebuild import bring_in
from tally_finance.book.schema import migrate
from tally_finance.book.store import Book, News
from tests.finance.book.ledger import BOOK, DAY, FACILITY, OPENED, T0, Ledger, digest, price, receipt_events, seen

T = TypeVar("T")
_DAYS = 90
_RECEIPTS_A_LOT = 5
_TONNES = 20


def journal_of(receipts: int) -> Ledger:
    """Receipts in lots of five, each with its papers; a quarter of prices, quantities, draws and payments."""
    ledger = Ledger()
    ledger.write_all([OPENED, SearchMade(FACILITY, digest("search"), True)])
    lots = [f"LOT-{number}" for number in range(-(-receipts // _RECEIPTS_A_LOT))]
    for number in range(receipts):
        ledger.write_all(receipt_events(f"R-{number}", lots[number // _RECEIPTS_A_LOT], _TONNES))
    whole = _RECEIPTS_A_LOT * _TONNES
    for day in range(_DAYS):
        at = T0 + day * DAY
        ledger.write(price(68_000 + 50 * (day % 7)), at)
        ledger.write_all([Drawn(FACILITY, Decimal(90_000)), Repaid(FACILITY, Decimal(40_000), digest(f"p{day}"))], at)
        if day % 5 == 4:
            ledger.write_all([seen(lot, whole + 2, pledged=whole) for lot in lots], at)
    ledger.write(SearchMade(FACILITY, digest("search again"), True), T0 + (_DAYS - 1) * DAY)
    return ledger


def _timed(run: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    found = run()
    return time.perf_counter() - start, found


def run(receipts: int = 1000, rounds: int = 5) -> dict[str, float]:
    """Seconds, the best of the rounds: the floor, the fold of decoded entries, and all of it from the database.

    A round writes one more price and asks for the position as of then: read, decoded, each hash checked, folded.
    """
    ledger = journal_of(receipts)
    last = ledger.entries[-1]
    data = [journal.encode(one.entry) for one in ledger.entries]
    floors, folds, totals = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        engine = engine_for(f"sqlite:///{Path(folder) / 'books.db'}")
        migrate(engine)
        key = signer.generate()
        file = journal_file.encode(BOOK, ledger.entries, key, last.entry.known_at)
        bring_in(engine, journal_file.decode(file, {key.public_key.kid}), last.entry.known_at)
        book = Book(engine, BOOK)
        for number in range(rounds):
            at = last.entry.known_at + 1 + number
            floors.append(_timed(lambda: [journal.decode(one) for one in data])[0])

            def after_one_price(at: int = at, number: int = number) -> FacilityPosition:
                book.append([News(at, price(60_000 + number))], key=f"price {number}", known_at=at)
                return position_at(book.entries(), FACILITY, at, at)

            seconds, position = _timed(after_one_price)
            totals.append(seconds)
            entries = list(book.entries())
            seconds, again = _timed(partial(position_at, entries, FACILITY, at, at))
            folds.append(seconds)
            assert again == position
            assert position.secured.value == Decimal(60_000 + number) * _TONNES * receipts
            assert position.credit.lendable == position.secured.lendable > position.exposure > 0
        engine.dispose()
    return {
        "receipts": receipts,
        "entries": len(entries),
        "floor_decode_s": min(floors),
        "fold_s": min(folds),
        "price_to_position_s": min(totals),
        "of_floor": min(totals) / min(floors),
    }
