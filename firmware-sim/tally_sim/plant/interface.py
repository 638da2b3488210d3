"""What a plant shows to the outside: instruments to be read, and the truth for whoever judges afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

Value = int | Decimal | str | bytes | bool


@dataclass(frozen=True, slots=True)
class Record:
    """One thing an instrument shows at `at` (Unix seconds). `unit` is a SenML unit, empty for text, bytes, flags."""

    register: str
    value: Value
    unit: str
    at: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What stands on an instrument's plate, and in its certificate.

    `modulus` is the first value a register cannot show (per register, in units of its last digit times 10**-decimals
    written out: 1000000 for six digits before the point). `multiplier` is the ratio that quantities are multiplied by.
    `relative_error` and `absolute_error` are the bounds of the instrument's class: of a difference of two readings for
    meters, of one weighing in kilograms for a weighbridge, of the level for a gauge. A register without a modulus is no
    cumulative one.
    """

    serial: str
    kind: str
    """electricity, water, weighbridge, piece-scale, silo, rfid-gate, rfid-hall"""
    registers: tuple[str, ...]
    cadence_s: int
    modulus: Mapping[str, Decimal]
    multiplier: int = 1
    relative_error: Decimal = Decimal(0)
    absolute_error: Decimal = Decimal(0)
    parent: str = ""
    calibrated_until: int = 0
    accuracy_class: str = "stated"
    """As the plate names it."""


class Instrument(Protocol):
    """A meter, a scale, a level gauge or a gate, faults and all. Reading it changes nothing that was shown before."""

    name: str

    def facts(self, at: int) -> Facts:
        """What its plate says at `at`: an exchanged meter is another one."""
        ...

    def read(self, at: int, since: int | None = None) -> Sequence[Record]:
        """The registers at `at`, and the events (weighings, serials) of `since` < t <= `at`. Empty: it is silent."""
        ...


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that was injected, and when: the truth that a run is judged against."""

    name: str
    """The name of the fault or of the attack, as on the command line."""
    where: str
    """The instrument or the stock, or "" for the whole site."""
    begins: int
    ends: int
    what: str
    """One sentence for people."""


class Plant(Protocol):
    """A site over a span of time, a function of profile and seed alone."""

    name: str
    begins: int
    ends: int
    instruments: Mapping[str, Instrument]
    stocks: Mapping[str, tuple[str, ...]]
    """The names of the instruments that show each stock of goods, by its name."""
    happenings: Sequence[Happening]

    def truth(self, at: int) -> Mapping[str, Decimal]:
        """What really is, by name of the quantity (`stock/coil_kg`, `drawn/furnace_kwh`): exact, never measured."""
        ...
