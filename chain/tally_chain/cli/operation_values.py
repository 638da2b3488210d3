"""What people write for an operation's fields, and for names. Exact, or refused."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from tally_chain.cli.where import bytes32
from tally_chain.errors import OperationError
from tally_chain.receipts.encoding import Weighing, item_of
from tally_chain.receipts.kinds.kind import Field, HoldKind, Kind, Measure
from tally_chain.registry import outline
from tally_chain.registry.roles import KeyRole
from tally_edge.cli_time import instant_or_seconds
from tally_edge.errors import ConfigError

# A list of names is one line a party; a larger file is another one named by mistake.
MAX_NAMES_BYTES = 1 << 20
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(t|kg|g)")
_AMOUNT = re.compile(r"[0-9]+(?:\.[0-9]{1,2})?")
_GRAMS = {"t": 1_000_000, "kg": 1_000, "g": 1}
_YES_NO = {"yes": True, "no": False}


def values_of(kind: Kind, words: Sequence[str]) -> dict[str, Any]:
    """The fields that are written as FIELD=VALUE. Raises OperationError that names the field."""
    fields = {field.name: field for field in kind.fields}
    values: dict[str, Any] = {}
    for word in words:
        name, separator, text = word.partition("=")
        if not separator or name not in fields or name in values:
            raise OperationError(f"write each field of {kind.name} once, as FIELD=VALUE: {', '.join(fields)}")
        try:
            values[name] = _value(fields[name], text)
        except (argparse.ArgumentTypeError, ValueError) as error:
            raise OperationError(f"{name}: {error}") from None
    return values


def _value(field: Field, text: str) -> Any:
    if field.measure is Measure.OUTLINE:
        # A corner has a comma of its own, so corners stand apart as `outline.words` writes them.
        corners = [outline.corner(word) for word in text.split()]
        if not corners:
            raise ValueError("corners in degrees, with spaces between them: 114.3,30.5 114.301,30.5 114.301,30.501")
        return outline.canonical(corners)
    if item_of(field.type) is not None:
        return tuple(_one(field, item) for item in text.split(",")) if text else ()
    return _one(field, text)


def _one(field: Field, text: str) -> Any:
    measure = field.measure
    if measure is Measure.WEIGHINGS:
        evidence, _, quantity = text.partition(":")
        return Weighing(bytes32(evidence), _grams(quantity))
    if field.type.startswith("bytes32"):
        return bytes(32) if text == "none" else bytes32(text)
    if measure is Measure.GRAMS:
        return _grams(text)
    if measure is Measure.FEN:
        return _fen(text)
    if measure is Measure.TIME:
        return instant_or_seconds(text)
    if measure is Measure.YES_NO:
        if text not in _YES_NO:
            raise ValueError("yes or no")
        return _YES_NO[text]
    if measure is Measure.ROLE and not text.isdigit():
        return int(_word(KeyRole, text))
    if measure is Measure.HOLD and not text.isdigit():
        return int(_word(HoldKind, text))
    return int(text)


def _word(words: type[KeyRole] | type[HoldKind], text: str) -> KeyRole | HoldKind:
    found = {one.name.lower().replace("_", "-"): one for one in words}.get(text)
    if found is None:
        raise ValueError(f"one of {', '.join(one.name.lower().replace('_', '-') for one in words)}")
    return found


def _grams(text: str) -> int:
    found = _QUANTITY.fullmatch(text)
    if found is None:
        raise ValueError("a quantity is written with its unit: 12.5t, 12500kg or 12500000g")
    whole, _, places = found[1].partition(".")
    grams = Decimal(f"{whole}.{places or 0}") * _GRAMS[found[2]]
    if grams != grams.to_integral_value() or len(whole) > 20:
        raise ValueError("a quantity is whole grams")
    return int(grams)


def _fen(text: str) -> int:
    if _AMOUNT.fullmatch(text) is None:
        raise ValueError("an amount is yuan with at most two decimals: 1234.56")
    yuan, _, fen = text.partition(".")
    return int(yuan) * 100 + int(fen.ljust(2, "0"))


def read_names(path: Path | None) -> dict[bytes, str]:
    """The reader's own names for ids: on each line 64 hexadecimal digits and a name; `#` begins a comment.

    Raises ConfigError that names the line.
    """
    if path is None:
        return {}
    with path.open("rb") as file:
        text = file.read(MAX_NAMES_BYTES + 1)
    if len(text) > MAX_NAMES_BYTES:
        raise ConfigError(f"{path} is too long for a list of names")
    names: dict[bytes, str] = {}
    for number, line in enumerate(text.decode("utf-8", "replace").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        wanted, _, name = line.strip().partition(" ")
        try:
            object_id = bytes32(wanted)
        except argparse.ArgumentTypeError as error:
            raise ConfigError(f"{path}, line {number}: {error}") from None
        if object_id in names or not name.strip().isprintable() or not name.strip():
            raise ConfigError(f"{path}, line {number}: one name for each id, in characters that print")
        names[object_id] = name.strip()
    return names
