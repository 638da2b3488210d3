"""The boundary of a site (核算边界): which meters make it up, since when, and what they are held against. No IO.

`boundary_file` reads it. A version holds from its date until the next: what is left out later stays in what was before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, unique
from zoneinfo import ZoneInfo

from tally_finance.activity.ceiling import Ceiling
from tally_finance.errors import ActivityError


@unique
class Role(Enum):
    """What a meter is to the site."""

    MAIN = "main"
    """What comes in from outside: bought (总表)."""
    SUB = "sub"
    """A part of what another meter counts; it adds nothing (分表)."""
    GENERATION = "generation"
    """What the site makes itself (自发电表)."""
    EXPORT = "export"
    """What goes out again (上网表): it is taken off."""
    COUNTER = "counter"
    """No energy or water of the site: output and stock, to compare with (计数)."""


@dataclass(frozen=True, slots=True)
class Line:
    """A meter of the boundary, by its metering point and register.

    `parent` names the meter that a sub-meter is part of, or behind which generation and export are connected.
    `ceiling`: the most that can pass; `interval_s` where the meter keeps no register and shows what passed in so many
    seconds; `unmetered_most`: the share of it that may reach no sub-meter.
    """

    name: str
    point: str
    register: str
    unit: str
    medium: str
    role: Role
    parent: str | None = None
    ceiling: Ceiling | None = None
    interval_s: int | None = None
    unmetered_most: Decimal | None = None

    @property
    def adds(self) -> bool:
        """Whether a gap in it must not be filled with less than can have passed; else with no more than is sure."""
        return self.role is not Role.EXPORT

    @property
    def counts(self) -> bool:
        """Whether it is of a medium of the site: a counter counts output."""
        return self.role is not Role.COUNTER


@dataclass(frozen=True, slots=True)
class Version:
    """The meters of the site from `from_at` (Unix seconds) on, and why they are others than before."""

    from_at: int
    reason: str
    lines: tuple[Line, ...]

    def named(self, name: str) -> Line | None:
        """The meter with a name."""
        return next((one for one in self.lines if one.name == name), None)

    def of(self, medium: str, role: Role) -> list[Line]:
        """The meters of a medium in a role."""
        return [one for one in self.lines if one.medium == medium and one.role is role]

    def below(self, name: str, *roles: Role) -> list[Line]:
        """The meters in some roles whose parent is `name`."""
        return [one for one in self.lines if one.parent == name and one.role in roles]

    def wrong(self) -> tuple[str, str] | None:
        """The name of a meter that can not stand so, and why; None where all is well."""
        seen: dict[tuple[str, str], str] = {}
        units: dict[str, str] = {}
        for line in self.lines:
            parent = None if line.parent is None else self.named(line.parent)
            if self.named(line.name) is not line:
                return line.name, "two meters have this name"
            if seen.setdefault((line.point, line.register), line.name) != line.name:
                return line.name, f"is the same register as {seen[line.point, line.register]}"
            if line.role is not Role.COUNTER and units.setdefault(line.medium, line.unit) != line.unit:
                return line.name, f"is in {line.unit}, other meters of {line.medium} in {units[line.medium]}"
            if (line.role is Role.SUB) and line.parent is None:
                return line.name, "names no parent"
            if line.role in {Role.MAIN, Role.COUNTER} and line.parent is not None:
                return line.name, f"is a {line.role.value} and has no parent"
            if line.parent is not None and (parent is None or parent.medium != line.medium):
                return line.name, f"its parent {line.parent!r} is no meter of {line.medium}"
            if self._circles(line):
                return line.name, "is its own parent"
        return None

    def _circles(self, line: Line) -> bool:
        at: Line | None = line
        for _ in self.lines:
            at = None if at is None or at.parent is None else self.named(at.parent)
        return at is not None


@dataclass(frozen=True, slots=True)
class Invoice:
    """A utility's invoice (账单) of one meter over [`from_at`, `to_at`): the registers it names, where it does, and its
    quantity in the meter's unit, which may be off by `tolerance`."""

    number: str
    meter: str
    from_at: int
    to_at: int
    quantity: Decimal
    tolerance: Decimal
    opening: Decimal | None = None
    closing: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What meters used for what counters made: kWh per tonne, m³ per tonne, kWh per m³, by the month.

    `usual`: the ratio's range where the reader knows it; else the months themselves say what is unusual.
    """

    name: str
    used: tuple[str, ...]
    made: tuple[str, ...]
    usual: tuple[Decimal, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class Boundary:
    """A site's boundary sheet: versions in order of time, invoices, comparisons. `digest`: SHA-256 of its text."""

    name: str
    zone: ZoneInfo
    versions: tuple[Version, ...]
    invoices: tuple[Invoice, ...]
    comparisons: tuple[Comparison, ...]
    digest: bytes

    def over(self, from_at: int, to_at: int) -> Iterator[tuple[int, int, Version]]:
        """(from, to, version) over a period. Raises ActivityError where no version holds at its beginning."""
        if self.versions[0].from_at > from_at:
            raise ActivityError(f"{self.name}: the boundary begins only at {self.versions[0].from_at}")
        ends = [*(one.from_at for one in self.versions[1:]), to_at]
        for version, end in zip(self.versions, ends, strict=True):
            begin, until = max(version.from_at, from_at), min(end, to_at)
            if begin < until:
                yield begin, until, version
