"""How the fields of events are written by hand (手工入账), both ways: by the form that each has in the book. No IO.

What a person writes is exact or refused: no floats, no units left out, no day or time without its place.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from tally_edge.wire import DIGEST, FLAG, TIME, Form
from tally_finance import mass_text
from tally_finance.book.cover_events import BuyersMargin, Dimension
from tally_finance.book.forms import BOOKED_AT, DAY, FACTOR, GRAMS, MONEY, PAID, SHARE, SOME_GRAMS
from tally_finance.book.loan_events import AGE

_HEX: Final = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")
_NUMBER: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})?")
_YUAN: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,2})?")
_WHOLE: Final = re.compile(r"[0-9]{1,15}")
_YES_NO: Final = {"yes": True, "no": False}
_DIMENSIONS: Final = {one.name.lower(): one for one in Dimension}


@dataclass(frozen=True, slots=True)
class Hand:
    """How a field is written, in words; `read` raises ValueError or KeyError; `show` is its inverse."""

    how: str
    read: Callable[[str], Any]
    show: Callable[[Any], str]


def hand_of(field: dataclasses.Field[Any]) -> Hand:
    """How a field of an event is written."""
    return _BY_FORM.get(field.metadata["form"]) or _BY_TYPE[str(field.type).removesuffix(" | None")]


def _fitting(pattern: re.Pattern[str], made: Callable[[str], Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if pattern.fullmatch(text) is None:
            raise ValueError(text)
        return made(text)

    return read


def _digest(text: str) -> bytes:
    found = _HEX.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return bytes.fromhex(found[1])


def _time(text: str) -> int:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or at.microsecond:
        raise ValueError(text)
    return int(BOOKED_AT.to_item(int(at.timestamp())))  # type: ignore[arg-type]  # checked to be an integer


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError(text)
    return day


def _margin(text: str) -> BuyersMargin:
    held, _, haircut = text.partition(",")
    return BuyersMargin(_YUAN_HAND.read(held), _SHARE_HAND.read(haircut))


def _plain(value: Decimal) -> str:
    return f"{value:f}"


_YUAN_HAND: Final = Hand("yuan with at most two decimals", _fitting(_YUAN, Decimal), _plain)
_SHARE_HAND: Final = Hand("a share of 1, to six places: 0.05", _fitting(_NUMBER, Decimal), _plain)
_GRAMS_HAND: Final = Hand(mass_text.HOW, mass_text.grams_of, lambda value: f"{value}g")
_DIGEST_HAND: Final = Hand("64 hexadecimal digits", _digest, bytes.hex)
_WHOLE_HAND: Final = Hand("a whole number", _fitting(_WHOLE, int), str)
TIME_HAND: Final = Hand(
    "a time such as 2027-01-01T00:00:00+08:00", _time, lambda value: datetime.fromtimestamp(value, UTC).isoformat()
)

_BY_FORM: Final[Mapping[Form, Hand]] = {
    DIGEST: _DIGEST_HAND,
    MONEY: _YUAN_HAND,
    PAID: _YUAN_HAND,
    SHARE: _SHARE_HAND,
    FACTOR: Hand("a factor, to six places: 1.5", _fitting(_NUMBER, Decimal), _plain),
    FLAG: Hand("yes or no", _YES_NO.__getitem__, lambda value: "yes" if value else "no"),
    TIME: TIME_HAND,
    DAY: Hand("a day such as 2027-03-01", _day, date.isoformat),
    GRAMS: _GRAMS_HAND,
    SOME_GRAMS: _GRAMS_HAND,
    AGE: Hand("whole seconds", _fitting(_WHOLE, int), str),
}

_BY_TYPE: Final[Mapping[str, Hand]] = {
    "str": Hand("text", str, str),
    "int": _WHOLE_HAND,
    "Dimension": Hand(", ".join(_DIMENSIONS), _DIMENSIONS.__getitem__, lambda value: value.name.lower()),
    "tuple[bytes, ...]": Hand(
        "ids of 64 hexadecimal digits, with commas between them",
        lambda text: tuple(_digest(one) for one in text.split(",")),
        lambda value: ",".join(one.hex() for one in value),
    ),
    "BuyersMargin": Hand(
        "what is held in yuan and its haircut: 276000,0.05",
        _margin,
        lambda value: f"{value.held:f},{value.haircut:f}",
    ),
}
