"""What breaks by itself in a device that signs, and between it and its gateway.

A fault is a span of true time. Those of power and state interrupt the device, those of the clock make it wrong, those
of delivery change when, how often and whether a statement arrives; nothing here changes what a signature covers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from tally_sim.device.clock import Wrong
from tally_sim.device.signing import ClockState, Said
from tally_sim.plant.draws import Draws
from tally_sim.plant.interface import Happening


@dataclass(frozen=True, slots=True)
class Delivery:
    """A statement, and when it arrives (Unix seconds) if nothing else comes in between."""

    at: int
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFault:
    """From `begins` to before `ends` (Unix seconds)."""

    name: ClassVar[str]
    help: ClassVar[str]
    """One line for people."""

    begins: int
    ends: int

    def happening(self, device: str) -> Happening:
        """The truth about it, at the device of that URI."""
        return Happening(self.name, device, self.begins, self.ends, self.help)

    def wrong(self) -> Wrong | None:
        """How the clock is wrong meanwhile."""
        return None

    def deliver(self, deliveries: Sequence[Delivery], draws: Draws) -> list[Delivery]:
        """What arrives instead of `deliveries`."""
        del draws
        return list(deliveries)

    def covers(self, delivery: Delivery) -> bool:
        """Whether a statement was signed meanwhile."""
        return self.begins <= delivery.said.signed_at < self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class BrownOut(DeviceFault):
    """The supply fails: what was read and not yet said is gone, the registers of the meter go on."""

    name = "brown-out"
    help = "the device loses its supply, and what it had not said yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateLost(DeviceFault):
    """The device dies at `begins`; at `ends` another one hangs there, with another key, that says since when."""

    name = "state-lost"
    help = "the device dies and is replaced by another one with another key"


@dataclass(frozen=True, slots=True, kw_only=True)
class LostPage(DeviceFault):
    """A page of the outbox's flash goes bad: what was signed meanwhile never arrives, its numbers are missing."""

    name = "lost-page"
    help = "a page of flash goes bad: signed statements are lost before they are sent"

    def deliver(self, deliveries: Sequence[Delivery], draws: Draws) -> list[Delivery]:
        """See `DeviceFault`."""
        del draws
        return [each for each in deliveries if not self.covers(each)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSkew(DeviceFault):
    """The crystal is off: ±20 ppm is what is sold, a hundred and more is one that aged or froze."""

    name = "clock-skew"
    help = "the clock gains or loses, and is set right at the end"

    ppm: int = 500

    def wrong(self) -> Wrong | None:
        """See `DeviceFault`."""
        return Wrong(self.begins, self.ends, ppm=self.ppm)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStep(DeviceFault):
    """Somebody sets the clock, or a time server lies; it is set right at the end."""

    name = "clock-step"
    help = "the clock is set wrong by so many seconds, and right again at the end"

    ahead_s: int = 7_200

    def wrong(self) -> Wrong | None:
        """See `DeviceFault`."""
        return Wrong(self.begins, self.ends, ahead_s=self.ahead_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockUnset(DeviceFault):
    """The battery of the clock is empty: the device knows that it does not know the time."""

    name = "clock-unset"
    help = "the clock is not set, and the device says so"

    def wrong(self) -> Wrong | None:
        """See `DeviceFault`."""
        return Wrong(self.begins, self.ends, state=ClockState.UNSET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate(DeviceFault):
    """An acknowledgement is lost: the same statement comes again."""

    name = "duplicate"
    help = "statements arrive twice"

    later_s: int = 45

    def deliver(self, deliveries: Sequence[Delivery], draws: Draws) -> list[Delivery]:
        """See `DeviceFault`."""
        del draws
        again = [replace(each, at=each.at + self.later_s) for each in deliveries if self.covers(each)]
        return sorted([*deliveries, *again], key=lambda each: each.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reorder(DeviceFault):
    """Two links to the gateway of unlike speed: statements overtake each other."""

    name = "reorder"
    help = "statements arrive in another order"

    within_s: int = 7_200

    def deliver(self, deliveries: Sequence[Delivery], draws: Draws) -> list[Delivery]:
        """See `DeviceFault`."""
        held = [
            replace(each, at=each.at + draws.below(self.within_s, "reorder", number)) if self.covers(each) else each
            for number, each in enumerate(deliveries)
        ]
        return sorted(held, key=lambda each: each.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay(DeviceFault):
    """No way to the gateway: everything waits in the outbox, and comes when the way is open again."""

    name = "delay"
    help = "statements wait for the end of an outage of days"

    def deliver(self, deliveries: Sequence[Delivery], draws: Draws) -> list[Delivery]:
        """See `DeviceFault`. Their order stays."""
        del draws
        held = [replace(each, at=max(each.at, self.ends)) if self.covers(each) else each for each in deliveries]
        return sorted(held, key=lambda each: each.at)


DEVICE_FAULTS: Final[dict[str, type[DeviceFault]]] = {
    kind.name: kind
    for kind in (BrownOut, StateLost, LostPage, ClockSkew, ClockStep, ClockUnset, Duplicate, Reorder, Delay)
}
"""By name, as on the command line; `help` has one line for each."""
