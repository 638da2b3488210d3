"""What a run's picture shows: rates of what is counted, states of what is measured, and the true stock. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from tally_sim.plant.interface import Plant
from tally_trial.chart import Lane
from tally_trial.drafts import CUMULATIVE, Draft, number_of
from tally_trial.scene import Scene

HOUR_S: Final = 3_600
_RATE_OF: Final = {"kWh": ("kW", 1), "m3": ("m3/h", 1), "kg": ("kg in 6 h", 6), "count": ("in 6 h", 6)}
"""Of a counted unit: how its rate is called, and over how many hours it is shown."""

MAX_LANES: Final = 14
_STOCK: Final = "stock/"


def lanes_of(scene: Scene, drafts: dict[str, list[Draft]], plant: Plant) -> list[Lane]:
    """A lane for every register that is read at the cadence, and one for every true stock, at most MAX_LANES."""
    lanes = []
    for name in sorted(scene.polled):
        polled = scene.polled[name]
        gaps = [(one.gap.after, one.gap.before) for one in drafts[name] if one.gap is not None]
        for register, unit in polled.units:
            if register not in polled.regular:
                continue
            points = list(_points(drafts[name], register))
            if register in CUMULATIVE:
                shown, hours = _RATE_OF.get(unit, (f"{unit} in 1 h", 1))
                multiplier = polled.plates[0].multiplier
                rates = _rates(points, hours * HOUR_S, multiplier, per_hour=hours == 1)
                lanes.append(Lane(name, f"{name} {register}", shown, rates, stepped=True, gaps=gaps))
            else:
                lanes.append(Lane(name, f"{name} {register}", "" if unit == "/" else unit, points, gaps=gaps))
    lanes += _stocks(scene, plant)
    return lanes[:MAX_LANES]


def _points(drafts: Iterable[Draft], register: str) -> Iterable[tuple[int, Decimal]]:
    for draft in drafts:
        for reading in draft.readings:
            value = number_of(reading.value)
            if reading.register == register and value is not None:
                yield reading.taken_at, Decimal(value)


def _rates(
    points: Sequence[tuple[int, Decimal]], every_s: int, multiplier: int, *, per_hour: bool
) -> list[tuple[int, Decimal]]:
    """How much the register rose in each stretch of `every_s`; a fall is shown as nothing."""
    rates: list[tuple[int, Decimal]] = []
    if not points:
        return rates
    last_at, last = points[0]
    for at, value in points:
        if at - last_at >= every_s:
            risen = max(Decimal(0), (value - last) * multiplier)
            rates.append((at, risen * HOUR_S / (at - last_at) if per_hour else risen))
            last_at, last = at, value
    return rates


def _stocks(scene: Scene, plant: Plant) -> list[Lane]:
    names = [name for name in sorted(plant.truth(scene.begins)) if name.startswith(_STOCK)]
    times = range(scene.begins, scene.ends + 1, 4 * HOUR_S)
    return [
        Lane(
            name.removeprefix(_STOCK).removesuffix("_kg"),
            f"true {name.removeprefix(_STOCK).removesuffix('_kg')}",
            "kg",
            [(at, plant.truth(at)[name]) for at in times],
            true=True,
        )
        for name in names
    ]
