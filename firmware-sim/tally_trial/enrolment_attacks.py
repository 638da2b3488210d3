"""Attacks on keys and meters: who enrols them, and what is told when a meter changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from tally_edge.authority import Enrolment, SigningPlace
from tally_edge.statement import Kind
from tally_trial.draws import Draws
from tally_trial.injection import AUTHORITY, Injection, follows, register
from tally_trial.scene import Scene
from tally_trial.signing import AuthorityStream, DeviceStream
from tally_trial.statement_attacks import OnOneMeter, shifted

if TYPE_CHECKING:
    from tally_trial.play import Sent, Stage


@register
class EnrolledAlone(OnOneMeter):
    """A key of the cheat's, enrolled without anybody independent, says in a meter's name what it likes."""

    name = "enrolled-alone"
    stands_for = "The audited firm enrols a key by itself and lets it speak for the meter."
    caught_by = frozenset(
        {"COUNTERSIGNATURE_MISSING", "COUNTERSIGNATURE_WRONG", "UNKNOWN_AUTHORITY", "UNKNOWN_KEY"}
        | {"refused:unknown-authority", "refused:unknown-key"}
    )
    also = follows(
        CONFLICTING_READINGS="an enrolment without a second person is found, and its key is heard all the same",
        STREAM_MISSING="that key speaks on one day alone",
    )
    beside = frozenset({AUTHORITY})

    def __init__(self, scene: Scene, draws: Draws) -> None:
        """Choose how the cheat tries it."""
        super().__init__(scene, draws)
        ways: dict[str, Callable[[Stage], list[Sent]]] = {
            "by an authority of its own making": self._own_authority,
            "with the authority's key and no second person": self._no_second,
            "with the authority's key and a second person of its own making": self._own_second,
        }
        self._way, self._enrol = draws.one_of(sorted(ways.items()))
        self.what = f"a key is enrolled for {self.where} {self._way}"

    def sent(self, stage: Stage, sent: list[Sent]) -> list[Sent]:
        """The enrolment, and the readings of the cheat's key behind it."""
        its = self.its(sent)
        if not its:
            return sent
        cheat = DeviceStream(stage.parties.cheat("device"), stage.streams[self.where].issuer)
        at = its[0].arrives_at
        by = Decimal(self.draws.between(1, 9))
        readings = []
        for one in its:
            if one.draft is not None:
                signed = cheat.sign(shifted(one.draft, by), None)
                readings.append(replace(one, encoded=signed.encoded, arrives_at=one.arrives_at + 2, signed=signed))
        enrolment = [replace(one, arrives_at=at - 10) for one in self._enrol(stage)]
        return [*sent, *enrolment, *readings]

    def _payload(self, stage: Stage) -> Enrolment:
        key = stage.parties.cheat("device").public_key.encode()
        return Enrolment(stage.streams[self.where].issuer, key, (self.point,), SigningPlace.SIMULATED, "cheat's own")

    def _stated(self, stream: AuthorityStream, stage: Stage, second: str) -> list[Sent]:
        from tally_trial.play import Sent  # noqa: PLC0415  play imports the injections' base

        person = stage.parties.cheat("person") if second else None
        device = stage.streams[self.where].issuer
        signed = stream.state(Kind.ENROLMENT, device, self._payload(stage), self.begins + 1, person)
        return [Sent(signed.encoded, self.begins, signed)]

    def _own_authority(self, stage: Stage) -> list[Sent]:
        return self._stated(
            AuthorityStream(stage.parties.cheat("authority"), f"{stage.authority.issuer}-2"), stage, "x"
        )

    def _no_second(self, stage: Stage) -> list[Sent]:
        return self._stated(stage.authority, stage, "")

    def _own_second(self, stage: Stage) -> list[Sent]:
        return self._stated(stage.authority, stage, "x")


@register
class SelfEnrolled(Injection):
    """Both signatures under every enrolment are the audited firm's."""

    name = "self-enrolled"
    stands_for = "The audited firm is authority and second person in one, under two keys."
    caught_by = frozenset({"SELF_ENROLLED"})
    also = follows(SELF_STATED="the plan and the meter facts are the firm's own, too")

    def day(self, stage: Stage, begins: int) -> None:
        """The authority is the firm's own, and so is the second person."""
        if begins >= self.scene.begins:
            return
        stage.audited_by_itself = True
        owner = stage.parties.owner
        stage.stated[:] = [replace(one, person=owner) for one in stage.stated]
