"""Tags that a reader misses by chance: how many at most. Exact, no IO."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal, localcontext
from functools import lru_cache
from typing import Final

CHANCE: Final = Decimal("1E-6")
"""More unread tags than come about this seldom are no chance: ten trucks a day make one false doubt in 270 years."""

MANY: Final = 10_000
"""Tags above which a bound stands for the quantile, so that no count takes long, whatever it is."""

_DIGITS: Final = 28


@lru_cache(maxsize=4096)
def most_unread(read: int, unread: Decimal, looks: int = 1) -> int:
    """How many tags may be missing beside `read` ones, where each is missed with probability `unread` (below 1).

    The binomial quantile: more are missed with a probability below CHANCE, in each of so many `looks`. Above MANY tags
    a little more than that. Less than nothing was not read: a negative count is none.
    """
    if unread <= 0:
        return 0
    there = max(0, read)
    with localcontext() as context:
        context.prec = _DIGITS
        chance = CHANCE ** (Decimal(1) / looks)
        return (_bound if there > MANY * (1 - unread) else _quantile)(there, unread, chance)


def _quantile(read: int, unread: Decimal, chance: Decimal) -> int:
    # More than k of read + k + 1 are missed where k + 1 misses come before the next tag that is read.
    term = below = (1 - unread) ** (read + 1)
    number = 0
    while 1 - below >= chance:
        number += 1
        term = term * (read + number) / number * unread
        below += term
    return number


def _bound(read: int, unread: Decimal, chance: Decimal) -> int:
    """Bernstein's inequality: of n tags more than n u + t are missed with a probability below
    exp(-t^2 / (2 n u (1 - u) + 2 t / 3)). With n = `read` + what is missed that is t = c + sqrt(c^2 + 2 l u `read`),
    where l = -ln(chance) and c = l / 3 + l u.
    """
    rare = -chance.ln()
    middle = rare / 3 + rare * unread
    beyond = middle + (middle * middle + 2 * rare * unread * read).sqrt()
    return int(((read * unread + beyond) / (1 - unread)).to_integral_value(ROUND_CEILING))
