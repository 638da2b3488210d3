"""An ownership pack as TOML, with the papers themselves beside it: digests are of the files that it names.

pledgor = "91310000MA1FL0000A"
keeper = "9131..."
received_kg = 300000
pledged_kg = 300000
salt = "0x..."                       # 16 random bytes

[contract]
file = "contract.pdf"
number = "HT-2026-018"
seller = "9131..."
buyer = "9131..."
goods = "cathode copper 阴极铜"
quantity_kg = 300000
total = 21036900.00                  # yuan, with tax
signed_on = 2026-01-05
retains_title = false                # 所有权保留 (optional)

[[invoice]]
file = "invoice.ofd"
number = "26312000000012345678"
seller, buyer, goods, quantity_kg     # as above
net = 18616725.66
tax = 2420174.34
total = 21036900.00
issued_on = 2026-01-12
nullifier = "0x..."                  # as the registrar computed it

[[payment]]
file, number, payer, payee, amount, paid_on

[[transport]]
file, number, consignee, goods, quantity_kg, delivered_on
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeVar

from tally_edge import toml_text
from tally_edge.config_table import Table
from tally_edge.errors import ConfigError
from tally_finance.errors import OwnershipError
from tally_finance.ownership.papers import DIGEST_BYTES, SALT_BYTES, Contract, Invoice, Pack, Payment, Transport

P = TypeVar("P", Contract, Invoice, Payment, Transport)


def load(file: Path) -> Pack:
    """The pack of a file. Raises ConfigError naming file and key, also where a paper that it names is not there."""
    root = opened(file)
    contract = _paper(Contract, root.table("contract", needed=True))
    try:
        pack = Pack(
            root.text("pledgor"),
            root.text("keeper"),
            contract,
            tuple(_paper(Invoice, one) for one in root.tables("invoice")),
            tuple(_paper(Payment, one) for one in root.tables("payment")),
            tuple(_paper(Transport, one) for one in root.tables("transport")),
            _number(root, "received_kg"),
            _number(root, "pledged_kg"),
            root.octets("salt", SALT_BYTES),
        )
    except OwnershipError as error:
        raise ConfigError(f"{file}: {error}") from None
    root.done()
    return pack


def opened(file: Path) -> Table:
    """A TOML file, its numbers exact. Raises ConfigError."""
    try:
        return Table(toml_text.loads(file.read_text("utf-8-sig"), parse_float=Decimal), file)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {file}: {error}") from None
    except (tomllib.TOMLDecodeError, ArithmeticError, RecursionError) as error:
        raise ConfigError(f"{file}: {error}") from None


def _number(table: Table, key: str) -> Decimal:
    return Decimal(table.number(key))


_READ: Final[Mapping[str, Callable[[Table, str], object]]] = {
    "str": Table.text,
    "Decimal": _number,
    "date": Table.day,
    "tax": Table.amount,
    "nullifier": lambda table, key: table.octets(key, DIGEST_BYTES),
    "retains_title": lambda table, key: table.flag(key, default=False),
}
"""How a field is read: by its name where that is here, else by its type."""


def _paper(kind: type[P], table: Table) -> P:
    """A paper: the file beside, and every field of its kind under its own name."""
    said: dict[str, Any] = {
        field.name: _READ[field.name if field.name in _READ else str(field.type)](table, field.name)
        for field in fields(kind)
        if field.name != "digest"
    }
    made = kind(digest=digest_of(table), **said)
    table.done()
    return made


def digest_of(table: Table, key: str = "file") -> bytes:
    """SHA-256 of the file that `key` names. Raises ConfigError."""
    path = table.file_path(key)
    try:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").digest()
    except OSError as error:
        raise table.fault(key, f"cannot be read: {error}") from None
