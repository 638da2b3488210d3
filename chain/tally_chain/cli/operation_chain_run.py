"""What `tallystick operation` does on a chain: begin files, carry operations out, show what was carried out."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tally_chain.cli.operation_run import DOES_NOT_HOLD, OK, read_file, write_new
from tally_chain.cli.operation_values import read_names, values_of
from tally_chain.cli.where_run import open_engine, profile_for_sending, signer_of
from tally_chain.engine.interface import Engine
from tally_chain.errors import OperationError
from tally_chain.receipts import operation_file
from tally_chain.receipts.checking import check
from tally_chain.receipts.history import Entry, SiteRegistered, read_history
from tally_chain.receipts.operations import Operation, kind_named
from tally_chain.receipts.parties import parties_of
from tally_chain.receipts.pins import ReceiptPins, read_receipt_pins
from tally_chain.receipts.plain import hexed
from tally_chain.receipts.sending import send
from tally_chain.receipts.views import heads_needed, with_heads
from tally_chain.receipts.words import Names, short_id, tell
from tally_chain.registry.call_words import time_words
from tally_edge.errors import ConfigError

# Long enough for all parties' signatures, short enough that a forgotten file is worth nothing.
DEFAULT_DEADLINE_SECONDS = 7 * 86_400


@contextmanager
def contracts(options: argparse.Namespace, *, writing: bool = False) -> Iterator[tuple[Engine, ReceiptPins]]:
    """The chain and the contracts of warehouse receipts on it, checked."""
    pins = read_receipt_pins(options.pins)
    with open_engine(options, writing=writing) as engine:
        pins.check(engine)
        yield engine, pins


def run_new(options: argparse.Namespace) -> int:
    """The file, or what its fields are."""
    kind = kind_named(options.kind)
    if not options.values:
        for field in kind.fields:
            print(f"{field.name:<16}{field.type:<12}{field.measure.value}: {field.meaning}")
        return OK
    if options.out is None:
        raise ConfigError("name the file to make by --out")
    deadline = int(time.time()) + DEFAULT_DEADLINE_SECONDS if options.deadline is None else options.deadline
    values = {"deadline": deadline, **values_of(kind, options.values)}
    with contracts(options) as (engine, pins):
        places = pins.contracts.places()
        operation = Operation(kind.name, with_heads(engine, places, kind.name, values))
        parties = parties_of(engine, places, operation)
        chain_id = engine.identity().chain_id
    file = operation_file.begin(operation, chain_id, places[kind.contract], lenders=options.lenders, parties=parties)
    write_new(options.out, file)
    report = {
        "file": str(options.out),
        "digest": hexed(file.digest),
        "object": hexed(operation.object),
        "words": tell(operation).english,
        "heads": {name: operation.plain()[name] for name in heads_needed(kind)},
        "signers": [place.who for place in file.places],
    }
    if options.json:
        print(json.dumps(report, indent=1, ensure_ascii=False))
        return OK
    print(report["words"])
    print(f"digest {report['digest']}")
    print(f"to be signed by: {', '.join(place.who for place in file.places)}")
    return OK


def run_send(options: argparse.Namespace) -> int:
    """The operation, carried out; refused with everything that is wrong where it would not count."""
    file, signer = read_file(options.file), signer_of(options)
    missing = [file.places[number].who for number in file.missing]
    if missing:
        raise OperationError(f"not signed yet by: {', '.join(missing)}")
    with contracts(options, writing=True) as (engine, pins):
        checked = check(engine, file, pins.contracts.places(), pins.organisations)
        if checked.problems:
            raise OperationError("; ".join(checked.problems))
        outcome = send(engine, signer, profile_for_sending(options), file, pins.organisations)
    report = {
        "kind": file.operation.kind,
        "digest": hexed(file.digest),
        "object": hexed(file.operation.object),
        "transaction": hexed(outcome.tx_hash),
        "block": outcome.block_number,
        "gas": outcome.gas_used,
    }
    if options.json:
        print(json.dumps(report, indent=1))
        return OK
    for name, value in report.items():
        print(f"{name:<16}{value}")
    return OK


def run_history(options: argparse.Namespace) -> int:
    """What was carried out; exit code 1 where nothing names what was asked for."""
    names = read_names(options.names)
    with contracts(options) as (engine, pins):
        history = read_history(engine, pins.contracts.places(), pins.organisations)
    entries = history.entries if options.about is None else history.about(options.about)
    report: dict[str, Any] = {
        "chain_id": history.chain_id,
        "last_block": history.last_block,
        "events": len(history.entries),
        "entries": [_entry(entry, names) for entry in entries],
    }
    if options.json:
        print(json.dumps(report, indent=1, ensure_ascii=False))
    else:
        for shown in report["entries"]:
            print(f"{shown['time']}  block {shown['block']}  {shown['contract']} {shown['sequence']}")
            print(f"    {shown['words']}")
            print(f"    {shown['chinese']}")
            print(f"    by {', '.join(signer['words'] for signer in shown['signers']) or 'the administration'}")
            if shown["digest"] is not None:
                print(f"    digest {shown['digest']}")
        print(f"{len(entries)} of {len(history.entries)} up to block {history.last_block}, none missing")
    return DOES_NOT_HOLD if options.about is not None and not entries else OK


def _entry(entry: Entry, names: Names) -> dict[str, Any]:
    moment = entry.moment
    where = {
        "time": time_words(moment.time_seconds),
        "block": moment.block_number,
        "contract": moment.contract,
        "sequence": moment.sequence,
        "transaction": hexed(moment.tx_hash),
    }
    if isinstance(entry, SiteRegistered):
        site, owner = short_id(entry.site, names), short_id(entry.owner, names)
        return {
            **where,
            "kind": "SiteRegistered",
            "words": f"Register site {site} of {owner}, with {len(entry.outline)} corners.",
            "chinese": f"登记 {owner} 的库区 {site}，{len(entry.outline)} 个角点。",
            "digest": None,
            "object": hexed(entry.site),
            "head": None,
            "values": {"site": hexed(entry.site), "owner": hexed(entry.owner)},
            "signers": [],
        }
    told = tell(entry.operation, names=names)
    return {
        **where,
        "kind": entry.operation.kind,
        "words": told.english,
        "chinese": told.chinese,
        "digest": hexed(entry.digest),
        "object": hexed(entry.operation.object),
        "head": hexed(entry.head),
        "values": entry.operation.plain(),
        "signers": [
            {
                "address": signer.address,
                "organisation": hexed(signer.organisation),
                "role": signer.role.word,
                "acts_since": signer.acts_since,
                "words": f"{short_id(signer.organisation, names)} as {signer.role.word}",
            }
            for signer in entry.signers
        ],
    }
