"""Values of Solidity's types as JSON has them. Verdict-critical: no IO.

Numbers are decimal text, because many readers of JSON lose those beyond 2**53; bytes are 0x and lower-case hexadecimal;
structs are objects. There is one way to write a value, and reading takes no other.
"""

from __future__ import annotations

import re
from typing import Any

from tally_chain.errors import OperationError
from tally_chain.receipts import encoding

_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,78}")
_BYTES = re.compile(r"0x((?:[0-9a-f]{2})+)")


def write(kind: str, value: Any) -> Any:
    """A checked value of a type, for JSON."""
    item = encoding.item_of(kind)
    if item is not None:
        return [write(item, one) for one in value]
    if kind in encoding.STRUCTS:
        shape = encoding.STRUCTS[kind][1]
        return {name: write(of, one) for (name, of), one in zip(shape, value, strict=True)}
    if isinstance(value, bytes):
        return hexed(value)
    return value if isinstance(value, bool) else str(value)


def read(kind: str, value: Any, what: str) -> Any:
    """The value that JSON has; its range is checked where it goes. Raises OperationError that names `what`."""
    item = encoding.item_of(kind)
    if item is not None:
        if not isinstance(value, list):
            raise OperationError(f"{what} is a list")
        return tuple(read(item, one, f"{what}[{place}]") for place, one in enumerate(value))
    if kind in encoding.STRUCTS:
        made, shape = encoding.STRUCTS[kind]
        if not isinstance(value, dict) or set(value) != {name for name, _ in shape}:
            raise OperationError(f"{what} has {' and '.join(name for name, _ in shape)}")
        return made(*(read(of, value[name], f"{what}.{name}") for name, of in shape))
    if kind == "bool":
        return value
    if kind == "bytes32":
        return read_bytes(value, encoding.WORD_BYTES, what)
    if not isinstance(value, str) or _NUMBER.fullmatch(value) is None:
        raise OperationError(f"{what} is a whole number in decimal digits, as text")
    return int(value)


def hexed(value: bytes) -> str:
    """Bytes as JSON has them."""
    return "0x" + value.hex()


def read_bytes(value: Any, length: int, what: str) -> bytes:
    """So many bytes. Raises OperationError that names `what`."""
    found = _BYTES.fullmatch(value) if isinstance(value, str) else None
    if found is None or len(found[1]) != 2 * length:
        raise OperationError(f"{what} is 0x and {2 * length} hexadecimal digits in lower case")
    return bytes.fromhex(found[1])
