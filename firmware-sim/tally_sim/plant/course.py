"""The course of a plant: its quarter hours one after the other, exactly, from a profile and a seed. No IO.

In every quarter hour, in this order:

    1  stocks dry and lose       what water evaporates, what dry matter is lost
    2  processes                 batches end, begin and go on; a process on a recorded load takes what its energy makes
    3  trucks                    at most one on the weighbridge: in where a stock is low, out where it is high
    4  consumers                 idle and working load, what processes and trucks used, and the losses of the lines

Stock that came in this quarter hour is not touched before the next, so no stock is ever below zero, at no second.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tally_sim.plant.calendar import TICK_S, Calendar, Tick
from tally_sim.plant.draws import MILLION
from tally_sim.plant.flows import OUTSIDE, Account, Books, EvenFlow, Flow
from tally_sim.plant.hall import Hall
from tally_sim.plant.holdings import Holdings
from tally_sim.plant.preparation import Preparation
from tally_sim.plant.profile import ELECTRICITY, WATER, Consumer, Process, Stock
from tally_sim.plant.trucks import DRY, MASS, MOIST, STONES, Gatehouse, Weighing

WIP: Final = "wip/"
LINE_LOSS: Final = "line_loss"
_TICKS_OF_A_DAY: Final = 96
_TICKS_OF_A_YEAR: Final = 365 * _TICKS_OF_A_DAY


@dataclass(frozen=True, slots=True)
class Course:
    """What happened: the books, every weighing, and the bundles of every hall by name of its stock."""

    begins: int
    ticks: int
    books: Books
    weighings: Sequence[Weighing]
    halls: dict[str, Hall]
    calendar: Calendar


@dataclass
class _Batch:
    number: int
    began: int
    ticks: int
    charge: int
    used: dict[str, int]


@dataclass
class _Machine:
    process: Process
    name: str
    batches: int = 0
    batch: _Batch | None = None


class Simulation:
    """A plant being run. `load`: millionths of a kilowatt hour in each quarter hour, for processes that follow it."""

    def __init__(self, plant: Preparation, load: Sequence[int] = ()) -> None:
        """`load` has a value for each quarter hour, or none where nothing follows it."""
        profile = plant.profile
        self._profile = profile
        self._draws = plant.draws
        self._begins = plant.begins
        self._ticks = (plant.ends - plant.begins) // TICK_S
        self._load = load
        self._calendar = Calendar(profile, plant.draws, plant.begins)
        self._halls = {stock.name: Hall(stock, plant.draws) for stock in profile.stocks if stock.bundle_g}
        self._accounts = self._open()
        self._holdings = Holdings({name: account.opening for name, account in self._accounts.items()})
        self._house = Gatehouse(plant, self._halls, self._holdings)
        self._machines = [
            _Machine(process, f"{process.name}/{number}")
            for process in profile.processes
            for number in range(process.machines)
        ]
        self._even: dict[str, list[int]] = {}
        self._ends: dict[str, tuple[str, str, str]] = {}
        self._remainders: defaultdict[str, int] = defaultdict(int)
        self._used: Counter[str] = Counter()

    def run(self) -> Course:
        """All quarter hours, once."""
        for number in range(self._ticks):
            tick = self._calendar.tick(number)
            working = self._calendar.works(tick)
            for stock in self._profile.stocks:
                self._age(stock, number)
            for machine in self._machines:
                self._process(machine, tick, working=working)
            self._house.run(tick)
            self._draw(number, working=working)
            self._holdings.next_tick()
        flows = {name: Flow(*self._ends[name], EvenFlow(amounts)) for name, amounts in self._even.items()}
        books = Books(self._accounts, flows | self._house.flows())
        return Course(self._begins, self._ticks, books, self._house.weighings, self._halls, self._calendar)

    # The accounts

    def _open(self) -> dict[str, Account]:
        accounts = {}
        for stock in self._profile.stocks:
            moist = stock.opening_g * sum(stock.moisture_ppm) // (2 * MILLION)
            dry = stock.opening_g - moist
            if stock.bundle_g:
                dry = self._halls[stock.name].mass
            accounts[DRY + stock.name] = Account(MASS, dry)
            accounts[MOIST + stock.name] = Account(MASS, moist)
            accounts[STONES + stock.name] = Account(MASS, 0)
        for process in self._profile.processes:
            accounts[WIP + process.name] = Account(MASS, 0)
        return accounts

    def _flow(self, name: str, number: int, amount: int, ends: tuple[str, str, str]) -> None:
        """`amount` flows in quarter hour `number`. `ends`: medium, source and sink."""
        _, source, sink = ends
        if name not in self._even:
            self._even[name] = [0] * self._ticks
            self._ends[name] = ends
        self._even[name][number] += amount
        self._holdings.move(source, sink, amount)

    def _share(self, name: str, amount: int, part: int, whole: int) -> int:
        """`amount` * `part` / `whole`; what is left over is carried to the next quarter hour."""
        shared, self._remainders[name] = divmod(amount * part + self._remainders[name], whole)
        return shared

    # Stocks

    def _age(self, stock: Stock, number: int) -> None:
        if stock.drying_ppm_day:
            moist = MOIST + stock.name
            dried = self._share(moist, self._holdings.held(moist), stock.drying_ppm_day, MILLION * _TICKS_OF_A_DAY)
            self._flow(f"dried/{stock.name}", number, dried, (MASS, moist, OUTSIDE))
        if stock.loss_ppm_year:
            dry = DRY + stock.name
            lost = self._share(dry, self._holdings.held(dry), stock.loss_ppm_year, MILLION * _TICKS_OF_A_YEAR)
            self._flow(f"lost/{stock.name}", number, lost, (MASS, dry, OUTSIDE))

    def _room(self, name: str) -> int:
        held = sum(self._holdings.held(kind + name) for kind in (DRY, MOIST, STONES))
        return self._profile.stock(name).capacity_g - held

    # Processes

    def _process(self, machine: _Machine, tick: Tick, *, working: bool) -> None:
        if machine.process.kind == "load":
            self._follow(machine.process, tick)
            return
        if machine.batch is None and working:
            self._charge(machine, tick)
        batch = machine.batch
        if batch is None:
            return
        done = tick.number - batch.began
        for consumer, amount in batch.used.items():
            self._used[consumer] += amount * (done + 1) // batch.ticks - amount * done // batch.ticks
        if done + 1 == batch.ticks:
            self._discharge(machine.process, machine.name, batch.number, tick.number, batch.charge)
            machine.batch = None

    def _charge(self, machine: _Machine, tick: Tick) -> None:
        process, number = machine.process, machine.batches
        name = f"batch/{machine.name}"
        charge = self._draws.between(*process.batch_g, f"{name}/mass", number)
        room = self._room(process.makes) - self._holdings.held(WIP + process.name)
        if charge > self._holdings.free(DRY + process.takes) or charge > room:
            return
        machine.batches += 1
        used = {
            consumer: self._draws.around(charge * rate // MILLION, process.spread_ppm, f"{name}/{consumer}", number)
            for consumer, rate in process.uses.items()
        }
        ticks = self._draws.between(*process.batch_ticks, f"{name}/ticks", number)
        machine.batch = _Batch(number, tick.number, ticks, charge, used)
        self._flow(f"charged/{process.name}", tick.number, charge, (MASS, DRY + process.takes, WIP + process.name))

    def _discharge(self, process: Process, name: str, number: int, tick: int, charge: int) -> None:
        """What was charged becomes product, scrap, and the rest a loss: to the gram."""
        made = charge * process.yield_ppm // MILLION
        scrap = min(
            charge - made,
            self._draws.around(charge * process.scrap_ppm // MILLION, process.spread_ppm, f"scrap/{name}", number),
        )
        wip = WIP + process.name
        self._flow(f"made/{process.name}", tick, made, (MASS, wip, DRY + process.makes))
        self._flow(f"scrap/{process.name}", tick, scrap, (MASS, wip, OUTSIDE))
        self._flow(f"waste/{process.name}", tick, charge - made - scrap, (MASS, wip, OUTSIDE))

    def _follow(self, process: Process, tick: Tick) -> None:
        """The energy is what was recorded; the mass is what that energy works, at the day's specific use."""
        energy = self._load[tick.number]
        (consumer,) = (c for c in self._profile.consumers if c.medium == ELECTRICITY and c.name in process.uses)
        self._used[consumer.name] += energy
        rate = self._draws.around(process.uses[consumer.name], process.spread_ppm, f"rate/{process.name}", tick.day)
        charge = max(0, energy - consumer.idle // 4) * MILLION // rate
        charge = min(charge, self._holdings.free(DRY + process.takes), max(0, self._room(process.makes)))
        for other, use in process.uses.items():
            if other != consumer.name:
                self._used[other] += charge * use // MILLION
        self._flow(f"charged/{process.name}", tick.number, charge, (MASS, DRY + process.takes, WIP + process.name))
        self._discharge(process, process.name, tick.number, tick.number, charge)

    # Energy and water

    def _draw(self, number: int, *, working: bool) -> None:
        total = 0
        for consumer in self._profile.consumers:
            rate = consumer.idle + (consumer.working if working else 0)
            amount = self._draws.around(rate // 4, consumer.spread_ppm, f"load/{consumer.name}", number)
            if self._follows(consumer):
                amount = 0  # its idle load is in the recording
            amount += self._used[consumer.name] + self._house.used[consumer.name]
            if consumer.medium == WATER:
                drained = amount * consumer.effluent_ppm // MILLION
                self._flow(f"drained/{consumer.name}", number, drained, (WATER, OUTSIDE, OUTSIDE))
                self._flow(f"evaporated/{consumer.name}", number, amount - drained, (WATER, OUTSIDE, OUTSIDE))
            else:
                self._flow(f"used/{consumer.name}", number, amount, (ELECTRICITY, OUTSIDE, OUTSIDE))
                total += amount
        self._used.clear()
        self._house.used.clear()
        # The loss of a line goes with the square of the current: twice the load, four times the loss.
        reference = self._profile.line_reference
        lost = self._share(LINE_LOSS, total * total, self._profile.line_loss_ppm, MILLION * reference)
        self._flow(LINE_LOSS, number, lost, (ELECTRICITY, OUTSIDE, OUTSIDE))

    def _follows(self, consumer: Consumer) -> bool:
        return consumer.medium == ELECTRICITY and any(
            process.kind == "load" and consumer.name in process.uses for process in self._profile.processes
        )
