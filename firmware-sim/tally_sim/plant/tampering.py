"""What may be done to a plant: to its meters, and to its goods. Plain data. No IO."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

BILLION: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Life:
    """From `begins` (Unix seconds) on: another serial or another beginning of the register, in its last digits."""

    begins: int
    serial: str
    """Empty: that of the life that it continues."""
    opening: int = 0
    continues: int | None = None
    """The register goes on from what it showed when an earlier life ended: 0 the last one, 1 the one before it, as a
    meter that is put back. None: it begins at `opening`."""
    bias_ppb: int | None = None
    """None: drawn from the class."""
    calibrated_until: int = 0


@dataclass(frozen=True, slots=True)
class Scaled:
    """The meter counts `ppb` billionths of what it counted, and every day `ppb_day` more or less."""

    begins: int
    ends: int
    ppb: int = BILLION
    ppb_day: int = 0

    def factor_ppb(self, at: int) -> int:
        """What the whole is multiplied by at `at`, in billionths."""
        return self.ppb + self.ppb_day * (at - self.begins) // 86_400 if self.begins <= at < self.ends else BILLION


@dataclass(frozen=True, slots=True)
class Diverted:
    """`ppm` of one of the flows goes round the meter."""

    begins: int
    ends: int
    flow: str
    ppm: int


@dataclass(frozen=True, slots=True)
class Stand:
    """On a test stand: `rate` millionths a second, whatever flows in the plant."""

    begins: int
    ends: int
    rate: int


@dataclass(slots=True)
class Tampering:
    """All that happened to a meter."""

    lives: list[Life] = field(default_factory=list)
    changes: list[Scaled] = field(default_factory=list)
    diverted: list[Diverted] = field(default_factory=list)
    stands: list[Stand] = field(default_factory=list)
    rolls_at: int | None = None
    calibrated_until: int | None = None


@dataclass(frozen=True, slots=True)
class Theft:
    """Goods that are driven out at night, past weighbridge and gate, between two seconds since the beginning."""

    stock: str
    begins: int
    ends: int
    night_g: int


@dataclass(frozen=True, slots=True)
class Trick:
    """Trucks that bring stones for goods between two seconds since the beginning."""

    stock: str
    begins: int
    ends: int
    every: int
    """One truck in so many, the first one among them."""
    repeat_tags: bool
