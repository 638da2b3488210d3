"""What the shared options of a lender's desk lead to: an open desk, with its chain where one is named."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from tally_chain.cli.verify import read_policy
from tally_chain.cli.where_run import open_engine
from tally_chain.policy import Policy
from tally_chain.receipts.history import ReceiptHistory
from tally_chain.receipts.operations import Operation
from tally_chain.receipts.pins import read_receipt_pins
from tally_edge import durable
from tally_edge.errors import ConfigError
from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tally_finance.desk import sheet_file
from tally_finance.desk.desk import Desk
from tally_finance.desk.on_chain import open_chain

OK, DOES_NOT_HOLD = 0, 1


class NoChain:
    """A Chain (see `desk`) of a command that was told of none."""

    def history(self) -> ReceiptHistory:
        """See Chain."""
        raise ConfigError("name the chain by --embedded or --endpoint, and its contracts by --pins")

    def parties(self, operation: Operation) -> Mapping[str, Sequence[bytes]]:
        """See Chain."""
        raise ConfigError(f"name the chain by --embedded or --endpoint: who signs {operation.kind} is asked there")

    def block_hash(self, number: int) -> bytes | None:
        """See Chain."""
        raise ConfigError(f"name the chain by --embedded or --endpoint: block {number} is asked there")


@contextmanager
def desk_of(options: argparse.Namespace) -> Iterator[Desk]:
    """The desk that the options name, its database migrated. Raises ConfigError, BookError, and as the chain does."""
    sheet = sheet_file.load(options.desk)
    named = getattr(options, "policy", None)
    policy: Policy | None = None if named is None else read_policy(named)
    with database_of(options) as database:
        if not has_chain(options):
            yield Desk(database, sheet, NoChain(), policy, clock)
            return
        with open_engine(options) as node:
            yield Desk(database, sheet, open_chain(node, read_receipt_pins(options.pins)), policy, clock)


@contextmanager
def database_of(options: argparse.Namespace) -> Iterator[Engine]:
    """The database that the options name, migrated. Raises BookError."""
    database = engine_for(options.books or f"sqlite:///{options.desk.absolute().parent / 'books.db'}")
    try:
        migrate(database)
        yield database
    finally:
        database.dispose()


def has_chain(options: argparse.Namespace) -> bool:
    """Whether a chain was named. Raises ConfigError for half of one."""
    named = getattr(options, "embedded", None) is not None or getattr(options, "endpoint", None) is not None
    if named != (getattr(options, "pins", None) is not None):
        raise ConfigError("name the chain by --embedded or --endpoint, and its contracts by --pins, or neither")
    return named


def clock() -> int:
    """Unix seconds."""
    return int(time.time())


def say(options: argparse.Namespace, told: Mapping[str, Any], lines: list[str]) -> None:
    """For a script or for a person."""
    if options.json:
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        print("\n".join(lines))


def write_new(path: Path, data: bytes) -> None:
    """Writes a file that is not there. Raises ConfigError where one is."""
    if path.exists():
        raise ConfigError(f"{path} exists already")
    durable.write_file(path, data)
