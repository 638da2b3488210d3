"""Reading canonical JSON strictly: what is missing or of another shape is refused by its path. No IO."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, NoReturn

from tally_finance.errors import ReportFileError
from tally_finance.footprint.trace import canonical

_NUMBER: Final = re.compile(r"-?[0-9]{1,600}(\.[0-9]{1,600})?")
_HEX: Final = re.compile(r"([0-9a-f]{2})+")


class Object:
    """A JSON object at a path; all numbers in it are text. Other keys than those asked for may be there."""

    def __init__(self, value: Any, path: str = "") -> None:
        """Raises ReportFileError where the value is no object."""
        self.path = path
        if not isinstance(value, dict):
            raise ReportFileError(f"{path or 'the file'} is no object")
        self._items: dict[str, Any] = value

    @classmethod
    def of_bytes(cls, data: bytes) -> Object:
        """The object of a file in canonical JSON (RFC 8785). Raises ReportFileError."""
        try:
            value = json.loads(data, parse_float=_no_number, parse_int=_no_number, parse_constant=_no_number)
            is_canonical = canonical(value) == data  # halves of surrogate pairs have no bytes at all
        except (ValueError, RecursionError) as error:
            raise ReportFileError(f"this is no report: {error}") from None
        if not is_canonical:
            raise ReportFileError("this is no report: its JSON is not canonical (RFC 8785)")
        return cls(value)

    def __contains__(self, key: str) -> bool:
        """Whether there is something under a key."""
        return self._items.get(key) not in (None, "", [], {})

    @property
    def names(self) -> tuple[str, ...]:
        """The keys that it has, sorted."""
        return tuple(sorted(self._items))

    def fault(self, key: str, what: str) -> ReportFileError:
        """An error about a key, with its whole path."""
        return ReportFileError(f"{self._at(key)} {what}")

    def text(self, key: str, default: str | None = None) -> str:
        """Text; with a default it may be missing."""
        value = self._items.get(key, default)
        if not isinstance(value, str):
            raise self.fault(key, "is no text")
        return value

    def amount(self, key: str, default: Decimal | None = None) -> Decimal:
        """An exact number in plain digits; with a default it may be missing or empty."""
        if default is not None and key not in self:
            return default
        value = self.text(key)
        if _NUMBER.fullmatch(value) is None:
            raise self.fault(key, "is no number in plain digits")
        return Decimal(value)

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number."""
        value = self.amount(key, None if default is None else Decimal(default))
        if value != int(value):
            raise self.fault(key, "is no whole number")
        return int(value)

    def octets(self, key: str, length: int = 32) -> bytes:
        """Bytes in small hexadecimal digits."""
        value = self.text(key)
        if _HEX.fullmatch(value) is None or len(value) != 2 * length:
            raise self.fault(key, f"is not {length} bytes in hexadecimal")
        return bytes.fromhex(value)

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self._items.get(key)
        if not isinstance(value, bool):
            raise self.fault(key, "is neither true nor false")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where it is missing."""
        values = self._list(key)
        if not all(isinstance(one, str) for one in values):
            raise self.fault(key, "is no list of texts")
        return tuple(values)

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        """A list of pairs of texts; empty where it is missing."""
        found = []
        for one in self._list(key):
            if not isinstance(one, list) or len(one) != 2 or not all(isinstance(text, str) for text in one):
                raise self.fault(key, "is no list of pairs of texts")
            found.append((one[0], one[1]))
        return tuple(found)

    def object(self, key: str) -> Object:
        """An object inside this one."""
        return Object(self._items.get(key), self._at(key))

    def objects(self, key: str) -> tuple[Object, ...]:
        """A list of objects; empty where it is missing."""
        return tuple(Object(one, f"{self._at(key)}[{number}]") for number, one in enumerate(self._list(key)))

    def by_name(self, key: str) -> dict[str, Object]:
        """Objects by their names."""
        inside = self.object(key)
        return {name: Object(one, inside._at(name)) for name, one in inside._items.items()}

    def _list(self, key: str) -> Sequence[Any]:
        value = self._items.get(key, [])
        if not isinstance(value, list):
            raise self.fault(key, "is no list")
        return value

    def _at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"the number {text[:20]} is not text")
