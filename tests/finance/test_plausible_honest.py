"""An honest site whose meters are exchanged, get other ratios and fall silent: whenever that is, nothing is doubted."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_DOWN, Decimal
from itertools import accumulate

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tally_edge.authority import FactsEvent, MeterFacts
from tally_edge.device import RegisterValue
from tally_edge.senml import Reading
from tally_finance.plausibility.mass import Stores
from tally_finance.plausibility.observed import DAY_S, Observed, Stated, gather
from tally_finance.plausibility.ratio import Drive
from tally_finance.plausibility.site import Site, weigh
from tally_finance.plausibility.stated import changes_of, multiplier_of
from tests.finance.plausible import HOUR, START, wobble

DAYS = 70
HOURS = DAYS * 24
CAPACITY_KG = 1_000_000

BELOW = [400 if hour % 24 < 7 else 1000 + wobble(hour, 300) for hour in range(HOURS)]
"""What the sub-meter's load takes by the hour, in tenths of a kilowatt hour."""

ABOVE = [amount + 100 + wobble(hour, 8) for hour, amount in enumerate(BELOW)]
OUT_KG = [0 if hour % 24 < 7 else (1000 + wobble(hour, 300)) * 2 for hour in range(HOURS)]

SILO = ((("silo", "level"), Decimal(CAPACITY_KG)),)
SITE = Site(
    drives=(Drive(("sub", "energy_import"), (("scale", "kg_out"),)),),
    stores=(Stores(SILO, ("scale", "kg_in"), ("scale", "kg_out"), Decimal("0.005")),),
)

CHANGE = st.tuples(
    st.integers(1, HOURS - 1),
    st.sampled_from((1, 40, 80)),
    st.integers(0, 900_000),
    st.integers(-5, 5).map(lambda share: Decimal(share) / 1000),
)
"""(hour, ratio, what the new meter shows first, how much it errs): class 0.5."""

CHANGES = st.lists(CHANGE, max_size=2, unique_by=lambda change: change[0]).map(sorted)
SILENCES = st.lists(st.tuples(st.integers(0, HOURS - 1), st.integers(1, 60)), max_size=3)

Changes = list[tuple[int, int, int, Decimal]]
Silences = list[tuple[int, int]]


def silent(silences: Silences) -> set[int]:
    return {hour for start, length in silences for hour in range(start, start + length)}


def meter(point: str, flow: list[int], changes: Changes, silences: Silences) -> tuple[list[Reading], list[MeterFacts]]:
    """A meter read on the hour, and what the authority states of it; it is changed at half past."""
    ratio, error, total = 40, Decimal(0), Decimal(7000)
    readings: list[Reading] = []
    facts = [MeterFacts(point, FactsEvent.INSTALL, START - DAY_S, "S0", "0.5", ratio, ())]
    quiet = silent(silences)
    at_hour = {change[0]: change[1:] for change in changes}

    def shown() -> Decimal:
        return total.quantize(Decimal("0.01"), ROUND_DOWN)

    def register() -> tuple[RegisterValue, ...]:
        return (RegisterValue("energy_import", shown(), "kWh"),)

    for hour, amount in enumerate([*flow, 0]):
        if hour not in quiet:
            readings.append(Reading(point, "energy_import", START + hour * HOUR, shown(), "kWh"))
        half = Decimal(amount) / 20
        total += half * (1 + error) / ratio
        if hour in at_hour:
            closing, at = register(), START + hour * HOUR + HOUR // 2
            ratio, first, error = at_hour[hour]
            total = Decimal(first)
            changed = MeterFacts(point, FactsEvent.EXCHANGE, at, f"S{hour}", "0.5", ratio, ())
            facts.append(replace(changed, closing=closing, opening=register()))
        total += half * (1 + error) / ratio
    return readings, facts


def honest(of_meter: dict[str, tuple[Changes, Silences]], of_scale: Silences, of_gauge: Silences) -> Observed:
    readings: list[Reading] = []
    facts: dict[str, list[MeterFacts]] = {}
    for point, flow in (("top", ABOVE), ("sub", BELOW)):
        read, facts[point] = meter(point, flow, *of_meter[point])
        readings += read
    went = [0, *accumulate(OUT_KG)]
    for hour in range(HOURS + 1):
        at, came = START + hour * HOUR, 30_000 * (hour // 24)
        level = Decimal(700_000 + came - went[hour] + wobble(hour, 3_000)) / CAPACITY_KG
        if hour not in silent(of_scale):
            readings += [Reading("scale", "kg_in", at, came, "kg"), Reading("scale", "kg_out", at, went[hour], "kg")]
        if hour not in silent(of_gauge):
            readings.append(Reading("silo", "level", at, level.quantize(Decimal("0.001")), "/"))
    period = START, START + HOURS * HOUR
    multipliers = {point: multiplier_of(stated, period[1]) for point, stated in facts.items()}
    changes = {point: changes_of(stated, *period) for point, stated in facts.items()}
    return gather(readings, {**multipliers, "scale": Decimal(1)}, {"sub": "top"}, period, Stated(changes=changes))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(top=st.tuples(CHANGES, SILENCES), sub=st.tuples(CHANGES, SILENCES), of_scale=SILENCES, of_gauge=SILENCES)
def test_an_honest_site_is_never_doubted(
    top: tuple[Changes, Silences], sub: tuple[Changes, Silences], of_scale: Silences, of_gauge: Silences
) -> None:
    assert weigh(honest({"top": top, "sub": sub}, of_scale, of_gauge), SITE).doubts == ()


def test_the_same_site_is_doubted_where_the_new_meter_counts_half() -> None:
    """What the property rests on can fail: the authority states 80, and 160 is built in."""
    honestly, built_in = (30 * 24, 80, 500, Decimal(0)), (30 * 24, 80, 500, Decimal("-0.5"))
    assert weigh(honest({"top": ([honestly], []), "sub": ([], [])}, [], []), SITE).doubts == ()
    found = weigh(honest({"top": ([built_in], []), "sub": ([], [])}, [], []), SITE)
    assert {doubt.name for doubt in found} == {"parent-balance"}
