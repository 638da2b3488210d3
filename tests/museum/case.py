"""What a case of the museum is: a story, a play that cheats, one that does not, and the guards that stop the cheats."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.chain.contracts.mutants import Mutant
from tests.museum.hall import Hall

PANIC = "reverted with 0x4e487b71"
"""Solidity's own refusal, of a number below zero for example: the first characters of how it is told."""

Play = Callable[[Hall], None]


@dataclass(frozen=True)
class Broken:
    """A guard of a contract that is taken out: of one operation of the fraud, the rules and that contract differ.

    `says` and `instead` are what refuses the operation by the rules and by the broken contract; empty: nothing does.
    """

    mutant: Mutant
    kind: str
    says: str
    instead: str = ""

    @property
    def difference(self) -> str:
        """How a world tells it."""
        return f"{self.kind}: rules say {self.says or 'yes'}, contract says {self.instead or 'yes'}"


@dataclass(frozen=True)
class Silenced:
    """A check off the chain that is replaced by one that finds nothing: then nothing says `name`."""

    target: str
    instead: Any
    name: str

    @property
    def difference(self) -> str:
        """How a hall tells it."""
        return f"nothing says {self.name}"


Guard = Broken | Silenced


@dataclass(frozen=True)
class Case:
    """One fraud or defect. `does` and `remains` are sentences of the table; `chinese`: its name for who knows it so.

    `fraud` fails where something of it goes through; `honest` plays the same without cheating; `possible` shows what
    remains, where that can be shown.
    """

    title: str
    chinese: str
    does: str
    remains: str
    fraud: Play
    honest: Play
    guards: tuple[Guard, ...]
    possible: Play | None = None

    @property
    def name(self) -> str:
        """Its module's."""
        return self.fraud.__module__.rpartition(".")[2]

    @property
    def story(self) -> str:
        """Facts and sources: what stands first in its module."""
        module = inspect.getmodule(self.fraud)
        assert module is not None
        assert module.__doc__ is not None
        return " ".join(module.__doc__.split())

    @property
    def is_history(self) -> bool:
        """Whether it happened; else it is a defect that was read in code."""
        return ".frauds." in self.fraud.__module__
