"""What was filed of a pledged receipt (登记), as TOML with the text beside it as the registry shows it.

registration = "ZD-2026-00012345"         # the registry's number (登记证明编号)
text = "filing.txt"                       # as the registry shows it
place = "上海市浦东新区洋山保税区 1 2 号库"
goods = "阴极铜 cathode copper"
grade = "A级, Cu-CATH-1, 2 捆"
loan_contract = "DK-2026-007"
loan_yuan = 14000000.00
national_code = "..."                     # 全国普通仓单编码, where the receipt has one (optional)

[pledgor]                                 # and [pledgee], [keeper]: whom the chain knows by a commitment alone
organisation = "64 hexadecimal digits"    # its id in the registry of parties
name = "沪铜贸易有限公司"
scheme = "USCC"                           # or LEI (optional)
code = "9131..."
salt = "64 hexadecimal digits"            # opens the commitment
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tally_chain.registry.identifiers import SALT_BYTES, Scheme
from tally_edge.config_table import Table
from tally_edge.errors import ConfigError
from tally_finance.errors import FilingError
from tally_finance.filing.description import Named
from tally_finance.filing.filed import MAX_TEXT_CHARS
from tally_finance.filing.registered import Registered
from tally_finance.ownership.pack_file import opened

_SCHEMES: Final = {one.value: one for one in Scheme}
_FEN_PER_YUAN: Final = 100
_ID_BYTES: Final = 32


def load(file: Path) -> Registered:
    """The filing of a file. Raises ConfigError naming file and key, also where the text that it names is none."""
    root = opened(file)
    found = Registered(
        root.text("registration"),
        _text(root),
        pledgor=_named(root.table("pledgor", needed=True)),
        pledgee=_named(root.table("pledgee", needed=True)),
        keeper=_named(root.table("keeper", needed=True)),
        place=root.text("place"),
        goods=root.text("goods"),
        grade=root.text("grade"),
        loan_contract=root.text("loan_contract"),
        loan_fen=_fen(root),
        national_code=root.optional_text("national_code"),
    )
    try:
        _ = found.digest
    except FilingError as error:
        raise ConfigError(f"{file}: {error}") from None
    root.done()
    return found


def _text(root: Table) -> str:
    path = root.file_path("text")
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise root.fault("text", f"cannot be read: {error}") from None
    if len(text) > MAX_TEXT_CHARS:
        raise root.fault("text", f"has {len(text)} characters, more than {MAX_TEXT_CHARS}")
    return text


def _fen(root: Table) -> int:
    fen = root.number("loan_yuan") * _FEN_PER_YUAN
    if fen != int(fen):
        raise root.fault("loan_yuan", "has parts of a fen")
    return int(fen)


def _named(table: Table) -> Named:
    try:
        found = Named(
            table.octets("organisation", _ID_BYTES),
            table.text("name"),
            table.one_of("scheme", _SCHEMES, Scheme.USCC.value),
            table.text("code"),
            table.octets("salt", SALT_BYTES),
        )
    except FilingError as error:
        raise table.fault("code", str(error)) from None
    table.done()
    return found
