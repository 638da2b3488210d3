"""A desk's sheet as TOML. Exact numbers, no floats; paths are from the file's own folder.

book = "bank-1"
lender = "64 hexadecimal digits"          # the registry id of the lender
interested = ["64 hexadecimal digits"]    # whose prices do not count (optional)
pickers = "pickers"                       # folder of openings: pickers of orders, plates that scales signed (optional)

[[goods]]
digest = "64 hexadecimal digits"          # as OpenLot.goods has it
commodity = "copper"                      # as facilities have it

[[store]]                                 # lots that count by the desk's own evidence (optional)
lot = "64 hexadecimal digits"
sheet = "silo.toml"

[[price]]
commodity = "copper"
quoted_as = "cathode copper, grade A, Shanghai"
currency = "CNY"
sources = ["64 hexadecimal digits"]       # organisations
quorum = 2
max_age_s = 86400
max_spread = 0.02
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

from tally_edge.config_table import Table
from tally_edge.errors import ConfigError
from tally_finance.book.judging import Pricing
from tally_finance.desk.sheet import Sheet, StoreSheet
from tally_finance.errors import PriceError
from tally_finance.lending.prices import Rules

_ID_BYTES = 32


def load(file: Path) -> Sheet:
    """The sheet of a file. Raises ConfigError naming file and key."""
    try:
        root = Table(tomllib.loads(file.read_text("utf-8-sig"), parse_float=Decimal), file)
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from None
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise ConfigError(f"{file}: {error}") from None
    sheet = Sheet(
        book=root.text("book"),
        lender=root.octets("lender", _ID_BYTES),
        goods={each.octets("digest", _ID_BYTES): each.text("commodity") for each in _each(root, "goods")},
        stores={each.octets("lot", _ID_BYTES): _store(each) for each in _each(root, "store")},
        prices={each.text("commodity"): _pricing(each) for each in _each(root, "price")},
        interested=frozenset(_id(root, "interested", text) for text in root.texts("interested")),
        pickers=root.optional_path("pickers"),
    )
    root.done()
    return sheet


def _each(root: Table, key: str) -> list[Table]:
    return root.tables(key)


def _store(table: Table) -> StoreSheet:
    path = table.file_path("sheet")
    try:
        return StoreSheet(path.read_text("utf-8-sig"), path)
    except (OSError, UnicodeDecodeError) as error:
        raise table.fault("sheet", f"cannot be read: {error}") from None


def _pricing(table: Table) -> Pricing:
    sources = frozenset(_id(table, "sources", text).hex() for text in table.texts("sources"))
    try:
        rules = Rules(
            sources,
            table.integer("quorum", 1, 100),
            table.integer("max_age_s", 1, 366 * 86_400),
            table.share("max_spread"),
        )
    except PriceError as error:
        raise table.fault("sources", str(error)) from None
    return Pricing(table.text("quoted_as"), table.text("currency"), rules)


def _id(table: Table, key: str, text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != _ID_BYTES:
        raise table.fault(key, "is not 64 hexadecimal digits")
    return found
