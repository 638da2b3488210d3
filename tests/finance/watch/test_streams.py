"""A stream as it comes in: whatever the order, nothing is missing in the end, and a fork is seen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tally_chain.findings import Code
from tally_edge.statement import Statement
from tally_finance.watch.streams import MAX_RANGES, RECENT, StreamSeen
from tests.world import World


def stream(count: int) -> list[Statement]:
    world = World()
    return [world.readings((hour, hour)) for hour in range(count)]


SENT = stream(12)


def fork_at(seq: int) -> Statement:
    world = World()
    for hour in range(seq):
        world.readings((hour, hour))
    return world.readings((seq, 999))


@given(st.permutations(range(12)), st.integers(0, 11))
def test_in_any_order_with_any_repeats_all_is_there_in_the_end(order: list[int], again: int) -> None:
    seen = StreamSeen(0)
    held: set[int] = set()
    for number in [*order, again]:
        assert seen.take(SENT[number]) is None
        held.add(number)
        expected = set(range(max(held) + 1)) - held
        assert {seq for first, last in seen.missing for seq in range(first, last + 1)} == expected
        assert seen.missing_count() == len(expected)
    assert seen.missing == []


@given(st.integers(0, 11), st.booleans())
def test_another_statement_in_one_place_is_a_fork(seq: int, at_once: bool) -> None:
    seen = StreamSeen(0)
    for number, sent in enumerate(SENT):
        assert seen.take(sent) is None
        if at_once and number == seq:
            assert seen.take(fork_at(seq)) is Code.FORK
    assert seen.take(fork_at(seq)) is Code.FORK


def test_a_statement_behind_another_than_it_names_is_not_linked() -> None:
    seen = StreamSeen(0)
    assert seen.take(fork_at(0)) is None
    assert seen.take(SENT[1]) is Code.WRONG_LINK


def test_what_is_kept_is_bounded() -> None:
    seen = StreamSeen(0)
    sent = stream(RECENT + 3)
    for one in sent:
        assert seen.take(one) is None
    assert seen.take(fork_at(0)) is None, "too long ago to tell"
    assert seen.take(fork_at(5)) is Code.FORK
    jumping = StreamSeen(0)
    for one in sent[1::2]:
        jumping.take(one)
    assert len(jumping.missing) == MAX_RANGES
