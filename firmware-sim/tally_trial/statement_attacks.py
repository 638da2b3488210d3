"""Attacks with a device's key, or beside it: what the key signs, signs twice, or signs again."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from tally_edge import cose
from tally_edge.keys import P256_ORDER
from tally_edge.senml import Reading
from tally_edge.statement import Kind
from tally_trial.drafts import CUMULATIVE, Draft, number_of
from tally_trial.draws import Draws
from tally_trial.injection import Injection, register
from tally_trial.scene import DAY_S, Scene
from tally_trial.signing import DeviceStream

if TYPE_CHECKING:
    from tally_trial.play import Sent, Stage


class OnOneMeter(Injection):
    """Something about one meter with a cumulative register, on one whole day."""

    def __init__(self, scene: Scene, draws: Draws) -> None:
        """Choose the meter and the day."""
        super().__init__(scene, draws)
        self.where = draws.one_of(scene.cumulative())
        self.begins = scene.begins + draws.below(scene.days) * DAY_S
        self.ends = self.begins + DAY_S

    @property
    def point(self) -> str:
        """The metering point."""
        return self.scene.polled[self.where].point

    def inside(self, at: int) -> bool:
        """Whether a time lies in the chosen day, its last second included."""
        return self.begins < at <= self.ends

    def its(self, sent: list[Sent]) -> list[Sent]:
        """What the chosen meter's device sent of readings on the chosen day."""
        return [
            one
            for one in sent
            if one.draft is not None
            and one.name == self.where
            and one.draft.kind is Kind.READINGS
            and self.inside(one.draft.issued_at)
        ]


def shifted(draft: Draft, by: Decimal) -> Draft:
    """The draft with every cumulative register moved by an amount."""
    readings = tuple(_moved(reading, by) for reading in draft.readings)
    frozen = draft.frozen
    if frozen is not None:
        moved = tuple(replace(value, value=_plain(Decimal(value.value) + by)) for value in frozen.registers)
        frozen = replace(frozen, registers=moved)
    return replace(draft, readings=readings, frozen=frozen)


def _moved(reading: Reading, by: Decimal) -> Reading:
    value = number_of(reading.value)
    if value is None or reading.register not in CUMULATIVE:
        return reading
    return replace(reading, value=_plain(Decimal(value) + by))


def _plain(value: Decimal) -> int | Decimal:
    return int(value) if value == value.to_integral_value() else value


@register
class Rollback(OnOneMeter):
    """The register is wound back at one reading and runs on from there."""

    name = "rollback"
    stands_for = "A register is wound back (倒表), so that less seems to have been drawn."
    caught_by = frozenset({"REGISTER_BACKWARDS", "RESET", "OUT_OF_RANGE"})

    def drafts(self, drafts: dict[str, list[Draft]]) -> None:
        """From the chosen time on, every value is lower: the highest register falls by 5 to 60 per cent of itself."""
        mine = drafts[self.where]
        cut = self.begins + self.draws.between(DAY_S // 4, DAY_S * 3 // 4)
        before, after = _shown(mine, 0, cut), _shown(mine, cut, self.scene.ends)
        register = max(before, key=lambda name: before[name][-1])
        stood, next_value = before[register][-1], after[register][0]
        places = Decimal(1).scaleb(min(int(value.as_tuple().exponent) for value in (stood, next_value)))
        # What was counted since the last reading goes too: else the register would not fall, only slow down once.
        by = next_value - stood + max(stood * self.draws.between(5, 60) / 100, 50 * places).quantize(places)
        self.begins, self.ends = last_before(mine, cut), self.scene.ends
        self.what = f"the registers of {self.where} are wound back by {by:f}"
        drafts[self.where] = [shifted(draft, -by) if draft.issued_at > cut else draft for draft in mine]


def last_before(mine: list[Draft], cut: int) -> int:
    """When the newest reading was taken that was packed by `cut`: later ones stand in packs that are changed."""
    return max((one.taken_at for draft in mine if draft.issued_at <= cut for one in draft.readings), default=cut)


def _shown(mine: list[Draft], after: int, until: int) -> dict[str, list[Decimal]]:
    """What each cumulative register showed in (after, until]."""
    shown: dict[str, list[Decimal]] = {}
    for draft in mine:
        for reading in draft.readings:
            value = number_of(reading.value)
            if after < draft.issued_at <= until and value is not None and reading.register in CUMULATIVE:
                shown.setdefault(reading.register, []).append(Decimal(value))
    return shown


@register
class Replay(OnOneMeter):
    """Statements of a quiet time are sent again, unchanged."""

    name = "replay"
    stands_for = "Old readings of a quiet day are sent again in place of new ones, or to be counted twice."
    caught_by = frozenset({"counted-once"})

    def sent(self, stage: Stage, sent: list[Sent]) -> list[Sent]:
        """The day's statements again, an hour later."""
        again = [replace(one, arrives_at=one.arrives_at + 3_600) for one in self.its(sent)]
        return [*sent, *again[: self.draws.between(1, max(1, len(again)))]] if again else sent


@register
class Malleated(OnOneMeter):
    """The other signature that fits: (r, n-s) for (r, s)."""

    name = "malleated-signature"
    stands_for = "An outsider sends the twin of a signature, so that an honest device seems to have signed twice."
    caught_by = frozenset({"refused:bad-signature"})

    def sent(self, stage: Stage, sent: list[Sent]) -> list[Sent]:
        """Each statement of the day, and its twin right behind it or ahead of it."""
        ahead = self.draws.below(2) == 0
        twins = [
            replace(one, encoded=malleated(one.encoded), arrives_at=one.arrives_at + (-1 if ahead else 1))
            for one in self.its(sent)
        ]
        return [*sent, *twins]


def malleated(encoded: bytes) -> bytes:
    """The statement with the twin of its ES256 signature."""
    sign1 = cose.decode_sign1(encoded)
    s = int.from_bytes(sign1.signature[32:], "big")
    return replace(sign1, signature=sign1.signature[:32] + (P256_ORDER - s).to_bytes(32, "big")).encode()


class Twice(OnOneMeter):
    """The key signs another content at a number that it has signed before."""

    caught_by = frozenset({"FORK"})

    def other(self, stage: Stage, one: Sent, by: Decimal) -> Sent:
        """What the key says beside `one`: the same times, other values."""
        assert one.signed is not None  # noqa: S101  `its` gives what devices signed
        assert one.draft is not None  # noqa: S101
        claims = one.signed.claims
        stream = stage.streams[self.where]
        twin = DeviceStream(stream.signer, stream.issuer, stream.facts, claims.seq or 0, claims.prev or bytes(32))
        signed = twin.offer(shifted(one.draft, by), claims.beacon)
        return replace(one, encoded=signed.encoded, arrives_at=one.arrives_at + 5, signed=signed)


@register
class Fork(Twice):
    """The device itself keeps two stories."""

    name = "fork"
    stands_for = "The device signs two versions of one hour, to show the better one to whoever asks."

    def sent(self, stage: Stage, sent: list[Sent]) -> list[Sent]:
        """One statement of the day in two versions."""
        its = self.its(sent)
        if not its:
            return sent
        one = self.draws.one_of(its)
        self.what = f"{self.where} signs number {one.signed.claims.seq if one.signed else 0} twice"
        return [*sent, self.other(stage, one, Decimal(self.draws.between(1, 9)))]


@register
class ClonedKey(Twice):
    """A copy of the key signs in another place at the same time."""

    name = "cloned-key"
    stands_for = "The device's key was copied, and the copy signs readings of its own beside the meter's."

    def sent(self, stage: Stage, sent: list[Sent]) -> list[Sent]:
        """The rest of the day from the clone, too: the same numbers, other readings."""
        its = self.its(sent)
        if not its:
            return sent
        first = self.draws.below(len(its))
        by = Decimal(self.draws.between(1, 9))
        self.what = f"a copy of the key of {self.where} signs {len(its) - first} statements"
        return [*sent, *(self.other(stage, one, by) for one in its[first:])]


@register
class Backdating(OnOneMeter):
    """A day is signed days later, under its old date."""

    name = "backdating"
    stands_for = "A bad day is held back and written anew afterwards, under the old date."
    caught_by = frozenset({"BEFORE_BEACON"})
    late_s = 3 * DAY_S
    names_beacon = True

    def drafts(self, drafts: dict[str, list[Draft]]) -> None:
        """What the device says of the day is signed some days later; its numbers wait for that too."""
        days = self.draws.between(1, 3)
        late = self.ends + days * DAY_S
        self.what = f"{self.where} signs a day's readings {days} days later, under their old dates"
        changed = []
        for draft in drafts[self.where]:
            if draft.issued_at > self.begins:
                written = late + (draft.issued_at - self.begins) // 100
                if draft.issued_at > self.ends and written < draft.issued_at:
                    written = draft.issued_at
                draft = replace(  # noqa: PLW2901
                    draft, signed_at=written, arrives_at=written + 20, names_beacon=self.names_beacon
                )
            changed.append(draft)
        drafts[self.where] = changed


@register
class BackdatingWithoutBeacon(Backdating):
    """As above, by somebody who holds the key and leaves the beacon out."""

    name = "backdating-without-beacon"
    stands_for = "A bad day is written anew under the old date, and the statements name no beacon."
    caught_by = frozenset()
    names_beacon = False
    limit = (
        "without a beacon nothing bounds the time of signing from below; only how late it was anchored stands in the "
        "log, and no finding says so"
    )
