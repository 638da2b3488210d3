"""From a verified bundle to loads: the verification's own figure where that is whole, and bounds where it is not."""

from __future__ import annotations

import functools
import random
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain.bundle import Content
from tally_chain.verify.figures import Basis
from tally_chain.verify.verifier import Examined, examine
from tally_edge.authority import FactsEvent, RegisterFacts
from tally_edge.device import Counts, RegisterValue
from tally_edge.statement import Kind
from tally_finance.activity.boundary import Boundary, Line, Role, Version
from tally_finance.activity.ceiling import Ceiling, bounded
from tally_finance.activity.counting import counted
from tally_finance.activity.load import Load, load_of
from tally_finance.activity.meter import meter_of
from tally_finance.activity.reading import Read
from tally_finance.activity.site import site_of
from tally_finance.activity.state import State
from tally_finance.activity.unexplained import Tally, unexplained
from tests.world import HOUR, POINT, REGISTER, START, World

HOURS = 24
LINE = Line("m", POINT, REGISTER, "kWh", "electricity", Role.MAIN, ceiling=Ceiling(Decimal(100), "plate"))
ONE_METER = Boundary("one", ZoneInfo("UTC"), (Version(START, "first", (LINE,)),), (), (), b"")


def verified(world: World, hours: int = HOURS) -> Examined:
    return examine(world.bundle(hours=hours), world.policy(), now=START + 60 * 86_400)


def load_from(examined: Examined) -> Load:
    """The load of the world's register, with a ceiling of 100 kW."""
    period = examined.verdict.from_at, examined.verdict.to_at
    read = Read(examined).point(POINT, {REGISTER})
    by = meter_of(read.stated, REGISTER, "kWh", period, read.cadences)
    intervals = counted(read.columns[REGISTER], by, period)
    filled, exceeded = bounded(intervals, Ceiling(Decimal(100), "plate"), POINT, adds=True)
    assert exceeded is None
    return load_of(read.columns[REGISTER], filled, read.sources)


def opened() -> World:
    world = World()
    world.open()
    return world


def value(register: Decimal) -> tuple[RegisterValue, ...]:
    return (RegisterValue(REGISTER, register, "kWh"),)


def cents(number: Decimal | str | int) -> Decimal:
    return Decimal(number).quantize(Decimal("0.01"))


def test_a_plain_day() -> None:
    world = opened()
    world.day()
    examined = verified(world)
    load = load_from(examined)
    assert load.total == examined.verdict.figures[0].quantity == 30
    assert load.by_state().keys() == {State.MEASURED}
    shown = {one.statement.id for one in examined.statements}
    for interval in load.intervals():
        assert interval.first is not None
        assert interval.last is not None
        assert {interval.first.statement_id, interval.last.statement_id} <= shown


def test_settlements_alone_bridge_a_totals_bundle() -> None:
    world = opened()
    world.log(world.settle(0, Decimal("100.00")))
    world.log(world.settle(HOURS, Decimal("130.00")))

    examined = examine(world.bundle(Content.TOTALS), world.policy(), now=START + 60 * 86_400)
    load = load_from(examined)
    assert load.total == examined.verdict.figures[0].quantity == 30
    assert load.by_state().keys() == {State.BRIDGED}


def test_a_hole_that_nobody_declared_is_bridged_by_the_register_all_the_same() -> None:
    world = opened()
    for hour in range(HOURS + 1):
        if not 5 < hour < 11:
            world.log(world.readings((hour, 100 + hour)))
    examined = verified(world)
    assert not examined.verdict.holds
    assert not examined.statements
    load = load_from(examined)
    assert load.total == load.certain == HOURS
    assert load.by_state()[State.BRIDGED].seconds == 6 * HOUR


def test_an_exchange_that_nobody_read_is_bounded() -> None:
    world = opened()
    world.log(world.readings(*((hour, 100 + hour) for hour in range(11))))
    exchange = world.facts(FactsEvent.EXCHANGE, START + 10 * HOUR + 1800, serial="B-2")
    world.state(Kind.METER_FACTS, POINT, exchange, at=exchange.effective_at)
    world.log(world.readings(*((hour, hour) for hour in range(11, HOURS + 1))))
    load = load_from(verified(world))
    assert load.certain == 10 + 13
    assert load.total == load.certain + 100
    assert load.by_state()[State.ESTIMATED].seconds == HOUR


def test_a_reset_that_the_device_counted_is_bounded() -> None:
    world = opened()
    world.log(world.settle(0, Decimal("100.00")))
    world.log(world.readings(*((hour, 100 + hour) for hour in range(11))))
    world.log(world.readings(*((hour, hour - 11) for hour in range(11, HOURS + 1))))
    world.log(world.settle(HOURS, 13, Counts(0, 1, 0, 0)))
    examined = verified(world)
    assert "RESET" in {one.code.name for one in examined.verdict.findings}
    load = load_from(examined)
    assert (load.certain, load.total) == (23, 123)


def hidden_reset(counts: Counts) -> World:
    """A register that was set to 0 in a declared gap and stands above its old value when it is read again."""
    world = opened()
    world.log(world.settle(0, 5))
    world.log(world.readings(*((hour, 5 + hour) for hour in range(3))))
    world.log(world.gap(2, 12))
    world.log(world.readings(*((hour, 20 + hour) for hour in range(12, HOURS + 1))))
    world.log(world.settle(12, 32, counts))
    world.log(world.settle(HOURS, 20 + HOURS, counts))
    return world


def site_load(examined: Examined) -> tuple[Load, set[str]]:
    """The same as a site of one meter with a ceiling of 100 kW, and its remarks."""
    site = site_of(examined, ONE_METER)
    return site.terms[0].meters["m"].load, {one.name.text for one in site.remarks}


def test_a_reset_that_only_the_device_counted_is_bridged_by_nothing() -> None:
    load, told = site_load(verified(hidden_reset(Counts(0, 0, 0, 1))))
    assert (load.total, told) == (39, set())
    assert load.by_state()[State.BRIDGED].quantity == 25
    for counts in (Counts(0, 1, 0, 1), Counts(1, 0, 0, 1), Counts(0, 0, 1, 1)):
        load, told = site_load(verified(hidden_reset(counts)))
        assert (load.total, load.certain) == (1200 + 12, 12)
        assert told == {"unexplained", "estimated"}


@given(st.data())
def test_what_registers_and_authority_show_is_explained(data: st.DataObject) -> None:
    """As many falls and changes as were counted leave nothing; one more of either leaves the span."""
    fell = data.draw(st.lists(st.integers(1, 100), max_size=5))
    turned = data.draw(st.lists(st.integers(1, 100), max_size=3))
    spans = [(at - 1, at) for at in fell if at not in turned]
    resets, exchanges = len(spans), len(turned)
    first = Tally(b"k", 0, Counts(0, 0, 0, 0))

    def found(counts: Counts) -> list[tuple[int, int]]:
        return list(unexplained([Tally(b"k", 100, counts), first], spans, turned))

    assert found(Counts(exchanges, resets, 0, 9)) == []
    assert found(Counts(exchanges, 0, resets + 1, 0)) == found(Counts(exchanges + 1, resets, 0, 0)) == [(0, 100)]
    assert list(unexplained([first, Tally(b"l", 100, Counts(9, 9, 9, 9))], [], [])) == []


@pytest.mark.parametrize("event", [FactsEvent.EXCHANGE, FactsEvent.RATIO])
@pytest.mark.parametrize("read", [True, False])
@pytest.mark.parametrize("hour", [0, HOURS])
def test_a_change_in_the_very_second_of_an_edge(event: FactsEvent, *, read: bool, hour: int) -> None:
    """Of a period's beginning only what comes after counts, of its end only what comes before."""
    world = World()
    world.facts = functools.partial(world.facts, effective_at=START - HOUR)  # type: ignore[method-assign]
    world.open()
    other = "B-2" if event is FactsEvent.EXCHANGE else "A-1"
    at, shown = START + hour * HOUR, Decimal("100.00") + hour
    opening = cents(7) if event is FactsEvent.EXCHANGE else shown
    registers = {"closing": value(shown), "opening": value(opening)} if read else {}
    change = World().facts(event, at, serial=other, multiplier=10, **registers)
    world.state(Kind.METER_FACTS, POINT, change, at=at)
    after = opening - shown if hour == 0 and event is FactsEvent.EXCHANGE else 0
    world.log(world.readings((0, cents(100))))
    world.log(world.readings(*((number, cents(100) + number + after) for number in range(1, HOURS + 1))))
    examined = verified(world)
    load = load_from(examined)
    if read or (event is FactsEvent.RATIO and hour == 0):
        (figure,) = examined.verdict.figures
        assert load.total == load.certain == figure.quantity == HOURS * (10 if hour == 0 else 1)
    else:
        assert load.total >= HOURS * (10 if hour == 0 else 1)
        assert load.certain <= load.total


@pytest.mark.parametrize("seed", range(40))
def test_the_same_figure_as_the_verification_where_that_is_whole(seed: int) -> None:
    """Rollovers, exchanges, ratios, declared gaps and settlements by chance, registers read at every change."""
    rng = random.Random(f"whole {seed}")
    world = opened()
    register, modulus, serial, multiplier = cents(rng.choice(["100", "999990.5"])), 1_000_000, 1, 1
    gap_from: int | None = None
    for hour in range(HOURS + 1):
        change = rng.random() if 0 < hour < HOURS else 1
        if gap_from is not None and (rng.random() < 0.4 or hour == HOURS):
            world.log(world.gap(gap_from, hour))
            gap_from = None
        if gap_from is None:
            world.log(world.readings((hour, register)))
        if gap_from is None and 0 < hour < HOURS - 1 and rng.random() < 0.15:
            gap_from = hour
        if change < 0.15:
            at = START + hour * HOUR + rng.choice([0, rng.randrange(0, HOUR)])
            closing, opening = register, register
            event = FactsEvent.RATIO
            if change < 0.08:
                event, serial, opening = FactsEvent.EXCHANGE, serial + 1, cents(rng.randrange(50))
            multiplier = rng.choice([1, 40, 400])
            facts = world.facts(
                event,
                at,
                serial=f"A-{serial}",
                multiplier=multiplier,
                closing=value(closing),
                opening=value(opening) if event is FactsEvent.EXCHANGE else None,
                registers=(RegisterFacts(REGISTER, "kWh", cumulative=True, modulus=modulus),),
            )
            world.state(Kind.METER_FACTS, POINT, facts, at=START + hour * HOUR)
            register = opening
        register = cents((register + Decimal(rng.randrange(2_000)) / 100) % modulus)
    examined = verified(world)
    (figure,) = examined.verdict.figures
    assert figure.basis in {Basis.COMPLETE, Basis.BRIDGED}, examined.verdict.findings
    period = examined.verdict.from_at, examined.verdict.to_at
    read = Read(examined).point(POINT, {REGISTER})
    by = meter_of(read.stated, REGISTER, "kWh", period, read.cadences)
    load = load_of(read.columns[REGISTER], counted(read.columns[REGISTER], by, period), read.sources)
    assert load.total == load.certain == figure.quantity
    assert load.is_bounded
