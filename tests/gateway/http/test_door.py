"""Who is let in when there is no room: decisions without sockets."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from tally_gateway.http.counters import HttpCounters
from tally_gateway.http.door import Door, HttpLimits
from tally_gateway.intake.admission import address_key

LIMITS = HttpLimits(sockets=8, sockets_per_address=3)


@dataclass(eq=False)
class Caller:
    """A Visitor that answers as it is told."""

    address: str
    since_s: float = 0
    busy: bool = False
    late: bool = False
    dropped: list[float] = field(default_factory=list)

    def waited_s(self, now_s: float) -> float | None:
        return None if self.busy else now_s - self.since_s

    def overdue(self, now_s: float) -> bool:
        return self.late

    def drop(self) -> None:
        self.dropped.append(1)


def filled(*callers: Caller) -> tuple[Door, HttpCounters]:
    counters = HttpCounters()
    door = Door(LIMITS, counters)
    for caller in callers:
        assert door.enter(caller, 100)
    return door, counters


def test_one_address_pushes_out_its_own_and_nobody_else() -> None:
    stranger = [Caller("192.0.2.1", since_s) for since_s in (7, 5, 9)]
    honest = Caller("192.0.2.2", 1)
    door, counters = filled(*stranger, honest)
    for number in range(20):
        assert door.enter(Caller("192.0.2.1", 10 + number), 100)
    assert [len(one.dropped) for one in (*stranger, honest)] == [1, 1, 1, 0]
    assert (len(door), counters.pushed_out) == (4, 20)


def test_a_full_house_drops_the_longest_waiting_of_the_largest_crowd() -> None:
    crowd = [Caller("192.0.2.1", since_s) for since_s in (50, 40, 60)]
    pair = [Caller("192.0.2.2", 1), Caller("192.0.2.2", 2)]
    singles = [Caller(f"192.0.2.{number}", 0) for number in (3, 4, 5)]
    door, _ = filled(*crowd, *pair, *singles)
    assert door.enter(Caller("192.0.2.6", 100), 100)
    assert [len(one.dropped) for one in (*crowd, *pair, *singles)] == [0, 1, 0, 0, 0, 0, 0, 0]


def test_a_request_under_way_is_never_dropped_for_another() -> None:
    door, counters = filled(*(Caller(f"192.0.2.{number}", busy=True) for number in range(LIMITS.sockets)))
    assert not door.enter(Caller("198.51.100.1"), 100)
    assert (len(door), counters.refused, counters.pushed_out) == (LIMITS.sockets, 1, 0)


def test_a_proxy_on_this_machine_has_the_whole_house() -> None:
    for address in ("127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"):
        door, _ = filled(*(Caller(address_key(address), busy=True) for _ in range(LIMITS.sockets)))
        assert not door.enter(Caller(address_key(address)), 100)


def test_neighbours_in_one_ipv6_network_are_one() -> None:
    door, _ = filled(*(Caller(address_key(f"2001:db8::{number}"), busy=True) for number in range(3)))
    assert not door.enter(Caller(address_key("2001:db8::ffff")), 100)
    assert door.enter(Caller(address_key("2001:db8:0:1::1")), 100)


def test_the_late_are_dropped_and_counted() -> None:
    late, good = Caller("192.0.2.1", late=True), Caller("192.0.2.1")
    door, counters = filled(late, good)
    door.look(100)
    door.look(100)
    assert (len(late.dropped), len(good.dropped), len(door), counters.overdue) == (1, 0, 1, 1)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 99)), max_size=60))
def test_no_bound_is_ever_passed(comers: list[tuple[int, bool, int]]) -> None:
    """Whoever comes: the bounds hold, and whoever is inside was not dropped."""
    counters = HttpCounters()
    door = Door(LIMITS, counters)
    let_in: list[Caller] = []
    for network, busy, since_s in comers:
        caller = Caller(f"192.0.2.{network}", since_s, busy)
        if door.enter(caller, 100):
            let_in.append(caller)
        inside = [one for one in let_in if not one.dropped]
        assert len(inside) == len(door) <= LIMITS.sockets
        assert all(sum(a.address == b.address for b in inside) <= LIMITS.sockets_per_address for a in inside)
        assert not any(one.busy and one.dropped for one in let_in)
    assert counters.connections == len(comers) == len(let_in) + counters.refused
