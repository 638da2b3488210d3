"""A history of warehouse receipts that grows with the chain: what came since, proven to follow what was known.

    1  no contract shows fewer events than were known
    2  behind the newest known event of each contract the numbers rise by one, none left out (registry/history.py)
    3  that event stands in the same block; where newer ones came it is read again and is the same
    4  what is new stands in later blocks than what was known, and is checked as `read_history` checks it

So a reader that looks every second reads what is new, and nothing of what it knows but one event of each contract that
said something. Nothing here sends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from eth_abi.exceptions import DecodingError

from tally_chain.engine.interface import Engine, Event
from tally_chain.errors import OperationError, RegistryHistoryError
from tally_chain.receipts.history import Entry, EventReader, ReceiptHistory, events_of
from tally_chain.registry.history import ask
from tally_chain.registry.moments import newest_block
from tally_chain.registry.organisations import AdministrationChange, Registry, read_registry


def continue_history(engine: Engine, known: ReceiptHistory) -> ReceiptHistory:
    """`known` and what came since; `known` itself where nothing did but blocks. Raises as `read_history`.

    The caller has checked chain and code once, for `known`; a node that now shows another chain contradicts it.
    """
    last_block = newest_block(engine).number
    if last_block < known.last_block:
        raise RegistryHistoryError(f"the node is at block {last_block}, and had shown {known.last_block}")
    newest = {name: _known(known, name) for name in known.places}
    numbers = {name: number for name, (number, _) in newest.items()}
    fresh = {name: found for name, one in newest.items() if (found := _fresh(engine, known, name, *one))}
    if not fresh:
        # A key that was bound or revoked since counts, though none of the contracts has said anything.
        return replace(known, last_block=last_block, registry=_registry(engine, known.registry))
    reader = EventReader(engine, known.chain_id, known.places, _registry(engine, known.registry))
    for name, events in fresh.items():
        first = max(numbers[name], 1)
        for number, event in enumerate(events, first):
            try:
                reader.take(name, number, event)
            except (DecodingError, IndexError, OperationError) as error:
                raise RegistryHistoryError(f"event {number} of {name}: {error}") from error
    entries = _continued(known, known.entries, reader.entries, numbers, last_block)
    administration = _administered(known.administration, reader.administration, numbers.get("Sites", 0), last_block)
    return replace(
        known, last_block=last_block, entries=entries, administration=administration, registry=reader.registry
    )


def _known(known: ReceiptHistory, name: str) -> tuple[int, int]:
    """Number and block of the newest event of a contract that is known, 0 for none."""
    found = [(one.moment.sequence, one.moment.block_number) for one in known.entries if one.moment.contract == name]
    if name == "Sites":
        found += [(change.sequence, change.block_number) for change in known.administration]
    return max(found, default=(0, 0))


def _fresh(engine: Engine, known: ReceiptHistory, name: str, number: int, block: int) -> list[Event]:
    """The newest known event of a contract and those behind it; none where nothing is new. Step 1."""
    newest, at = cast("tuple[int, int]", ask(engine, known.places[name], name, "history", "uint64,uint64"))
    if newest < number or (newest == number and at != block):
        raise RegistryHistoryError(f"{name} has event {newest} in block {at}, and had {number} in block {block}")
    return [] if newest == number else events_of(engine, known.places[name], name, after=max(number - 1, 0))


def _registry(engine: Engine, known: Registry) -> Registry:
    """The parties, read again only where something changed."""
    newest, _ = cast("tuple[int, int]", ask(engine, known.contract, "Organisations", "history", "uint64,uint64"))
    if newest < known.sequence:
        raise RegistryHistoryError(f"the registry shows {newest} events, and had shown {known.sequence}")
    return known if newest == known.sequence else read_registry(engine, known.contract)


def _continued(
    known: ReceiptHistory, before: tuple[Entry, ...], read: Iterable[Entry], numbers: dict[str, int], last_block: int
) -> tuple[Entry, ...]:
    """Steps 3 and 4, for what contracts carried out."""
    newest = {(entry.moment.contract, entry.moment.sequence): entry for entry in before}
    fresh = []
    for entry in read:
        moment = entry.moment
        if moment.sequence <= numbers[moment.contract]:
            if newest.get((moment.contract, moment.sequence)) != entry:
                raise RegistryHistoryError(f"event {moment.sequence} of {moment.contract} is another one than before")
        elif moment.block_number <= known.last_block:
            raise RegistryHistoryError(f"event {moment.sequence} of {moment.contract} was not there when it was read")
        elif moment.block_number <= last_block:
            fresh.append(entry)
    return (*before, *sorted(fresh, key=lambda entry: (entry.moment.block_number, entry.moment.index)))


def _administered(
    before: tuple[AdministrationChange, ...], read: Iterable[AdministrationChange], number: int, last_block: int
) -> tuple[AdministrationChange, ...]:
    """Steps 3 and 4, for the right to register sites."""
    fresh = []
    for change in read:
        if change.sequence <= number:
            if change not in before:
                raise RegistryHistoryError(f"event {change.sequence} of Sites is another one than before")
        elif change.block_number <= last_block:
            fresh.append(change)
    return (*before, *fresh)
