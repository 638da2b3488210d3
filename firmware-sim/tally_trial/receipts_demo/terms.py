"""What the lender agreed with the borrower, and how its desk is set up (the desk's sheet)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from tally_finance.book.loan_events import FacilityOpened, GoodsTerms, Pledging
from tally_trial.receipts_demo import papers
from tally_trial.receipts_demo.cast import FIRMS, SOURCES, digest
from tally_trial.receipts_demo.days import UTC_OFFSET_S
from tally_trial.receipts_demo.prices import COMMODITY, CURRENCY, RULES
from tally_trial.scene import DAY_S

BOOK: Final = "first-example-bank"
FACILITY: Final = "F-2026-01"
ADVANCE: Final = Decimal("0.70")
WARNING: Final = Decimal("0.80")
LIQUIDATION: Final = Decimal("0.90")
RATE: Final = Decimal("0.0435")
DRAWN: Final = Decimal(380_000)
MATURES: Final = date(2026, 6, 30)
GOODS: Final = digest(papers.GOODS + papers.GRADE)
"""What `OpenLot.goods` says."""

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


def sheet(lot: bytes) -> str:
    """The desk's sheet (TOML), beside the sheet of the silo."""
    sources = ", ".join(f'"{FIRMS[one].id.hex()}"' for one in SOURCES)
    return (
        f'book = "{BOOK}"\nlender = "{FIRMS["lender"].id.hex()}"\n'
        f'interested = ["{FIRMS["borrower"].id.hex()}", "{FIRMS["keeper"].id.hex()}"]\n\n'
        f'[[goods]]\ndigest = "{GOODS.hex()}"\ncommodity = "{COMMODITY}"\n\n'
        f'[[store]]\nlot = "{lot.hex()}"\nsheet = "silo.toml"\n\n'
        f'[[price]]\ncommodity = "{COMMODITY}"\nquoted_as = "{COMMODITY}"\ncurrency = "{CURRENCY}"\n'
        f"sources = [{sources}]\nquorum = {RULES.quorum}\nmax_age_s = {RULES.max_age_s}\n"
        f"max_spread = {RULES.max_spread:f}\n"
    )
