"""A record of searches as TOML, with the certificate and the keeper's declaration beside it as files.

salt = "0x..."                       # 16 random bytes

[search]
subject = "91310000MA1FL0000A"       # the pledgor, as the registry was asked
searched_at = 2026-02-01T09:30:00+08:00
certificate = "search.pdf"           # 查询证明

[[search.entry]]                     # everything that the registry shows, none left out
kind = "mortgage"                    # mortgage, floating, purchase-money, retention, lease or pledge
registration = "01234567"
creditor = "Another Bank"
covers = false                       # whether it touches these goods, by a person's reading
why = "machines of another works"    # and if not, why

[keeper]                             # what it is owed for these goods (optional)
keeper = "9131..."
said_at = 2026-02-01T10:00:00+08:00
owed = 12000.50                      # yuan
file = "keeper.pdf"
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tally_edge.config_table import Table
from tally_edge.errors import ConfigError
from tally_finance.errors import OwnershipError
from tally_finance.ownership.pack_file import digest_of, opened
from tally_finance.ownership.papers import SALT_BYTES
from tally_finance.ownership.search import Entry, KeeperSays, Kind, Record, Search

KINDS: Final = {kind.name.lower().replace("_", "-"): kind for kind in Kind}


def load(file: Path) -> Record:
    """The record of a file. Raises ConfigError naming file and key, also where a paper that it names is not there."""
    root = opened(file)
    search, keeper = _search(root.table("search", needed=True)), root.table("keeper")
    try:
        record = Record(search, None if keeper.is_empty() else _keeper(keeper), root.octets("salt", SALT_BYTES))
    except OwnershipError as error:
        raise ConfigError(f"{file}: {error}") from None
    root.done()
    return record


def _search(table: Table) -> Search:
    made = Search(
        table.text("subject"),
        table.instant("searched_at"),
        digest_of(table, "certificate"),
        tuple(_entry(one) for one in table.tables("entry")),
    )
    table.done()
    return made


def _entry(table: Table) -> Entry:
    made = Entry(
        table.one_of("kind", KINDS),
        table.text("registration"),
        table.text("creditor"),
        table.flag("covers", default=True),
        table.text("why", ""),
    )
    table.done()
    return made


def _keeper(table: Table) -> KeeperSays:
    made = KeeperSays(table.text("keeper"), table.instant("said_at"), table.amount("owed"), digest_of(table, "file"))
    table.done()
    return made
