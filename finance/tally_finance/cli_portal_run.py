"""What `tallystick finance portal` does, and what commands about a portal's accounts share."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Engine

from tally_edge import durable
from tally_edge.errors import ConfigError
from tally_finance.api.tokens import Tokens
from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tally_finance.cli_desk_run import OK, say
from tally_finance.desk import sheet_file as desk_sheet
from tally_finance.portal import config_file
from tally_finance.portal.accounts import setting_up
from tally_finance.portal.accounts.account import organisation_of
from tally_finance.portal.accounts.audit import Done
from tally_finance.portal.accounts.service import Accounts, make_keys, open_accounts
from tally_finance.portal.accounts.tokens_made import LENDING, REVIEWING, TokensMade
from tally_finance.portal.config_file import PortalSheet
from tally_finance.portal.visitor import ADMINISTRATOR, ROLES
from tally_finance.review_api import sheet_file as review_sheet

_SHEET = """# A portal: tallystick finance serve --portal portal.toml
version = 1
name = {name}
name_zh = {name_zh}
address = {address}
organisation = "{organisation}"

[accounts]
audit_key = "audit.key"
seal_key = "seal.key"
"""


def run_init(options: argparse.Namespace) -> int:
    """A folder; its sheet is written last, so that what broke off is begun anew in another folder."""
    folder, name_zh = options.dir, options.name_zh or options.name
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(f"{folder} is not empty")
    made = organisation_of(options.organisation, options.name, name_zh, ROLES)
    durable.make_folder(folder, mode=0o700)
    key = make_keys(folder / "audit.key", folder / "seal.key").public_key
    text = _SHEET.format(
        name=_quoted(options.name), name_zh=_quoted(name_zh), address=_quoted(options.address),
        organisation=made.id.hex(),
    )  # fmt: skip
    durable.write_file(folder / "portal.toml", text.encode())
    options.portal = folder / "portal.toml"
    with accounts_of(options) as accounts:
        accounts.directory.add_organisation(made, accounts.clock())
        link = invite(accounts, options.administrator, made.id, frozenset({ADMINISTRATOR}))
    told = {
        "portal": str(options.portal),
        "audit_key": key.kid.hex(),
        "administrator": options.administrator,
        "link": link,
    }
    lines = [
        f"portal of {options.name} in {folder}; its audit log is signed by key {key.kid.hex()}",
        f"for {options.administrator}, once, within three days; shown only now:",
        link,
    ]
    say(options, told, lines)
    return OK


@contextmanager
def accounts_of(options: argparse.Namespace) -> Iterator[Accounts]:
    """The accounts of the portal that the options name. Raises ConfigError, BookError, KeyStoreError."""
    sheet = config_file.load(options.portal)
    engine: Engine = engine_for(sheet.database)
    try:
        migrate(engine)
        yield open_accounts(engine, sheet.accounts)
    finally:
        engine.dispose()


@contextmanager
def tokens_of(options: argparse.Namespace) -> Iterator[TokensMade]:
    """The tokens that people made at the portal's desks. Raises as `accounts_of`."""
    sheet, found = config_file.load(options.portal), {}
    with ExitStack() as stack:
        if sheet.desk is not None:
            book = desk_sheet.load(sheet.desk.sheet).book
            found[LENDING] = book, Tokens(_beside(stack, sheet, sheet.desk.sheet, "books.db"), book)
        if sheet.reviews is not None:
            desk = review_sheet.load(sheet.reviews).desk
            found[REVIEWING] = desk, Tokens(_beside(stack, sheet, sheet.reviews, "reviews.db"), desk)
        own = engine_for(sheet.database)
        stack.callback(own.dispose)
        yield TokensMade(own, found)


def _beside(stack: ExitStack, sheet: PortalSheet, file: Path, name: str) -> Engine:
    engine = engine_for(sheet.books or f"sqlite:///{file.absolute().parent / name}")
    stack.callback(engine.dispose)
    migrate(engine)
    return engine


def invite(accounts: Accounts, name: str, organisation: bytes, roles: frozenset[str]) -> str:
    """A new account's one-time address, and a row of it in the log."""
    secret = setting_up.invite(accounts, name, organisation, roles, COMMAND_LINE)
    note(accounts, "invite", f"{name} as {' '.join(sorted(roles))}", organisation)
    return address(accounts, secret)


def address(accounts: Accounts, secret: str) -> str:
    """Where a one-time link leads."""
    return f"{accounts.settings.address}/invitation/{secret}"


def note(accounts: Accounts, what: str, about: str, organisation: bytes | None) -> None:
    """A row of what was done here: whoever may read the keys' folder is the operator, and has no account."""
    accounts.audit.add(Done(COMMAND_LINE, what, about, "command line", "done", organisation))


COMMAND_LINE = "command line"


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    if not text.isprintable():
        raise ConfigError(f"{text!r} has characters that can not be shown")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
