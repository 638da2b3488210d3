"""What one cell of a list may hold. A parser takes text that is not empty and raises ValueError: what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tally_edge import exact_number
from tally_edge.statement import MAX_URI_CHARS

_URI: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-._]*:[A-Za-z0-9\-:._]+", re.ASCII)


def uri(text: str) -> str:
    """A URI of the profile."""

    if len(text) > MAX_URI_CHARS or not _URI.fullmatch(text):
        raise ValueError(f"{text!r} is not a URI such as urn:dev:org:32473-site:m1")
    return text


def short(limit: int) -> Callable[[str], str]:
    """Text of at most `limit` characters."""

    def parse(text: str) -> str:
        if len(text) > limit:
            raise ValueError(f"has {len(text)} characters, at most {limit} fit")
        return text

    return parse


def matching(pattern: re.Pattern[str], what: str) -> Callable[[str], str]:
    """Text that all of `pattern` fits; `what` says what that is."""

    def parse(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(f"{text!r} is not {what}")
        return text

    return parse


def one_of(words: Sequence[str]) -> Callable[[str], str]:
    """One of `words`."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"{text!r} is not one of {', '.join(words)}")
        return text

    return parse


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number from `low` to `high`, in plain digits."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or len(text) > 9 or not low <= int(text) <= high:
            raise ValueError(f"{text!r} is not a whole number from {low} to {high}")
        return int(text)

    return parse


def positive(text: str) -> int | Decimal:
    """An exact number above 0, without trailing zeros."""

    value = exact_number.parse(text)
    if value <= 0:
        raise ValueError(f"{text!r} is not above 0")
    return exact_number.reduced(value)


def day(text: str) -> date:
    """A day of the calendar."""

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a day such as 2027-12-31") from None


def ratio(text: str) -> Fraction:
    """A decimal, or a transformer's two sides such as 10000/100."""
    primary, _, secondary = text.partition("/")
    above, below = (Fraction(exact_number.parse(part.strip())) for part in (primary, secondary or "1"))
    if above <= 0 or below <= 0:
        raise ValueError(f"{text!r} is not above 0")
    return above / below


def decimal_of(value: Fraction) -> int | Decimal:
    """The same value as an exact decimal. Raises ValueError for one that has none, such as 1/3."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        raise ValueError(f"the ratio {value} has no exact decimal")
    quotient = Decimal(value.numerator) / Decimal(value.denominator)
    if Fraction(quotient) != value:
        raise ValueError(f"the ratio {value} has more digits than are kept")
    return exact_number.reduced(quotient)
