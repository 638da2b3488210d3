"""The market of the play: a fall that really was, run through in weeks, quoted by three sources that sign.

The shape is that of maize from June to December 2013 (IMF Primary Commodity Prices, monthly, USD a tonne: -34 %); a
month of it takes four days here, and it begins from a price in yuan that is assumed.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

from tally_finance import quoting
from tally_finance.lending import prices, quotes
from tally_finance.lending.quotes import Quote, SignedQuote
from tally_finance.lending.rounding import down
from tally_trial.receipts_demo.cast import FIRMS, SOURCES, digest
from tally_trial.receipts_demo.consortium import CHAIN_ID, Consortium
from tally_trial.receipts_demo.files import leave
from tally_trial.scene import DAY_S

COMMODITY: Final = "maize, grade 2, dried, Jiangbei"
CURRENCY: Final = "CNY"
START_PER_T: Final = Decimal(2300)
MONTHS: Final = tuple(map(Decimal, ("297.06", "278.93", "234.89", "207.41", "201.73", "199.14", "197.50")))
DAYS_A_MONTH: Final = 4
FALLS_FROM: Final = 13
"""Day of the play from which it falls."""

_STRAY: Final = {"price a": Decimal(-3), "price b": Decimal(0), "price c": Decimal(4)}
"""Yuan a tonne by which a source strays from the market."""

RULES: Final = prices.Rules(
    sources=frozenset(FIRMS[one].id.hex() for one in SOURCES), quorum=2, max_age_s=DAY_S, max_spread=Decimal("0.02")
)
"""Two of three sources, of one day, within two per cent of one another."""


def per_t(day: int) -> Decimal:
    """The market's price on a day of the play, yuan a tonne, to the fen."""
    month, part = divmod(max(0, day - FALLS_FROM), DAYS_A_MONTH)
    if month >= len(MONTHS) - 1:
        shape = Fraction(MONTHS[-1])
    else:
        begun, ended = Fraction(MONTHS[month]), Fraction(MONTHS[month + 1])
        shape = begun + (ended - begun) * part / DAYS_A_MONTH
    return down(Fraction(START_PER_T) * shape / Fraction(MONTHS[0]))


def quoted(chain: Consortium, folder: Path, word: str, day: int) -> SignedQuote:
    """A source signs the day's price now; the quote is left as a file."""
    fen, now = int((per_t(day) + _STRAY[word]) * 100), chain.clock.at
    quote = Quote(FIRMS[word].id, COMMODITY, fen, CURRENCY, now, digest(f"book of {word}, {day}"), now + DAY_S)
    signed = quoting.sign(chain.keys[word][2], quote, CHAIN_ID, chain.places.registries.organisations)
    leave(folder / f"day-{day:02d}-{word.replace(' ', '-')}.json", quotes.encode(signed).encode())
    return signed
