"""What can be done to a play: a fault or an attack, with the places where it takes hold, and the signs that it leaves.

A sign is the name of a finding (`FORK`), of a refusal by the gateway (`refused:malformed`), `counted-once` for a
statement that came again and was not logged again, or the name of a plausibility check (`plausible:mass-balance`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Final

from tally_chain.bundle import Bundle
from tally_chain.bundling import LogSource
from tally_gateway.export import LogKeys
from tally_sim.plant.interface import Happening
from tally_trial.drafts import Draft
from tally_trial.draws import Draws
from tally_trial.scene import Scene

if TYPE_CHECKING:
    from tally_trial.play import Sent, Stage

DOUBT: Final = "plausible:"
"""Before the name of a plausibility check: its sign."""

LOG: Final = "log"
"""The place of what is said of the log as a whole."""

AUTHORITY: Final = "authority"
"""The place of what is said of an authority and its statements."""

EVER: Final = 400 * 86_400
"""Longer than any run: a sign that may be dated at any time."""


def follows(**why: str) -> Mapping[str, str]:
    """Signs that follow from an injection, and why."""
    return MappingProxyType(why)


NOTHING: Final = follows()
"""Nothing follows but what catches it."""


class Injection:
    """A fault or an attack in a play. Every method leaves things as they are unless it is overridden."""

    name: ClassVar[str] = ""
    kind: ClassVar[str] = "attack"
    stands_for: ClassVar[str] = ""
    """One sentence: the fraud, or what goes wrong in the field."""
    caught_by: ClassVar[frozenset[str]] = frozenset()
    """Any of these signs catches it."""
    also: ClassVar[Mapping[str, str]] = NOTHING
    """Signs that follow from it and would not do alone, and why they follow."""
    beside: ClassVar[frozenset[str]] = frozenset()
    """Where its signs may stand beside the metering point that it is done to: LOG, AUTHORITY."""
    early_s: ClassVar[int] = 0
    """How long before its beginning what follows may be."""
    late_s: ClassVar[int] = 0
    """How long after its end what follows may be, beyond what every sign takes (ledger.py)."""
    clock_s: ClassVar[int] = 0
    """By how much at most it sets the clock wrong by which everything at its place is dated."""
    limit: ClassVar[str] = ""
    """Why nothing in the evidence shows it; empty where something does."""

    def __init__(self, scene: Scene, draws: Draws) -> None:
        """Choose where, when and how much."""
        self.scene, self.draws = scene, draws
        self.where, self.begins, self.ends = "", scene.begins, scene.ends
        self.what = self.stands_for

    @property
    def happening(self) -> Happening:
        """For the truth."""
        return Happening(self.name, self.where, self.begins, self.ends, self.what)

    def drafts(self, drafts: dict[str, list[Draft]]) -> None:
        """Change what devices would say, by instrument."""

    def day(self, stage: Stage, begins: int) -> None:
        """Before the statements of the day that `begins` are signed."""

    def sent(self, stage: Stage, sent: list[Sent]) -> list[Sent]:
        """Change what reaches the gateway of a day's statements."""
        return sent

    def entries(self, stage: Stage, entries: list[bytes]) -> list[bytes]:
        """Change the log that is shown."""
        return entries

    def log_keys(self, stage: Stage, log_keys: LogKeys) -> LogKeys:
        """The keys under which the log is shown."""
        return log_keys

    def bundle(self, stage: Stage, source: LogSource, shown: Bundle) -> Bundle:
        """Change the bundle."""
        return shown


@dataclass(frozen=True, slots=True)
class Kind:
    """A registered fault or attack: how its injection is made, and what people are told of it."""

    name: str
    kind: str
    stands_for: str
    caught_by: frozenset[str]
    also: Mapping[str, str]
    limit: str
    make: Callable[[Scene, Draws], Injection] | None = None
    """None where the plant itself does it: then it is chosen when the plant is opened."""
    beside: frozenset[str] = frozenset()
    early_s: int = 0
    late_s: int = 0
    clock_s: int = 0
    upwards: bool = False
    """It is done to every meter above its own, too."""
    learns: frozenset[str] = frozenset()
    """The signs without which nobody can say that it was missed, and which need days to learn (outlook.py)."""


KINDS: Final[dict[str, Kind]] = {}


def register(cls: type[Injection]) -> type[Injection]:
    """Add a fault or an attack to the list."""
    add(
        Kind(
            name=cls.name,
            kind=cls.kind,
            stands_for=cls.stands_for,
            caught_by=cls.caught_by,
            also=cls.also,
            limit=cls.limit,
            make=cls,
            beside=cls.beside,
            early_s=cls.early_s,
            late_s=cls.late_s,
            clock_s=cls.clock_s,
        )
    )
    return cls


def add(kind: Kind) -> None:
    """Add a kind to the list."""
    if kind.name in KINDS:
        raise ValueError(f"{kind.name} is registered twice")
    KINDS[kind.name] = kind
