"""The whole history of a contract that numbers its events (History.sol), proven complete. Nothing here sends."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import cast

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from tally_chain import contract_abi
from tally_chain.engine.history import DEFAULT_SPAN_BLOCKS, Numbered, NumberedEvents, walk
from tally_chain.engine.interface import Engine, Event
from tally_chain.errors import CallRevertedError, ForeignContractError, RegistryHistoryError


def check_code(engine: Engine, contract: str, name: str) -> None:
    """Raises ForeignContractError unless the code of the committed artefact `name` stands at the address."""
    code = engine.code(contract)
    if not code:
        raise ForeignContractError(f"no contract at {contract}")
    artefact = contract_abi.load(name)
    if not artefact.is_code(code):
        raise ForeignContractError(f"the code at {contract} is not {name} as compiled by {artefact.compiler}")


def ask(engine: Engine, contract: str, name: str, function: str, answer: str, *arguments: object) -> tuple[object, ...]:
    """Calls a view and decodes its answer, a comma-separated list of types.

    Raises RegistryHistoryError for an answer that is not of these types, and CallRevertedError as the engine does.
    """
    output = engine.call(contract, contract_abi.call_data(name, function, *arguments))
    try:
        return tuple(decode(_types(answer), output))
    except DecodingError as error:
        raise RegistryHistoryError(f"the answer of {function} at {contract} does not decode: {error}") from error


def _types(answer: str) -> list[str]:
    """Splits at the commas that stand outside of tuples."""
    types, depth = [""], 0
    for char in answer:
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            types.append("")
        else:
            types[-1] += char
    return types


def read_events(
    engine: Engine,
    contract: str,
    name: str,
    topics: Collection[bytes],
    *,
    block_words: Mapping[bytes, int] = MappingProxyType({}),
    after: int = 0,
    span_blocks: int = DEFAULT_SPAN_BLOCKS,
) -> list[Event]:
    """Every numbered event of a contract behind number `after`, oldest first; `topics`: first topics of all numbered.

    1. `history` names the newest number and its block; the newest event must stand there.
    2. Each event names the block of the one before; numbers fall by one until 1, whose block before is 0.
    The number is the event's second topic. The block before is the last word of its data, or for topics in
    `block_words` that one, counted from 0: what has no fixed length stands behind the words. Raises
    RegistryHistoryError where the node's events do not add up, for instance when it truncates in silence, and
    HistoryTooLongError as `walk`.
    """
    try:
        newest = ask(engine, contract, name, "history", "uint64,uint64")
    except CallRevertedError as error:
        raise RegistryHistoryError(f"{contract} has no history: {error}") from error

    def read(event: Event) -> Numbered[None] | None:
        if not event.topics or event.topics[0] not in topics:
            return None
        return _numbered(event, block_words.get(event.topics[0], len(event.data) // 32 - 1))

    # Without a filter: what OpenZeppelin says beside them, without a number, is passed over here.
    kind = NumberedEvents(contract, (), read, "event", RegistryHistoryError)
    walked = walk(engine, kind, cast("tuple[int, int]", newest), after=after, span_blocks=span_blocks)
    return [found.event for found in walked][::-1]


def _numbered(event: Event, word: int) -> Numbered[None]:
    before = event.data[32 * word : 32 * word + 32]
    if len(event.topics) < 2 or len(before) != 32:
        raise RegistryHistoryError("a numbered event without a number or without the block before")
    return Numbered(event, int.from_bytes(event.topics[1], "big"), int.from_bytes(before, "big"), None)
