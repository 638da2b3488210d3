"""What `tallystick finance receipt` and the drafts do: the chain's book, replayed, and files to sign."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

from tally_chain.cli import operation_chain_run
from tally_chain.cli.operation_values import read_names
from tally_chain.receipts.history import read_history
from tally_chain.receipts.rebuilding import rebuilt
from tally_chain.receipts.rules.book import Book
from tally_chain.receipts.rules.records import Receipt
from tally_chain.receipts.words import grams_words, short_id
from tally_chain.registry.call_words import time_words
from tally_edge.errors import ConfigError
from tally_edge.text_table import render
from tally_finance.cli_desk_run import DOES_NOT_HOLD, OK, has_chain, say
from tally_finance.exact_json import plain

Names = Mapping[bytes, str]


def chain_book(options: argparse.Namespace) -> Book:
    """The contracts' state after all that happened. Raises as the chain does, RegistryHistoryError."""
    with operation_chain_run.contracts(options) as (engine, pins):
        return rebuilt(read_history(engine, pins.contracts.places(), pins.organisations))


def run_list(options: argparse.Namespace) -> int:
    """One line a receipt."""
    names, book = read_names(options.names), chain_book(options)
    found = dict(sorted(_wanted(options, book)))
    told = [_told(number, one, book) for number, one in found.items()]
    headings = [
        "receipt 仓单",
        "state 状态",
        "quantity 数量",
        "pledge 担保",
        "held 冻结",
        "holder 持单人",
        "until 期限",
    ]
    rows = [headings, *(_row(number, one, book, names) for number, one in found.items())]
    say(options, {"receipts": told}, [*render(rows, rule=True), f"{len(found)} of {len(book.receipts)}"])
    return OK


def _wanted(options: argparse.Namespace, book: Book) -> Iterator[tuple[bytes, Receipt]]:
    for number, one in book.receipts.items():
        lender = None if one.charge.lender is None else one.charge.lender.organisation
        keeper = book.lots[one.lot].keeper.organisation
        pairs = (
            (options.holder, one.holder.organisation),
            (options.keeper, keeper),
            (options.lender, lender),
            (options.lot, one.lot),
        )
        if (one.live or options.all) and all(wanted in (None, has) for wanted, has in pairs):
            yield number, one


def _row(number: bytes, one: Receipt, book: Book, names: Names) -> list[str]:
    pledge = one.charge.stage.name.lower().replace("_", " ")
    if one.charge.pledged:
        pledge = f"{pledge}, {grams_words(one.charge.pledged)}"
    held = [hold.kind.name.lower() for hold in one.holds] + (["short"] if book.lots[one.lot].short else [])
    return [
        short_id(number, names),
        one.state.name.lower(),
        grams_words(one.quantity),
        pledge,
        ", ".join(held) or "no",
        short_id(one.holder.organisation, names),
        time_words(one.until),
    ]


def _told(number: bytes, one: Receipt, book: Book) -> dict[str, Any]:
    lot = book.lots[one.lot]
    return {
        "number": number.hex(),
        **plain(one),
        "keeper": lot.keeper.organisation.hex(),
        "short": lot.short,
        "attested_at": lot.attested_at,
    }


def run_show(options: argparse.Namespace) -> int:
    """A receipt; exit code 1 where there is none."""
    names, book = read_names(options.names), chain_book(options)
    one = book.receipts.get(options.number)
    if one is None:
        say(options, {"number": options.number.hex(), "state": "none"}, ["no receipt has this number 无此仓单"])
        return DOES_NOT_HOLD
    lot = book.lots[one.lot]
    lines = [
        f"receipt 仓单      {options.number.hex()}",
        f"state 状态        {one.state.name.lower()}",
        f"quantity 数量     {grams_words(one.quantity)}",
        f"until 期限        {time_words(one.until)}",
        f"holder 持单人     {short_id(one.holder.organisation, names)}",
        f"keeper 保管人     {short_id(lot.keeper.organisation, names)}",
        f"lot 批次          {one.lot.hex()}, attested {grams_words(lot.lower)} to {grams_words(lot.upper)}"
        + (", SHORT 短少" if lot.short else ""),
        f"document 仓单文件 {one.document.hex()}",
        f"trade 贸易        {short_id(one.trade, names)}",
        f"head 链上头       {one.head.hex()}",
        *_pledge_lines(one, names),
        *(_hold_line(hold, names) for hold in one.holds),
    ]
    say(options, _told(options.number, one, book), lines)
    return OK


def _pledge_lines(one: Receipt, names: Names) -> list[str]:
    charge = one.charge
    if charge.lender is None:
        return ["pledge 担保       free 无"]
    stage = charge.stage.name.lower().replace("_", " ")
    lines = [
        f"pledge 担保       {stage}: {grams_words(charge.pledged)} to {short_id(charge.lender.organisation, names)}",
    ]
    return lines + ([f"due 期限          {time_words(charge.due)}"] if charge.due else [])


def _hold_line(hold: Any, names: Names) -> str:
    scope = grams_words(hold.quantity) if hold.quantity else "all of it"
    setter = short_id(hold.setter.organisation, names)
    return f"hold 冻结         {hold.kind.name.lower()} of {scope} by {setter} since {time_words(hold.time)}"


def run_history(options: argparse.Namespace) -> int:
    """What `tallystick operation history --about` says."""
    return operation_chain_run.run_history(options)


def run_draft(options: argparse.Namespace) -> int:
    """What `tallystick operation new` does, for a kind by its word."""
    options.kind = options.kinds.get(options.kind, options.kind)
    if options.values and not has_chain(options):
        raise ConfigError("name the chain by --embedded or --endpoint, and its contracts by --pins")
    return operation_chain_run.run_new(options)
