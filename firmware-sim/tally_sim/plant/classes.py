"""Accuracy classes: how wrong an instrument may be, with the source of every number. No IO.

* Electricity, percentage error limits at unity power factor from 5 % of the rated current on: 0.2 and 0.5 for the
  classes 0.2S and 0.5S (IEC 62053-22:2020, table 3), 1 and 2 for the classes 1 and 2 (IEC 62053-21:2020, the same).
* Water, maximum permissible error between Q2 and Q4 up to 30 degrees: 1 % for class 1, 2 % for class 2 (OIML
  R 49-1:2013, 4.2); below Q2 3 % and 5 %, which no plant here flows at while it works.
* Weighbridges, class III (OIML R 76-1:2006, 3.5.1, table 6): half an e up to 500 e, one e up to 2,000 e, one and a half
  up to 10,000 e; in service twice that (3.5.2).
* Level gauges: no legal class. A multi-point radar over a cone of grain holds about half a percent of the height, a
  single point three to five; a laser scan of a yard one to three percent of the volume.
* Readers of tags have no class; a profile says how many they miss.
"""

from __future__ import annotations

from typing import Final

KINDS: Final = ("electricity", "water", "weighbridge", "silo", "rfid-gate", "rfid-hall")

_LIMIT_PPM: Final[dict[str, dict[str, int]]] = {
    "electricity": {"0.5S": 5_000, "0.2S": 2_000, "1": 10_000, "2": 20_000},
    "water": {"2": 20_000, "1": 10_000},
    "weighbridge": {"III": 0},
    "silo": {"radar": 5_000, "laser": 15_000, "point": 30_000},
    "rfid-gate": {"tags": 0},
    "rfid-hall": {"tags": 0},
}

R76_STEPS: Final = ((500, 5), (2_000, 10), (10_000, 15))
"""Up to so many e: the error permitted at verification, in tenths of e."""


def names(kind: str) -> tuple[str, ...]:
    """The classes that an instrument of `kind` may be of, the usual one first."""
    return tuple(_LIMIT_PPM[kind])


def limit_ppm(kind: str, name: str) -> int:
    """The permitted error in millionths: of the quantity for meters, of the height for gauges, else 0."""
    return _LIMIT_PPM[kind][name]


def scale_limit_g(load_g: int, interval_g: int, *, in_service: bool) -> int:
    """The error that a class III scale may show at `load_g`, in grams; beyond 10,000 e as at 10,000 e."""
    tenths = next((limit for upto, limit in R76_STEPS if abs(load_g) <= upto * interval_g), R76_STEPS[-1][1])
    return interval_g * tenths // 10 * (2 if in_service else 1)
