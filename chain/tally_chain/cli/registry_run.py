"""What `tallystick registry` does with proposals: make them, show them, carry them out, stop them."""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tally_chain import contract_abi
from tally_chain.cli.registry_calls import call_of, read_batch
from tally_chain.cli.where_run import open_engine, profile_for_sending, signer_of
from tally_chain.engine.interface import Engine
from tally_chain.errors import CallRevertedError, RegistryError, RegistryHistoryError
from tally_chain.registry import administration
from tally_chain.registry.call_words import describe, right_words, time_words
from tally_chain.registry.identifiers import SALT_BYTES
from tally_chain.registry.moments import newest_block
from tally_chain.registry.operations import NO_PREDECESSOR, TIMELOCK, Call, Operation, OperationState
from tally_chain.registry.pins import Pins, read_pins
from tally_chain.registry.proposals import Proposal, Standing, read_proposals

OK = 0
DOES_NOT_HOLD = 1
NOT_PROVEN = (
    "From the timelock's events, each operation and right confirmed by the contract. Nothing proves that none is "
    "missing: a node can hide one. Ask several nodes (--endpoint again)."
)
NO_CALLS = "UNKNOWN: no call is shown; it does nothing, or the node hides what it does"


@contextmanager
def registries(options: argparse.Namespace, *, writing: bool = False) -> Iterator[tuple[Engine, Pins]]:
    """The chain and the contracts on it that the options name, checked: chain, code, and what stands on what."""
    pins = read_pins(
        options.pins,
        timelock=options.timelock,
        organisations=options.organisations,
        claims=options.claims,
        sites=options.sites,
    )
    with open_engine(options, writing=writing) as engine:
        pins.check(engine)
        yield engine, pins


def hexed(value: bytes) -> str:
    """Bytes as these commands write and read them."""
    return "0x" + value.hex()


def run_propose(options: argparse.Namespace) -> int:
    """The operation, which is proposed unless it is there already."""
    signer = signer_of(options)
    with registries(options, writing=True) as (engine, pins):
        timelock = pins.needed("timelock")
        calls = _calls(options, pins)
        known = _known(engine, timelock, calls, options)
        operation = known or Operation(calls, options.salt or secrets.token_bytes(SALT_BYTES))
        if known is None:
            _foresee(engine, timelock, operation, pins, ahead=options.ahead)
            administration.propose(engine, signer, profile_for_sending(options), timelock, operation)
        found = administration.state(engine, timelock, operation.operation_id)
        ready = administration.ready_at(engine, timelock, operation.operation_id)
        newest = newest_block(engine).time_seconds
    report: dict[str, Any] = {
        "operation": hexed(operation.operation_id),
        "already_there": known is not None,
        "state": found.name.lower(),
        "salt": hexed(operation.salt),
        "ready_at": ready,
        "chain_time": newest,
        "calls": _told(operation, pins.named()),
    }
    if options.json:
        print(json.dumps(report, indent=1))
        return OK
    there = "was proposed before, and is not proposed again" if known is not None else "proposed"
    print(f"operation {report['operation']} {there}")
    for call in report["calls"]:
        print(f"    {call['words']}")
    print(f"salt {report['salt']}")
    if ready is None:
        print("it was executed already" if found is OperationState.DONE else "the timelock does not know it")
    else:
        print(f"can be executed from {time_words(ready)} by the chain's clock; now {time_words(newest)}")
    return OK


def _calls(options: argparse.Namespace, pins: Pins) -> tuple[Call, ...]:
    if options.kind != "batch":
        return (call_of(options.kind, options, pins),)
    return tuple(call_of(line.kind, line, pins) for line in read_batch(options.file))


def _known(engine: Engine, timelock: str, calls: tuple[Call, ...], options: argparse.Namespace) -> Operation | None:
    """The very operation, or without a salt one of the same calls that waits: an answer was lost on the way."""
    if options.salt is not None:
        operation = Operation(calls, options.salt)
        there = administration.state(engine, timelock, operation.operation_id) is not OperationState.UNSET
        return operation if there else None
    for proposal in read_proposals(engine, timelock, first_block=options.first_block):
        found = proposal.operation
        if proposal.open and found and (found.calls, found.predecessor) == (calls, NO_PREDECESSOR):
            return found
    return None


def _foresee(engine: Engine, timelock: str, operation: Operation, pins: Pins, *, ahead: bool) -> None:
    """Tries each call as the timelock would make it now. In a batch one may need those before it: then it is told."""
    for call in operation.calls:
        try:
            engine.call(call.to, call.data, sender=timelock)
        except CallRevertedError as error:
            reason = contract_abi.explain_revert(error.data) if error.data else str(error)
            told = f"now this would fail: {describe(call, pins.named())}: {reason}"
            if len(operation.calls) == 1 and not ahead:
                raise RegistryError(f"{told}; with --ahead it is proposed nevertheless") from error
            print(told, file=sys.stderr)


def run_proposals(options: argparse.Namespace) -> int:
    """What was proposed, oldest first; exit code 1 where an operation that was named is unknown or hidden."""
    with registries(options) as (engine, pins):
        timelock = pins.needed("timelock")
        shown = read_proposals(engine, timelock, first_block=options.first_block)
        known = {proposal.operation_id for proposal in shown}
        missing = {
            wanted: administration.state(engine, timelock, wanted)
            for wanted in options.operation
            if wanted not in known
        }
        roles = administration.timelock_roles(engine, timelock, first_block=options.first_block)
        newest = newest_block(engine)
    if options.operation:
        shown = [proposal for proposal in shown if proposal.operation_id in options.operation]
    if options.open:
        shown = [proposal for proposal in shown if proposal.open]
    report = {
        "timelock": timelock,
        "block": newest.number,
        "chain_time": newest.time_seconds,
        "proposals": [_proposal(proposal, pins.named()) for proposal in shown],
        "not_shown": {hexed(wanted): found.name.lower() for wanted, found in missing.items()},
        "rights": {right_words(TIMELOCK, role): sorted(who) for role, who in roles.items()},
        "note": NOT_PROVEN,
    }
    if options.json:
        print(json.dumps(report, indent=1))
    else:
        _print_proposals(report)
    return DOES_NOT_HOLD if missing else OK


def _print_proposals(report: dict[str, Any]) -> None:
    for proposal in report["proposals"]:
        print(f"{proposal['state']:<10}{proposal['id']}  {_when(proposal)}")
        if proposal["predecessor"] is not None:
            print(f"          after operation {proposal['predecessor']}")
        for call in proposal["calls"] or [{"words": NO_CALLS}]:
            print(f"          {call['words']}")
    for wanted, found in report["not_shown"].items():
        unknown = found == OperationState.UNSET.name.lower()
        print(f"{'unknown' if unknown else 'HIDDEN':<10}{wanted}  {_absent(found)}")
    for right, who in report["rights"].items():
        print(f"{right:<16}{', '.join(who).replace(administration.ZERO_ADDRESS, 'anybody') or 'nobody'}")
    print(f"{len(report['proposals'])} proposals up to block {report['block']}, {time_words(report['chain_time'])}")
    print(report["note"])


def _absent(found: str) -> str:
    if found == OperationState.UNSET.name.lower():
        return "the timelock does not know it"
    return f"the timelock says {found}, and the node does not show what it would do"


def _when(proposal: dict[str, Any]) -> str:
    if proposal["ready_at"] is not None:
        return (
            f"proposed in block {proposal['proposed_block']}, can be executed from {time_words(proposal['ready_at'])}"
        )
    ended = "" if proposal["ended_block"] is None else f", ended in block {proposal['ended_block']}"
    return f"proposed in block {proposal['proposed_block']}{ended}"


def _proposal(proposal: Proposal, named: Mapping[str, str]) -> dict[str, Any]:
    operation = proposal.operation
    predecessor = None if operation is None or operation.predecessor == NO_PREDECESSOR else hexed(operation.predecessor)
    return {
        "id": hexed(proposal.operation_id),
        "state": proposal.standing.value,
        "proposed_block": proposal.proposed_block,
        "ready_at": proposal.ready_at,
        "ended_block": proposal.ended_block,
        "salt": None if operation is None else hexed(operation.salt),
        "predecessor": predecessor,
        "calls": None if operation is None else _told(operation, named),
    }


def _told(operation: Operation, named: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "to": call.to,
            "contract": named.get(call.to),
            "value_wei": call.value_wei,
            "data": hexed(call.data),
            "words": describe(call, named),
        }
        for call in operation.calls
    ]


def run_execute(options: argparse.Namespace) -> int:
    """The operation, carried out."""
    signer = signer_of(options)
    with registries(options, writing=True) as (engine, pins):
        timelock, wanted = pins.needed("timelock"), options.operation
        found = administration.state(engine, timelock, wanted)
        shown = read_proposals(engine, timelock, first_block=options.first_block)
        proposal = next((one for one in reversed(shown) if one.operation_id == wanted), None)
        if found is not OperationState.READY:
            raise RegistryError(_why_not(engine, timelock, wanted, found, proposal))
        if proposal is None or proposal.operation is None:
            raise RegistryHistoryError(
                f"operation {hexed(wanted)} is ready, says the timelock, and the node does not show what it would do"
            )
        outcome = administration.execute(engine, signer, profile_for_sending(options), timelock, proposal.operation)
    calls = _told(proposal.operation, pins.named())
    _print_decision(options, "executed", outcome.block_number, calls)
    return OK


def run_cancel(options: argparse.Namespace) -> int:
    """The operation, stopped; its id is enough, also where a node hides what it would do."""
    signer = signer_of(options)
    with registries(options, writing=True) as (engine, pins):
        timelock, wanted = pins.needed("timelock"), options.operation
        found = administration.state(engine, timelock, wanted)
        try:
            shown = read_proposals(engine, timelock, first_block=options.first_block)
        except RegistryHistoryError as error:
            print(f"what is stopped can not be shown: {error}", file=sys.stderr)
            shown = []
        proposal = next((one for one in reversed(shown) if one.operation_id == wanted), None)
        if found not in (OperationState.WAITING, OperationState.READY):
            raise RegistryError(_why_not(engine, timelock, wanted, found, proposal))
        outcome = administration.cancel(engine, signer, profile_for_sending(options), timelock, wanted)
    operation = None if proposal is None else proposal.operation
    calls = [{"words": NO_CALLS}] if operation is None else _told(operation, pins.named())
    _print_decision(options, "cancelled", outcome.block_number, calls)
    return OK


def _print_decision(options: argparse.Namespace, what: str, block_number: int, calls: list[dict[str, Any]]) -> None:
    report = {"operation": hexed(options.operation), "state": what, "block": block_number, "calls": calls}
    if options.json:
        print(json.dumps(report, indent=1))
        return
    print(f"operation {report['operation']} {what} in block {block_number}")
    for call in calls:
        print(f"    {call['words']}")


def _why_not(engine: Engine, timelock: str, wanted: bytes, found: OperationState, proposal: Proposal | None) -> str:
    """Why an operation is not executed, or not cancelled."""
    name = f"operation {hexed(wanted)}"
    block = "" if proposal is None or proposal.ended_block is None else f" in block {proposal.ended_block}"
    if found is OperationState.DONE:
        return f"{name} was executed already{block}"
    if found is OperationState.WAITING:
        ready = administration.ready_at(engine, timelock, wanted)
        until = "" if ready is None else f" until {time_words(ready)}"
        newest = time_words(newest_block(engine).time_seconds)
        return f"{name} is not ready{until}, by the chain's clock; its newest block is of {newest}"
    if proposal is not None and proposal.standing is Standing.CANCELLED:
        return f"{name} was cancelled{block}"
    return f"the timelock {timelock} does not know {name}"
