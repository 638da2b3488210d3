"""Plants for trials: from a profile and a seed, polled and ready to be played; and what a reader knows of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from tally_finance.plausibility.goods import Keep
from tally_finance.plausibility.mass import Stores
from tally_finance.plausibility.ratio import Drive
from tally_finance.plausibility.site import Site
from tally_sim.errors import SimError
from tally_sim.plant import profile as plant_profiles
from tally_sim.plant.attacks import ATTACKS
from tally_sim.plant.faults import FAULTS
from tally_sim.plant.injection import Injection, draw
from tally_sim.plant.opening import SimulatedPlant, open_plant
from tally_sim.plant.profile import Meter, Profile
from tally_trial.errors import TrialUsageError
from tally_trial.physical import HIDDEN
from tally_trial.scene import Scene, look_at, point_of

BEGINS: Final = 1_767_196_800
"""Midnight in Shanghai, 2026-01-01."""

_MARGIN: Final = Decimal("0.03")
"""What a bundle may weigh beside what its certificate says: the scale's steps on a whole truck."""


def profiles() -> dict[str, str]:
    """Every profile by name, and its title."""
    return {name: plant_profiles.load(name).title for name in plant_profiles.shipped()}


def drawn(name: str, profile: Profile, seed: int, days: int) -> Injection | None:
    """A physical fault or attack somewhere, some time in a run; None where the profile has no place for it."""
    kind = FAULTS.get(name) or ATTACKS[name]
    return draw(kind, profile, f"{seed}/{name}", BEGINS, days)


def stage(profile: str, seed: int, days: int, physical: Sequence[str] = ()) -> tuple[SimulatedPlant, Scene]:
    """The plant of `profile` with what it plays by itself, and its scene. Raises TrialUsageError."""
    try:
        loaded = plant_profiles.load(profile)
        made = [(name, drawn(name, loaded, seed, days)) for name in physical]
        for name, injection in made:
            if injection is None:
                raise TrialUsageError(f"{loaded.name} has no place for {name}")
        injections = [injection for _, injection in made if injection is not None]
        plant = open_plant(loaded, seed, BEGINS, days, attacks=injections)
    except SimError as error:
        raise TrialUsageError(str(error)) from error
    hidden = {injection.where for injection in injections if injection.name in HIDDEN}
    return plant, look_at(plant, seed, hidden)


def site_of(profile: Profile) -> Site:
    """What a reader knows of a plant of `profile`: what lies behind which gate and gauge, and what works for what."""
    scales = [meter.name for meter in profile.meters if meter.kind == "weighbridge"]
    if not scales:
        return Site()
    (scale, *_) = [point_of(name) for name in scales]
    worked = {process.takes for process in profile.processes} | {process.makes for process in profile.processes}
    levels = tuple(
        ((point_of(meter.name), "level"), Decimal(profile.stock(meter.measures[0]).capacity_g) / 1000)
        for meter in _of_kind(profile, "silo")
        if meter.measures[0] not in worked
    )
    output = ((scale, "kg_in"), (scale, "kg_out"))
    drives = tuple(
        Drive((point_of(meter.name), register), output)
        for kind, register in (("electricity", "energy_import"), ("water", "volume"))
        for meter in _of_kind(profile, kind)
    )
    return Site(
        drives=drives,
        stores=(Stores(levels, *output),) if levels else (),
        keeps=tuple(_keeps(profile, scale)),
    )


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
                yield Keep(point_of(gate.name), point_of(hall.name), scale, (low * (1 - _MARGIN), high * (1 + _MARGIN)))
