"""What can be injected into a plant: a fault or a physical attack, where, and for how long.

Each is a frozen dataclass with a name, one line of help and its parameters. `apply` prepares the plant before it runs;
`cover` may put something between an instrument and its reader afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import ClassVar, Final

from tally_sim.errors import InjectionError
from tally_sim.plant.draws import Draws
from tally_sim.plant.interface import Happening, Instrument
from tally_sim.plant.preparation import Preparation
from tally_sim.plant.profile import MEDIA, Profile

_EVERYWHERE: Final = frozenset({"where", "begins", "ends"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection:
    """From `begins` to before `ends` (Unix seconds), at the instrument or stock `where`."""

    name: ClassVar[str]
    help: ClassVar[str]
    """One line for people."""
    fraud: ClassVar[str] = ""
    """Of an attack: the fraud it stands for."""
    takes_turns: ClassVar[bool] = False
    """It puts another meter, or another beginning, where one was: two of that sort must not overlap at one meter."""
    covers_first: ClassVar[bool] = False
    """What it shows of an instrument is the instrument itself, whatever else is done to it."""

    where: str
    begins: int
    ends: int

    @classmethod
    def places(cls, profile: Profile) -> tuple[str, ...]:
        """Where in `profile` it can be; none where it has no place there."""
        return meters(profile, *MEDIA)

    def apply(self, plant: Preparation) -> None:
        """Change what will happen."""

    def cover(self, instruments: dict[str, Instrument]) -> None:
        """Change what is seen of it."""

    def what(self) -> str:
        """One sentence for people, and how much of it."""
        own = [each.name for each in fields(self) if each.name not in _EVERYWHERE and getattr(self, each.name) != ""]
        said = ", ".join(f"{name} {getattr(self, name)}" for name in own)
        return f"{self.help} ({said})" if said else self.help

    def happening(self) -> Happening:
        """The truth about it."""
        return Happening(self.name, self.where, self.begins, self.ends, self.what())

    def check(self, plant: Preparation) -> None:
        """Refuse what this plant can not have. Raises InjectionError."""
        places = self.places(plant.profile)
        if self.where not in places:
            known = f"it can be at {', '.join(places)}" if places else f"{plant.profile.name} has no place for it"
            raise InjectionError(f"{self.name}: not at {self.where!r}; {known}")
        if not plant.begins <= self.begins < self.ends <= plant.ends:
            raise InjectionError(f"{self.name}: {self.begins} to {self.ends} is no time of this plant's run")


def check_turns(injections: Sequence[Injection]) -> None:
    """Refuse exchanges that overlap at one meter: what would be put back? Raises InjectionError."""
    turns = sorted((each for each in injections if each.takes_turns), key=lambda each: (each.where, each.begins))
    for before, after in pairwise(turns):
        if before.where == after.where and after.begins < before.ends:
            raise InjectionError(f"{after.name}: {before.name} is not over yet at {after.where}")


def meters(profile: Profile, *kinds: str) -> tuple[str, ...]:
    """The instruments of these kinds, by name."""
    return tuple(meter.name for meter in profile.meters if meter.kind in kinds)


def stocks_that_leave(profile: Profile) -> tuple[str, ...]:
    """The stocks that trucks take from."""
    return tuple(dict.fromkeys(traffic.stock for traffic in profile.traffic if not traffic.inbound))


def stocks_that_come(profile: Profile) -> tuple[str, ...]:
    """The stocks that trucks bring to."""
    return tuple(dict.fromkeys(traffic.stock for traffic in profile.traffic if traffic.inbound))


def draw(
    kind: type[Injection], profile: Profile, seed: str, begins: int, days: int, **parameters: object
) -> Injection | None:
    """`kind` somewhere and some time in the middle of a run, a function of the seed; None where it has no place.

    It begins in the second quarter of the run and lasts a quarter of it, on whole quarter hours.
    """
    draws, places = Draws(seed), kind.places(profile)
    if not places:
        return None
    span = days * 86_400
    where = places[draws.below(len(places), f"where/{kind.name}")]
    first = begins + span // 4 + draws.below(span // 4, f"when/{kind.name}")
    first -= first % 900
    last = first + span // 4
    make: Callable[..., Injection] = kind
    return make(where=where, begins=first, ends=last - last % 900, **parameters)
