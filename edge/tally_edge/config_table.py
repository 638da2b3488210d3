"""Reading settings strictly: every key is asked for by somebody, or refused by name. No IO."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tally_edge.errors import ConfigError

T = TypeVar("T")


class Table:
    """A TOML table under `path` of `file`. Keys are taken one by one; `done` refuses what nobody took."""

    def __init__(self, items: dict[str, Any], file: Path, path: str = "") -> None:
        """`path` is how a person would name the table: `point[2].meter`."""
        self._items = dict(items)
        self.file = file
        self.path = path

    def fault(self, key: str, what: str) -> ConfigError:
        """An error about `key` that names the file and the whole key."""
        return ConfigError(f"{self.file}: {self.path + '.' if self.path else ''}{key}: {what}")

    def copy(self) -> Table:
        """The same table with nothing taken from it since."""
        return Table(self._items, self.file, self.path)

    def is_empty(self) -> bool:
        """Whether nothing is set here."""
        return not self._items

    def _take(self, key: str, kind: type[T], name: str) -> T | None:
        value = self._items.pop(key, None)
        if value is None:
            return None
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.fault(key, f"{value!r} is not {name}")
        return value

    def _needed(self, key: str, value: T | None, default: T | None) -> T:
        if value is not None:
            return value
        if default is None:
            raise self.fault(key, "is missing")
        return default

    def text(self, key: str, default: str | None = None) -> str:
        """Text that is not empty, unless the default is."""
        value = self._take(key, str, "text")
        if value == "":
            raise self.fault(key, "is empty")
        return self._needed(key, value, default)

    def optional_text(self, key: str) -> str | None:
        """Text, or None where the key is missing."""
        return self.text(key, "") or None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, none of them empty; empty where the key is missing."""
        value = self._take(key, list, "a list of texts")
        if value is None:
            return ()
        if not all(isinstance(item, str) and item.strip() for item in value):
            raise self.fault(key, f"{value!r} is not a list of texts")
        return tuple(value)

    def one_of(self, key: str, choices: dict[str, T], default: str | None = None) -> T:
        """What one of the words in `choices` stands for."""
        word = self.text(key, default)
        if word not in choices:
            raise self.fault(key, f"{word!r} is not one of {', '.join(choices)}")
        return choices[word]

    def integer(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number from `low` to `high`."""
        value = self._needed(key, self._take(key, int, "a whole number"), default)
        if not low <= value <= high:
            raise self.fault(key, f"{value} is not from {low} to {high}")
        return value

    def optional_integer(self, key: str, low: int, high: int) -> int | None:
        """A whole number, or None where the key is missing."""
        return self.integer(key, low, high) if key in self._items else None

    def number(self, key: str, default: int | None = None) -> int | Decimal:
        """An exact number above zero: TOML's decimals are read as they are written, never as floats."""
        value = self._items.pop(key, default)
        if value is None:
            raise self.fault(key, "is missing")
        if not _is_exact(value) or not value > 0:
            raise self.fault(key, f"{value!r} is not a number above zero")
        return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value

    def optional_number(self, key: str) -> int | Decimal | None:
        """An exact number above zero, or None where the key is missing."""
        return self.number(key) if key in self._items else None

    def amount(self, key: str, default: Decimal | None = None) -> Decimal:
        """An exact number, zero or more."""
        value = self._items.pop(key, default)
        if value is None:
            raise self.fault(key, "is missing")
        if not _is_exact(value) or value < 0:
            raise self.fault(key, f"{value!r} is not a number from zero on")
        return Decimal(value)

    def share(self, key: str) -> Decimal:
        """An exact number from 0 to below 1."""
        value = self.amount(key)
        if value >= 1:
            raise self.fault(key, f"{value:f} is no share below 1")
        return value

    def optional_amount(self, key: str) -> Decimal | None:
        """An exact number, zero or more, or None where the key is missing."""
        return self.amount(key) if key in self._items else None

    def optional_share(self, key: str) -> Decimal | None:
        """An exact number from 0 to below 1, or None where the key is missing."""
        return self.share(key) if key in self._items else None

    def optional_span(self, key: str) -> tuple[Decimal, Decimal] | None:
        """Two exact numbers, zero or more, the lower first; None where the key is missing."""
        value = self._take(key, list, "two numbers")
        if value is None:
            return None
        if len(value) != 2 or not all(_is_exact(one) for one in value) or not 0 <= value[0] <= value[1]:
            raise self.fault(key, "is not two numbers from zero on, the lower first")
        return Decimal(value[0]), Decimal(value[1])

    def optional_range(self, key: str) -> tuple[Decimal, Decimal] | None:
        """Two exact numbers from 0 to below 1, the lower first; None where the key is missing."""
        value = self._take(key, list, "two numbers")
        if value is None:
            return None
        if len(value) != 2 or not all(_is_exact(one) for one in value) or not 0 <= value[0] <= value[1] < 1:
            raise self.fault(key, "is not two shares from 0 to below 1, the lower first")
        return Decimal(value[0]), Decimal(value[1])

    def amounts(self, key: str) -> dict[str, Decimal]:
        """A table of exact numbers, zero or more, by names that are nobody's settings; empty where it is missing."""
        table = self.table(key)
        names = [name for name in table._items if name.strip()]
        found = {name: table.amount(name) for name in names}
        table.done()
        return found

    def is_zero(self, key: str) -> bool:
        """Whether a number is missing or zero; it counts as taken then."""
        if self._items.get(key, 0) != 0:
            return False
        self._items.pop(key, None)
        return True

    def zone(self, key: str, default: str) -> ZoneInfo:
        """An IANA time zone."""
        name = self.text(key, default)
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise self.fault(key, f"{name!r} is not a time zone that is known here") from None

    def instant(self, key: str) -> int:
        """Unix seconds of a date and time that carries its offset."""
        value = self._needed(key, self._take(key, datetime, "a date and time"), None)
        if value.tzinfo is None or value.microsecond:
            raise self.fault(key, "is not a whole second with its offset, such as 2027-01-01T00:00:00+08:00")
        return int(value.timestamp())

    def optional_instant(self, key: str) -> int | None:
        """The same, or None where the key is missing."""
        return self.instant(key) if key in self._items else None

    def day(self, key: str) -> date:
        """A date without a time."""
        value = self._needed(key, self._take(key, date, "a date"), None)
        if isinstance(value, datetime):
            raise self.fault(key, "is not a date alone, such as 2027-01-01")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._take(key, bool, "true or false")
        return default if value is None else value

    def file_path(self, key: str, default: str | None = None) -> Path:
        """A path; a relative one starts at the folder of the settings file."""
        return self.file.parent / self.text(key, default)

    def optional_path(self, key: str) -> Path | None:
        """A path, or None where the key is missing."""
        return self.file_path(key) if key in self._items else None

    def octets(self, key: str, length: int | None = None) -> bytes:
        """Bytes in hex, with or without 0x."""
        text = self.text(key).removeprefix("0x")
        try:
            value = bytes.fromhex(text)
        except ValueError:
            value = b""
        if len(text) != 2 * len(value):  # fromhex overlooks spaces
            raise self.fault(key, f"{text!r} is not hex")
        if length is not None and len(value) != length:
            raise self.fault(key, f"has {len(value)} bytes, not {length}")
        return value

    def optional_octets(self, key: str, length: int | None = None) -> bytes | None:
        """Bytes in hex, or None where the key is missing."""
        return self.octets(key, length) if key in self._items else None

    def table(self, key: str, *, needed: bool = False) -> Table:
        """A table inside this one; an empty one where it is missing and not needed."""
        items = self._take(key, dict, "a table")
        if items is None and needed:
            raise self.fault(key, "is missing")
        return Table(items or {}, self.file, f"{self.path + '.' if self.path else ''}{key}")

    def plain_table(self, key: str) -> dict[str, Any]:
        """A table as it is, for whoever reads it itself; empty where it is missing."""
        return self._take(key, dict, "a table") or {}

    def tables(self, key: str) -> list[Table]:
        """The tables of an array of tables."""
        items = self._take(key, list, "an array of tables") or []
        if not all(isinstance(item, dict) for item in items):
            raise self.fault(key, "is not an array of tables")
        return [
            Table(item, self.file, f"{self.path + '.' if self.path else ''}{key}[{number}]")
            for number, item in enumerate(items, 1)
        ]

    def done(self) -> None:
        """Refuse the keys that nobody took."""
        if self._items:
            raise self.fault(sorted(self._items)[0], "is not a known setting")


def _is_exact(value: Any) -> bool:
    """Whether a TOML number is one that is written out: not a truth value, not an infinity."""
    return not isinstance(value, bool) and isinstance(value, int | Decimal) and Decimal(value).is_finite()
