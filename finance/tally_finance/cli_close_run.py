"""What `tallystick finance close` does."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from tally_chain.cli.operation_values import read_names
from tally_chain.cli.where_run import open_engine
from tally_chain.receipts.history import ReceiptHistory, read_history
from tally_chain.receipts.pins import read_receipt_pins
from tally_edge import durable, passphrase, signer
from tally_edge.errors import ConfigError, DecodeError
from tally_edge.text_table import render
from tally_finance.book import journal_file
from tally_finance.book.database import engine_for
from tally_finance.book.journal import Recorded
from tally_finance.book.loan_events import FacilityOpened
from tally_finance.book.store import Book
from tally_finance.cli_desk_run import DOES_NOT_HOLD, OK, desk_of, has_chain, say, write_new
from tally_finance.close import close_file, keeper_file, plain
from tally_finance.close.body import Body
from tally_finance.close.checking import Against, checked, holding
from tally_finance.close.close_file import Close
from tally_finance.close.computing import Asked, closed
from tally_finance.close.month import Month
from tally_finance.close.reconcile import KeeperBook
from tally_finance.close.replaying import lenders_keys, view_at
from tally_finance.close.table import Names, Table, written
from tally_finance.close.tables import about, tables
from tally_finance.close.telling import remarks
from tally_finance.desk.desk import Desk
from tally_finance.desk.syncing import sync
from tally_finance.errors import BookError

_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-9]{2})")
_FORMS = ("pdf", "xlsx")
_A_MOMENT_S = 0.1


def run_key(options: argparse.Namespace) -> int:
    """A key in a file."""
    made = signer.generate()
    made.save(options.out, passphrase.read(options.passphrase_file))
    key = made.public_key
    told = {"file": str(options.out), "key_id": key.kid.hex(), "public_key": key.encode().hex()}
    say(options, told, [f"key id {told['key_id']}", f"public key {told['public_key']}"])
    return OK


def run_make(options: argparse.Namespace) -> int:
    """Close, workbook and pages in a folder."""
    names, key = read_names(options.names), signer.load(options.key, passphrase.read(options.passphrase_file))
    paths = {form: options.out / f"{options.month}.{form}" for form in ("close", *_FORMS)}
    _check_new(paths)
    with desk_of(options) as desk:
        if has_chain(options):
            sync(desk)
        month = Month(options.month, _offset(options, list(desk.book.entries())))
        known_at = _over(desk) if desk.now() > month.end else desk.now()  # of one that runs, `closed` tells
        entries = list(desk.book.entries(known_at))
        _step("computing the month and every day of it 计算中")
        chain = view_at(desk.view.history, month.end) if has_chain(options) else None
        previous = None if options.previous is None else read(options.previous)
        before = None if previous is None else previous.previous
        asked = Asked(month, known_at, desk.sheet.lender, before)
        body = closed(entries, asked, chain, _keepers(options, names))
    _step("writing workbook and pages 制表中")
    documents = _documents(body, names)
    close = close_file.sign(body, {form: sha256(data).digest() for form, data in documents.items()}, key, known_at)
    durable.make_folder(options.out.absolute())
    for form, data in (*documents.items(), ("close", close_file.encode(close))):
        write_new(paths[form], data)
    return _made(options, close, [str(path) for path in paths.values()], names)


def _check_new(paths: Mapping[str, Path]) -> None:
    """Raises ConfigError where one is there. The close is written last: others without it are of a make that fell."""
    there = [path for path in paths.values() if path.exists()]
    if paths["close"] in there:
        raise ConfigError(f"{paths['close']} exists already; a close is never overwritten")
    if there:
        names = ", ".join(str(path) for path in there)
        raise ConfigError(
            f"{names} stands there without {paths['close']}: no close was made; take it away and make again"
        )


def _over(desk: Desk) -> int:
    """The last second that is over: of the one that runs nobody knows yet all that the book will have.

    Waits until what was just read from the chain stands in a second that is over. Raises BookError where it does not
    come: the book's clock is ahead of this one.
    """
    newest, tries = desk.book.newest(), 20
    while desk.now() <= newest and tries:
        time.sleep(_A_MOMENT_S)
        tries -= 1
    if desk.now() <= newest:
        raise BookError(f"the book's last entry was known at {newest}, which is not over: look at the clock")
    return desk.now() - 1


def _step(what: str) -> None:
    """A book of a thousand receipts takes some ten seconds: say to whoever sits there what they wait for."""
    if sys.stderr.isatty():
        print(f"{what} …", file=sys.stderr, flush=True)


def _offset(options: argparse.Namespace, entries: Sequence[Recorded]) -> int:
    """Where days begin. Raises ConfigError where that is not clear."""
    if options.utc_offset is not None:
        found = _OFFSET.fullmatch(options.utc_offset)
        if found is None:
            raise ConfigError(f"{options.utc_offset!r} is no offset such as +08:00")
        return int(f"{found[1]}{int(found[2]) * 3600 + int(found[3]) * 60}")
    events = (one.entry.event for one in entries)
    offsets = {event.utc_offset_s for event in events if isinstance(event, FacilityOpened)}
    if len(offsets) != 1:
        raise ConfigError("the facilities' days begin at different times: say by --utc-offset which the month has")
    return offsets.pop()


def _keepers(options: argparse.Namespace, names: Names) -> list[KeeperBook]:
    return [keeper_file.load(path, keeper, names) for keeper, path in options.keeper_book]


def _documents(body: Body, names: Names) -> dict[str, bytes]:
    from tally_finance.close import page, workbook  # noqa: PLC0415  takes half a second to import

    return {"xlsx": workbook.render(body, names), "pdf": page.render(body, names)}


def _made(options: argparse.Namespace, close: Close, files: list[str], names: Names) -> int:
    found = list(remarks(close.body))
    differs = any(one.differs for one in found)
    told = {
        "files": files,
        "close": close.statement.id.hex(),
        "key_id": close.key.kid.hex(),
        "digest": close.signed.body.hex(),
        "journal": {"seq": close.body.seq, "head": close.body.head.hex()},
        "facilities": [plain.facility(one) for one in close.body.facilities],
        "differs": differs,
        "remarks": [plain.remark(one) for one in found],
    }
    lines = [f"wrote {', '.join(files)}", f"close {told['close']}, signed by key {told['key_id']}"]
    for table in tables(close.body, names):
        if table.name in ("facilities", "movement", "remarks", "keepers"):
            lines += _lines(table)
    say(options, told, lines)
    return DOES_NOT_HOLD if differs else OK


def run_verify(options: argparse.Namespace) -> int:
    """The steps; exit code 1 where one does not hold."""
    close = read(options.file)
    history = _history(options)
    if not options.signer and history is None:
        raise ConfigError("say whose key you trust: --signer, or a chain whose registry has it as a lender's")
    against = Against(
        trusted=frozenset(options.signer) | lenders_keys(close, history),
        entries=_entries(options, close),
        chain=None if history is None else view_at(history, close.body.as_of),
        keepers=_keepers(options, read_names(options.names)),
        documents=_beside(options.file),
        previous=None if options.previous is None else read(options.previous),
    )
    steps = checked(close, against)
    holds = holding(steps)
    words = {True: "holds 成立", False: "DOES NOT HOLD 不成立", None: "not looked at 未核对"}
    told = {
        "holds": holds,
        "book": close.body.book,
        "month": close.body.month,
        "steps": [{"number": step.number, "what": step.what, "holds": step.holds, "says": step.says} for step in steps],
    }
    lines = [f"{close.body.book} {close.body.month}", "1. the file holds together 文件完整: holds 成立"]
    lines += [f"{step.number}. {step.what} {step.chinese}: {words[step.holds]} ({step.says})" for step in steps]
    if holds is None:
        lines.append("the figures were not computed again: give the journal or the database 数字未经复算，不能说成立")
    say(options, told, lines)
    return OK if holds else DOES_NOT_HOLD


def _history(options: argparse.Namespace) -> ReceiptHistory | None:
    if not has_chain(options):
        return None
    pins = read_receipt_pins(options.pins)
    with open_engine(options) as engine:
        pins.check(engine)
        return read_history(engine, pins.contracts.places(), pins.organisations)


def _entries(options: argparse.Namespace, close: Close) -> list[Recorded] | None:
    if options.journal is not None:
        try:
            signers = {*options.signer, close.key.kid}  # the close names the head; who signed it may sign this
            return list(journal_file.decode(options.journal.read_bytes(), signers).entries)
        except OSError as error:
            raise DecodeError(f"{options.journal}: cannot be read: {error.strerror}") from None
    if options.books is None:
        return None
    engine = engine_for(options.books)
    try:
        return list(Book(engine, close.body.book).entries())
    finally:
        engine.dispose()


def _beside(file: Path) -> dict[str, bytes]:
    """The workbook and pages that stand beside a close under its name."""
    found = {form: file.with_suffix(f".{form}") for form in _FORMS}
    return {form: path.read_bytes() for form, path in found.items() if path.is_file()}


def run_show(options: argparse.Namespace) -> int:
    """The tables."""
    close, names = read(options.file), read_names(options.names)
    for form, path in (("xlsx", options.xlsx), ("pdf", options.pdf)):
        if path is not None:
            write_new(path, _documents(close.body, names)[form])
    lines = [line for table in (about(close.body, names), *tables(close.body, names)) for line in _lines(table)]
    say(options, plain.body(close.body), lines)
    return OK


def read(path: Path) -> Close:
    """The close of a file. Raises SignatureError where it was changed, DecodeError for what is no close."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise DecodeError(
            f"{path}: there is no such close; `close make` makes it, with its workbook and pages"
        ) from None
    except OSError as error:
        raise DecodeError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        return close_file.decode(data)
    except DecodeError as error:
        raise DecodeError(f"{path}: this is no monthly close: {error}") from None


def _lines(table: Table) -> list[str]:
    headings = [f"{column.english} {column.chinese}".strip() for column in table.columns]
    rows = [
        [written(value, column.measure) for value, column in zip(row, table.columns, strict=True)] for row in table.rows
    ]
    shown: list[Any] = [headings, *rows] if any(headings) else rows
    return [
        "",
        f"{table.english} {table.chinese}",
        *render(shown, rule=any(headings)),
        *([table.note] if table.note else []),
    ]
