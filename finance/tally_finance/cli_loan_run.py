"""What `tallystick finance loan` does."""

from __future__ import annotations

import argparse
import secrets
import shlex
from pathlib import Path
from typing import Any

from tally_edge import passphrase, signer
from tally_edge.errors import ConfigError, DecodeError
from tally_edge.text_table import render
from tally_finance import cli_watch
from tally_finance.book import journal_file, notes, terms_file
from tally_finance.book.before import Computation, before_draw, figures_of
from tally_finance.book.goods_events import PriceDoubted, PriceSeen
from tally_finance.book.journal import Recorded
from tally_finance.book.loan_events import Drawn, Repaid, SearchMade
from tally_finance.book.position import FacilityPosition, Line, position_in
from tally_finance.cli_desk_run import DOES_NOT_HOLD, OK, desk_of, has_chain, say, write_new
from tally_finance.close.table import Measure, per_cent, tonnes, written, yuan
from tally_finance.desk import alerted, standing
from tally_finance.desk.correcting import correct
from tally_finance.desk.desk import MAX_PAPER_BYTES, Desk, told
from tally_finance.desk.digest import position_digest
from tally_finance.desk.evidence import MAX_BUNDLE_BYTES, take_evidence
from tally_finance.desk.quotes import take_quote
from tally_finance.desk.sheet import terms_digest
from tally_finance.desk.syncing import sync
from tally_finance.errors import BookError
from tally_finance.exact_json import plain
from tally_finance.json_file import MAX_FILE_BYTES
from tally_finance.lending.rounding import down, up
from tally_finance.watch.limits import Limits

_LINES = {Line.NONE: "none 正常", Line.WARNING: "WARNING 警戒线", Line.LIQUIDATION: "LIQUIDATION 平仓线"}


def _once(options: argparse.Namespace) -> str:
    return options.once or secrets.token_hex(8)


def run_open(options: argparse.Namespace) -> int:
    """The facility in the book."""
    opened = terms_file.load(options.terms)
    with desk_of(options) as desk:
        made = desk.open(opened, key=_once(options))
    digest = terms_digest(opened).hex()
    report = {"facility": opened.facility, "terms": digest, "entries": _plain_entries(made)}
    say(options, report, [f"facility {opened.facility} is open 已授信", f"terms {digest}"])
    return OK


def run_draw(options: argparse.Namespace) -> int:
    """The draw in the book, or why not."""
    with desk_of(options) as desk:
        sync(desk)
        if options.ask:
            computation = before_draw(
                desk.state(), Drawn(options.facility, options.amount), alerted.standing(desk.alerts)
            )
            made: tuple[Recorded, ...] = ()
        else:
            decided = desk.draw(options.facility, options.amount, key=_once(options))
            computation, made = decided.computation, decided.entries
    report = {**_computed(computation), "entries": _plain_entries(made)}
    word = "drawn 已放款" if made else "may be drawn 可放款" if computation.is_allowed else "may NOT be drawn 不可放款"
    lines = [f"{options.amount:,.2f} {word}", f"computation {report['computation']}"]
    say(options, report, lines if computation.is_allowed else [*lines, told(computation)])
    return OK if computation.is_allowed else DOES_NOT_HOLD


def _computed(computation: Computation) -> dict[str, Any]:
    return {
        "allowed": computation.is_allowed,
        "computation": computation.digest.hex(),
        "before": plain(computation.before),
        "after": plain(computation.after),
        "reasons": plain(computation.reasons),
    }


def run_repay(options: argparse.Namespace) -> int:
    """The payment in the book, and what it paid."""
    with desk_of(options) as desk:
        event = Repaid(options.facility, options.amount, options.payment)
        made = desk.record(event, key=_once(options), effective_at=options.at)
        loan = desk.position(options.facility).loan
    paid = next((one for one in loan.allocations if one.digest == made[0].digest), None)
    report = {"entries": _plain_entries(made), "allocation": plain(paid), "owed": plain(loan.owed)}
    lines = [f"{options.amount:,.2f} taken 已收款"]
    if paid is not None:
        parts = (("costs 费用", paid.costs), ("penalty 罚息", paid.penalty), ("interest 利息", paid.interest))
        lines += [f"  {name:<12} {down(part):,.2f}" for name, part in (*parts, ("principal 本金", paid.principal))]
        lines += [f"  overpaid 溢付 {paid.overpaid:,.2f}"] if paid.overpaid else []
    say(options, report, [*lines, f"owed now 敞口 {loan.owed.exposure:,.2f}"])
    return OK


def run_note(options: argparse.Namespace) -> int:
    """The event in the book, or all of a file, or what its fields are."""
    if options.file is not None:
        return _note_lines(options)
    if options.event is None:
        raise ConfigError("name an event, or a file of them by --from")
    if not options.values:
        fields = notes.fields_of(options.event)
        say(options, {"fields": fields}, [f"{name:<16}{how}" for name, how in fields.items()])
        return OK
    event = notes.event_of(options.event, options.values)
    if isinstance(event, SearchMade) and options.at is None:
        raise ConfigError("say by --at when the registry was asked: a search is good for so long")
    with desk_of(options) as desk:
        if has_chain(options):
            sync(desk)  # then it is known which receipts are of the same goods
        made = desk.record(event, key=_once(options), effective_at=options.at)
    say(options, {"entries": _plain_entries(made)}, [_entry_line(one) for one in made])
    return OK


def _note_lines(options: argparse.Namespace) -> int:
    """Nothing is written of a file in which a line is written wrong; what the book refuses ends it at that line."""
    if options.event is not None or options.at is not None or options.once is None:
        raise ConfigError("--from needs --once, and takes no event and no --at beside it")
    try:
        lines = notes.lines_of(_read(options.file, MAX_FILE_BYTES).decode("utf-8-sig"))
    except (ConfigError, UnicodeDecodeError) as error:
        raise ConfigError(f"{options.file}: {error}") from None
    made: list[Recorded] = []
    with desk_of(options) as desk:
        for line in lines:
            try:
                made += desk.record(line.event, key=f"{options.once} {line.number}", effective_at=line.effective_at)
            except BookError as error:
                raise BookError(f"{options.file}: line {line.number}: {error}") from None
    said = [f"{_entry_line(one)}  {shlex.join(notes.words_of(one.entry.event))}" for one in made]
    say(options, {"entries": _plain_entries(tuple(made))}, said or ["the file has no event 无条目"])
    return OK


def run_correct(options: argparse.Namespace) -> int:
    """The correction in the book, and the positions without and with it."""
    event = None if options.event is None else notes.event_of(options.event, options.values)
    with desk_of(options) as desk:
        amended = correct(
            desk,
            options.entry,
            options.reason,
            event,
            key=_once(options),
            effective_at=options.at,
            is_asked=options.ask,
        )
    made = () if amended.entry is None else (amended.entry,)
    sides = (("before", amended.before), ("after", amended.after))
    report = {
        "entries": _plain_entries(made),
        **{name: None if one is None else _told(one) for name, one in sides},
    }
    lines = [_entry_line(one) for one in made]
    for name, one in sides:
        lines += [f"{name}:", *(["no position 无头寸"] if one is None else _lines(one))]
    say(options, report, lines)
    return OK


def run_paper(options: argparse.Namespace) -> int:
    """Its digest."""
    data = _read(options.paper, MAX_PAPER_BYTES)
    with desk_of(options) as desk:
        kept = desk.take_paper(data)
    say(options, {"digest": kept.digest.hex()}, [f"kept 已留存 {kept.digest.hex()}"])
    return OK


def run_sync(options: argparse.Namespace) -> int:
    """How far; exit code 1 where a pledge belongs nowhere here."""
    with desk_of(options) as desk:
        done = sync(desk)
    lines = [f"read {done.read} entries up to block {done.block}, wrote {done.written}"]
    lines += [f"pledged to us, of no facility or goods that are known here: {one.hex()}" for one in done.unattributed]
    say(options, plain(done), lines)
    return DOES_NOT_HOLD if done.unattributed else OK


def run_evidence(options: argparse.Namespace) -> int:
    """The quantity in the book."""
    data = _read(options.bundle, MAX_BUNDLE_BYTES)
    with desk_of(options) as desk:
        sync(desk)
        made = take_evidence(desk, options.lot, data)
    say(options, {"entries": _plain_entries(made)}, [_entry_line(one) for one in made])
    return OK


def run_quote(options: argparse.Namespace) -> int:
    """The price in the book; exit code 1 where the quotes make none yet."""
    data = _read(options.quote, MAX_FILE_BYTES)
    with desk_of(options) as desk:
        sync(desk)
        made = take_quote(desk, data)
    event = None if made is None else made.entry.event
    entries = () if made is None else (made,)
    lines = [_entry_line(one) for one in entries]
    if not isinstance(event, PriceSeen):
        why = f": {event.why}" if isinstance(event, PriceDoubted) else ""
        lines.append(f"kept; with the others it makes no price now 尚不成价{why}")
    say(options, {"entries": _plain_entries(entries)}, lines)
    return OK if isinstance(event, PriceSeen) else DOES_NOT_HOLD


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise DecodeError(f"{path}: cannot be read: {error.strerror}") from None


def run_position(options: argparse.Namespace) -> int:
    """The positions; exit code 1 where one is not covered, or has reached a line."""
    with desk_of(options) as desk:
        found = _positions(desk, options)
    report = {"positions": [_told(one) for one in found]}
    say(options, report, [line for one in found for line in _lines(one)])
    holds = all(one.secured.is_covered and one.line is Line.NONE for one in found)
    return OK if holds else DOES_NOT_HOLD


def _positions(desk: Desk, options: argparse.Namespace) -> list[FacilityPosition]:
    state = desk.state(options.known_at, options.as_of)
    wanted = state.facilities if options.facility is None else (options.facility,)
    return [position_in(state, name) for name in wanted]


def _told(one: FacilityPosition) -> dict[str, Any]:
    secured, credit = one.secured, one.credit
    return {
        "facility": one.opened.facility,
        "known_at": one.known_at,
        "as_of": one.as_of,
        "owed": {**plain(one.loan.owed), "exposure": plain(one.exposure), "overpaid": plain(one.loan.overpaid)},
        "value": plain(secured.value),
        "lendable": plain(secured.lendable),
        "counted": plain(credit.lendable),
        "available": plain(one.available),
        "missing_cash": plain(one.missing_cash),
        "coverage": plain(secured.coverage),
        "loan_to_value": plain(secured.loan_to_value),
        "line": plain(one.line),
        "margin_call": plain(one.margin_call),
        "defaulted": one.defaulted,
        "lots": plain(one.lots),
        "doubts": plain(one.doubts),
        "stops": plain(one.stops),
        "cuts": plain(one.cuts),
        "floors": plain(one.floors),
        "reserved": plain(one.reserved),
        "evidence": plain(one.evidence),
        "sources": plain(one.sources),
        "digest": position_digest(one).hex(),
    }


def _lines(one: FacilityPosition) -> list[str]:
    secured, figures = one.secured, figures_of(one)
    rows = [
        ["owed 敞口", written(one.exposure, Measure.MONEY)],
        ["  principal 本金", written(up(one.loan.owed.principal), Measure.MONEY)],
        ["  interest 利息", written(up(one.loan.owed.interest), Measure.MONEY)],
        ["  penalty 罚息", written(up(one.loan.owed.penalty), Measure.MONEY)],
        ["  costs 费用", written(up(one.loan.owed.costs), Measure.MONEY)],
        ["value 押品价值", written(yuan(figures.value_fen), Measure.MONEY)],
        ["lendable 可融资额度", written(yuan(figures.lendable_fen), Measure.MONEY)],
        ["for new credit 可计额度", written(yuan(figures.counted_fen), Measure.MONEY)],
        ["available 可用额度", written(one.available, Measure.MONEY)],
        ["coverage 覆盖率 %", written(per_cent(secured.coverage, down), Measure.PER_CENT)],
        ["loan to value 质押率 %", written(per_cent(secured.loan_to_value, up), Measure.PER_CENT)],
        ["line 预警", _LINES[one.line]],
    ]
    if one.missing_cash:
        rows.append(["missing 应补", written(one.missing_cash, Measure.MONEY)])
    lots = [["lot 批次", "goods 货物", "pledged t", "there t", "for credit t", "per t 单价"]]
    lots += [
        [
            f"{lot.lot[:4].hex()}…{lot.lot[-4:].hex()}",
            lot.commodity,
            *(written(tonnes(grams), Measure.TONNES) for grams in (lot.pledged_g, lot.secured_g, lot.counted_g)),
            written(lot.per_t, Measure.MONEY),
        ]
        for lot in one.lots
    ]
    held = [
        f"  {held.way.name.lower()} {tonnes(held.quantity_g):f} t of {held.receipt.hex()}, for {held.operation.hex()}"
        for held in one.reserved
    ]
    against = [f"  {one_.why} {one_.subject}: {one_.text}" for one_ in (*one.stops, *one.doubts, *one.cuts)]
    return [
        f"facility 授信 {one.opened.facility}",
        *render(rows),
        *(render(lots, rule=True) if one.lots else []),
        *(["held for prepared acts 预留:", *held] if held else []),
        *(["against new credit 不予新增授信:", *against] if against else []),
        f"digest {position_digest(one).hex()}",
    ]


def run_alerts(options: argparse.Namespace) -> int:
    """The alerts; exit code 1 where one allows no new credit."""
    with desk_of(options) as desk:
        sync(desk)
        found = standing.alerts(desk.state(), desk.view, desk.sheet, Limits())
    say(
        options,
        {"alerts": [cli_watch.plain("stands", one) for one in found]},
        [cli_watch.line("stands", one) for one in found],
    )
    return DOES_NOT_HOLD if any(one.code.blocks for one in found) else OK


def run_journal(options: argparse.Namespace) -> int:
    """The file."""
    key = signer.load(options.key, passphrase.read(options.passphrase_file))
    with desk_of(options) as desk:
        entries = list(desk.book.entries())
        data = journal_file.encode(desk.sheet.book, entries, key, desk.now())
        head = entries[-1] if entries else None
    write_new(options.out, data)
    number, digest = (0, "") if head is None else (head.entry.seq, head.digest.hex())
    report = {"file": str(options.out), "entries": number, "head": digest, "key_id": key.public_key.kid.hex()}
    say(options, report, [f"{number} entries, head {digest}, signed by key {report['key_id']}"])
    return OK


def _plain_entries(made: tuple[Recorded, ...]) -> list[dict[str, Any]]:
    return [{"seq": one.entry.seq, "digest": one.digest.hex(), "event": plain(one.entry.event)} for one in made]


def _entry_line(one: Recorded) -> str:
    return f"entry {one.entry.seq} {type(one.entry.event).__name__} {one.digest.hex()}"
