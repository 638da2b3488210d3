"""Trucks, the goods they bring and take, and what leaves or comes in their stead when somebody cheats. No IO."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tally_sim.plant.calendar import TICK_S, Tick
from tally_sim.plant.draws import MILLION
from tally_sim.plant.flows import OUTSIDE, Flow, StepFlow
from tally_sim.plant.hall import Bundle, Hall
from tally_sim.plant.holdings import Holdings
from tally_sim.plant.preparation import Preparation
from tally_sim.plant.profile import Traffic
from tally_sim.plant.tampering import Theft, Trick

MASS: Final = "mass"
DRY, MOIST, STONES = "dry/", "moist/", "stones/"

_FLEET: Final = 24
"""Trucks that come for one kind of goods. Each has a tare of its own, give or take fuel and mud."""
_MUD_G: Final = 60_000
_UNLOADING_S: Final = 15
"""From one bundle to the next."""
_MOST_BUNDLES: Final = 40
_SALT_BYTES: Final = 16
_SMALL_HOURS: Final = (60, 240)
"""One to four in the morning, in minutes of the local day."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """A truck on the weighbridge, twice. Seconds since the beginning; true masses in grams."""

    number: int
    traffic: str
    stock: str
    inbound: bool
    first: int
    second: int
    load_g: int
    tare_g: int
    plate: str
    salt: bytes
    genuine: bool
    moist_ppm: int | None
    """How moist a sample of the load is, of its mass; None of goods that hold no water. Stones lie under goods."""

    @property
    def commitment(self) -> bytes:
        """What is signed of the plate: SHA-256 over salt and plate."""
        return hashlib.sha256(self.salt + self.plate.encode()).digest()


class Gatehouse:
    """Lets trucks in and out, one at a time."""

    def __init__(self, plant: Preparation, halls: Mapping[str, Hall], holdings: Holdings) -> None:
        """`holdings` is what the plant holds, and is kept up to date here."""
        self._profile = plant.profile
        self._draws = plant.draws
        self._thefts = plant.thefts
        self._tricks = plant.tricks
        self._halls = halls
        self._holdings = holdings
        self._flows: dict[str, Flow] = {}
        self._steps: dict[str, StepFlow] = {}
        self.weighings: list[Weighing] = []
        self.used: Counter[str] = Counter()
        self._came: Counter[str] = Counter()  # trucks with goods, while a trick lasts

    def flows(self) -> dict[str, Flow]:
        """What came and went, by name."""
        return self._flows

    def run(self, tick: Tick) -> None:
        """One quarter hour: at most one truck, and whoever comes at night."""
        for theft in self._thefts:
            self._steal(theft, tick)
        traffic = self._profile.traffic
        if not traffic:
            return
        turn = self._draws.below(len(traffic), "turn", tick.number)
        for each in (*traffic[turn:], *traffic[:turn]):
            if self._comes(each, tick) and self._serve(each, tick):
                return

    def _comes(self, traffic: Traffic, tick: Tick) -> bool:
        early, late = traffic.hours
        if not early * 60 <= tick.minute < late * 60:
            return False
        if tick.weekday not in self._profile.schedule.days or not traffic.days[0] <= tick.day < traffic.days[1]:
            return False
        held = sum(self._holdings.held(kind + traffic.stock) for kind in (DRY, MOIST, STONES))
        if (held >= traffic.level_g) if traffic.inbound else (held <= traffic.level_g):
            return False
        ppm = traffic.per_day * MILLION // (4 * (late - early))
        return self._draws.happens(ppm, f"truck/{traffic.name}", tick.number)

    def _serve(self, traffic: Traffic, tick: Tick) -> bool:
        first = tick.number * TICK_S + self._draws.between(20, 120, "first", tick.number)
        last = tick.number * TICK_S + self._draws.between(780, 880, "second", tick.number)
        going = self._trick(traffic.stock, tick) if traffic.inbound else None
        trick = None if going is None or self._came[traffic.stock] % going.every else going
        if traffic.stock in self._halls:
            load, wet = self._bundles(traffic, tick, first, trick), None
        else:
            load, wet = self._bulk(traffic, tick, last, trick)
        if not load:
            return False
        if going is not None:
            self._came[traffic.stock] += 1
        for consumer, use in traffic.uses.items():
            self.used[consumer] += load * use // MILLION
        self._weigh(traffic, tick, (first, last), load, genuine=trick is None, moist_ppm=wet)
        return True

    def _weigh(
        self, traffic: Traffic, tick: Tick, times: tuple[int, int], load: int, *, genuine: bool, moist_ppm: int | None
    ) -> None:
        truck = self._draws.below(_FLEET, f"fleet/{traffic.name}", tick.number)
        name = f"plate/{traffic.name}"
        tare = self._draws.between(*traffic.tare_g, f"{name}/tare", truck)
        mud = self._draws.between(0, _MUD_G, "mud", tick.number)
        digits = "".join(str(octet % 10) for octet in self._draws.octets(name, truck)[:5])
        self.weighings.append(
            Weighing(
                number=len(self.weighings) + 1,
                traffic=traffic.name,
                stock=traffic.stock,
                inbound=traffic.inbound,
                first=times[0],
                second=times[1],
                load_g=load,
                tare_g=tare + mud,
                plate=f"沪A{digits}",
                salt=self._draws.octets("salt", tick.number)[:_SALT_BYTES],
                genuine=genuine,
                moist_ppm=moist_ppm,
            )
        )

    # Bulk

    def _bulk(self, traffic: Traffic, tick: Tick, second: int, trick: Trick | None) -> tuple[int, int | None]:
        """Bring or take a load: its mass, 0 where there is no room or not enough, and how moist it is."""
        stock = self._profile.stock(traffic.stock)
        load = self._draws.between(*traffic.load_g, f"load/{traffic.name}", tick.number)
        if traffic.inbound:
            held = sum(self._holdings.held(kind + stock.name) for kind in (DRY, MOIST, STONES))
            if held + load > stock.capacity_g:
                return 0, None
            wet = self._draws.between(*stock.moisture_ppm, f"moisture/{traffic.name}", tick.number)
            if trick is not None:
                self._step(f"stones/{stock.name}", second, load, OUTSIDE, STONES + stock.name)
            else:
                self._bring(traffic, second, load - load * wet // MILLION, load * wet // MILLION)
            return load, wet if stock.moisture_ppm[1] else None
        dry, moist = self._parts(stock.name, load)
        if dry + moist < traffic.load_g[0]:
            return 0, None
        self._step(f"out/{traffic.name}", second, dry, DRY + stock.name, OUTSIDE)
        self._step(f"out_moist/{traffic.name}", second, moist, MOIST + stock.name, OUTSIDE)
        return dry + moist, moist * MILLION // (dry + moist) if stock.moisture_ppm[1] else None

    def _bring(self, traffic: Traffic, second: int, dry: int, moist: int) -> None:
        self._step(f"in/{traffic.name}", second, dry, OUTSIDE, DRY + traffic.stock)
        self._step(f"in_moist/{traffic.name}", second, moist, OUTSIDE, MOIST + traffic.stock)

    def _parts(self, stock: str, load: int) -> tuple[int, int]:
        """How much dry matter and water are in `load` of a stock, which may hold less."""
        dry, moist = self._holdings.free(DRY + stock), self._holdings.free(MOIST + stock)
        load = min(load, dry + moist)
        if not load:
            return 0, 0
        wet = max(load * moist // (dry + moist), load - dry)
        return load - wet, wet

    # Bundles

    def _bundles(self, traffic: Traffic, tick: Tick, first: int, trick: Trick | None) -> int:
        """Unload or load bundle by bundle, up to a load."""
        wanted = self._draws.between(*traffic.load_g, f"load/{traffic.name}", tick.number)
        if not traffic.inbound:
            return self._load_up(traffic, first, wanted)
        hall, total, count = self._halls[traffic.stock], 0, 0
        stock = self._profile.stock(traffic.stock)
        free = stock.capacity_g - self._holdings.held(DRY + stock.name) - self._holdings.held(STONES + stock.name)
        if free < traffic.load_g[1] or hall.free_slots < _MOST_BUNDLES:
            return 0
        while (mass := hall.next_mass()) + total <= wanted and count < _MOST_BUNDLES:
            second = first + 60 + _UNLOADING_S * count
            bundle = hall.bring(second, mass)
            if trick is None:
                self._step(f"in/{traffic.name}", second, mass, OUTSIDE, DRY + stock.name)
            else:
                self._falsify(bundle, hall, trick)
                self._step(f"stones/{stock.name}", second, mass, OUTSIDE, STONES + stock.name)
            total, count = total + mass, count + 1
        return total

    @staticmethod
    def _falsify(bundle: Bundle, hall: Hall, trick: Trick) -> None:
        bundle.genuine = False
        others = [other.tag for other in hall.present(bundle.came) if other.genuine]
        bundle.tag = others[bundle.number % len(others)] if trick.repeat_tags and others else ""

    def _load_up(self, traffic: Traffic, first: int, wanted: int) -> int:
        hall, total, count = self._halls[traffic.stock], 0, 0
        if self._holdings.free(DRY + traffic.stock) < traffic.load_g[1]:
            return 0
        while (bundle := hall.oldest()) is not None and bundle.mass_g + total <= wanted and count < _MOST_BUNDLES:
            second = first + 60 + _UNLOADING_S * count
            hall.take(bundle, second)
            self._step(f"out/{traffic.name}", second, bundle.mass_g, DRY + traffic.stock, OUTSIDE)
            total, count = total + bundle.mass_g, count + 1
        return total

    # Cheating

    def _trick(self, stock: str, tick: Tick) -> Trick | None:
        """What goes on with trucks that bring `stock`."""
        second = tick.number * TICK_S
        return next((each for each in self._tricks if each.stock == stock and each.begins <= second < each.ends), None)

    def _steal(self, theft: Theft, tick: Tick) -> None:
        early, late = _SMALL_HOURS
        second = tick.number * TICK_S
        if not (theft.begins <= second < theft.ends and tick.minute == early + (late - early) // 2):
            return
        hall = self._halls.get(theft.stock)
        if hall is None:
            dry, moist = self._parts(theft.stock, theft.night_g)
            self._step(f"taken/{theft.stock}", second, dry, DRY + theft.stock, OUTSIDE)
            self._step(f"taken_moist/{theft.stock}", second, moist, MOIST + theft.stock, OUTSIDE)
            return
        for bundle in _up_to(hall, theft.night_g):
            hall.take(bundle, second, unseen=True)
            self._step(f"taken/{theft.stock}", second, bundle.mass_g, DRY + theft.stock, OUTSIDE)

    def _step(self, name: str, second: int, amount: int, source: str, sink: str) -> None:
        if name not in self._steps:
            self._steps[name] = StepFlow()
            self._flows[name] = Flow(MASS, source, sink, self._steps[name])
        self._steps[name].add(second, amount)
        self._holdings.move(source, sink, amount)


def _up_to(hall: Hall, mass: int) -> Iterator[Bundle]:
    """The oldest bundles, of `mass` grams together at most; one at least."""
    left = mass
    while (bundle := hall.oldest()) is not None and (left == mass or bundle.mass_g <= left):
        left -= bundle.mass_g
        yield bundle
