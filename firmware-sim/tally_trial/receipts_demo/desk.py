"""The lender's desk of the play: its book, the position at every step, and what was tested before it signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine

from tally_finance.book import schema
from tally_finance.book.before import Computation
from tally_finance.book.database import engine_for
from tally_finance.book.events import Event
from tally_finance.book.journal_file import encode
from tally_finance.book.loan_events import FacilityOpened, GoodsTerms, Pledging
from tally_finance.book.position import FacilityPosition, State, position_in, state_at
from tally_finance.book.store import Book, News
from tally_finance.lending.rounding import down, up
from tally_finance.watch.alert import Alert, Changes, compare
from tally_finance.watch.judge import standing
from tally_finance.watch.limits import Limits
from tally_finance.watch.of_book import seen_in
from tally_trial.errors import TrialError
from tally_trial.receipts_demo.cast import FIRMS
from tally_trial.receipts_demo.days import UTC_OFFSET_S, shown
from tally_trial.receipts_demo.files import leave
from tally_trial.receipts_demo.prices import COMMODITY
from tally_trial.scene import DAY_S

BOOK: Final = "first-example-bank"
FACILITY: Final = "F-2026-01"
ADVANCE: Final = Decimal("0.70")
WARNING: Final = Decimal("0.80")
LIQUIDATION: Final = Decimal("0.90")
RATE: Final = Decimal("0.0435")
DRAWN: Final = Decimal(380_000)
MATURES: Final = date(2026, 6, 30)

OPENED: Final = FacilityOpened(
    facility=FACILITY,
    borrower=FIRMS["borrower"].id,
    limit=Decimal(1_000_000),
    goods=(GoodsTerms(COMMODITY, ADVANCE, Decimal(1), DAY_S, 7 * DAY_S),),
    warning=WARNING,
    liquidation=LIQUIDATION,
    yearly_rate=RATE,
    penalty=Decimal("1.5"),
    matures=MATURES,
    pledging=Pledging.STATIC,
    search_age_s=2 * DAY_S,
    utc_offset_s=UTC_OFFSET_S,
    reserve=Decimal(0),
)
"""70 % of the value, a warning line at 80 %, a liquidation line at 90 %, 4.35 % a year, a static pledge (静态质押)."""


@dataclass
class Desk:
    """The book in `folder`; `clock` says what time it is."""

    folder: Path
    clock: Callable[[], int]
    database: Engine
    alerts: tuple[Alert, ...] = ()
    count: int = 0
    book: Book = field(init=False)

    def __post_init__(self) -> None:
        """The one book of the database."""
        self.book = Book(self.database, BOOK)

    @classmethod
    def opened(cls, folder: Path, clock: Callable[[], int], count: int = 0) -> Desk:
        """The desk over the database in `folder`, which is made where there is none."""
        database = engine_for(f"sqlite:///{folder / 'book.db'}")
        schema.migrate(database)
        return cls(folder, clock, database, count=count)

    def write(self, *events: Event, effective_at: int | None = None) -> None:
        """Write what happened now, or took effect at a time before."""
        now = self.clock()
        news = [News(now if effective_at is None else effective_at, event) for event in events]
        self.book.append(news, key=f"{now}/{self.book.head().seq}", known_at=now)

    @property
    def state(self) -> State:
        """The book now."""
        return state_at(self.book.entries(), self.clock(), self.clock())

    @property
    def position(self) -> FacilityPosition:
        """The facility now."""
        return position_in(self.state, FACILITY)

    def may(self, tested: Computation) -> Computation:
        """What was tested may be done; the computation is left as a file. Raises TrialError with the reasons."""
        if not tested.is_allowed:
            raise TrialError(f"the desk refuses {tested.act.name}: {[str(one.text) for one in tested.reasons]}")
        self.count += 1
        name = f"{self.count:02d}-{tested.act.name.lower()}.cbor"
        leave(self.folder / "computations" / name, tested.encoded)
        return tested

    def looked(self) -> Changes:
        """Judge the book by the watch's rules; says what was raised and what ended."""
        found = standing(seen_in(self.state, FIRMS["lender"].id.hex()), Limits())
        changes, self.alerts = compare(self.alerts, found), found
        return changes

    def left(self, name: str) -> bytes:
        """The position as a file, as known now; its digest."""
        data = (json.dumps(told(self.position), indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()
        leave(self.folder / "positions" / f"{name}.json", data)
        return hashlib.sha256(data).digest()

    def close(self) -> None:
        """Leave the journal as one file, and let go of the database."""
        leave(self.folder / "journal.cbor", encode(BOOK, self.book.entries()))
        self.database.dispose()


def told(position: FacilityPosition) -> dict[str, Any]:
    """A position for people and scripts: money in yuan, what is owed rounded up and the rest down; kilograms."""
    owed, covered = position.loan.owed, position.secured
    return {
        "as_of": shown(position.as_of),
        "as_of_unix": position.as_of,
        "known_at_unix": position.known_at,
        "facility": position.opened.facility,
        "principal": f"{up(owed.principal):f}",
        "interest": f"{up(owed.interest):f}",
        "exposure": f"{position.exposure:f}",
        "value": f"{down(covered.value):f}",
        "lendable": f"{down(covered.lendable):f}",
        "available": f"{position.available:f}",
        "coverage": _ratio(covered.coverage, down),
        "loan_to_value": _ratio(covered.loan_to_value, up),
        "line": position.line.name.lower(),
        "missing_cash": f"{position.missing_cash:f}",
        "margin_call_until": None if position.margin_call is None else shown(position.margin_call.until),
        "lots": [
            {
                "lot": lot.lot.hex(),
                "receipts": [one.hex() for one in lot.receipts],
                "pledged_kg": f"{Decimal(lot.pledged_g) / 1000:f}",
                "secured_kg": f"{Decimal(lot.secured_g) / 1000:f}",
                "per_t": None if lot.per_t is None else f"{lot.per_t:f}",
                "attested_at": None if lot.seen_at is None else shown(lot.seen_at),
                "evidence_root": None if lot.evidence_root is None else lot.evidence_root.hex(),
            }
            for lot in position.lots
        ],
        "against_new_credit": [f"{one.why}: {one.text}" for one in (*position.doubts, *position.stops)],
        "entries": [one.hex() for one in position.sources],
    }


def _ratio(ratio: Fraction | None, rounded: Callable[[Fraction, Decimal], Decimal]) -> str | None:
    return None if ratio is None else f"{rounded(ratio, Decimal('0.0001')):f}"
