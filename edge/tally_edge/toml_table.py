"""Reads a TOML file strictly: every key is asked for by name and type, and a key that nobody asked for is refused.

Every error is a ConfigError that names the file and the key, such as "plan.toml: point[3].cadence_s is missing".
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeVar

from tally_edge.errors import ConfigError

T = TypeVar("T")

MAX_FILE_BYTES: Final = 2**20
"""A site plan of 500 points has 60 kB; a larger file is not a setting."""


def read(path: Path) -> Table:
    """The whole file. Raises ConfigError for one that is missing, too large or not TOML."""
    try:
        data = path.read_bytes()
        if len(data) > MAX_FILE_BYTES:
            raise ConfigError(f"{path}: has {len(data)} bytes, at most {MAX_FILE_BYTES} are read")
        return Table(str(path), "", tomllib.loads(data.decode("utf-8"), parse_float=Decimal))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None


class Table:
    """A table of the file. Ask for what belongs there, then `done()`."""

    def __init__(self, file: str, path: str, values: dict[str, Any]) -> None:
        """`path` is where the table stands in `file`: "" or "point[3]."."""
        self._file, self._path, self._values = file, path, values
        self._asked: set[str] = set()

    def error(self, key: str, text: str) -> ConfigError:
        """An error about `key`, to be raised."""
        return ConfigError(f"{self._file}: {self._path}{key} {text}")

    def text(self, key: str, default: str | None = None) -> str:
        """A string that is not empty; `default` where it is left out."""
        value = self._typed(key, str, "text", default)
        if not value:
            raise self.error(key, "is empty")
        return value

    def maybe_text(self, key: str) -> str | None:
        """A string, or None where it is left out."""
        return self.text(key) if key in self._values else self._absent(key)

    def integer(self, key: str, default: int | None = None) -> int:
        """A whole number."""
        return self._typed(key, int, "a whole number", default)

    def number(self, key: str, default: int | None = None) -> int | Decimal:
        """A whole number, or a decimal as it is written (1.50 stays 1.50)."""
        value: int | Decimal = self._typed(key, (int, Decimal), "a number", default)
        if isinstance(value, Decimal) and not value.is_finite():
            raise self.error(key, "is not a finite number")
        return value

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """True or false."""
        return bool(self._typed(key, bool, "true or false", default))

    def time(self, key: str) -> int:
        """Unix seconds of a date and time that carries its offset."""
        value: datetime = self._typed(key, datetime, "a date and time", None)
        if value.tzinfo is None or value.microsecond:
            raise self.error(key, "must be a whole second with its offset, such as 2027-01-01T00:00:00+08:00")
        return int(value.astimezone(UTC).timestamp())

    def maybe_time(self, key: str) -> int | None:
        """The same, or None where it is left out."""
        return self.time(key) if key in self._values else self._absent(key)

    def tables(self, key: str) -> Iterator[Table]:
        """The tables of [[key]], in order; none where it is left out."""
        members: list[Any] = self._typed(key, list, "a list of tables", [])
        for number, member in enumerate(members, 1):
            if not isinstance(member, dict):
                raise self.error(f"{key}[{number}]", "is not a table")
            yield Table(self._file, f"{self._path}{key}[{number}].", member)

    def done(self) -> None:
        """Refuse every key that was not asked for."""
        unknown = sorted(self._values.keys() - self._asked)
        if unknown:
            known = ", ".join(sorted(self._asked))
            raise ConfigError(f"{self._file}: {self._path}{unknown[0]} is not known here; known are {known}")

    def _absent(self, key: str) -> None:
        self._asked.add(key)

    def _typed(self, key: str, kind: Any, name: str, default: Any) -> Any:
        self._asked.add(key)
        value = self._values.get(key, default)
        if value is None:
            raise self.error(key, "is missing")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.error(key, f"must be {name}, not {value!r}")
        return value
