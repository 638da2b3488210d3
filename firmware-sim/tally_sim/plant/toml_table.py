"""A table of a profile, read strictly: every key is asked for once, and what is left over is refused by name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from tally_sim.errors import ProfileError

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,47}", re.ASCII)


def parse(text: str, source: str) -> Table:
    """The root table of `text`, which came from `source`. Numbers with a point are decimals. Raises ProfileError."""
    try:
        return Table(tomllib.loads(text, parse_float=Decimal), source, "")
    except (tomllib.TOMLDecodeError, ArithmeticError, RecursionError) as error:
        raise ProfileError(f"{source}: {error}") from None


class Table:
    """Keys of one table. Every method raises ProfileError naming the file and the key."""

    def __init__(self, values: dict[str, object], source: str, place: str) -> None:
        """`place` is the dotted path of the table in `source`."""
        self._values = dict(values)
        self._source = source
        self._place = place

    def fault(self, key: str, what: str) -> ProfileError:
        """The error to raise about `key`."""
        return ProfileError(f"{self._source}: {self._place}{key}: {what}")

    def _take(self, key: str, default: object) -> object:
        value = self._values.pop(key, default)
        if value is None:
            raise self.fault(key, "is missing")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty unless the default is."""
        value = self._take(key, default)
        if not isinstance(value, str) or (not value and value != default):
            raise self.fault(key, f"{value!r} is not a text")
        return value

    def name(self, key: str = "name") -> str:
        """A name of small letters, digits and underscores: it becomes part of the names of quantities."""
        value = self.text(key)
        if not _NAME.fullmatch(value):
            raise self.fault(key, f"{value!r} is not 1 to 48 of a-z, 0-9 and '_', a letter first")
        return value

    def choice(self, key: str, choices: Iterable[str], default: str | None = None) -> str:
        """One of `choices`."""
        value, known = self.text(key, default), tuple(choices)
        if value not in known:
            raise self.fault(key, f"{value!r} is not one of {', '.join(map(repr, known))}")
        return value

    def integer(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number, `low`..`high`."""
        value = self._take(key, default)
        if type(value) is not int or not low <= value <= high:
            raise self.fault(key, f"{_plain(value)} is not a whole number from {low} to {high}")
        return value

    def number(self, key: str, high: int, default: int | None = None) -> Decimal:
        """A number of 0..`high` with at most six places."""
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self.fault(key, f"{value!r} is not a number")
        number = Decimal(value)
        if not number.is_finite() or not 0 <= number <= high or number != number.quantize(Decimal("0.000001")):
            raise self.fault(key, f"{value} is not a number from 0 to {high} with at most six places")
        return number

    def integers(self, key: str, low: int, high: int, default: tuple[int, ...] | None = None) -> tuple[int, ...]:
        """A list of whole numbers, `low`..`high`."""
        values = self._take(key, default)
        if not isinstance(values, list | tuple):
            raise self.fault(key, "is not a list")
        for value in values:
            if type(value) is not int or not low <= value <= high:
                raise self.fault(key, f"{_plain(value)} is not a whole number from {low} to {high}")
        return tuple(values)

    def span(self, key: str, low: int, high: int, default: tuple[int, int] | None = None) -> tuple[int, int]:
        """A pair [least, most] of whole numbers."""
        values = self.integers(key, low, high, default)
        if len(values) != 2 or values[0] > values[1]:
            raise self.fault(key, "is not a pair [least, most]")
        return values[0], values[1]

    def names(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts."""
        values = self._take(key, default)
        if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
            raise self.fault(key, "is not a list of texts")
        return tuple(values)

    def rates(self, key: str, known: Iterable[str]) -> dict[str, int]:
        """A table of numbers by the names in `known`, in millionths."""
        values = self._take(key, {})
        if not isinstance(values, dict):
            raise self.fault(key, "is not a table")
        table = Table(values, self._source, f"{self._place}{key}.")
        found = {name: int(table.number(name, 10**6) * 10**6) for name in known if name in values}
        table.done()
        return found

    def tables(self, key: str) -> list[Table]:
        """The tables of an array of tables, none when it is not there."""
        values = self._values.pop(key, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise self.fault(key, "is not an array of tables")
        return [Table(value, self._source, f"{self._place}{key}[{at}].") for at, value in enumerate(values)]

    def table(self, key: str) -> Table:
        """The table of that name, empty when it is not there."""
        value = self._values.pop(key, {})
        if not isinstance(value, dict):
            raise self.fault(key, "is not a table")
        return Table(value, self._source, f"{self._place}{key}.")

    def done(self) -> None:
        """Refuse what nobody asked for."""
        if self._values:
            raise ProfileError(f"{self._source}: {self._place}{min(self._values)}: is not known")


def _plain(value: object) -> str:
    """As it stands in the file, about."""
    return str(value) if isinstance(value, Decimal) else repr(value)
