"""An operation's file beside the chain, before anybody signs or sends it: what is wrong, loud. Nothing here sends."""

from __future__ import annotations

from dataclasses import dataclass

from tally_chain import contract_abi
from tally_chain.engine.interface import Block, Engine
from tally_chain.errors import CallRevertedError
from tally_chain.receipts.operation_file import OperationFile
from tally_chain.receipts.parties import parties_of
from tally_chain.receipts.plain import hexed
from tally_chain.receipts.views import Places, head_of, heads_needed
from tally_chain.registry.call_words import time_words
from tally_chain.registry.moments import newest_block
from tally_chain.registry.organisations import BoundKey, key_id_of, read_key


@dataclass(frozen=True)
class Checked:
    """What the newest block says of an operation."""

    problems: tuple[str, ...]
    """Why it would not count, or why nobody should sign it; empty where nothing is known against it."""
    expected: tuple[bytes | None, ...]
    """Which organisation must sign at each place; None where any of the right role may."""
    keys: tuple[BoundKey | None, ...]
    """Whose key has signed at each place, as the registry has it; None where nobody has, or a stranger."""
    block: Block
    complete: bool
    """Whether all have signed; only then the contract was asked whether it would carry it out."""


def check(engine: Engine, file: OperationFile, places: Places, organisations: str) -> Checked:
    """Compares a file with a chain whose contracts stand at `places`; the caller has checked them.

    1. It is for this chain, and for the contract of its kind.
    2. It is not too late by the chain's clock.
    3. The heads that it names are those of now: another operation did not come between.
    4. The places are those that the contract asks for now, and expect the organisations that must sign.
    5. Each signature is by a good key of a role that may sign there, and of that organisation.
    6. Where all have signed, the contract would carry it out.
    The word of one node on its newest block. Raises as Engine does.
    """
    block = newest_block(engine)
    kind = file.operation.about
    problems = []
    if file.chain_id != engine.identity().chain_id:
        problems.append(f"ANOTHER CHAIN: it is for chain {file.chain_id}")
    if file.contract != places.get(kind.contract):
        problems.append(f"ANOTHER CONTRACT: {file.contract} is not {kind.contract} as it is known here")
    if problems:
        nobody = (None,) * len(file.places)
        return Checked(tuple(problems), nobody, nobody, block, complete=not file.missing)
    if file.operation.deadline < block.time_seconds:
        problems.append(f"TOO LATE: it counted until {time_words(file.operation.deadline)} by the chain's clock")
    problems += _stale(engine, file, places)
    expected, wrong = _expected(engine, file, places)
    problems += wrong
    keys = tuple(
        None if place.address is None else read_key(engine, organisations, key_id_of(place.address))
        for place in file.places
    )
    for number, key in enumerate(keys):
        problems += _signed_wrongly(file, number, key, expected[number], block)
    if not file.missing:
        problems += _refused(engine, file)
    return Checked(tuple(problems), expected, keys, block, complete=not file.missing)


def _stale(engine: Engine, file: OperationFile, places: Places) -> list[str]:
    problems = []
    for name, named_by in heads_needed(file.operation.about).items():
        named, objects = file.operation.values[name], file.operation.values[named_by]
        pairs = zip(objects, named, strict=False) if isinstance(named, tuple) else [(objects, named)]
        for object_id, head in pairs:
            now = head_of(engine, places, named_by, object_id)
            if now != head:
                problems.append(f"ANOTHER HEAD: {named_by} {hexed(object_id)} is at {hexed(now)} now, not as in {name}")
    return problems


def _expected(engine: Engine, file: OperationFile, places: Places) -> tuple[tuple[bytes | None, ...], list[str]]:
    """Which organisation must sign at each place, and where the file says otherwise."""
    parties = parties_of(engine, places, file.operation)
    found = [place.organisation for place in file.places]
    problems = []
    for who, organisations in parties.items():
        here = [number for number, place in enumerate(file.places) if place.who == who]
        if len(here) != len(organisations):
            problems.append(
                f"OTHER PLACES: {len(organisations)} must sign as {who}, and the file has {len(here)} places"
            )
            continue
        for number, organisation in zip(here, organisations, strict=True):
            if found[number] not in (None, organisation):
                problems.append(f"ANOTHER PARTY: {hexed(organisation)} must sign as {who}, not whom the file expects")
            found[number] = organisation
    return tuple(found), problems


def _signed_wrongly(
    file: OperationFile, number: int, key: BoundKey | None, expected: bytes | None, block: Block
) -> list[str]:
    place, signer = file.places[number], file.signer_at(number)
    if place.address is None:
        return []
    if key is None:
        return [f"UNKNOWN KEY: {place.address}, who signed as {place.who}, is nobody's key here"]
    problems = []
    if not key.good_at(block.number, block.time_seconds):
        problems.append(f"NO GOOD KEY: {place.address}, who signed as {place.who}, is revoked or not valid now")
    if key.role not in signer.roles:
        wanted = " or ".join(role.word for role in signer.roles)
        problems.append(f"ANOTHER ROLE: {place.address} is {key.role.word}, and {place.who} must be {wanted}")
    if expected is not None and key.organisation != expected:
        problems.append(
            f"ANOTHER ORGANISATION: {place.address}, who signed as {place.who}, is of {hexed(key.organisation)}"
        )
    return problems


def _refused(engine: Engine, file: OperationFile) -> list[str]:
    try:
        engine.call(file.contract, file.operation.call_data(file.signatures))
    except CallRevertedError as error:
        return [f"REFUSED by {file.operation.about.contract}: {contract_abi.explain_revert(error.data)}"]
    return []
