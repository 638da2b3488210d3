"""Data quality of financed emissions (融资排放数据质量), derived from evidence and never ticked. No IO.

PCAF's scale for business loans goes from 1, the best, to 5 (Global GHG Accounting and Reporting Standard, part A,
options 1a to 3b). A device's signature says where a number comes from and not that somebody independent looked at it:
energy that devices signed, times an official factor, is option 2a and scores 2; only a third party's verification that
is bound to the very same report makes it 1. The bank's own conclusion never does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, unique
from fractions import Fraction
from typing import Final

from tally_finance.errors import ReviewError


@unique
class Option(Enum):
    """PCAF's options; `score` is its place on the scale."""

    VERIFIED = ("1a", 1, "reported, and verified by a third party")
    REPORTED = ("1b", 2, "reported by the company, not verified")
    ENERGY = ("2a", 2, "from energy that was measured, and its emission factors")
    PRODUCTION = ("2b", 3, "from production, and emission factors of the sector")
    REVENUE = ("3a", 4, "from revenue, and emission factors of the sector")
    ASSETS = ("3b", 5, "from assets or turnover of assets, and emission factors of the sector")

    def __init__(self, code: str, score: int, text: str) -> None:
        self.code, self.score, self.text = code, score, text


@unique
class Rests(Enum):
    """What a part of a footprint rests on."""

    DEVICES = "readings that devices signed"
    CEILINGS = "physical ceilings in place of readings"
    STATED = "what the company states"
    PRODUCTION = "production"
    REVENUE = "revenue"
    ASSETS = "assets"


_OPTION_OF: Final = {
    Rests.DEVICES: Option.ENERGY,
    # What nobody measured is no primary activity data, however careful the ceiling is.
    Rests.CEILINGS: Option.PRODUCTION,
    Rests.STATED: Option.REPORTED,
    Rests.PRODUCTION: Option.PRODUCTION,
    Rests.REVENUE: Option.REVENUE,
    Rests.ASSETS: Option.ASSETS,
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a footprint: its emissions in kgCO2e, not below 0, and what they rest on."""

    name: str
    emissions: Fraction
    rests: Rests


@dataclass(frozen=True, slots=True)
class Scored:
    """A part with its option, and why it is that one."""

    part: Part
    option: Option
    why: str


@dataclass(frozen=True, slots=True)
class Quality:
    """`weighted`: scores weighted by emissions, exact; without any the worst of all parts."""

    parts: tuple[Scored, ...]
    weighted: Fraction

    @property
    def worst(self) -> int:
        """The score of the weakest part."""
        return _worst(self.parts)


def quality(parts: Sequence[Part], verification: str | None) -> Quality:
    """The scores of a footprint's parts.

    `verification`: why a third party's verification stands for this report (`opinions.standing` found nothing against
    it), or None. Raises ReviewError for emissions below 0.
    """
    if any(part.emissions < 0 for part in parts):
        raise ReviewError("a part of a footprint has emissions below 0: removals are not weighed with it")
    scored = tuple(_scored(part, verification) for part in parts)
    total = sum((part.emissions for part in parts), Fraction(0))
    if total == 0:
        return Quality(scored, Fraction(_worst(scored)))
    return Quality(scored, sum((one.option.score * one.part.emissions for one in scored), Fraction(0)) / total)


def _scored(part: Part, verification: str | None) -> Scored:
    option = _OPTION_OF[part.rests]
    if verification is not None and option in {Option.ENERGY, Option.REPORTED}:
        return Scored(part, Option.VERIFIED, f"rests on {part.rests.value}; {verification}")
    return Scored(part, option, f"rests on {part.rests.value}; no third party's verification stands for it")


def _worst(parts: Sequence[Scored]) -> int:
    return max((one.option.score for one in parts), default=Option.ASSETS.score)
