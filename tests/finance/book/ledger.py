"""A small book for tests: one facility against copper in one lot, all in order, and how to write more into it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256

from tally_finance.book import journal
from tally_finance.book.before import Computation
from tally_finance.book.events import Corrected, Event
from tally_finance.book.goods_events import (
    ChainSeen,
    Encumbrance,
    FilingMade,
    OwnershipTaken,
    PledgeAttached,
    PriceSeen,
    QuantitySeen,
)
from tally_finance.book.journal import Entry, Head, Recorded
from tally_finance.book.loan_events import Drawn, FacilityOpened, GoodsTerms, Pledging, SearchMade
from tally_finance.book.position import FacilityPosition, State, position_in, state_at

DAY = 86_400
T0 = int(datetime(2026, 3, 2, 1, tzinfo=UTC).timestamp())
"""09:00 of a day in Shanghai."""
BOOK, FACILITY, COPPER = "bank-1", "F-1", "copper"
T = 10**6
"""A tonne in grams."""


def digest(name: str) -> bytes:
    """Any 32 bytes, by a name."""
    return sha256(name.encode()).digest()


COPPER_TERMS = GoodsTerms(COPPER, Decimal("0.7"), Decimal(1), DAY, 7 * DAY)
OPENED = FacilityOpened(
    facility=FACILITY,
    borrower=digest("borrower"),
    limit=Decimal(10_000_000),
    goods=(COPPER_TERMS,),
    warning=Decimal("0.8"),
    liquidation=Decimal("0.9"),
    yearly_rate=Decimal("0.0435"),
    penalty=Decimal("1.5"),
    matures=date(2026, 8, 31),
    pledging=Pledging.STATIC,
    search_age_s=2 * DAY,
    utc_offset_s=8 * 3600,
    reserve=Decimal(0),
)


def seen(lot: str, tonnes: int, *, pledged: int, short: bool = False) -> QuantitySeen:
    """A lot's lower bound in tonnes, of which so many are pledged."""
    low = tonnes * T
    return QuantitySeen(digest(lot), low, low + T, low + 2 * T, pledged * T, short, digest(f"evidence {lot}"))


def price(per_t: int, commodity: str = COPPER) -> PriceSeen:
    return PriceSeen(commodity, Decimal(per_t), (digest("quote"),))


def receipt_events(receipt: str, lot: str, tonnes: int, facility: str = FACILITY) -> list[Event]:
    """All that a receipt needs to count."""
    name = digest(receipt)
    return [
        OwnershipTaken(
            name, *(digest(f"{part} {receipt}") for part in ("contract", "invoice", "payment", "search")), clear=True
        ),
        FilingMade(facility, name, digest(f"filing {receipt}"), T0 + 400 * DAY),
        PledgeAttached(facility, name, digest(lot), COPPER, tonnes * T),
        ChainSeen(name, Encumbrance.REGISTERED, False, digest(f"register {receipt}"), 7),
    ]


@dataclass
class Ledger:
    """A journal in memory, written as a store writes it."""

    book: str = BOOK
    entries: list[Recorded] = field(default_factory=list)

    def write(self, event: Event, at: int = T0, known_at: int | None = None) -> Recorded:
        """One event that took effect at `at`; known then, or as soon as the journal allows."""
        last = self.entries[-1] if self.entries else None
        head = journal.start(self.book) if last is None else Head(last.entry.seq, last.digest)
        known = max(at, 0 if last is None else last.entry.known_at) if known_at is None else known_at
        made, _ = journal.recorded(Entry(self.book, head.seq + 1, head.digest, at, known, f"k{head.seq}", 0, event))
        self.entries.append(made)
        return made

    def write_all(self, events: Iterable[Event], at: int = T0) -> None:
        for event in events:
            self.write(event, at)

    def correct(self, wrong: Recorded, replacement: Event | None, at: int, effective_at: int | None = None) -> Recorded:
        effect = wrong.entry.effective_at if effective_at is None else effective_at
        return self.write(Corrected(wrong.digest, "mistyped", replacement), effect, known_at=at)

    def state(self, at: int, known_at: int | None = None) -> State:
        return state_at(self.entries, at if known_at is None else known_at, at)

    def position(self, at: int, known_at: int | None = None, facility: str = FACILITY) -> FacilityPosition:
        return position_in(self.state(at, known_at), facility)


def opened(drawn: int = 0, *, tonnes: int = 100, per_t: int = 70_000, terms: FacilityOpened = OPENED) -> Ledger:
    """A facility with a receipt R-1 of so many tonnes in LOT-1, 10 t more of it attested, and something drawn."""
    ledger = Ledger()
    ledger.write(terms)
    ledger.write(SearchMade(terms.facility, digest("registry search"), True))
    ledger.write_all(receipt_events("R-1", "LOT-1", tonnes))
    ledger.write(seen("LOT-1", tonnes + 10, pledged=tonnes))
    ledger.write(price(per_t))
    if drawn:
        ledger.write(Drawn(terms.facility, Decimal(drawn)))
        ledger.write(SearchMade(terms.facility, digest("search after the draw"), True))
    return ledger


def whys(computation: Computation) -> set[str]:
    """The codes of its reasons."""
    return {str(reason.why) for reason in computation.reasons}
