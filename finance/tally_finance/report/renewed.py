"""What a report says beside what it would say by the factors that ship now (因子更新后重算). No IO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any


@dataclass(frozen=True, slots=True)
class Moved:
    """A figure or a product of two reports, as they are told, in kgCO2e; None: it is not in it."""

    name: str
    then: Fraction | None
    now: Fraction | None

    @property
    def part(self) -> Fraction | None:
        """By how much of what it was it moved; None where there is nothing to compare it with."""
        if self.then is None or self.now is None or (not self.then and self.now):
            return None
        return (self.now - self.then) / self.then if self.then else Fraction(0)


@dataclass(frozen=True, slots=True)
class Renewed:
    """All figures in the order of the report, and the factors that only one of the two chose."""

    figures: tuple[Moved, ...]
    no_more: tuple[Mapping[str, Any], ...]
    instead: tuple[Mapping[str, Any], ...]

    @property
    def moved(self) -> bool:
        """Whether any figure is another one."""
        return any(one.then != one.now for one in self.figures)


def renewed(then: Mapping[str, Any], now: Mapping[str, Any]) -> Renewed:
    """Compare two reports of the same evidence and sheets, as their JSON says them."""
    told = [_figures(one) for one in (then, now)]
    names = dict.fromkeys([*told[0], *told[1]])
    chosen = [{one["digest"]: one for one in each["factors"]} for each in (then, now)]
    return Renewed(
        tuple(Moved(name, told[0].get(name), told[1].get(name)) for name in names),
        tuple(one for digest, one in chosen[0].items() if digest not in chosen[1]),
        tuple(one for digest, one in chosen[1].items() if digest not in chosen[0]),
    )


def _figures(said: Mapping[str, Any]) -> dict[str, Fraction]:
    products = {f"{one['id']} {one['name']}": Fraction(one["kg"]) for one in said["products"]}
    return {**{name: Fraction(one["kg"]) for name, one in said["figures"].items()}, **products}
