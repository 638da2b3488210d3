"""Cases of corrections: step 7.6."""

from __future__ import annotations

from tally_edge.authority import Correction, CorrectionReason
from tally_edge.statement import Kind
from tests.chain.verify.case import Given, case, given, hour, opened
from tests.chain.verify.cases_registers import read, totals
from tests.world import POINT, REGISTER, World


def _correct(world: World, from_hour: int, to_hour: int, quantity: int, unit: str = "kWh") -> None:
    correction = Correction(
        POINT, REGISTER, hour(from_hour), hour(to_hour), quantity, unit, CorrectionReason.METER_FAULT, "phase lost"
    )
    world.state(Kind.CORRECTION, POINT, correction)


@case(514, holds=True)
def corrected() -> Given:
    """The authority corrected an hour: the figure shows what was measured and what counts."""
    world = read(opened(), 100, 101, 102, 103)
    _correct(world, 1, 2, 5)
    return given(world)


@case(514, holds=True)
def corrected_twice() -> Given:
    """A later correction of the same interval replaces the earlier one."""
    world = read(opened(), 100, 101, 102, 103)
    _correct(world, 1, 2, 5)
    _correct(world, 1, 2, 6)
    return given(world)


@case(514, 519)
def corrections_overlap() -> Given:
    """Two corrections whose intervals overlap leave open what counts."""
    world = read(opened(), 100, 101, 102, 103)
    _correct(world, 0, 2, 5)
    _correct(world, 1, 3, 6)
    return given(world)


@case(505, 514)
def corrected_between_readings() -> Given:
    """A correction whose edges lie where nothing was read can not be applied."""
    world = read(opened(), 100, 101, 102, 103)
    _correct(world, 1, 9, 5)
    return given(world)


@case(507, 514)
def corrected_in_another_unit() -> Given:
    """A correction in another unit than the register's."""
    world = read(opened(), 100, 101, 102, 103)
    _correct(world, 1, 2, 5, "MWh")
    return given(world)


@case(514, holds=True)
def totals_corrected() -> Given:
    """A correction of the very period restates a total."""
    world = opened()
    world.log(world.settle(0, 100))
    world.log(world.settle(3, 103))
    _correct(world, 0, 3, 5)
    return totals(world)


@case(505, 514)
def totals_corrected_in_part() -> Given:
    """A correction of a part of the period needs the readings between."""
    world = opened()
    world.log(world.settle(0, 100))
    world.log(world.settle(3, 103))
    _correct(world, 1, 2, 5)
    return totals(world)
