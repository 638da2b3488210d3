"""Tags that a reader misses by chance: how many at most. Exact, no IO."""

from __future__ import annotations

from decimal import Decimal, localcontext
from functools import lru_cache
from typing import Final

CHANCE: Final = Decimal("1E-6")
"""More unread tags than come about this seldom are no chance: ten trucks a day make one false doubt in 270 years."""

_DIGITS: Final = 28


@lru_cache(maxsize=4096)
def most_unread(read: int, unread: Decimal, looks: int = 1) -> int:
    """How many tags may be missing beside `read` ones, where each is missed with probability `unread`.

    The binomial quantile: more are missed with a probability below CHANCE, in each of so many `looks`.
    """
    if unread <= 0:
        return 0
    with localcontext() as context:
        context.prec = _DIGITS
        chance = CHANCE ** (Decimal(1) / looks)
        number = 0
        # The tags that were there are those that were read and those that were not.
        while _more_than(number, read + number + 1, unread) >= chance:
            number += 1
        return number


def _more_than(number: int, there: int, unread: Decimal) -> Decimal:
    """The probability that more than `number` of `there` tags are missed."""
    read = 1 - unread
    term, below = read**there, Decimal(0)
    for missed in range(min(number, there) + 1):
        below += term
        term = term * (there - missed) / (missed + 1) * unread / read
    return max(Decimal(0), 1 - below)
