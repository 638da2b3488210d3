"""What a lender writes into its book by hand, from FIELD=VALUE (手工入账). Exact, or refused. No IO."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from tally_edge.errors import ConfigError
from tally_finance.book.events import Event
from tally_finance.book.goods_events import Disposed, FilingMade, OwnershipTaken
from tally_finance.book.loan_events import (
    Drawn,
    FacilityExtended,
    FeeCharged,
    LimitSet,
    RateSet,
    Refunded,
    Repaid,
    ReserveSet,
    SearchMade,
)

NOTES: Final[Mapping[str, type[Any]]] = {
    "search": SearchMade,
    "ownership": OwnershipTaken,
    "filing": FilingMade,
    "fee": FeeCharged,
    "reserve": ReserveSet,
    "disposal": Disposed,
    "extension": FacilityExtended,
    "limit": LimitSet,
    "rate": RateSet,
    "refund": Refunded,
}
_KINDS: Final[Mapping[str, type[Any]]] = {**NOTES, "draw": Drawn, "repayment": Repaid}
"""What a correction writes, too: draws and payments have commands of their own."""
_HEX: Final = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")
_AMOUNT: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})?")
_YES_NO: Final = {"yes": True, "no": False}


def fields_of(name: str) -> Mapping[str, str]:
    """The fields of an event, and how each is written."""
    return {field.name: _WRITTEN[str(field.type)][0] for field in dataclasses.fields(NOTES[name])}


def event_of(name: str, words: Sequence[str]) -> Event:
    """The event. Raises ConfigError that names the field."""
    kind = _KINDS[name]
    types = {field.name: str(field.type) for field in dataclasses.fields(kind)}
    values: dict[str, Any] = {}
    for word in words:
        field, equals, text = word.partition("=")
        if not equals or field not in types or field in values:
            raise ConfigError(f"write each field of {name} once, as FIELD=VALUE: {', '.join(types)}")
        how, read = _WRITTEN[types[field]]
        try:
            values[field] = read(text)
        except (KeyError, ValueError, IndexError, TypeError):
            raise ConfigError(f"{field} is written as {how}") from None
    missing = [field for field in types if field not in values]
    if missing:
        raise ConfigError(f"{name} needs {', '.join(missing)}")
    event: Event = kind(**values)
    return event


def _digest(text: str) -> bytes:
    found = _HEX.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return bytes.fromhex(found[1])


def _amount(text: str) -> Decimal:
    if _AMOUNT.fullmatch(text) is None:
        raise ValueError(text)
    return Decimal(text)


def _time(text: str) -> int:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or at.microsecond:
        raise ValueError(text)
    return int(at.timestamp())


_WRITTEN: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "bytes": ("64 hexadecimal digits", _digest),
    "Decimal": ("yuan with at most two decimals, a rate as a share of 1", _amount),
    "bool": ("yes or no", _YES_NO.__getitem__),
    "int": ("a time such as 2027-01-01T00:00:00+08:00", _time),
    "str": ("text", str),
    "date": ("a day such as 2027-03-01", date.fromisoformat),
}
