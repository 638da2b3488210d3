"""What a case is: how it was done, how it is played, what says so, what is possible still, and what it rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.finance.cheats.stage import Said

Play = Callable[[], frozenset[Said]]
"""Plays something, and gives back everything that a reviewer is told against it."""

MEE = "MEE, 14 March 2022"


@dataclass(frozen=True)
class Guard:
    """A check that is replaced by one that finds nothing: then nothing says `said`.

    `fraud`: the part of the case's fraud that it stops, where other checks say the same of the rest.
    """

    target: str
    instead: Any
    said: Said
    fraud: Play | None = None


@dataclass(frozen=True)
class Case:
    """A pattern of cheating. `done`: how it was done, with the source; `played`: what the play does; `says`: what a
    reviewer is told of it, and `also` the rest; `remains`: what is possible still, and why.

    `honest` plays the same by honest people: nobody is told anything. `possible` shows what remains, where that can be
    shown: nobody is told anything either.
    """

    name: str
    title: str
    chinese: str
    done: str
    played: str
    says: tuple[Said, ...]
    remains: str
    fraud: Play
    honest: Play
    guards: tuple[Guard, ...]
    possible: Play | None = None
    also: tuple[Said, ...] = ()
    """What follows from it beside that: evidence that does not hold is not read any further, for example."""

    @property
    def is_mee(self) -> bool:
        """Whether it is one of the ministry's cases."""
        return self.done.endswith(f"({MEE}).")


def nothing(*_: object, **__: object) -> tuple[()]:
    """A check that finds nothing."""
    return ()
