"""What `tallystick finance attest` does: a bundle, verified, beside a lot as it stands on the chain."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tally_chain.cli import verify
from tally_chain.cli.operation_run import read_file, write_new
from tally_chain.cli.operation_values import read_names
from tally_chain.cli.where_run import open_engine
from tally_chain.engine.interface import Engine
from tally_chain.findings import printable
from tally_chain.receipts import operation_file
from tally_chain.receipts.operations import Operation
from tally_chain.receipts.parties import parties_of
from tally_chain.receipts.pins import ReceiptPins, read_receipt_pins
from tally_chain.receipts.plain import hexed
from tally_chain.receipts.views import view, with_heads
from tally_chain.receipts.words import tell
from tally_chain.verify import verdict as verdicts
from tally_chain.verify.verifier import Examined
from tally_edge.errors import ConfigError
from tally_finance.quantity import attesting, comparing, sheet, store_file
from tally_finance.quantity.attesting import LotBook
from tally_finance.quantity.evidence import Evidence, evidence_of
from tally_finance.quantity.pieces import PiecePosition
from tally_finance.quantity.position import Position
from tally_finance.quantity.store import Pieces, Store
from tally_finance.quantity.tickets import Ticket

OK = 0
DOES_NOT_HOLD = 1
DEADLINE_SECONDS = 7 * 86_400
"""After the end of the period, so that all who have the bundle get the same operation."""


@dataclass(frozen=True)
class Found:
    """What the reader's own bundle says."""

    evidence: Evidence
    store: Store | Pieces
    sheet: str
    position: Position | PiecePosition
    serial_ids: Mapping[str, bytes]


@dataclass(frozen=True)
class OnChain:
    """The lot as its chain has it."""

    engine: Engine
    pins: ReceiptPins
    id: bytes

    @property
    def places(self) -> Mapping[str, str]:
        """The contracts."""
        return self.pins.contracts.places()

    def lots(self, function: str, argument: bytes) -> Any:
        """What a view of Lots says."""
        return view(self.engine, self.places["Lots"], "Lots", function, argument)

    def is_spent(self, ticket: Ticket) -> bool:
        """Whether a weighing stands on the chain."""
        return bool(self.lots("weighingOf", ticket.evidence)["use"])


def run_attest(options: argparse.Namespace) -> int:
    """Write or print the operation, or compare one; returns the exit code."""
    examined = verify.examined(options)
    verify.show_everything()
    if not examined.verdict.holds or not examined.statements:
        print(verdicts.to_text(examined.verdict), end="")
        print("nothing is attested: the evidence does not hold")
        return DOES_NOT_HOLD
    found = _found(options, examined)
    with _on_chain(options) as lot:
        if options.check is not None:
            return _compare(options, found, lot)
        return _write(options, found, lot)


def _found(options: argparse.Namespace, examined: Examined) -> Found:
    text, evidence = store_file.read(options.store), evidence_of(examined)
    store = sheet.parse(text, options.store, examined.verdict.to_at)
    names = read_names(options.serials)
    serial_ids = {serial: number for number, serial in names.items()}
    if len(serial_ids) < len(names):
        raise ConfigError(f"{options.serials}: a serial has two nullifiers")
    return Found(evidence, store, text, sheet.position_of(evidence, store), serial_ids)


@contextmanager
def _on_chain(options: argparse.Namespace) -> Iterator[OnChain]:
    pins = read_receipt_pins(options.pins)
    where = argparse.Namespace(embedded=options.lots_embedded, endpoint=options.lots_endpoint, agree=None, profile=None)
    with open_engine(where) as engine:
        pins.check(engine)
        yield OnChain(engine, pins, options.lot)


def _write(options: argparse.Namespace, found: Found, lot: OnChain) -> int:
    kind, values = _asked(options, found, lot)
    values["deadline"] = found.position.at + DEADLINE_SECONDS if options.deadline is None else options.deadline
    operation = Operation(kind, with_heads(lot.engine, lot.places, kind, values))
    parties = parties_of(lot.engine, lot.places, operation)
    chain_id = lot.engine.identity().chain_id
    file = operation_file.begin(operation, chain_id, lot.places[operation.about.contract], parties=parties)
    if options.out is not None:
        write_new(options.out, file)
    report = {
        "kind": kind,
        "words": tell(operation).english,
        "values": operation.plain(),
        "digest": hexed(file.digest),
        "file": None if options.out is None else str(options.out),
    }
    if options.json:
        print(json.dumps(report, indent=1, ensure_ascii=False))
        return OK
    print(report["words"])
    for name, value in operation.plain().items():
        print(f"{name:<14}{value}")
    print(f"digest        {report['digest']}")
    return OK


def _asked(options: argparse.Namespace, found: Found, lot: OnChain) -> tuple[str, dict[str, Any]]:
    """The kind of operation, and its values but heads and deadline."""
    if options.inbound is not None:
        tickets = _chosen(options, attesting.brought(found.position), lot)
        values = attesting.inbound_values(tickets, found.serial_ids)
        return "RecordInbound", {"lot": lot.id, "depositor": options.inbound, **values}
    if options.deliver is not None:
        tickets = _chosen(options, [one for one in found.position.tickets if not one.came], lot)
        values = attesting.outbound_values(tickets, found.serial_ids)
        seen_by = () if options.places is None else _places(options, lot)
        return "Deliver", {"receipt": options.deliver, "last": options.last, "places": seen_by, **values}
    return "Attest", {"lot": lot.id, "places": _places(options, lot), **_attested(options, found, lot)}


def _attested(options: argparse.Namespace, found: Found, lot: OnChain) -> dict[str, Any]:
    said = lot.lots("lotOf", lot.id)
    book = LotBook(said["weighed"], said["weighedEver"], said["allowancePpm"])
    root = attesting.evidence_root(found.evidence, found.store)
    policy = attesting.policy_digest(verify.read_policy(options.policy), found.sheet)
    return attesting.attest_values(found.position, book, root, policy)


def _chosen(options: argparse.Namespace, tickets: Sequence[Ticket], lot: OnChain) -> list[Ticket]:
    """Those that are named, else the first of those that the chain does not have yet."""
    if options.tickets is None:
        return [one for one in tickets if not lot.is_spent(one)][: attesting.MOST_WEIGHINGS]
    wanted = options.tickets.split(",")
    known = {one.number: one for one in tickets}
    for number in wanted:
        if number not in known:
            raise ConfigError(f"--tickets: no weighing {printable(number)} that counts here")
    return [known[number] for number in wanted]


def _places(options: argparse.Namespace, lot: OnChain) -> tuple[int, ...]:
    if options.places is None:
        said = view(lot.engine, lot.places["Attestations"], "Attestations", "witnessesOf", lot.id)
        return tuple(range(len(said["organisations"])))
    try:
        return tuple(int(one) for one in options.places.split(","))
    except ValueError:
        raise ConfigError(f"--places: {options.places!r} are no numbers with commas") from None


def _compare(options: argparse.Namespace, found: Found, lot: OnChain) -> int:
    file = read_file(options.check)
    operation = file.operation
    attested = _attested(options, found, lot) if operation.kind == "Attest" else {}
    differences = list(comparing.compared(operation, attested, found.position.tickets, found.serial_ids))
    if operation.values.get("lot", lot.id) != lot.id:
        differences.insert(0, comparing.Difference("lot", hexed(operation.values["lot"]), hexed(lot.id)))
    if options.json:
        told = [{"field": one.field, "operation": one.operation, "evidence": one.evidence} for one in differences]
        print(json.dumps({"digest": hexed(file.digest), "agrees": not told, "differences": told}, indent=1))
        return DOES_NOT_HOLD if differences else OK
    print(f"{operation.kind} {hexed(file.digest)}: {'differs 不一致' if differences else 'agrees 一致'}")
    for one in differences:
        print(f"{one.field}: the file says {printable(one.operation)}, this bundle {printable(one.evidence)}")
    return DOES_NOT_HOLD if differences else OK
