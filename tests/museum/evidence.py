"""What instruments signed while a plant was played, honest or attacked, and what a reader makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tally_chain.verify.verifier import Examined, examine
from tally_finance.plausibility.observed import observe
from tally_finance.plausibility.site import weigh
from tally_finance.quantity import store_file
from tally_finance.quantity.evidence import evidence_of
from tally_finance.quantity.position import Position, position
from tally_finance.quantity.tickets import Weighed, weighed
from tally_finance.release.matching import Watched, match
from tally_finance.release.order import G_PER_KG, ReleaseOrder
from tally_finance.release.picker import Picker, SeenPlate
from tally_sim.plant.opening import SimulatedPlant
from tally_trial import plants
from tally_trial.play import Played, play
from tally_trial.scene import look_at
from tests.finance.quantity.sheet import SHEET

SCALES = ("weighbridge", "level_a", "level_b")
"""Of the silo: what a quantity is made of."""
RECEIPT = b"\x77" * 32


@dataclass(frozen=True)
class Seen:
    """A plant that was played, its bundle verified."""

    plant: SimulatedPlant
    played: Played
    examined: Examined


@cache
def seen(profile: str, days: int, *attacks: str, seed: int = 5, only: tuple[str, ...] = ()) -> Seen:
    """Signed, logged, anchored and bundled as everywhere; the same for the same arguments."""
    plant = plants.opened(profile, seed, days, attacks)
    played = play(look_at(plant, seed, only=only))
    return Seen(plant, played, examine(played.bundle, played.policy, now=played.now))


def doubts(one: Seen) -> list[str]:
    """What the plausibility checks doubt, by name."""
    site = plants.site_of(plants.loaded(one.plant.name))
    return [doubt.name for doubt in weigh(observe(one.played.bundle), site).doubts]


def quantity(one: Seen) -> Position:
    """Of the silo."""
    found = evidence_of(one.examined)
    return position(found, store_file.parse(SHEET, Path("store.toml"), found.to_at))


def blocking(found: Position) -> list[str]:
    """Remarks that allow no new credit, by name."""
    return [remark.name.text for remark in found.remarks if remark.name.blocks]


def loads_of(one: Seen) -> tuple[Weighed, Sequence[ReleaseOrder], Watched]:
    """What the silo's scale weighed, an order for each load that went out, and what was watched."""
    found = evidence_of(one.examined)
    point = next(name for name in found.packs if name.endswith("weighbridge"))
    tickets = weighed(found, point)
    opened = tuple(SeenPlate(each.plate, each.salt) for each in one.plant.course.weighings)
    plates = {each.commitment: each.plate for each in opened}
    orders = []
    for number, load in enumerate(each for each in tickets.tickets if not each.came):
        assert load.plate is not None
        picker = Picker(plates[load.plate], f"driver {number}", bytes([number]) * 16)
        grams = int(load.net_kg) * G_PER_KG
        window = (load.at - 1_800, load.at + 1_800)
        orders.append(ReleaseOrder(bytes([number + 1]) * 32, RECEIPT, grams, picker.digest, *window, picker))
    return tickets, orders, Watched(tickets, opened, found.from_at, found.to_at)


def alarms(orders: Sequence[ReleaseOrder], watched: Watched) -> list[str]:
    """What the matching of orders with loads alarms of, by name."""
    return [remark.name.text for remark in match(orders, watched).alarms]
