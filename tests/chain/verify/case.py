"""Cases of bundle verification: what was done to a small world, and what the verification must say about it.

A case is a function without arguments that returns what a reader gets; its docstring says why the verdict is right. The
same cases are tests here and folders under tests/vectors/bundle.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from tally_chain.bundle import Bundle, Section
from tally_chain.policy import Policy
from tests.world import HOUR, START, World

NOW = START + 60 * 86_400


@dataclass(frozen=True)
class Given:
    """What a reader has."""

    bundle: Bundle
    policy: Policy
    now: int = NOW


@dataclass(frozen=True)
class Case:
    """A named case: the codes that must be found, and whether the evidence holds all the same."""

    name: str
    codes: frozenset[int]
    holds: bool
    make: Callable[[], Given]

    @property
    def folder(self) -> str:
        """The name of its vector: `_fail` is the oracle."""
        return self.name if self.holds else f"{self.name}_fail"


CASES: dict[str, Case] = {}


def case(*codes: int, holds: bool = False) -> Callable[[Callable[[], Given]], Callable[[], Given]]:
    """Register a case that must show these codes."""

    def register(make: Callable[[], Given]) -> Callable[[], Given]:
        name = make.__name__
        assert name not in CASES, name
        assert make.__doc__, name
        CASES[name] = Case(name, frozenset(codes), holds, make)
        return make

    return register


def opened(**changes: object) -> World:
    """A world with its log opened and its authority's facts stated."""
    world = World(**changes)  # type: ignore[arg-type]
    world.open()
    return world


def plain(hours: int = 3) -> World:
    """A world with a plain day, here of few hours."""
    world = opened()
    world.day(hours)
    return world


def given(world: World, *, hours: int = 3, **changes: object) -> Given:
    """The full bundle of the world and a policy that trusts it."""
    if "bundle" not in changes:
        changes["bundle"] = world.bundle(hours=hours)
    if "policy" not in changes:
        changes["policy"] = world.policy()
    return Given(**changes)  # type: ignore[arg-type]


def resection(bundle: Bundle, **changes: object) -> Bundle:
    """The bundle with its first section changed."""
    section: Section = dataclasses.replace(bundle.sections[0], **changes)  # type: ignore[arg-type]
    return dataclasses.replace(bundle, sections=(section, *bundle.sections[1:]))


def hour(number: int) -> int:
    """The time of an hour of the world."""
    return START + number * HOUR
