"""Histories that nodes make up: endless, slow, cut short; for anchors and for the registries alike."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from eth_abi.abi import encode

from tally_chain.anchoring import contract as abi
from tally_chain.anchoring.reading import read_anchors
from tally_chain.engine import history
from tally_chain.engine.history import MOST_EVENTS, Numbered, NumberedEvents, walk
from tally_chain.engine.interface import Block, Event
from tally_chain.errors import AnchorHistoryError, HistoryTooLongError, RegistryHistoryError
from tally_chain.registry import organisations
from tally_chain.registry.history import read_events
from tests.chain.anchoring.engines import Around
from tests.chain.contracts.stage import OWNER, Stage
from tests.chain.registry.parties import parties_on

CONTRACT = "0x" + "00" * 19 + "01"
ZERO = "0x" + "00" * 20
_HEAD = "(uint64,bytes32,uint64,uint64,uint32,address,address,address,bytes32,bytes32,bool)"


class Fabricator:
    """A node that makes up a consistent history of `count` anchors, one in each block."""

    def __init__(self, count: int, size: int | None = None) -> None:
        self.count, self.size, self.shown = count, 2 * count if size is None else size, 0

    def call(self, *_: object, **__: object) -> bytes:
        people = (OWNER.address, OWNER.address, ZERO)
        head = (self.size, b"\1" * 32, 0, self.count, self.count, *people, bytes(32), bytes(32), False)
        return bytes(encode([_HEAD], [head]))

    def events(self, _: str, __: object, first: int, last: int) -> list[Event]:
        self.shown += last - first + 1
        return [self.event(number) for number in range(max(1, first), last + 1)]

    def event(self, number: int) -> Event:
        before = number - 1
        data = bytes(encode(["uint64", "bytes32", "uint64", "uint64"], [2 * number, b"\1" * 32, 2 * before, before]))
        topics = (abi.ANCHORED_TOPIC, bytes(32), number.to_bytes(32, "big"))
        return Event(CONTRACT, topics, data, number, bytes([2]) * 32, number.to_bytes(32, "big"), 0)

    def block(self, number: int) -> Block:
        return Block(number, bytes([2]) * 32, b"\2" * 32, 1)


def test_a_history_that_is_made_up_without_end_is_not_read() -> None:
    node: Any = Fabricator(2**31)
    with pytest.raises(HistoryTooLongError, match="read at most"):
        read_anchors(node, CONTRACT, bytes(32))
    assert node.shown == 0
    assert len(read_anchors(node, CONTRACT, bytes(32), after_sequence=2**31 - 5)) == 5


def test_more_heads_than_entries_are_none() -> None:
    node: Any = Fabricator(100, size=99)
    with pytest.raises(AnchorHistoryError, match="can not have grown"):
        read_anchors(node, CONTRACT, bytes(32))


def test_what_is_kept_of_a_long_history_is_small() -> None:
    node: Any = Fabricator(4_000)
    read_anchors(node, CONTRACT, bytes(32), after_sequence=3_990)
    tracemalloc.start()
    try:
        anchors = read_anchors(node, CONTRACT, bytes(32))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(anchors) == 4_000
    assert kept / len(anchors) < 520
    assert MOST_EVENTS * 520 < 600e6


def test_a_history_that_drips_is_given_up() -> None:
    node: Any = Fabricator(1_000)
    now = [0.0]

    def slow() -> float:
        now[0] += 30
        return now[0]

    def read(event: Event) -> Numbered[None]:
        number = int.from_bytes(event.topics[2], "big")
        return Numbered(event, number, number - 1, None)

    kind = NumberedEvents(CONTRACT, (), read, "anchor", AnchorHistoryError)
    with pytest.raises(HistoryTooLongError, match="were read in"):
        list(walk(node, kind, (1_000, 1_000), span_blocks=1, monotonic=slow))
    assert node.shown < 10
    steady = iter([0.0, *(0.9 * number for number in range(10**6))])
    assert len(list(walk(node, kind, (1_000, 1_000), span_blocks=1, monotonic=steady.__next__))) == 1_000
    late = iter([0.0, *(1.0 + history.MOST_SECONDS for _ in range(10))])
    with pytest.raises(HistoryTooLongError):
        list(walk(node, kind, (1_000, 1_000), monotonic=late.__next__))


class _FirstBlocks(Around):
    """FISCO BCOS shows the first ten blocks of a range, whatever was asked."""

    def events(self, address: str, topics: Any, first_block: int, last_block: int) -> list[Event]:
        return list(self.inner.events(address, topics, first_block, min(last_block, first_block + 9)))


class _None(Around):
    def events(self, *_: object) -> list[Event]:
        return []


def test_the_history_of_a_registry_is_whole_though_the_node_truncates(embedded: Stage) -> None:
    parties = parties_on(embedded)
    topics = organisations._TOPICS
    whole = read_events(embedded.engine, parties.at.organisations, "Organisations", topics)
    for _ in range(15):
        embedded.registered()
    parties.organisation()
    node: Any = _FirstBlocks(embedded.engine)
    found = read_events(node, parties.at.organisations, "Organisations", topics)
    assert len(found) == len(whole) + 1
    silent: Any = _None(embedded.engine)
    with pytest.raises(RegistryHistoryError, match="shows no event"):
        read_events(silent, parties.at.organisations, "Organisations", topics)
