"""Rollovers and resets, counted from what a register shows."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tally_edge.agent.counting import Step, is_possible, step
from tally_edge.agent.point_state import first_state
from tally_edge.agent.reading import with_registers
from tally_edge.device import RegisterValue
from tests.edge.agent.rig import point_config

MODULUS = 100_000


def test_the_plain_cases() -> None:
    assert step(10, 10) is Step.FORWARD
    assert step(10, 9) is Step.RESET
    assert step(99_990, 5, MODULUS) is Step.ROLLOVER
    assert step(50_000, 5, MODULUS) is Step.RESET
    assert step(50_000, 5, MODULUS, most=60_000) is Step.ROLLOVER
    assert step(99_990, 5, MODULUS, most=14) is Step.RESET
    assert step(Decimal("9999.99"), Decimal("0.00"), 10_000) is Step.ROLLOVER
    assert is_possible(0, 1)
    assert not is_possible(1, 1)
    assert not is_possible(Decimal("-0.01"), None)


@given(st.lists(st.integers(0, MODULUS // 10), max_size=60), st.integers(0, MODULUS - 1))
def test_a_register_that_only_counts_has_exactly_its_rollovers(flows: list[int], start: int) -> None:
    point = point_config(modulus=MODULUS)
    state, total = first_state("A1", bytes(32)), start
    state = with_registers(state, (RegisterValue("energy_import", start, "kWh"),), 1000, point)
    for number, flow in enumerate(flows):
        total += flow
        shown = (RegisterValue("energy_import", total % MODULUS, "kWh"),)
        state = with_registers(state, shown, 1900 + 900 * number, point)
    assert state.counts.rollovers == total // MODULUS
    assert state.counts.resets == 0


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=40))
def test_without_a_modulus_every_fall_is_a_reset(steps: list[tuple[int, bool]]) -> None:
    point = point_config(modulus=10**12)
    state, value, resets = first_state("A1", bytes(32)), 1000, 0
    for number, (flow, lost) in enumerate(steps):
        if lost and value:
            resets += 1 if state.registers else 0
            value = 0
        else:
            value += flow
        state = with_registers(state, (RegisterValue("energy_import", value, "kWh"),), 1000 + number, point)
    assert (state.counts.resets, state.counts.rollovers) == (resets, 0)
