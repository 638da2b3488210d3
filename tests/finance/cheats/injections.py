"""What cheats do to statements and enrolments of one instrument of the works; plays are remembered by their makers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from tally_edge.authority import Enrolment, SigningPlace
from tally_edge.statement import Kind
from tally_trial import kinds
from tally_trial.device_faults import moved
from tally_trial.drafts import Draft
from tally_trial.draws import Draws
from tally_trial.injection import KINDS, Injection
from tally_trial.plants import BEGINS
from tally_trial.play import Stage, issuer_of
from tally_trial.scene import DAY_S, Scene
from tally_trial.statement_attacks import OnOneMeter

DAY = BEGINS + 20 * DAY_S
"""The day of what is done on one."""

Make = Callable[[Scene], Injection]


@cache
def known(name: str, where: str = "incomer") -> Make:
    """A fault or an attack of `tallystick sim list`, at one instrument."""

    def make(scene: Scene) -> Injection:
        (one,) = kinds.injections([KINDS[name]], scene)
        one.where, one.begins, one.ends = where, DAY, DAY + DAY_S
        return one

    return make


class SignedLate(Injection):
    """What a device says of [`begins`, `ends`) is signed from `late` on, under its old dates, naming no beacon."""

    def drafts(self, drafts: dict[str, list[Draft]]) -> None:
        """What comes after it waits for it, for numbers only rise."""
        drafts[self.where] = [self._late(one) if one.issued_at > self.begins else one for one in drafts[self.where]]

    def _late(self, one: Draft) -> Draft:
        written = self.late + (one.issued_at - self.begins) // 100
        if one.issued_at > self.ends:
            written = max(written, one.issued_at)
        return replace(one, signed_at=written, arrives_at=written + 20, names_beacon=False)

    late: int = 0


@cache
def signed_late(where: str, begins: int, ends: int, late: int) -> Make:
    """See `SignedLate`."""

    def make(scene: Scene) -> Injection:
        one = SignedLate(scene, Draws(scene.seed, "signed-late"))
        one.where, one.begins, one.ends, one.late = where, begins, ends, late
        return one

    return make


class WrongClock(OnOneMeter):
    """Everything is dated by a clock that is fast by so many seconds."""

    by: int = 0

    def drafts(self, drafts: dict[str, list[Draft]]) -> None:
        """Dated, not signed: it is signed when it is signed."""
        drafts[self.where] = [moved(one, self.by) for one in drafts[self.where]]


@cache
def clock(by: int) -> Make:
    """The incomer's clock is fast by so many seconds, or slow."""

    def make(scene: Scene) -> Injection:
        one = WrongClock(scene, Draws(scene.seed, "wrong-clock"))
        one.where, one.by = "incomer", by
        return one

    return make


class ByHand(Injection):
    """The device is a form that people fill in, and is enrolled as one."""

    def day(self, stage: Stage, begins: int) -> None:
        """Its enrolment says so: an office that enrols it otherwise has signed a lie with a second person."""
        for number, one in enumerate(stage.stated):
            payload = one.payload
            if one.kind is Kind.ENROLMENT and isinstance(payload, Enrolment) and payload.device == issuer_of("incomer"):
                stage.stated[number] = replace(one, payload=replace(payload, place=SigningPlace.BY_HAND))


def by_hand(scene: Scene) -> Injection:
    """See `ByHand`."""
    return ByHand(scene, Draws(scene.seed, "by-hand"))
