"""A table of plain data (report.json, a deposit) whose numbers are text: a row for each item. No IO.

A column takes the value of its name; a list stands in one cell, separated by blanks; what is empty or not there is no
value. A column of local time takes the one of UTC that it is named after.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeAlias

from tally_edge.agent.settle import SiteTime
from tally_finance.errors import ExportError
from tally_finance.export.table import Column, Row, Table, Type, Value

Item: TypeAlias = Mapping[str, Any]
_DIGITS: Final = re.compile(r"-?[0-9]{1,400}(?:\.[0-9]{1,400})?", re.ASCII)


def plain_table(
    name: str, chinese: str, columns: tuple[Column, ...], items: Callable[[], Iterable[Item]], clock: SiteTime
) -> Table:
    """The table; its rows raise ExportError for a value that is not of its column's type, and for data of another
    form."""

    def rows() -> Iterator[Row]:
        try:
            for item in items():
                yield tuple(_value(name, column, item, clock) for column in columns)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise ExportError(f"{name}: what it is drawn from has another form: {error!r}") from None

    return Table(name, chinese, columns, rows)


def _value(table: str, column: Column, item: Item, clock: SiteTime) -> Value:
    value = item.get(column.name.removesuffix("_local") if column.type is Type.LOCAL else column.name)
    if value is None or value == "":
        return None
    try:
        if column.type is Type.LOCAL:
            return clock.local_text(int(value))
        return _OF_TYPE[column.type](value)
    except (ValueError, TypeError, OverflowError, InvalidOperation):
        raise ExportError(f"{table}.{column.name}: {value!r} is no {column.type.value}") from None


def _number(value: Any) -> Decimal:
    """Plain digits: what a document of a few bytes says is no number of a billion digits."""
    if _DIGITS.fullmatch(value) is None:
        raise ValueError
    return Decimal(value)


def _text(value: Any) -> str:
    text = " ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)
    text.encode()  # half a character is none, and no file holds it
    return text


def _whole(value: Any) -> int:
    """Plain digits, and no more of them than 64 bits hold."""
    if _DIGITS.fullmatch(value) is None or not -(2**63) <= int(value) < 2**63:
        raise ValueError
    return int(value)


def _yes_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


_OF_TYPE: Final[Mapping[Type, Callable[[Any], Value]]] = {
    Type.TEXT: _text,
    Type.COUNT: _whole,
    Type.TIME: _whole,
    Type.NUMBER: _number,
    Type.YES_NO: _yes_no,
}
