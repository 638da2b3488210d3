"""The small JSON files of this part: one object that names its format, exactly the fields it has, numbers exact. No IO.

JSON readers are lax: of a name that stands twice they take the last, and they make floats of decimals. Here both are
errors, so that two readers of one file read the same.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

MAX_FILE_BYTES: Final = 65_536
"""Of a file that one party mails to another; the longest is a filing, of some 4,000 bytes."""


def read(text: bytes, form: str, names: Collection[str], *, most: int = MAX_FILE_BYTES) -> dict[str, Any]:
    """The fields of a file of format `form`, without the format's name. Raises ValueError saying what is wrong.

    `most`: bytes, of a file that is no letter but a table.
    """
    if len(text) > most:
        raise ValueError(f"this is longer than any {form!r}: {len(text)} bytes")
    try:
        fields: Any = json.loads(text, object_pairs_hook=once, parse_float=_none, parse_constant=_none)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this is no {form!r}: {error}") from None
    if not isinstance(fields, dict) or fields.pop("format", None) != form:
        raise ValueError(f"this is no {form!r}")
    if set(fields) != set(names):
        odd = ", ".join(sorted(set(fields) ^ set(names)))
        raise ValueError(f"this {form!r} lacks or adds: {odd}")
    return fields


def write(form: str, fields: Mapping[str, object]) -> str:
    """The file's text; equal fields give equal text."""
    return json.dumps({"format": form, **fields}, ensure_ascii=False, indent=1) + "\n"


def octets(fields: Mapping[str, Any], name: str, length: int) -> bytes:
    """Bytes as 0x and lower-case hexadecimal digits. Raises ValueError."""
    value = fields[name]
    digits = value[2:] if isinstance(value, str) and value[:2] == "0x" else ""
    if len(digits) != 2 * length or not set(digits) <= set("0123456789abcdef"):
        raise ValueError(f"{name} is not 0x and {2 * length} hexadecimal digits")
    return bytes.fromhex(digits)


def whole(fields: Mapping[str, Any], name: str, most: int) -> int:
    """A whole number from 0 to `most`. Raises ValueError."""
    value = fields[name]
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(f"{name} is not a whole number up to {most}")
    return value


def text_of(fields: Mapping[str, Any], name: str) -> str:
    """Text that is not empty. Raises ValueError."""
    value = fields[name]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is not text")
    return value


def hexadecimal(value: bytes) -> str:
    """How these files write bytes."""
    return "0x" + value.hex()


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For `object_pairs_hook`: an object whose names are each once. Raises ValueError."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _none(text: str) -> Any:
    raise ValueError(f"{text} is no whole number")
