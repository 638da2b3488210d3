"""The life of one metering device through its faults: what it signs, with which keys, and what arrives when. No IO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tally_sim.device.device import Device, DeviceSetup
from tally_sim.device.faults import BrownOut, Delivery, DeviceFault, StateLost
from tally_sim.device.metering import Point
from tally_sim.device.signing import Key, Said
from tally_sim.errors import InjectionError
from tally_sim.plant.draws import Draws
from tally_sim.plant.interface import Happening


@dataclass(frozen=True, slots=True)
class Life:
    """What came of a device. `keys`: from when on (Unix seconds) which key signed; `said`: in the order of signing."""

    keys: Sequence[tuple[int, Key]]
    said: Sequence[Said]
    deliveries: Sequence[Delivery]
    happenings: Sequence[Happening]


def live(
    setup: DeviceSetup, seed: str, points: Sequence[Point], span: tuple[int, int], faults: Sequence[DeviceFault] = ()
) -> Life:
    """Run a device for `span` (from, to, Unix seconds). Its first key is that of `seed`, the next ones follow from it.

    Raises InjectionError for faults outside of that span, and for two that cut the power at once.
    """
    begins, ends = span
    for fault in faults:
        if not begins <= fault.begins < fault.ends <= ends:
            raise InjectionError(f"{fault.name}: {fault.begins} to {fault.ends} is no time of this device's run")
    outages = sorted(
        (fault for fault in faults if isinstance(fault, BrownOut | StateLost)), key=lambda fault: fault.begins
    )
    for before, after in pairwise(outages):
        if after.begins < before.ends:
            raise InjectionError(f"{after.name}: the device has no power yet from {before.name}")
    wrong = tuple(each for fault in faults if (each := fault.wrong()) is not None)
    setup = replace(setup, clock=replace(setup.clock, wrong=(*setup.clock.wrong, *wrong)))
    keys = [(begins, Key.of_seed(seed))]
    device = Device(setup, keys[0][1], points)
    said: list[Said] = []
    device.start(begins)
    for outage in outages:
        said += device.cut(outage.begins)
        if isinstance(outage, StateLost):
            keys.append((outage.ends, Key.of_seed(f"{seed}/{len(keys)}")))
            device = Device(replace(setup, lost_since=setup.clock.shows(outage.begins)), keys[-1][1], points)
        device.start(outage.ends)
    said += device.stop(ends)
    deliveries = [Delivery(each.signed_at, each) for each in said]
    draws = Draws(seed)
    for fault in faults:
        deliveries = fault.deliver(deliveries, draws)
    return Life(keys, said, deliveries, [fault.happening(setup.uri) for fault in faults])
