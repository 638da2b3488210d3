"""What `tallystick finance pledge` does."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tally_chain.cli.operation_run import read_file, write_new
from tally_chain.cli.operation_values import read_names
from tally_chain.cli.where_run import open_engine, profile_for_sending, signer_of
from tally_chain.errors import OperationError
from tally_chain.receipts.checking import check
from tally_chain.receipts.pins import read_receipt_pins
from tally_chain.receipts.plain import hexed
from tally_chain.receipts.rules.book import Book
from tally_chain.receipts.rules.records import Allowed, Encumbrance, Order, OrderState
from tally_chain.receipts.sending import send
from tally_chain.receipts.words import grams_words, short_id, tell
from tally_chain.registry.call_words import time_words
from tally_edge.errors import ConfigError
from tally_edge.text_table import render
from tally_finance.cli_desk_run import DOES_NOT_HOLD, OK, clock, database_of, desk_of, say
from tally_finance.cli_receipt_run import chain_book
from tally_finance.desk import sheet_file
from tally_finance.desk.asked import (
    Acceptance,
    Asked,
    Cure,
    FloorSetting,
    MarginCall,
    PartRelease,
    ReleaseOrder,
    Substitution,
)
from tally_finance.desk.desk import Desk
from tally_finance.desk.on_chain import open_chain
from tally_finance.desk.preparing import Prepared, must_still_hold, prepare
from tally_finance.desk.reserving import must_be_unsigned, withdraw
from tally_finance.desk.syncing import sync
from tally_finance.errors import BookError, DeskError
from tally_finance.exact_json import plain


def run_list(options: argparse.Namespace) -> int:
    """One line a receipt."""
    names, book = read_names(options.names), chain_book(options)
    found = {
        number: one
        for number, one in sorted(book.receipts.items())
        if one.live
        and one.charge.stage is not Encumbrance.FREE
        and one.charge.lender is not None
        and options.lender in (None, one.charge.lender.organisation)
    }
    told = [{"receipt": number.hex(), **_told(number, book)} for number in found]
    rows = [["receipt 仓单", "stage 担保", "pledged 质押", "of 数量", "lender 质权人", "pledgor 出质人"]]
    rows += [
        [
            short_id(number, names),
            one.charge.stage.name.lower().replace("_", " "),
            grams_words(one.charge.pledged),
            grams_words(one.quantity),
            "–" if one.charge.lender is None else short_id(one.charge.lender.organisation, names),
            short_id(one.holder.organisation, names),
        ]
        for number, one in found.items()
    ]
    say(options, {"pledges": told}, render(rows, rule=True))
    return OK


def run_show(options: argparse.Namespace) -> int:
    """A pledge; exit code 1 where nothing encumbers the receipt."""
    names, book = read_names(options.names), chain_book(options)
    one = book.receipts.get(options.receipt)
    if one is None or one.charge.lender is None:
        say(options, {"receipt": options.receipt.hex(), "stage": "free"}, ["nothing encumbers it 未设担保"])
        return DOES_NOT_HOLD
    charge, pledge, allowed = one.charge, book.pledges.get(one.charge.pledge), _allowed(options.receipt, book)
    lines = [
        f"stage 担保        {charge.stage.name.lower().replace('_', ' ')}",
        f"lender 质权人     {short_id(one.charge.lender.organisation, names)}",
        f"pledged 质押      {grams_words(charge.pledged)} of {grams_words(one.quantity)}",
        f"pledge 质押编号   {charge.pledge.hex()}",
    ]
    if pledge is not None:
        lines.append(f"terms 条款        {pledge.terms.hex()}, due {time_words(pledge.maturity)}")
    if charge.due:
        lines.append(f"due 期限          {time_words(charge.due)}")
    if allowed.floor:
        lines.append(f"floor 最低控货值  {grams_words(allowed.floor)} until {time_words(allowed.floor_until)}")
    for digest, order in _orders(options.receipt, book).items():
        window = f"{time_words(order.begins)} to {time_words(order.until)}"
        lines.append(f"order 放货指令    {digest.hex()}: {grams_words(order.quantity)}, {window}")
    say(options, {"receipt": options.receipt.hex(), **_told(options.receipt, book)}, lines)
    return OK


def _told(number: bytes, book: Book) -> dict[str, Any]:
    one = book.receipts[number]
    return {
        "quantity": one.quantity,
        "holder": one.holder.organisation.hex(),
        "charge": plain(one.charge),
        "pledge": plain(book.pledges.get(one.charge.pledge)),
        "allowed": plain(_allowed(number, book)),
        "orders": plain(_orders(number, book)),
    }


def _allowed(number: bytes, book: Book) -> Allowed:
    return book.allowed.get(book.receipts[number].charge.pledge + number, Allowed())


def _orders(number: bytes, book: Book) -> Mapping[bytes, Order]:
    """Those that are open under the pledge that there is."""
    pledge = book.receipts[number].charge.pledge
    return {
        digest: order
        for digest, order in book.orders.items()
        if order.receipt == number and order.pledge == pledge and order.state is OrderState.OPEN
    }


def run_prepare(options: argparse.Namespace) -> int:
    """The file, or why not."""
    if options.out.exists():
        raise ConfigError(f"{options.out} exists already")
    with desk_of(options) as desk:
        sync(desk)
        made = prepare(desk, _asked(options), deadline=options.deadline, keep=partial(_keeping, options.out))
    file, computation = made.file, made.computation
    told = tell(file.operation)
    report = {
        "file": str(options.out),
        "digest": hexed(file.digest),
        "words": told.english,
        "chinese_words": told.chinese,
        "computation": hexed(computation.digest),
        "before": plain(computation.before),
        "after": plain(computation.after),
        "signers": [place.who for place in file.places],
    }
    lines = [
        told.english,
        told.chinese,
        f"afterwards 之后: owed 敞口 {_yuan(computation.after.owed_fen)}, "
        f"lendable on what counts 可计额度 {_yuan(computation.after.counted_fen)}",
        f"computation {report['computation']}",
        f"digest {report['digest']}",
        f"to be signed by: {', '.join(place.who for place in file.places)}",
    ]
    say(options, report, lines)
    return OK


@contextmanager
def _keeping(out: Path, made: Prepared) -> Iterator[None]:
    write_new(out, made.file)
    try:
        yield
    except (BookError, DeskError):
        out.unlink()
        raise


def run_send(options: argparse.Namespace) -> int:
    """The transaction."""
    file, signer = read_file(options.file), signer_of(options)
    file.signatures  # noqa: B018  raises, naming who has not signed
    sheet, pins = sheet_file.load(options.desk), read_receipt_pins(options.pins)
    with database_of(options) as database, open_engine(options, writing=True) as node:
        desk = Desk(database, sheet, open_chain(node, pins), None, clock)
        must_still_hold(desk, file)
        checked = check(node, file, pins.contracts.places(), pins.organisations)
        if checked.problems:
            raise OperationError("; ".join(checked.problems))
        outcome = send(node, signer, profile_for_sending(options), file, pins.organisations)
        sync(desk)
    report = {"digest": hexed(file.digest), "transaction": hexed(outcome.tx_hash), "block": outcome.block_number}
    say(options, report, [f"{name:<16}{value}" for name, value in report.items()])
    return OK


def run_withdraw(options: argparse.Namespace) -> int:
    """What is held no more."""
    file = None if isinstance(options.operation, bytes) else read_file(options.operation)
    digest = options.operation if file is None else file.digest
    with desk_of(options) as desk:
        sync(desk)
        if file is not None:
            must_be_unsigned(desk, file)
        made = withdraw(
            desk, digest, options.reason, key=options.once or f"withdraw {digest.hex()}",
            no_copy_was_signed=options.no_copy_was_signed,
        )  # fmt: skip
    report = {"digest": hexed(digest), "entry": made[0].entry.seq}
    say(options, report, [f"nothing is held any more for {hexed(digest)} 已撤回"])
    return OK


def _asked(options: argparse.Namespace) -> Asked:
    receipt = options.receipt
    match options.act:
        case "accept":
            return Acceptance(receipt, options.ownership, options.search)
        case "release":
            return PartRelease(receipt, options.quantity)
        case "order":
            return ReleaseOrder(receipt, options.quantity, options.picker, options.begins, options.until)
        case "floor":
            return FloorSetting(receipt, options.floor, options.until)
        case "substitute":
            return Substitution(receipt, options.instead, options.quantity, options.filing)
        case "call":
            return MarginCall(receipt, options.until)
        case _:
            return Cure(receipt)


def _yuan(fen: int) -> str:
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02d}"
