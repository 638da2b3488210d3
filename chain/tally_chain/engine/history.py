"""The history of a contract that numbers its events, walked from the newest to the first. Nothing here sends.

Each event has a running number and names the block of the one before, so a node can neither leave one out nor put one
in without contradicting the newest number, which the contract itself says. What a node makes up from there on, number
and all, can still be endless: it is bounded in number and in time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from tally_chain.engine.interface import Engine, Event
from tally_chain.errors import ChainError, HistoryTooLongError

# Blocks that are asked for at once where events stand close together; the engine pages further where needed.
DEFAULT_SPAN_BLOCKS = 1_000
# What remains of a page where a node shows only its first blocks and keeps silent about the others (FISCO BCOS shows
# ten): the pages are asked for from their end, so that a block that is missed is asked for by itself.
TRUNCATED_SPAN_BLOCKS = 10
# Nineteen years of one anchor every ten minutes, three of one every hundred seconds; some 400 MB of anchors.
MOST_EVENTS = 1_000_000
# A far node with ten blocks a page needs half a second for an event; one that is slower all the time drips on purpose.
FIRST_SECONDS = 120.0
SECONDS_FOR_EVENT = 1.0
# However steadily it comes.
MOST_SECONDS = 4 * 3600.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Numbered(Generic[T]):
    """An event, its number, the block of the one before it, and what the caller decoded from it."""

    event: Event
    number: int
    previous_block: int
    decoded: T


@dataclass(frozen=True)
class NumberedEvents(Generic[T]):
    """Where the events are. `read` decodes one, None for those without a number; `what` names one in texts.

    `fails` is raised where the node's events do not add up.
    """

    contract: str
    topics: Sequence[bytes | None]
    read: Callable[[Event], Numbered[T] | None]
    what: str
    fails: type[ChainError]


def walk(
    engine: Engine,
    kind: NumberedEvents[T],
    newest: tuple[int, int],
    *,
    after: int = 0,
    span_blocks: int = DEFAULT_SPAN_BLOCKS,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[Numbered[T]]:
    """The events with numbers > `after`, newest first. `newest` is number and block, as the contract says them.

    1. The newest event must stand in the block that the contract names, each other in the one that the next names.
    2. Numbers fall by one down to `after`, so none is left out; the first names block 0 before it.
    Raises `kind.fails` where that does not hold, HistoryTooLongError beyond the bounds above.
    """
    number, block_number = newest
    if number - after > MOST_EVENTS:
        raise HistoryTooLongError(f"{number - after} events are said to exist, {MOST_EVENTS} are read at most")
    began = monotonic()
    while number > after:
        passed, read = monotonic() - began, newest[0] - number
        if passed > min(FIRST_SECONDS + SECONDS_FOR_EVENT * read, MOST_SECONDS):
            raise HistoryTooLongError(f"{read} of {newest[0] - after} events were read in {passed:.0f} s")
        first = max(0, block_number - span_blocks + 1)
        page = _by_number(kind, engine.events(kind.contract, kind.topics, first, block_number))
        if number not in page and span_blocks > TRUNCATED_SPAN_BLOCKS:
            span_blocks = TRUNCATED_SPAN_BLOCKS
            continue
        if number not in page:
            raise kind.fails(f"the node shows no {kind.what} {number} in block {block_number}")
        while number > after and number in page:
            found = page[number]
            if found.event.block_number != block_number:
                shown = f"shown in block {found.event.block_number}, and named in block {block_number}"
                raise kind.fails(f"{kind.what} {number} is {shown}")
            if number == 1 and found.previous_block != 0:
                raise kind.fails(f"the first {kind.what} names one before it")
            yield found
            number, block_number = number - 1, found.previous_block


def _by_number(kind: NumberedEvents[T], events: Sequence[Event]) -> dict[int, Numbered[T]]:
    page: dict[int, Numbered[T]] = {}
    for event in events:
        found = kind.read(event)
        if found is None:
            continue
        if found.number in page:
            raise kind.fails(f"the node shows {kind.what} {found.number} twice")
        page[found.number] = found
    return page
