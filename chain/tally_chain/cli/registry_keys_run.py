"""What `tallystick registry` does with keys and organisations: look at them as of a time, and end a key."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from typing import Any

from tally_chain import contract_abi
from tally_chain.anchoring.setup import transact
from tally_chain.cli.registry_run import DOES_NOT_HOLD, OK, hexed, registries
from tally_chain.cli.where_run import profile_for_sending, signer_of
from tally_chain.engine.interface import Block, Engine
from tally_chain.errors import CallRevertedError, RegistryError, RegistryHistoryError
from tally_chain.registry.call_words import key_words, time_words, validity_words
from tally_chain.registry.history import ask
from tally_chain.registry.moments import block_at, newest_block
from tally_chain.registry.organisations import NAME, BoundKey, Reason, Registry, key_id_of, read_key, read_registry

_ZERO = bytes(32)


def run_revoke_key(options: argparse.Namespace) -> int:
    """The key, revoked; the same revocation a second time changes nothing."""
    signer = signer_of(options)
    reason = Reason[options.reason.upper()]
    with registries(options, writing=True) as (engine, pins):
        contract, key_id = pins.needed("organisations"), options.key_id
        key = read_key(engine, contract, key_id)
        again = key is not None and key.revocation is not None
        if not (again and _same(key, reason, options.since)):
            since = _since(engine, contract, signer.address, options, reason)
            data = contract_abi.call_data(NAME, "revokeKey", key_id, int(reason), since)
            transact(engine, signer, profile_for_sending(options), contract, data)
            again, key = False, read_key(engine, contract, key_id)
    if key is None or key.revocation is None:
        raise RegistryHistoryError("the node does not show the revocation that it took")
    if options.json:
        print(json.dumps({"already_revoked": again, "key": _key(key)}, indent=1))
        return OK
    print(f"{key_words(key_id)} {'was revoked before' if again else 'revoked'}: {_revocation_words(key)}")
    return OK


def _same(key: BoundKey | None, reason: Reason, since: int | None) -> bool:
    ended = None if key is None else key.revocation
    return ended is not None and ended.reason is reason and since in (None, ended.since)


def _since(engine: Engine, contract: str, sender: str, options: argparse.Namespace, reason: Reason) -> int:
    """Since when the key is not believed: as given, else now.

    The contract refuses a time after its block's. A chain that makes blocks only for transactions stands still between
    them, and one that makes them always is a little behind this clock: the later time that it takes is the right one.
    """
    if options.since is not None:
        return int(options.since)
    now = int(time.time())
    try:
        data = contract_abi.call_data(NAME, "revokeKey", options.key_id, int(reason), now)
        engine.call(contract, data, sender=sender)
    except CallRevertedError:
        return min(now, newest_block(engine).time_seconds)
    return now


def run_vouch(options: argparse.Namespace) -> int:
    """The key, acting since when the sender does; one that acts since then already is not vouched for again."""
    signer = signer_of(options)
    with registries(options, writing=True) as (engine, pins):
        contract = pins.needed("organisations")
        own, key = (read_key(engine, contract, one) for one in (key_id_of(signer.address), options.key_id))
        again = own is not None and key is not None and _acts_alike(own, key)
        if not again:
            data = contract_abi.call_data(NAME, "vouch", options.key_id)
            transact(engine, signer, profile_for_sending(options), contract, data)
            key = read_key(engine, contract, options.key_id)
    if key is None:
        raise RegistryHistoryError("the node does not show the key that it took")
    if options.json:
        print(json.dumps({"acted_before": again, "key": _key(key)}, indent=1))
        return OK
    print(f"{key_words(options.key_id)} {'acted' if again else 'acts'} since block {key.acts_since}")
    return OK


def _acts_alike(own: BoundKey, key: BoundKey) -> bool:
    """Whether nothing is left to vouch for; a key of another organisation is for the contract to refuse."""
    same = (own.organisation, own.role) == (key.organisation, key.role)
    return same and own.key_id != key.key_id and key.revocation is None and key.acts_since <= own.acts_since


def run_key(options: argparse.Namespace) -> int:
    """A key from the proven history; exit code 1 when it is unknown, not good, or not believed at that time."""
    with registries(options) as (engine, pins):
        contract = pins.needed("organisations")
        registry, told = _proven_key(engine, contract, options.key_id)
        moment = newest_block(engine) if options.at is None else block_at(engine, options.at)
        at = moment.time_seconds if options.at is None else options.at
        if options.at is None and told is not None:
            (owner,) = ask(engine, contract, NAME, "organisationOf", "bytes32", told.key_id, int(told.role))
            good = believed = owner != _ZERO
        else:
            good = told is not None and told.good_at(moment.number, at)
            believed = told is not None and told.believed_at(moment.number, at)
    report: dict[str, Any] = {"contract": contract, "events": registry.sequence, "key": None}
    if told is not None:
        report["key"] = _key(told) | {"at": _at(moment, at), "good": good, "believed": believed}
    if options.json:
        print(json.dumps(report, indent=1))
    elif told is None:
        print(f"{key_words(options.key_id)} was never bound ({registry.sequence} events, none missing)")
    else:
        print(f"{key_words(told.key_id)} of organisation {hexed(told.organisation)} as {told.role.word}")
        print(f"    valid {validity_words(told.valid_from, told.valid_until)}")
        since = "" if told.acts_since == told.bound_block else f", acts since block {told.acts_since}"
        print(f"    bound {time_words(told.bound_at)}, block {told.bound_block}{since}")
        if told.revocation is not None:
            print(f"    revoked: {_revocation_words(told)}")
        print(f"    {_verdict(good=good, believed=believed)} {_moment_words(moment, at, given=options.at is not None)}")
        print(f"    from {registry.sequence} events, none missing")
    return OK if believed else DOES_NOT_HOLD


def _proven_key(engine: Engine, contract: str, key_id: bytes) -> tuple[Registry, BoundKey | None]:
    """The key from the whole history, which must say what the contract says; a block may come in between once."""
    for left in (1, 0):
        registry = read_registry(engine, contract)
        proven, told = registry.keys.get(key_id), read_key(engine, contract, key_id)
        if _bare(proven) == _bare(told):
            return registry, proven
        if left == 0:
            raise RegistryHistoryError(f"the contract says something else about {key_words(key_id)} than its history")
    raise AssertionError


def _bare(key: BoundKey | None) -> BoundKey | None:
    """Without what events alone say: their numbers, their places in blocks, and how often a key was vouched for."""
    if key is None:
        return None
    ended = None if key.revocation is None else replace(key.revocation, sequence=0, index=0)
    return replace(key, sequence=0, revocation=ended, vouchings=())


def run_organisation(options: argparse.Namespace) -> int:
    """An organisation and its keys from the proven history; exit code 1 when it is not registered by then."""
    with registries(options) as (engine, pins):
        registry = read_registry(engine, pins.needed("organisations"))
        moment = newest_block(engine) if options.at is None else block_at(engine, options.at)
    at = moment.time_seconds if options.at is None else options.at
    found = registry.organisations.get(options.organisation)
    if found is not None and found.block_number > moment.number:
        found = None
    keys = sorted(registry.keys.values(), key=lambda key: key.sequence)
    rows = [
        _key(key) | {"good": key.good_at(moment.number, at), "believed": key.believed_at(moment.number, at)}
        for key in keys
        if key.organisation == options.organisation and key.bound_block <= moment.number
    ]
    report = {
        "contract": registry.contract,
        "events": registry.sequence,
        "at": _at(moment, at),
        "organisation": None
        if found is None
        else {
            "id": hexed(found.organisation),
            "commitment": hexed(found.commitment),
            "block": found.block_number,
            "keys": rows,
        },
    }
    if options.json:
        print(json.dumps(report, indent=1))
    elif found is None:
        print(
            f"organisation {hexed(options.organisation)} is not registered ({registry.sequence} events, none missing)"
        )
    else:
        print(f"organisation {hexed(found.organisation)}, registered in block {found.block_number}")
        print(f"    commitment {hexed(found.commitment)}")
        for row in rows:
            verdict = _verdict(good=row["good"], believed=row["believed"])
            validity = validity_words(row["valid_from"], row["valid_until"])
            print(f"    {key_words(bytes.fromhex(row['id'][2:]))} as {row['role']}, {validity}: {verdict}")
        print(f"    {_moment_words(moment, at, given=options.at is not None)}")
        print(f"    from {registry.sequence} events, none missing")
    return OK if found is not None else DOES_NOT_HOLD


def _verdict(*, good: bool, believed: bool) -> str:
    if not good:
        return "not good"
    return "good" if believed else "good, and not believed in hindsight"


def _moment_words(moment: Block, at: int, *, given: bool) -> str:
    if not given:
        return f"now, after block {moment.number}"
    return f"at {time_words(at)}, after block {moment.number} of {time_words(moment.time_seconds)}"


def _at(moment: Block, at: int) -> dict[str, int]:
    return {"time": at, "block": moment.number, "block_time": moment.time_seconds}


def _key(key: BoundKey) -> dict[str, Any]:
    ended = key.revocation
    return {
        "id": hexed(key.key_id),
        "organisation": hexed(key.organisation),
        "role": key.role.word,
        "valid_from": key.valid_from,
        "valid_until": key.valid_until,
        "bound_at": key.bound_at,
        "bound_block": key.bound_block,
        "acts_since": key.acts_since,
        "revocation": None
        if ended is None
        else {
            "reason": ended.reason.name.lower(),
            "at": ended.at,
            "since": ended.since,
            "block": ended.block_number,
        },
    }


def _revocation_words(key: BoundKey) -> str:
    ended = key.revocation
    if ended is None:
        raise RegistryError("the key is not revoked")
    since = time_words(ended.since)
    return (
        f"{ended.reason.name.lower()}, {time_words(ended.at)}, block {ended.block_number}; not believed since {since}"
    )
