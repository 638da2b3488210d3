"""What stands between an instrument and whoever reads it: a dead bus, a frozen value, another pile. No IO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tally_sim.plant.interface import Facts, Instrument, Record


@dataclass(slots=True)
class Silent:
    """Nobody answers from `begins` to before `ends`. What happened meanwhile is told when somebody asks later."""

    instrument: Instrument
    begins: int
    ends: int
    name: str

    def facts(self, at: int) -> Facts:
        """See `Instrument`."""
        return self.instrument.facts(at)

    def read(self, at: int, since: int | None = None) -> Sequence[Record]:
        """See `Instrument`."""
        return () if self.begins <= at < self.ends else self.instrument.read(at, since)


@dataclass(slots=True)
class Frozen:
    """From `begins` to before `ends` the registers show what they showed at `begins`, and no event is told."""

    instrument: Instrument
    begins: int
    ends: int
    name: str

    def facts(self, at: int) -> Facts:
        """See `Instrument`."""
        return self.instrument.facts(at)

    def read(self, at: int, since: int | None = None) -> Sequence[Record]:
        """See `Instrument`."""
        if not self.begins <= at < self.ends:
            return self.instrument.read(at, since)
        stale = [replace(record, at=at) for record in self.instrument.read(self.begins)]
        if since is None or since >= self.begins:
            return stale
        registers = set(self.facts(self.begins).registers)
        return (*(each for each in self.instrument.read(self.begins, since) if each.register not in registers), *stale)


@dataclass(slots=True)
class Moved:
    """From `begins` to before `ends` it sees what `other` sees, under its own name and plate."""

    instrument: Instrument
    other: Instrument
    begins: int
    ends: int
    name: str

    def facts(self, at: int) -> Facts:
        """See `Instrument`."""
        return self.instrument.facts(at)

    def read(self, at: int, since: int | None = None) -> Sequence[Record]:
        """See `Instrument`."""
        if self.begins <= at < self.ends:
            return self.other.read(at, None if since is None else max(since, self.begins - 1))
        if since is not None and self.begins <= since < self.ends <= at:
            since = self.ends - 1
        return self.instrument.read(at, since)


@dataclass(slots=True)
class Alias:
    """A second name, and a second plate without a certificate, for what another instrument sees."""

    instrument: Instrument
    serial: str
    name: str

    def facts(self, at: int) -> Facts:
        """See `Instrument`."""
        return replace(self.instrument.facts(at), serial=self.serial, calibrated_until=0)

    def read(self, at: int, since: int | None = None) -> Sequence[Record]:
        """See `Instrument`."""
        return self.instrument.read(at, since)
