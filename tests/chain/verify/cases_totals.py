"""Cases of totals that other evidence in the same bundle contradicts, and of values that a register can not show."""

from __future__ import annotations

from tally_chain.bundle import Content
from tally_edge.authority import FactsEvent
from tally_edge.device import Counts, RegisterValue
from tally_edge.statement import Kind
from tests.chain.verify.case import Given, case, given, hour, opened
from tests.chain.verify.cases_registers import read
from tests.world import POINT, REGISTER, World


def _everything(world: World) -> Given:
    """A totals-only bundle that carries all there is."""
    return given(world, bundle=world.bundle_of(range(len(world.entries)), 3, Content.TOTALS))


def _settled(*between: tuple[int, int], counts: Counts | None = None) -> World:
    """A world settled at both edges, and between as (hour, value)."""
    world = opened()
    world.log(world.settle(0, 100))
    for number, value in between:
        world.log(world.settle(number, value, counts))
    world.log(world.settle(3, 103))
    return world


@case(405)
def fork_in_totals() -> Given:
    """The bundle carries two statements of one place: a device that signs twice proves no total."""
    world = opened()
    world.log(world.settle(0, 100))
    seq, prev = world.device.seq, world.device.prev
    world.log(world.readings((1, 101)))
    world.device.seq, world.device.prev = seq, prev
    world.log(world.readings((1, 150)))
    world.log(world.settle(3, 103))
    return _everything(world)


@case(501)
def settlement_between_shows_more() -> Given:
    """A settlement between shows more than the closing one: the register was wound back."""
    return _everything(_settled((1, 180)))


@case(510)
def settlement_between_counts_more() -> Given:
    """A settlement between counts a reset, the closing one does not."""
    return _everything(_settled((1, 101), counts=Counts(0, 1, 0, 0)))


@case(511)
def settlement_between_of_another_meter() -> Given:
    """A settlement between names another meter."""
    world = opened()
    world.log(world.settle(0, 100))
    world.log(world.settle(1, 101, serial="B-2"))
    world.log(world.settle(3, 103))
    return _everything(world)


@case(510)
def gap_between_that_nobody_counts() -> Given:
    """The device declared a gap between its settlements, whose counts are equal all the same."""
    world = opened()
    world.log(world.settle(0, 100))
    world.log(world.gap(1, 2))
    world.log(world.settle(3, 103))
    return _everything(world)


@case(501)
def readings_between_that_fall() -> Given:
    """Readings between the settlements are carried, and fall."""
    world = opened()
    world.log(world.settle(0, 100))
    world.log(world.readings((1, 180), (2, 102)))
    world.log(world.settle(3, 103))
    return _everything(world)


@case(512)
def reading_at_the_edge_of_totals_disagrees() -> Given:
    """A reading of the time of a settlement shows another value."""
    world = _settled()
    world.log(world.readings((3, 140)))
    return _everything(world)


@case(507)
def readings_between_in_another_unit() -> Given:
    """A reading between is in another unit, so that nothing can be compared with it."""
    world = opened()
    world.log(world.settle(0, 100))
    world.log(world.readings((1, 101), unit="J"))
    world.log(world.settle(3, 103))
    return _everything(world)


@case(211, holds=True)
def totals_with_more_that_agrees() -> Given:
    """Whatever else is carried fits between the two settlements."""
    world = opened()
    world.log(world.settle(0, 100))
    world.log(world.readings((1, 101), (2, 102)))
    world.log(world.settle(2, 102))
    world.log(world.settle(3, 103))
    return _everything(world)


@case(522)
def reading_past_the_range() -> Given:
    """A register that begins again at a million shows a million."""
    return given(read(opened(), 999_998, 999_999, 1_000_000, 1_000_001))


@case(522)
def reading_below_zero() -> Given:
    """A register that runs from zero to its range is never below zero."""
    return given(read(opened(), -2, -1, 0, 1))


@case(522)
def settlements_past_the_range() -> Given:
    """Both settlements lie past what the register can show, and their difference looks like any other."""
    world = opened()
    world.log(world.settle(0, 1_000_100))
    world.log(world.settle(3, 1_000_103))
    return _everything(world)


@case(522)
def opening_of_a_new_meter_past_its_range() -> Given:
    """The new meter's first register, as read at the exchange, is more than the meter can show."""
    world = read(opened(), 100, 101)
    closing = (RegisterValue(REGISTER, 101, "kWh"),)
    opening = (RegisterValue(REGISTER, 1_000_007, "kWh"),)
    change = world.facts(FactsEvent.EXCHANGE, hour(1), serial="B-2", closing=closing, opening=opening)
    world.state(Kind.METER_FACTS, POINT, change)
    return given(read(world, 1_000_008, 1_000_009, start=2))
