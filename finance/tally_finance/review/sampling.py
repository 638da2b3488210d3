"""Which meters to visit (现场抽查计划): what arithmetic can not see is looked at, by risk and at random. No IO.

With signed and complete data a reviewer computes everything again, so nothing of that is sampled. What nobody can
compute is whether the meter sits on the right cable, behind the ratio that was signed, with its seal whole. Meters that
give a reason are all visited; of the others as many as meet one bad meter with the wanted confidence if `tolerable` of
them were bad, drawn without replacement.

The draw ranks SHA-256(domain ‖ seed ‖ report ‖ point): anybody repeats it, and no order of the meters matters. Whoever
knows the seed beforehand knows who will be visited: take it when the report is there, in front of a witness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from math import ceil
from typing import Final

from tally_finance.errors import ReviewError
from tally_finance.quantity.sampling import chance_to_find, needed_to_find
from tally_finance.review.reported import Meter

MIN_SEED: Final = 16
"""Bytes: nobody tries all of them for one that leaves a meter out."""
LARGE: Final = Fraction(20, 100)
"""Of its medium: an error of such a meter decides the total."""
ESTIMATED: Final = Fraction(1, 100)
"""Of a meter's own amount, or missing: beyond it somebody looks why."""
_DOMAIN: Final = b"tallystick visits 1\0"


@dataclass(frozen=True, slots=True)
class Visit:
    """A meter to go to, and why; without a reason it was drawn."""

    meter: Meter
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """`others`: meters that gave no reason; `drawn` of them; `chance`: to meet a bad one if `bad` of them were."""

    seed: bytes
    visits: tuple[Visit, ...]
    others: int
    drawn: int
    bad: int
    chance: Fraction


def plan(
    meters: Sequence[Meter],
    about: tuple[bytes, int],
    seed: bytes,
    tolerable: Decimal = Decimal("0.05"),
    confidence: Decimal = Decimal("0.95"),
) -> Plan:
    """The visits for a report. `about`: its digest, and the end of its period (Unix seconds).

    Raises ReviewError for a short seed, shares outside 0 to 1, and a report without meters.
    """
    if len(seed) < MIN_SEED:
        raise ReviewError(f"a seed has at least {MIN_SEED} bytes: a short one is tried until it suits")
    if not 0 < tolerable < 1 or not 0 < confidence < 1:
        raise ReviewError("the tolerable share and the confidence lie between 0 and 1")
    if not meters:
        raise ReviewError("the report names no meters")
    report, end = about
    told = [(meter, reasons(meter, meters, end)) for meter in meters]
    rest = sorted((meter for meter, why in told if not why), key=lambda meter: _rank(seed, report, meter))
    bad = ceil(tolerable * len(rest))
    looked = needed_to_find(len(rest), bad, confidence) if rest else 0
    visits = [Visit(meter, why) for meter, why in told if why]
    visits += [Visit(meter, ()) for meter in rest[:looked]]
    chance = chance_to_find(len(rest), bad, looked) if rest else Fraction(1)
    return Plan(seed, tuple(sorted(visits, key=lambda one: one.meter.key)), len(rest), looked, bad, chance)


def reasons(meter: Meter, every: Sequence[Meter], end: int) -> tuple[str, ...]:
    """Why a meter has to be looked at whatever is drawn."""
    found = []
    same = sum((abs(one.amount) for one in every if one.medium == meter.medium), Decimal(0))
    if same and Fraction(abs(meter.amount)) / Fraction(same) > LARGE:
        found.append(f"more than {int(100 * LARGE)} % of {meter.medium}")
    unsure = abs(meter.estimated) + abs(meter.missing)
    if Fraction(unsure) > ESTIMATED * Fraction(abs(meter.amount)):
        found.append("estimated or missing beyond 1 % of its amount")
    if meter.exchanges:
        found.append(f"exchanged {meter.exchanges} times" if meter.exchanges > 1 else "exchanged")
    if meter.calibrated_until is None:
        found.append("no calibration is shown")
    elif meter.calibrated_until < end:
        found.append("its calibration ended before the period did")
    return tuple(found)


def _rank(seed: bytes, report: bytes, meter: Meter) -> bytes:
    return sha256(_DOMAIN + sha256(seed).digest() + report + "\0".join(meter.key).encode()).digest()
