"""Holes and forks of a stream, and how a log grows: the pieces of the console that only count."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tally_gateway.console.growth import Growth
from tally_gateway.console.sentences import both
from tally_gateway.console.sequence import MAX_HOLES, Sequence
from tally_gateway.console.stash import KEPT_S, MAX_EACH_PERSON, Stash
from tally_gateway.errors import ApiError


@given(st.lists(st.integers(0, 40), unique=True), st.integers(0, 20))
def test_holes_are_what_is_missing_below_the_newest_in_whatever_order_it_came(order: list[int], counted: int) -> None:
    """Some are found when the log is counted, the rest come one by one: the same as a set of numbers says."""
    early, late = order[:counted], order[counted:]
    sequence = Sequence()
    if early:
        sequence.note_range(0, max(early), sorted(early))
    for seq in late:
        sequence.note(seq)
    have = set(order)
    missing = {seq for first, last in sequence.holes for seq in range(first, last + 1)}
    assert sequence.next_seq == max(have, default=-1) + 1
    assert missing == set(range(sequence.next_seq)) - have
    assert sequence.missing == len(missing)
    assert sequence.holes == sorted(sequence.holes)
    assert sequence.forks == 0


def test_a_second_statement_in_one_place_is_a_fork_and_a_filled_hole_is_none() -> None:
    sequence = Sequence()
    for seq in (0, 1, 4, 2):
        sequence.note(seq)
    assert (sequence.holes, sequence.forks) == ([(3, 3)], 0)
    sequence.note(1)
    assert sequence.forks == 1


def test_a_stream_of_nothing_but_holes_keeps_a_bounded_list() -> None:
    sequence = Sequence()
    for seq in range(0, 4 * MAX_HOLES, 2):
        sequence.note(seq)
    assert len(sequence.holes) == MAX_HOLES
    assert sequence.overflowed


def test_growth_keeps_a_point_a_minute_and_knows_when_a_size_was_reached() -> None:
    growth = Growth()
    assert growth.per_hour(0) is None
    for at in range(6_000, 6_600, 10):
        growth.note(at, at - 5_999)
    assert len(growth.points) == 10
    assert growth.points[-1] == (6_590, 591)
    assert growth.per_hour(6_590) == 3_600  # one a second
    assert growth.reached_at(1) is None
    assert growth.reached_at(100) == 6_110
    assert growth.reached_at(9_999) is None


def test_an_upload_is_kept_for_its_owner_alone_and_not_for_long() -> None:
    now = [0.0]
    stash = Stash(lambda: now[0], max_bytes=100)
    key = stash.put("a", "list", 1, 10)
    assert stash.get("a", "list", key) == 1
    for owner, kind, asked in (("b", "list", key), ("a", "file", key), ("a", "list", "x")):
        assert _is_gone(stash, owner, kind, asked)
    stash.put("b", "list", 2, 95)
    assert _is_gone(stash, "a", "list", key)
    mine = [stash.put("c", "list", number, 1) for number in range(MAX_EACH_PERSON + 1)]
    assert _is_gone(stash, "c", "list", mine[0])
    assert stash.get("c", "list", mine[1]) == 1
    now[0] = KEPT_S + 1
    assert _is_gone(stash, "c", "list", mine[1])


def _is_gone(stash: Stash, owner: str, kind: str, key: str) -> bool:
    try:
        stash.get(owner, kind, key)
    except ApiError as error:
        return error.status == 404
    return False


def test_what_programs_say_is_said_in_chinese_where_it_is_known() -> None:
    assert both("unit is empty").chinese == "unit 为空"
    assert both("'kw' is not one of kWh, m3").chinese == "'kw' 不在可选值之列：kWh, m3"
    assert both("the disk is nearly full: 12 MB free; nothing is taken").chinese.startswith("磁盘将满，仅剩 12 MB")
    assert both("something new").chinese == "something new"
