"""Plants for trials: from a profile and a seed, polled and ready to be played; and what a reader knows of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from tally_finance.plausibility.gate import Keep
from tally_finance.plausibility.mass import Stores
from tally_finance.plausibility.ratio import Drive
from tally_finance.plausibility.site import Site
from tally_sim.errors import InjectionError, SimError
from tally_sim.plant import classes, profile_file
from tally_sim.plant.attacks import ATTACKS
from tally_sim.plant.faults import FAULTS
from tally_sim.plant.injection import Injection, draw
from tally_sim.plant.interface import Instrument, Record
from tally_sim.plant.opening import SimulatedPlant, open_plant
from tally_sim.plant.profile import ELECTRICITY, MEDIA, SITE, WATER, Meter, Profile
from tally_trial.errors import TrialUsageError
from tally_trial.physical import HIDDEN
from tally_trial.scene import Scene, look_at, point_of

BEGINS: Final = 1_767_196_800
"""Midnight in Shanghai, 2026-01-01."""

_ATTEMPTS: Final = 20
_LEAVES: Final = {"stones": "stones", "night-drive": "taken"}
"""What an attack on goods leaves in the truth, where it took hold."""

_FALLS: Final = ("rollover", "reset")

_MARGIN: Final = Decimal("0.03")
"""What a bundle may weigh beside what its certificate says: the scale's steps on a whole truck."""


def profiles() -> dict[str, str]:
    """Every profile by name, and its title."""
    return {name: profile_file.load(name).title for name in profile_file.shipped()}


def loaded(profile: str, physical: Sequence[str] = ()) -> Profile:
    """The profile, in which everything that is to be done has a place. Raises TrialUsageError."""
    try:
        found = profile_file.load(profile)
    except SimError as error:
        raise TrialUsageError(str(error)) from error
    if not found.meters:
        raise TrialUsageError(f"{profile} has no meter: nothing would speak")
    for name in physical:
        if not _type_of(name).places(found):
            raise TrialUsageError(f"{found.name} has no place for {name}")
    return found


def opened(profile: str, seed: int, days: int, physical: Sequence[str] = ()) -> SimulatedPlant:
    """The plant of `profile` with what it plays by itself. Raises TrialUsageError."""
    found = loaded(profile, physical)
    why = f"{', '.join(physical)}: nothing to take hold of"
    for attempt in range(_ATTEMPTS):
        injections = [_drawn(name, found, f"{seed}/{attempt}", days) for name in physical]
        try:
            plant = open_plant(found, seed, BEGINS, days, attacks=injections)
        except InjectionError as error:
            why = str(error)  # drawn anew, they may not stand in each other's way
            continue
        except SimError as error:
            raise TrialUsageError(str(error)) from error
        if all(_took_hold(plant, injection) for injection in injections):
            return plant
    raise TrialUsageError(f"{why}, in {days} days of {found.name}; ask for more days, or for less at once")


def _type_of(name: str) -> type[Injection]:
    return FAULTS.get(name) or ATTACKS[name]


def _drawn(name: str, profile: Profile, seed: str, days: int) -> Injection:
    more = {"every": 1, "repeat_tags": seed.endswith(("1", "3"))} if name == "stones" else {}
    injection = draw(_type_of(name), profile, f"{seed}/{name}", BEGINS, days, **more)
    assert injection is not None  # noqa: S101  `loaded` found a place for it
    return injection


def _took_hold(plant: SimulatedPlant, injection: Injection) -> bool:
    """Whether anything came of it: perhaps no truck came that could bring stones, or a meter stood still."""
    if injection.name in _FALLS:
        return _falls(plant.instruments[injection.where], injection)
    quantity = _LEAVES.get(injection.name)
    return quantity is None or plant.truth(plant.ends)[f"{quantity}/{injection.where}_kg"] > 0


def _falls(instrument: Instrument, injection: Injection) -> bool:
    """Whether a register falls where it should: a new zero at once, all nines with the next count."""
    before, after = (injection.begins - 1, injection.begins)
    if injection.name == "rollover":
        before, after = injection.begins, injection.ends
    return _first(instrument.read(before)) > _first(instrument.read(after))


def _first(records: Sequence[Record]) -> Decimal:
    (record,) = records
    assert isinstance(record.value, int | Decimal)  # noqa: S101  a counter shows numbers
    return Decimal(record.value)


def hidden_of(plant: SimulatedPlant) -> set[str]:
    """The meters whose exchange nobody is told of."""
    return {happening.where for happening in plant.happenings if happening.name in HIDDEN}


def stage(profile: str, seed: int, days: int, physical: Sequence[str] = ()) -> tuple[SimulatedPlant, Scene]:
    """The plant of `profile` with what it plays by itself, and its scene. Raises TrialUsageError."""
    plant = opened(profile, seed, days, physical)
    return plant, look_at(plant, seed, hidden_of(plant))


def site_of(profile: Profile) -> Site:
    """What a reader knows of a plant of `profile`: what lies behind which gate and gauge, and what works for what."""
    scales = [meter.name for meter in profile.meters if meter.kind == "weighbridge"]
    if not scales:
        return Site()
    (scale, *_) = [point_of(name) for name in scales]
    worked = {process.takes for process in profile.processes} | {process.makes for process in profile.processes}
    gauges = [meter for meter in _of_kind(profile, "silo") if meter.measures[0] not in worked]
    levels = tuple(
        ((point_of(meter.name), "level"), Decimal(profile.stock(meter.measures[0]).capacity_g) / 1000)
        for meter in gauges
    )
    gauge_error = max((_gauge_error(meter) for meter in gauges), default=Decimal(0))
    output = ((scale, "kg_in"), (scale, "kg_out"))
    drives = [
        Drive((point_of(meter.name), register), output)
        for kind, register in (("electricity", "energy_import"), ("water", "volume"))
        for meter in _of_kind(profile, kind)
    ]
    return Site(
        drives=(*drives, *_beside_water(profile)),
        stores=(Stores(levels, *output, gauge_error),) if levels else (),
        keeps=tuple(_keeps(profile, scale)),
    )


def _gauge_error(meter: Meter) -> Decimal:
    """By its class, and half of the last digit that it shows, a thousandth."""
    return Decimal(classes.limit_ppm(meter.kind, meter.accuracy)).scaleb(-6) + Decimal("0.0005")


def _beside_water(profile: Profile) -> Iterable[Drive]:
    """Where one process uses both, its water is a better witness of its energy than trucks are, which come in lumps."""
    for process in profile.processes:
        meters = [meter for meter in profile.meters if meter.kind in MEDIA and not meter.effluent]
        used = [meter for meter in meters if set(meter.measures) & process.uses.keys() or SITE in meter.measures]
        of_water = [meter for meter in used if meter.kind == WATER]
        if not of_water:
            continue
        nearest = min(of_water, key=lambda meter: (SITE in meter.measures, len(meter.measures)))
        for meter in used:
            if meter.kind == ELECTRICITY:
                yield Drive((point_of(meter.name), "energy_import"), ((point_of(nearest.name), "volume"),))


def _of_kind(profile: Profile, kind: str) -> Iterable[Meter]:
    return (meter for meter in profile.meters if meter.kind == kind)


def _keeps(profile: Profile, scale: str) -> Iterable[Keep]:
    for gate in _of_kind(profile, "rfid-gate"):
        stock = profile.stock(gate.measures[0])
        if stock.bundle_g is None:
            continue
        low, high = (Decimal(grams) / 1000 for grams in stock.bundle_g)
        for hall in _of_kind(profile, "rfid-hall"):
            if hall.measures == gate.measures:
                yield Keep(
                    gate=point_of(gate.name),
                    hall=point_of(hall.name),
                    scale=scale,
                    serial_kg=(low * (1 - _MARGIN), high * (1 + _MARGIN)),
                    gate_unread=Decimal(gate.unread_ppm).scaleb(-6),
                    hall_unread=Decimal(hall.unread_ppm).scaleb(-6),
                )
