"""Chance, from hypothesis (which shrinks what fails) or from a seed (which goes on for long)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol, TypeVar

from hypothesis import strategies as st

Item = TypeVar("Item")


class Dice(Protocol):
    def number(self, least: int, most: int) -> int: ...

    def pick(self, of: Sequence[Item]) -> Item: ...


class Seeded:
    """A pseudo-random run that its seed repeats."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def number(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def pick(self, of: Sequence[Item]) -> Item:
        return self._random.choice(of)


class Drawn:
    """Numbers that hypothesis draws; the first of a list is the simplest."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def number(self, least: int, most: int) -> int:
        return self._data.draw(st.integers(least, most))

    def pick(self, of: Sequence[Item]) -> Item:
        return of[self._data.draw(st.integers(0, len(of) - 1))]
