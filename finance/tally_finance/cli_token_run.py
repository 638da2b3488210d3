"""What `tallystick finance token` does."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from tally_chain.registry.call_words import time_words
from tally_edge.text_table import render
from tally_finance.api.rights import Role
from tally_finance.api.tokens import Bearer, Listed, Tokens
from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tally_finance.cli_desk_run import OK, say
from tally_finance.desk import sheet_file
from tally_finance.review_api import sheet_file as review_sheet

_DAY_S = 86_400


def run_new(options: argparse.Namespace) -> int:
    """A token; the only time that it is shown."""
    bearer = Bearer(options.name, options.organisation, Role(options.role), not options.read_only)
    now = int(time.time())
    with _tokens(options) as tokens:
        token = tokens.make(bearer, now=now, valid_s=options.days * _DAY_S)
    until = now + options.days * _DAY_S
    told = {"name": bearer.name, "role": str(bearer.role), "expires_at": until, "token": token}
    say(options, told, [f"{bearer.name}, {bearer.role}, until {time_words(until)}; shown only now:", token])
    return OK


def run_list(options: argparse.Namespace) -> int:
    """All of them."""
    with _tokens(options) as tokens:
        found = tokens.all()
    now = int(time.time())
    told = [
        {
            "name": one.bearer.name,
            "role": str(one.bearer.role),
            "organisation": one.bearer.organisation.hex(),
            "may_write": one.bearer.may_write,
            "made_at": one.made_at,
            "expires_at": one.expires_at,
            "revoked_at": one.revoked_at,
        }
        for one in found
    ]
    rows = [["name", "role", "organisation", "writes", "state"]]
    rows += [
        [
            one.bearer.name,
            str(one.bearer.role),
            one.bearer.organisation.hex()[:16],
            "yes" if one.bearer.may_write else "no",
            _state(one, now),
        ]
        for one in found
    ]
    say(options, {"tokens": told}, render(rows, rule=True))
    return OK


def run_revoke(options: argparse.Namespace) -> int:
    """Gone."""
    with _tokens(options) as tokens:
        tokens.revoke(options.name, int(time.time()))
    say(options, {"revoked": options.name}, [f"{options.name} opens nothing any more"])
    return OK


def _state(one: Listed, now: int) -> str:
    if one.revoked_at is not None:
        return f"revoked {time_words(one.revoked_at)}"
    return f"{'over since' if one.expires_at <= now else 'good until'} {time_words(one.expires_at)}"


@contextmanager
def _tokens(options: argparse.Namespace) -> Iterator[Tokens]:
    with database_of(options) as database:
        yield Tokens(database, _desk(options)[0])


@contextmanager
def database_of(options: argparse.Namespace) -> Iterator[Engine]:
    """The database of a desk, migrated: that which was named, or the one beside its sheet. Raises BookError."""
    database = engine_for(options.books or f"sqlite:///{_desk(options)[1]}")
    try:
        migrate(database)
        yield database
    finally:
        database.dispose()


def _desk(options: argparse.Namespace) -> tuple[str, Path]:
    """The desk's name, and the database beside its sheet: of a lender's desk, or of a reviewers'."""
    if "sheet" in options:
        return review_sheet.load(options.sheet).desk, options.sheet.absolute().parent / "reviews.db"
    return sheet_file.load(options.desk).book, options.desk.absolute().parent / "books.db"
