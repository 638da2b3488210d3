"""What a meter stored by itself while nobody read it: its load profile (负荷记录), fetched after an outage, checked and
marked, and its freezes (冻结)."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from tally_edge import senml
from tally_edge.agent.config import PointConfig
from tally_edge.agent.reading import fault_of, numbers_of
from tally_edge.device import RegisterValue
from tally_edge.drivers.interface import Driver, Freezing, Recording, RegisterReading
from tally_edge.errors import DriverError

_LOG = logging.getLogger(__name__)


def stored(meter: Recording, spans: Iterable[tuple[int, int]], point: PointConfig) -> list[list[RegisterReading]]:
    """What `meter` stored at slots of `point` inside the spans (`after` < t < `before`), oldest first, with its mark.

    A meter that fails, or shows what it can not, leaves less; what is left is a gap.
    """
    found: list[list[RegisterReading]] = []
    try:
        for after, before in spans:
            found += [readings for readings in meter.recorded(after, before) if readings and _counts(readings, point)]
    except DriverError as error:
        _LOG.warning("%s: %s", point.uri, error)
    return [
        [*readings, RegisterReading(senml.SOURCE, senml.LOAD_PROFILE, "", readings[0].taken_at)] for readings in found
    ]


def frozen(driver: Driver, at: int, point: PointConfig) -> tuple[RegisterValue, ...] | None:
    """The registers that the meter froze at the boundary `at`; None where it kept none, or shows what it can not."""
    if not isinstance(driver, Freezing):
        return None
    try:
        kept = driver.freeze(at)
    except DriverError as error:
        _LOG.warning("%s: %s", point.uri, error)
        return None
    return None if kept is None or fault_of(kept, point) else numbers_of(kept, point)


def _counts(readings: list[RegisterReading], point: PointConfig) -> bool:
    at = readings[0].taken_at
    fault = fault_of(readings, point)
    if fault is not None:
        _LOG.warning("%s: the load profile at %d: %s", point.uri, at, fault)
    return fault is None and point.time.next_slot(at - 1, point.cadence_s) == at
