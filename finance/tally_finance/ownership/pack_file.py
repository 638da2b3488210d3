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
from decimal import Decimal
from pathlib import Path

from tally_edge.config_table import Table
from tally_edge.errors import ConfigError
from tally_finance.errors import OwnershipError
from tally_finance.ownership.papers import SALT_BYTES, Contract, Invoice, Pack, Payment, Transport


def load(file: Path) -> Pack:
    """The pack of a file. Raises ConfigError naming file and key, also where a paper that it names is not there."""
    root = opened(file)
    contract = _contract(root.table("contract", needed=True))
    try:
        pack = Pack(
            root.text("pledgor"),
            root.text("keeper"),
            contract,
            tuple(_invoice(one) for one in root.tables("invoice")),
            tuple(_payment(one) for one in root.tables("payment")),
            tuple(_transport(one) for one in root.tables("transport")),
            Decimal(root.number("received_kg")),
            Decimal(root.number("pledged_kg")),
            root.octets("salt", SALT_BYTES),
        )
    except OwnershipError as error:
        raise ConfigError(f"{file}: {error}") from None
    root.done()
    return pack


def opened(file: Path) -> Table:
    """A TOML file, its numbers exact. Raises ConfigError."""
    try:
        return Table(tomllib.loads(file.read_text("utf-8-sig"), parse_float=Decimal), file)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {file}: {error}") from None
    except (tomllib.TOMLDecodeError, ArithmeticError, RecursionError) as error:
        raise ConfigError(f"{file}: {error}") from None


def _contract(table: Table) -> Contract:
    made = Contract(
        digest_of(table),
        table.text("number"),
        table.text("seller"),
        table.text("buyer"),
        table.text("goods"),
        Decimal(table.number("quantity_kg")),
        Decimal(table.number("total")),
        table.day("signed_on"),
        table.flag("retains_title", default=False),
    )
    table.done()
    return made


def _invoice(table: Table) -> Invoice:
    made = Invoice(
        digest_of(table),
        table.text("number"),
        table.text("seller"),
        table.text("buyer"),
        table.text("goods"),
        Decimal(table.number("quantity_kg")),
        Decimal(table.number("net")),
        table.amount("tax"),
        Decimal(table.number("total")),
        table.day("issued_on"),
        table.octets("nullifier", 32),
    )
    table.done()
    return made


def _payment(table: Table) -> Payment:
    made = Payment(
        digest_of(table),
        table.text("number"),
        table.text("payer"),
        table.text("payee"),
        Decimal(table.number("amount")),
        table.day("paid_on"),
    )
    table.done()
    return made


def _transport(table: Table) -> Transport:
    made = Transport(
        digest_of(table),
        table.text("number"),
        table.text("consignee"),
        table.text("goods"),
        Decimal(table.number("quantity_kg")),
        table.day("delivered_on"),
    )
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
