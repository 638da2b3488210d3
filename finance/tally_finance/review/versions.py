"""Restatements (重述): versions of one footprint, each after the one before, none ever taken away. No IO.

A covenant that was tested on a day was tested on what was known that day: `as_known_at` gives that version, whatever
came later. Every version after the first says why it is there and what it changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, unique
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from typing import Final

from tally_edge import wire as codec
from tally_edge.wire import COUNT, DIGEST, TIME, enum, text, wire
from tally_finance.errors import ReviewError

THRESHOLD: Final = Fraction(5, 100)
"""A change of the total beyond this, at once or by and by, is told as significant wherever the version is shown."""

FIRST: Final = bytes(32)
"""`prev` of the first version."""

_TOTAL: Final = re.compile(r"-?[0-9]{1,900}(/[1-9][0-9]{0,900})?")
_DOMAIN: Final = b"tallystick report version 1\0"


@unique
class Reason(IntEnum):
    """Why there is another version."""

    FIRST = 1
    NEW_EVIDENCE = 2
    CORRECTION = 3
    FACTOR_SUPERSEDED = 4
    METHOD = 5
    BOUNDARY = 6


@dataclass(frozen=True, slots=True)
class Stated:
    """A report as its maker states it. `total`: kgCO2e; `known_at`: Unix seconds."""

    report: bytes
    total: Fraction
    known_at: int
    explanation: str
    made_by: str


@dataclass(frozen=True, slots=True)
class Version:
    """A report in its line. `total`: kgCO2e as numerator and denominator in decimal; `line`: site, product and period.

    `report`: SHA-256 of the report's bytes, which are kept beside it. Who and when are by the word of whoever made it.
    """

    line: str = wire(1, text(255))
    number: int = wire(2, COUNT)
    prev: bytes = wire(3, DIGEST)
    report: bytes = wire(4, DIGEST)
    total: str = wire(5, text(2_000))
    known_at: int = wire(6, TIME)
    reason: Reason = wire(7, enum(Reason))
    explanation: str = wire(8, text(2_000))
    made_by: str = wire(9, text(200))

    @property
    def digest(self) -> bytes:
        """What the next version names."""
        return sha256(_DOMAIN + codec.encode(self)).digest()

    @property
    def total_kg(self) -> Fraction:
        """The total, exact. Raises ReviewError."""
        if _TOTAL.fullmatch(self.total) is None:
            raise ReviewError(f"{self.total[:40]!r} is no total")
        return Fraction(self.total)


@dataclass(frozen=True, slots=True)
class Change:
    """From one version to the next. `part`: of the total before; None where that was 0.

    `drift`: from the version that was last told as significant, or else the first: small steps add up.
    """

    before: Version
    after: Version
    by_kg: Fraction
    part: Fraction | None
    drift: Fraction | None

    @property
    def is_significant(self) -> bool:
        """Whether it has to be told beside the total."""
        return any(part is None or abs(part) > THRESHOLD for part in (self.part, self.drift))


class Versions:
    """All versions of one line, checked. Raises ReviewError where they are none."""

    def __init__(self, versions: Iterable[Version]) -> None:
        self.all: Sequence[Version] = tuple(versions)
        prev, known_at = FIRST, 0
        for number, one in enumerate(self.all, 1):
            if one.number != number or one.prev != prev:
                raise ReviewError(f"version {number} does not follow the one before")
            if one.line != self.all[0].line or one.known_at < known_at:
                raise ReviewError(f"version {number} is of another footprint, or from before the one before")
            if (one.reason is Reason.FIRST) != (number == 1) or not one.explanation.strip():
                raise ReviewError(f"version {number} does not say why it is there")
            _ = one.total_kg
            prev, known_at = one.digest, one.known_at

    def after(self, stated: Stated, reason: Reason) -> Version:
        """The next version; to be kept, and then one of these. Raises ReviewError."""
        if not self.all:
            raise ReviewError("the first version begins a line: use `begin`")
        last = self.all[-1]
        if stated.report == last.report:
            raise ReviewError("this is the report that stands already")
        made = _version(last.line, (last.number + 1, last.digest), stated, reason)
        Versions([*self.all, made])
        return made

    def as_known_at(self, at: int) -> Version | None:
        """The version that stood at a time, Unix seconds; None before the first."""
        found = [one for one in self.all if one.known_at <= at]
        return found[-1] if found else None

    def changes(self) -> tuple[Change, ...]:
        """From each version to the next."""
        made, told = list[Change](), self.all[:1]
        for before, after in pairwise(self.all):
            by = after.total_kg - before.total_kg
            change = Change(before, after, by, _part(before, after), _part(told[0], after))
            told = (after,) if change.is_significant else told
            made.append(change)
        return tuple(made)


def begin(line: str, stated: Stated) -> Version:
    """The first version of a line. Raises ReviewError."""
    made = _version(line, (1, FIRST), stated, Reason.FIRST)
    Versions([made])
    return made


def _part(before: Version, after: Version) -> Fraction | None:
    return (after.total_kg - before.total_kg) / before.total_kg if before.total_kg else None


def _version(line: str, place: tuple[int, bytes], stated: Stated, reason: Reason) -> Version:
    total = str(stated.total)
    return Version(line, *place, stated.report, total, stated.known_at, reason, stated.explanation, stated.made_by)
