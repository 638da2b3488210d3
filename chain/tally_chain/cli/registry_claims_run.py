"""What `tallystick registry` does for registrars and claimants on a chain: countersign, claim, hand over, look."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tally_chain import contract_abi
from tally_chain.anchoring.keys import open_keystore
from tally_chain.anchoring.setup import transact
from tally_chain.cli.registry_names_run import show
from tally_chain.cli.registry_run import OK, hexed, registries
from tally_chain.cli.where_run import profile_for_sending, signer_of
from tally_chain.engine.interface import Engine
from tally_chain.errors import RegistryError
from tally_chain.registry import claims, countersignature_file, namespace_key
from tally_chain.registry.call_words import time_words
from tally_chain.registry.claims import ClaimHistory, ClaimState, Countersignable, Holding, NamespaceEntry
from tally_chain.registry.countersignature_file import Countersignature
from tally_chain.registry.history import ask
from tally_chain.registry.moments import newest_block
from tally_chain.registry.organisations import NAME as ORGANISATIONS
from tally_chain.registry.organisations import key_id_of, read_key
from tally_chain.registry.pins import Pins
from tally_chain.registry.roles import KeyRole
from tally_edge import passphrase
from tally_edge.errors import ConfigError

# Long enough for the claimant's own signatures, short enough that a forgotten countersignature is worth nothing.
DEFAULT_DEADLINE_SECONDS = 7 * 86_400


def run_countersign(options: argparse.Namespace) -> int:
    """A countersignature in a file; refused where the contract would refuse it."""
    if (options.digest is None) is (options.what == "claim"):
        raise ConfigError("a claim is countersigned with --digest, a release without")
    if options.out.exists():
        raise ConfigError(f"{options.out} exists already")
    key = open_keystore(options.key, lambda: passphrase.read(options.passphrase_file))
    space = namespace_key.open_file(options.namespace_key, lambda: passphrase.read(options.namespace_passphrase_file))
    thing = space.nullifier(options.issuer, *options.number)
    with registries(options) as (engine, pins):
        organisations, contract = pins.needed("organisations"), pins.needed("claims")
        rules = _may_countersign(engine, organisations, contract, space.namespace_id, key.address)
        found = claims.read_claim(engine, contract, space.namespace_id, thing)
        _can_be_done(engine, organisations, rules, found, options)
        chain_id = engine.identity().chain_id
    what = Countersignable(
        chain_id,
        contract,
        space.namespace_id,
        thing,
        options.organisation,
        found.rounds + (options.what == "claim"),
        int(time.time()) + DEFAULT_DEADLINE_SECONDS if options.deadline is None else options.deadline,
        options.digest,
    )
    made = Countersignature(what, claims.countersign(key, what))
    with options.out.open("x", encoding="utf-8") as file:
        file.write(countersignature_file.encode(made))
    report = {
        "file": str(options.out),
        "what": options.what,
        "namespace": hexed(space.namespace_id),
        "nullifier": hexed(thing),
        "organisation": hexed(options.organisation),
        "round": what.round,
        "deadline": what.deadline,
    }
    return show(options, report)


def _may_countersign(
    engine: Engine, organisations: str, contract: str, namespace: bytes, address: str
) -> NamespaceEntry:
    """The namespace on the chain. Raises RegistryError unless this address countersigns in it now."""
    rules = claims.read_namespace(engine, contract, namespace)
    if rules is None:
        raise RegistryError(f"namespace {hexed(namespace)} was never opened on this chain")
    role = int(KeyRole.REGISTRY_ADMIN)
    (owner,) = ask(engine, organisations, ORGANISATIONS, "organisationOf", "bytes32", key_id_of(address), role)
    if owner != rules.registrar:
        raise RegistryError(
            f"{address} is no good key of role registry-admin of the namespace's registrar {hexed(rules.registrar)}"
        )
    return rules


def _can_be_done(
    engine: Engine, organisations: str, rules: NamespaceEntry, found: ClaimState, options: argparse.Namespace
) -> None:
    """Raises RegistryError where the contract would refuse the claim, or the release, whoever countersigned it."""
    (registered,) = ask(engine, organisations, ORGANISATIONS, "commitmentOf", "bytes32", options.organisation)
    if registered == bytes(32):
        raise RegistryError(f"organisation {hexed(options.organisation)} is not registered")
    if options.what == "claim" and found.holder is not None:
        raise RegistryError(f"this thing is claimed by organisation {hexed(found.holder)} since {_since(found)}")
    if options.what == "release":
        if not rules.releasable:
            raise RegistryError("claims of this namespace are final: none is released")
        if found.holder != options.organisation:
            holder = "nobody" if found.holder is None else f"organisation {hexed(found.holder)}"
            raise RegistryError(f"this thing is claimed by {holder}, not by {hexed(options.organisation)}")


def _since(found: ClaimState) -> str:
    return f"{time_words(found.claimed_at)}, block {found.claimed_block}"


def run_claim(options: argparse.Namespace) -> int:
    """The claim, made; a claim that lives already is not sent again."""
    made = _countersignature(options.file, release=False)
    signer, what = signer_of(options), made.what
    with registries(options, writing=True) as (engine, pins):
        contract = _same_place(engine, pins, what, signer.address)
        arguments = (what.namespace, what.nullifier, what.digest, what.deadline, made.signature)
        found = claims.read_claim(engine, contract, what.namespace, what.nullifier)
        again = (found.holder, found.digest) == (what.organisation, what.digest)
        if not again:
            data = contract_abi.call_data(claims.NAME, "claim", *arguments)
            transact(engine, signer, profile_for_sending(options), contract, data)
        found = claims.read_claim(engine, contract, what.namespace, what.nullifier)
    return show(options, {"already_claimed": again, **_state(what.namespace, what.nullifier, found)})


def run_release(options: argparse.Namespace) -> int:
    """The claim, given up."""
    made = _countersignature(options.file, release=True)
    signer, what = signer_of(options), made.what
    with registries(options, writing=True) as (engine, pins):
        contract = _same_place(engine, pins, what, signer.address)
        arguments = (what.namespace, what.nullifier, what.deadline, made.signature)
        data = contract_abi.call_data(claims.NAME, "release", *arguments)
        transact(engine, signer, profile_for_sending(options), contract, data)
        found = claims.read_claim(engine, contract, what.namespace, what.nullifier)
    return show(options, _state(what.namespace, what.nullifier, found))


def _countersignature(path: Path, *, release: bool) -> Countersignature:
    with path.open("rb") as file:
        made = countersignature_file.decode(file.read(countersignature_file.MAX_FILE_BYTES + 1))
    if made.release is not release:
        raise RegistryError(f"{path} countersigns a {'release' if made.release else 'claim'}")
    return made


def _same_place(engine: Engine, pins: Pins, what: Countersignable, sender: str) -> str:
    """The contract. Raises RegistryError where the countersignature is for another one, another chain, or somebody."""
    contract = pins.needed("claims")
    if (what.contract, what.chain_id) != (contract, engine.identity().chain_id):
        raise RegistryError(f"the countersignature is for contract {what.contract} on chain {what.chain_id}")
    key = read_key(engine, pins.needed("organisations"), key_id_of(sender))
    if key is None or key.organisation != what.organisation:
        whose = "no organisation" if key is None else f"organisation {hexed(key.organisation)}"
        raise RegistryError(f"the countersignature is for organisation {hexed(what.organisation)}, the key of {whose}")
    return contract


def run_offer(options: argparse.Namespace) -> int:
    """The offer, or its end."""

    def arguments(engine: Engine) -> tuple[object, ...]:
        if options.withdraw:
            return bytes(32), 0
        # A node may try the call in the newest block itself, which then is none before it.
        today = max(0, newest_block(engine).number - 1)
        return options.to, today if options.takers_since is None else options.takers_since

    return _call(options, "offer", arguments)


def run_accept(options: argparse.Namespace) -> int:
    """The claim, taken over."""
    return _call(options, "accept", lambda _: ())


def _call(options: argparse.Namespace, function: str, arguments: Callable[[Engine], tuple[object, ...]]) -> int:
    signer, namespace, nullifier = signer_of(options), options.namespace, options.nullifier
    with registries(options, writing=True) as (engine, pins):
        contract = pins.needed("claims")
        data = contract_abi.call_data(claims.NAME, function, namespace, nullifier, *arguments(engine))
        transact(engine, signer, profile_for_sending(options), contract, data)
        found = claims.read_claim(engine, contract, namespace, nullifier)
    return show(options, _state(namespace, nullifier, found))


def _state(namespace: bytes, nullifier: bytes, found: ClaimState) -> dict[str, Any]:
    return {
        "namespace": hexed(namespace),
        "nullifier": hexed(nullifier),
        "holder": None if found.holder is None else hexed(found.holder),
        "digest": None if found.digest is None else hexed(found.digest),
        "offered_to": None if found.offered_to is None else hexed(found.offered_to),
        "claimed_at": found.claimed_at or None,
        "claimed_block": found.claimed_block or None,
        "rounds": found.rounds,
        "held_since": found.held_since or None,
        "takers_since": found.takers_since or None,
    }


def run_claims(options: argparse.Namespace) -> int:
    """Namespaces and claims, from the proven history."""
    with registries(options) as (engine, pins):
        contract = pins.needed("claims")
        history = claims.read_claims(engine, contract, pins.needed("organisations"))
        things = [
            (namespace, nullifier)
            for namespace, nullifier in history.holdings
            if options.nullifier in (None, nullifier) and options.namespace in (None, namespace)
        ]
    spaces = [space for space in history.namespaces.values() if options.namespace in (None, space.namespace)]
    report: dict[str, Any] = {
        "contract": contract,
        "events": history.sequence,
        "namespaces": [_namespace(space) for space in spaces],
        "claims": [_thing(history, thing) for thing in things],
    }
    if options.json:
        print(json.dumps(report, indent=1))
        return OK
    for space in report["namespaces"]:
        rules = "releasable" if space["releasable"] else "final"
        moves = "transferable" if space["transferable"] else "not transferable"
        print(f"namespace {space['id']}: for role {space['claimant_role']}, {rules}, {moves}")
        print(f"    registrar {space['registrar']}")
    for thing in report["claims"]:
        _print_thing(thing)
    if options.nullifier is not None and not things:
        print(f"{hexed(options.nullifier)} was never claimed")
    print(f"from {history.sequence} events, none missing")
    return OK


def _print_thing(thing: dict[str, Any]) -> None:
    holder = "free" if thing["holder"] is None else f"held by {thing['holder']}"
    print(f"nullifier {thing['nullifier']}: {holder}")
    for held in thing["holdings"]:
        until = "now" if held["until_block"] is None else f"block {held['until_block']}"
        print(f"    round {held['round']}, block {held['from_block']} to {until}: {held['holder']}")
    if thing["offered_to"] is not None:
        print(f"    offered to {thing['offered_to']}")


def _namespace(space: NamespaceEntry) -> dict[str, Any]:
    return {
        "id": hexed(space.namespace),
        "registrar": hexed(space.registrar),
        "claimant_role": space.claimant_role.word,
        "releasable": space.releasable,
        "transferable": space.transferable,
    }


def _thing(history: ClaimHistory, thing: tuple[bytes, bytes]) -> dict[str, Any]:
    holder, offered_to = history.holder(*thing), history.offers.get(thing)
    return {
        "namespace": hexed(thing[0]),
        "nullifier": hexed(thing[1]),
        "holder": None if holder is None else hexed(holder),
        "offered_to": None if offered_to is None else hexed(offered_to),
        "holdings": [_holding(held) for held in history.holdings[thing]],
    }


def _holding(held: Holding) -> dict[str, Any]:
    return {
        "holder": hexed(held.holder),
        "digest": hexed(held.digest),
        "round": held.round,
        "from_block": held.from_block,
        "until_block": held.until_block,
        "held_since": held.held_since,
    }
