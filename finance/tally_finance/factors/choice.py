"""Which factor counts: by a rule, with all that it could have been beside it (因子选择). No IO.

Whoever picks a factor by hand picks the low one: between a province, its grid region and the nation, between this
year's and the last, between an average and a residual, a factory's footprint moves by half. So a rule chooses:

1. Only factors of the activity, of one of the regions named, of the basis, and per the unit asked for. A basis is never
   mixed: no life-cycle factor stands in for a consumption average.
2. Superseded ones are out.
3. Of those of the activity's year or earlier, the newest data year. An earlier one is a fallback and is told as one;
   a later one never counts.
4. In that year the narrowest region: province, grid region, nation, as the caller orders them.
5. Of those the one that counts all gases, before the one that counts carbon dioxide alone.
6. Then an admitted one before one with a single source. Two that are still alike are an error, not a matter of taste.
"""

from __future__ import annotations

from dataclasses import dataclass

from tally_finance.errors import FactorError, NoFactorError
from tally_finance.factors.factor import Basis, Factor
from tally_finance.factors.registry import Registry, order
from tally_finance.factors.unit import Gas


@dataclass(frozen=True, slots=True)
class Alternative:
    """A factor that the rule did not choose, and why not."""

    factor: Factor
    why_not: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The factor that counts. `rule` says in a sentence how it came to be.

    `fallback`: it is of an earlier year, or of a wider region, than was asked for. `owner`: whose own factor it is,
    None of one that ships.
    """

    factor: Factor
    rule: str
    fallback: bool
    alternatives: tuple[Alternative, ...]
    owner: str | None = None

    @property
    def marks(self) -> tuple[str, ...]:
        """What is written beside a result that rests on it."""
        own = "" if self.owner is None else f"own factor of {self.owner} (自有因子)"
        return tuple(mark for mark in (self.factor.mark, own, self.rule if self.fallback else "") if mark)


@dataclass(frozen=True, slots=True)
class _Asked:
    activity: str
    regions: tuple[str, ...]
    year: int
    basis: Basis
    per: str | None

    def __str__(self) -> str:
        per = "" if self.per is None else f", per {self.per}"
        return f"{self.activity} in {', '.join(self.regions)}, {self.year}, {self.basis.value}{per}"


def choose(
    registry: Registry, activity: str, regions: tuple[str, ...], year: int, basis: Basis, *, per: str | None = None
) -> Choice:
    """The factor for an activity in a year, which is the activity's own unless a sheet says why it is another.

    `regions`: from the narrowest to the widest, such as CN-JS, CN-grid:华东, CN. `per`: what the activity is counted in
    (`kWh`, `kWh_gross`, `m3`), where factors for several are there. Raises NoFactorError that names what is missing,
    and FactorError where the rule does not say which of several counts.
    """
    if not regions:
        raise FactorError("a factor is chosen for a region: none was named")
    asked = _Asked(activity, regions, year, basis, per)
    about = [factor for factor in registry if factor.activity == activity and factor.region in regions]
    fit = [factor for factor in about if not _unfit(registry, factor, asked)]
    if not fit:
        raise NoFactorError(_missing(about, asked))
    newest = max(factor.data_year for factor in fit)
    region = min((factor.region for factor in fit if factor.data_year == newest), key=regions.index)
    chosen = _one_of([factor for factor in fit if factor.data_year == newest and factor.region == region])
    alternatives = tuple(
        Alternative(factor, _unfit(registry, factor, asked) or _behind(factor, chosen))
        for factor in about
        if factor is not chosen
    )
    fallback = newest < year or region != regions[0]
    return Choice(chosen, _sentence(chosen, asked), fallback, alternatives, registry.owners.get(chosen.digest))


def _one_of(near: list[Factor]) -> Factor:
    """Of factors of one activity, region, year and basis."""
    pers = sorted({factor.unit.common.per for factor in near})
    if len(pers) > 1:
        raise FactorError(f"{near[0].activity} has factors per {', '.join(pers)}: say which is meant")
    best = max(_worth(factor) for factor in near)
    alike = [factor for factor in near if _worth(factor) == best]
    if len(alike) > 1:
        named = ", ".join(f"{one.value:f} {one.unit} ({one.digest.hex()[:12]})" for one in sorted(alike, key=order))
        raise FactorError(f"factors for {near[0].activity} are alike, and none supersedes another: {named}")
    return alike[0]


def _worth(factor: Factor) -> tuple[bool, bool]:
    return factor.gas is not Gas.CO2, factor.admitted


def _unfit(registry: Registry, factor: Factor, asked: _Asked) -> str:
    """Why a factor can not be chosen whatever else there is; empty where it can."""
    newer = registry.superseded_by(factor)
    if factor.basis is not asked.basis:
        return f"counts on another basis: {factor.basis.value}"
    if asked.per is not None and factor.unit.common.per != asked.per:
        return f"is per {factor.unit.common.per}, not per {asked.per}"
    if newer is not None:
        return f"superseded by {newer.digest.hex()[:12]}"
    if factor.data_year > asked.year:
        return f"its data are of {factor.data_year}, after the year asked for"
    return ""


def _behind(factor: Factor, chosen: Factor) -> str:
    """Why another one came first."""
    if factor.data_year != chosen.data_year:
        return f"older data: {factor.data_year}"
    if factor.region != chosen.region:
        return f"a wider region than {chosen.region}"
    if factor.gas is not chosen.gas:
        return f"counts {factor.gas.value} alone"
    return "has one source only"


def _sentence(chosen: Factor, asked: _Asked) -> str:
    skipped = ", ".join(asked.regions[: asked.regions.index(chosen.region)])
    where = f"none of that year for {skipped}" if skipped else "the narrowest region"
    if chosen.data_year == asked.year:
        return f"{chosen.region}, {where}; data of {asked.year}, the year asked for"
    return f"{chosen.region}, {where}; data of {chosen.data_year}, the newest before {asked.year} (回退)"


def _missing(about: list[Factor], asked: _Asked) -> str:
    if not about:
        return f"no factor for {asked.activity} in {', '.join(asked.regions)}"
    there = sorted({f"{one.region} {one.data_year} {one.basis.value} {one.unit}" for one in about})
    return f"no factor for {asked}; there are: {'; '.join(there[:12])}"
