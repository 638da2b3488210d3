"""Payloads as maps with small integer labels; dataclass fields declare label and form. Verdict-critical: no IO.

    @dataclass(frozen=True, slots=True)
    class Example:
        serial: str = wire(1, text(64))
        expires_at: int | None = wire(2, TIME, optional=True)

`encode(Example(...))` gives deterministic CBOR, `decode(Example, data)` the strict reverse: unknown labels, missing
ones, wrong types and values past a limit are StatementErrors that name the field.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import Any, Final, TypeVar

from tally_edge import cbor
from tally_edge.cbor import Item
from tally_edge.errors import StatementError

T = TypeVar("T")
E = TypeVar("E", bound=IntEnum)

MAX_TIME: Final = 2**40
"""Unix seconds far past any meter's life (the year 36,812); a value above it is a mistake of unit."""

MAX_COUNT: Final = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Form:
    """How one field looks on the wire: both directions, each raising ValueError with what is wrong."""

    to_item: Callable[[Any], Item]
    of_item: Callable[[Item], Any]


def wire(label: int, form: Form, *, optional: bool = False) -> Any:
    """A field with `label` and `form`; an optional one is left out of the map when it is None."""
    metadata = {"label": label, "form": form, "optional": optional}
    if optional:
        return dataclasses.field(default=None, metadata=metadata)
    return dataclasses.field(metadata=metadata)


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    label: int
    form: Form
    optional: bool


_FIELDS: Final[dict[type, tuple[_Field, ...]]] = {}
"""The declarations, read once."""


def _fields(cls: type) -> tuple[_Field, ...]:
    known = _FIELDS.get(cls)
    if known is None:
        known = _FIELDS[cls] = tuple(
            _Field(field.name, field.metadata["label"], field.metadata["form"], field.metadata["optional"])
            for field in dataclasses.fields(cls)
        )
    return known


def to_item(value: Any) -> dict[int | str, Item]:
    """The map of a declared dataclass. Raises StatementError naming the field."""
    item: dict[int | str, Item] = {}
    for field in _fields(type(value)):
        member = getattr(value, field.name)
        if member is None and field.optional:
            continue
        try:
            item[field.label] = field.form.to_item(member)
        except ValueError as error:
            raise StatementError(f"{type(value).__name__}.{field.name}: {error}") from None
    return item


def of_item(cls: type[T], item: Item) -> T:
    """A declared dataclass from its map. Raises StatementError naming the field."""
    if not isinstance(item, dict):
        raise StatementError(f"{cls.__name__} must be a map")
    values: dict[str, Any] = {}
    known = 0
    for field in _fields(cls):
        if field.label not in item:
            if not field.optional:
                raise StatementError(f"{cls.__name__}.{field.name} (label {field.label}) is missing")
            continue
        known += 1
        try:
            values[field.name] = field.form.of_item(item[field.label])
        except ValueError as error:
            raise StatementError(f"{cls.__name__}.{field.name}: {error}") from None
    if known != len(item):
        unknown = sorted(map(str, item.keys() - {field.label for field in _fields(cls)}))
        raise StatementError(f"{cls.__name__} has unknown labels {unknown}")
    return cls(**values)


def encode(value: Any) -> bytes:
    """The deterministic encoding of a declared dataclass. Raises StatementError."""
    item = to_item(value)
    of_item(type(value), item)  # what leaves here is what a strict reader takes
    return cbor.encode(item)


def decode(cls: type[T], data: bytes) -> T:
    """Parse `data` as `cls`, strictly. Raises StatementError or CborError."""
    return of_item(cls, cbor.decode(data))


def _integer(low: int, high: int) -> Form:
    def check(item: Any) -> int:
        if type(item) is not int or not low <= item <= high:
            raise ValueError(f"{item!r} is not an integer from {low} to {high}")
        return item

    return Form(check, check)


COUNT: Final = _integer(0, MAX_COUNT)
TIME: Final = _integer(0, MAX_TIME)
"""Unix seconds."""


def integer(low: int, high: int) -> Form:
    """An integer from `low` to `high`, both included."""
    return _integer(low, high)


def text(limit: int) -> Form:
    """Printable text of 1..`limit` characters."""

    def check(item: Any) -> str:
        if not isinstance(item, str) or not 0 < len(item) <= limit or not item.isprintable():
            raise ValueError(f"{item!r} is not printable text of 1..{limit} characters")
        return item

    return Form(check, check)


def octets(low: int, high: int) -> Form:
    """A byte string of `low`..`high` bytes."""

    def check(item: Any) -> bytes:
        if not isinstance(item, bytes) or not low <= len(item) <= high:
            raise ValueError(f"is not a byte string of {low}..{high} bytes")
        return item

    return Form(check, check)


DIGEST: Final = octets(32, 32)
"""A SHA-256 value, a statement's id, or a key's id."""

URI: Final = text(255)


def _check_number(item: Any) -> int | Decimal:
    if (isinstance(item, int) and not isinstance(item, bool)) or isinstance(item, Decimal):
        return item
    raise ValueError(f"{item!r} is neither an integer nor a decimal fraction")


NUMBER: Final = Form(_check_number, _check_number)
"""An exact number: integer or decimal fraction."""


def _check_flag(item: Any) -> bool:
    if isinstance(item, bool):
        return item
    raise ValueError(f"{item!r} is neither true nor false")


FLAG: Final = Form(_check_flag, _check_flag)


def enum(cls: type[E]) -> Form:
    """One of an IntEnum's values."""

    def of(item: Item) -> E:
        if type(item) is not int:
            raise ValueError(f"{item!r} is not a code of {cls.__name__}")
        return cls(item)  # its own ValueError names the code

    return Form(lambda member: int(cls(member)), of)


def array(form: Form, limit: int) -> Form:
    """An array of 0..`limit` members; a tuple in Python."""

    def to(value: Any) -> Item:
        if len(value) > limit:
            raise ValueError(f"has {len(value)} members, at most {limit} are allowed")
        return [form.to_item(member) for member in value]

    def of(item: Item) -> tuple[Any, ...]:
        if not isinstance(item, list) or len(item) > limit:
            raise ValueError(f"is not an array of at most {limit} members")
        return tuple(form.of_item(member) for member in item)

    return Form(to, of)


def nested(cls: type) -> Form:
    """A declared dataclass inside another."""

    def to(value: Any) -> Item:
        return to_item(value)

    def of(item: Item) -> Any:
        try:
            return of_item(cls, item)
        except StatementError as error:
            raise ValueError(str(error)) from None

    return Form(to, of)
