"""What a lender writes into its book by hand (手工入账), as words or as the lines of a file. Exact, or refused. No IO.

    EVENT FIELD=VALUE …            one event; a value with blanks stands in quotes, # begins a remark
    insurance policy=0a… insurer="平安财险" lots=0b…,0c… amount=6000000 until=2027-01-01T00:00:00+08:00 lender_first=yes

In a file `at=TIME` may stand on each line: when it took effect. What is wrong is named with its line and field.
"""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tally_edge import wire as codec
from tally_edge.errors import ConfigError, StatementError
from tally_finance.book.by_hand import TIME_HAND, hand_of
from tally_finance.book.cover_events import (
    CapSet,
    ClaimSeen,
    InsuranceRequired,
    Insured,
    LotPlaced,
    PriceLocked,
    PriceLockEnded,
    SaleBoundSet,
    TurnoverSeen,
)
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
from tally_finance.errors import BookError

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
    "cap": CapSet,
    "place": LotPlaced,
    "sale-bound": SaleBoundSet,
    "turnover": TurnoverSeen,
    "insurance-required": InsuranceRequired,
    "insurance": Insured,
    "lock": PriceLocked,
    "lock-ended": PriceLockEnded,
    "claim": ClaimSeen,
}
_KINDS: Final[Mapping[str, type[Any]]] = {**NOTES, "draw": Drawn, "repayment": Repaid}
"""What a correction writes, too: draws and payments have commands of their own."""
_NAMES: Final = {kind: name for name, kind in NOTES.items()}
_AT: Final = "at"

MOST_LINES: Final = 10_000
"""Of a file: what a bank's back office writes in a month."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file: its number from 1, the event, and when it took effect (Unix seconds; None: when written)."""

    number: int
    event: Event
    effective_at: int | None


def fields_of(name: str) -> Mapping[str, str]:
    """The fields of an event, and how each is written."""
    return {
        field.name: hand_of(field).how + (" (optional)" if field.metadata["optional"] else "")
        for field in dataclasses.fields(NOTES[name])
    }


def event_of(name: str, words: Sequence[str]) -> Event:
    """The event. Raises ConfigError that names the field."""
    kind = _KINDS[name]
    fields = {field.name: field for field in dataclasses.fields(kind)}
    values: dict[str, Any] = {}
    for word in words:
        field, equals, text = word.partition("=")
        if not equals or field not in fields or field in values:
            raise ConfigError(f"{word!r}: write each field of {name} once, as FIELD=VALUE: {', '.join(fields)}")
        hand = hand_of(fields[field])
        try:
            values[field] = hand.read(text)
        except (KeyError, ValueError, OverflowError):
            raise ConfigError(f"{field} is written as {hand.how}") from None
    missing = [field for field, one in fields.items() if field not in values and not one.metadata["optional"]]
    if missing:
        raise ConfigError(f"{name} needs {', '.join(missing)}")
    try:
        event: Event = codec.decode(kind, codec.encode(kind(**values)))  # as the book will give it back
    except (BookError, StatementError) as error:
        raise ConfigError(f"{name}: {error}") from None
    return event


def words_of(event: Event) -> list[str]:
    """The reverse: the event's name and its fields. Raises KeyError for one that is not written by hand."""
    name = _NAMES[type(event)]
    fields = dataclasses.fields(NOTES[name])
    values = ((field, getattr(event, field.name)) for field in fields)
    return [name, *(f"{field.name}={hand_of(field).show(value)}" for field, value in values if value is not None)]


def lines_of(text: str) -> tuple[Line, ...]:
    """The events of a file. Raises ConfigError that names line and field."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if number > MOST_LINES:
            raise ConfigError(f"line {number}: a file has at most {MOST_LINES} lines")
        try:
            words = shlex.split(line, comments=True)
            if words:
                found.append(_line(number, words))
        except (ConfigError, ValueError) as error:
            raise ConfigError(f"line {number}: {error}") from None
    return tuple(found)


def _line(number: int, words: Sequence[str]) -> Line:
    name, *fields = words
    if name not in NOTES:
        raise ConfigError(f"{name!r} is not one of {', '.join(NOTES)}")
    times = [word.removeprefix(f"{_AT}=") for word in fields if word.startswith(f"{_AT}=")]
    if len(times) > 1:
        raise ConfigError(f"{_AT} stands there twice")
    event = event_of(name, [word for word in fields if not word.startswith(f"{_AT}=")])
    try:
        return Line(number, event, TIME_HAND.read(times[0]) if times else None)
    except (ValueError, OverflowError):
        raise ConfigError(f"{_AT} is written as {TIME_HAND.how}") from None
