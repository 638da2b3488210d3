"""AgriVault (an ERC-721 of warehouse receipts) lends 100 % of an estimated value: no haircut, no price source,
no test.
"""

from __future__ import annotations

from decimal import Decimal

from tally_finance.book.before import before_draw
from tally_finance.book.loan_events import Drawn
from tests.finance.book.ledger import DAY, FACILITY, T0, opened, price, whys
from tests.museum.case import Case, Silenced
from tests.museum.hall import Hall

VALUE = 7_000_000
"""Yuan: 100 t at 70,000 a tonne. The advance is 0.7."""


def drawn(yuan: int, at: int = T0, *, per_t: int | None = None) -> set[str]:
    """Why so much is not paid out; nothing where it is."""
    ledger = opened()
    if per_t is not None:
        ledger.write(price(per_t), at)
    return whys(before_draw(ledger.state(at), Drawn(FACILITY, Decimal(yuan))))


def fraud(hall: Hall) -> None:
    hall.says("before a draw", drawn(VALUE), "not-covered")
    hall.says("before a draw", drawn(4_900_001), "not-covered")
    hall.says("before a draw", drawn(4_900_000, per_t=69_999), "not-covered")
    hall.says("before a draw", drawn(4_000_000, T0 + DAY + 1), "stale-price")


def honest(hall: Hall) -> None:
    hall.silent("before a draw", drawn(4_900_000))
    hall.silent("before a draw", drawn(4_000_000, T0 + DAY))


CASE = Case(
    title="AgriVault 1: the whole value is lent",
    chinese="按估值全额放款",
    does="A loan of 100 % of a value that somebody estimated.",
    remains="A lender that pays out without asking its book. The pledge on the chain then covers less than is owed.",
    fraud=fraud,
    honest=honest,
    guards=(Silenced("tally_finance.book.rules._uncovered", lambda *_: iter(()), "not-covered"),),
)
