"""What goes wrong in devices and on the way: power, flash, clocks, transport. Nobody cheats here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tally_edge.authority import Enrolment, SigningPlace, StreamPlace
from tally_edge.device import Gap, GapReason
from tally_edge.senml import Reading
from tally_edge.statement import Clock, Kind
from tally_trial.drafts import LATENCY_S, Draft
from tally_trial.draws import Draws
from tally_trial.injection import follows, register
from tally_trial.scene import DAY_S, Scene
from tally_trial.signing import DeviceStream
from tally_trial.statement_attacks import OnOneMeter, last_before

if TYPE_CHECKING:
    from tally_trial.play import Sent, Stage


class DeviceFault(OnOneMeter):
    """A fault of one device."""

    kind = "fault"


def without(drafts: list[Draft], after: int, before: int, reason: GapReason, boot_count: int) -> list[Draft]:
    """The drafts without what was read in `after` < t < `before`, and a declared gap in its place.

    From `before` on the device has started `boot_count` times, and its settlements count one gap more.
    """
    kept: list[Draft] = []
    heard, missing, declared = 0, 0, False
    for draft in drafts:
        readings = tuple(one for one in draft.readings if not after < one.taken_at < before)
        missing += len(draft.readings) - len(readings)
        heard = max([heard, *(one.taken_at for one in draft.readings if one.taken_at <= after)])
        if draft.issued_at > after and not declared and (draft.issued_at >= before):
            early = tuple(one for one in readings if one.taken_at <= after)
            late = tuple(one for one in readings if one.taken_at >= before)
            if early:
                kept.append(replace(draft, readings=early, issued_at=after, arrives_at=before + LATENCY_S))
            first = min((one.taken_at for one in late), default=before)
            gap = Gap(heard or after, first, reason, (), missing)
            kept.append(Draft(draft.point, first, first + LATENCY_S, gap=gap, boot_count=boot_count))
            declared = True
            readings = late
        if draft.readings and not readings:
            continue
        lost_settlement = draft.frozen is not None and after < draft.frozen.at < before
        if lost_settlement:
            continue
        if declared:
            draft = _counted(replace(draft, readings=readings, boot_count=boot_count))  # noqa: PLW2901
        kept.append(replace(draft, readings=readings))
    return kept


def _counted(draft: Draft) -> Draft:
    if draft.frozen is None:
        return draft
    counts = replace(draft.frozen.counts, gaps=draft.frozen.counts.gaps + 1)
    return replace(draft, frozen=replace(draft.frozen, counts=counts))


@register
class BrownOut(DeviceFault):
    """The device starts again; what it had read and not written is lost, and it says so."""

    name = "brown-out"
    stands_for = "The supply dips (掉电): the device starts again and has lost what it had only in memory."
    caught_by = frozenset({"DECLARED_GAP"})

    def drafts(self, drafts: dict[str, list[Draft]]) -> None:
        """One or two hours are lost and declared; the boot counter rises."""
        after = self.begins + self.draws.between(2, 18) * 3_600
        before = after + self.draws.between(1, 2) * 3_600
        self.begins, self.ends = after, before
        self.what = f"the device of {self.where} starts again and has lost {before - after} s of readings"
        drafts[self.where] = without(drafts[self.where], after, before, GapReason.AGENT_DOWN, 2)


@register
class LostFlashPage(DeviceFault):
    """Signed statements that were not sent yet are gone; their numbers are used up."""

    name = "lost-flash-page"
    stands_for = "A page of the device's flash can not be read: signed statements are gone before they were sent."
    caught_by = frozenset({"MISSING_STATEMENT"})
    also = follows(
        UNCOVERED_INTERVAL="the readings in them are in no other statement",
        SETTLEMENT_LINK="a settlement among them is what the next one follows",
        SHORT_OF_PERIOD="they may be the last readings of the run",
    )

    def drafts(self, drafts: dict[str, list[Draft]]) -> None:
        """One to three statements in a row never leave the device."""
        mine = drafts[self.where]
        readings = [n for n, draft in enumerate(mine) if draft.readings and self.inside(draft.issued_at)]
        first = self.draws.one_of(readings[:-1] or readings)
        count = self.draws.between(1, 3)
        # The newest statement of all is not lost: a loss at the very end looks like silence, which has its own finding.
        lost = range(first, min(first + count, len(mine) - 1))
        self.begins, self.ends = mine[first].issued_at, mine[lost[-1]].issued_at
        self.what = f"{len(lost)} signed statements of {self.where} are lost in its flash"
        drafts[self.where] = [replace(one, lost=True) if n in lost else one for n, one in enumerate(mine)]


@register
class StateLost(DeviceFault):
    """The device loses its state and goes on under a new key, whose enrolment names the old stream's last place."""

    name = "state-lost"
    stands_for = "The device is replaced: its state is lost, and a new key continues where the old one was last logged."
    caught_by = frozenset({"DECLARED_GAP"})

    def __init__(self, scene: Scene, draws: Draws) -> None:
        """At a midnight inside the scene, so that both keys speak."""
        super().__init__(scene, draws)
        self.begins = scene.begins + draws.between(1, max(1, scene.days - 1)) * DAY_S
        self._outage = draws.between(1, 3) * 3_600
        self.ends = self.begins + self._outage

    def drafts(self, drafts: dict[str, list[Draft]]) -> None:
        """Nothing is read until the new device stands there; it says so, and its counts begin anew."""
        mine = without(drafts[self.where], self.begins, self.ends, GapReason.STATE_LOST, 1)
        self.what = f"the device of {self.where} is replaced after {self._outage} s"
        drafts[self.where] = mine

    def day(self, stage: Stage, begins: int) -> None:
        """The new key, enrolled behind the old stream."""
        if begins != self.begins:
            return
        from tally_trial.play import Stated  # noqa: PLC0415  play imports the injections' base

        old = stage.streams[self.where]
        new = DeviceStream(stage.parties.device(f"{self.where}/2"), old.issuer, old.facts)
        place = StreamPlace(old.signer.public_key.kid, old.seq - 1, old.prev)
        point = self.point
        payload = Enrolment(
            old.issuer, new.signer.public_key.encode(), (point,), SigningPlace.SIMULATED, "replacement", place
        )
        stage.streams[self.where] = new
        stage.stated.append(Stated(self.begins + 1, Kind.ENROLMENT, old.issuer, payload, stage.parties.person))


def moved(draft: Draft, by: int) -> Draft:
    """The draft by a clock that is `by` seconds fast; it is signed when it is signed all the same."""
    readings = tuple(Reading(one.point, one.register, one.taken_at + by, one.value, one.unit) for one in draft.readings)
    frozen, gap = draft.frozen, draft.gap
    if frozen is not None:
        frozen = replace(frozen, at=frozen.at + by)
    if gap is not None:
        gap = replace(gap, after=gap.after + by, before=gap.before + by)
    return replace(
        draft,
        readings=readings,
        frozen=frozen,
        gap=gap,
        issued_at=draft.issued_at + by,
        signed_at=draft.written_at,
    )


@register
class ClockSkew(DeviceFault):
    """The clock is hours fast or slow, all the time."""

    name = "clock-skew"
    stands_for = "The device's clock was set wrong by hours, and everything it says is dated by it."
    caught_by = frozenset({"AFTER_ANCHOR", "BEFORE_BEACON", "UNCOVERED_INTERVAL"})
    also = follows(
        SHORT_OF_PERIOD="the first readings are dated after the period's beginning, or the last before its end"
    )
    clock_s = 6 * 3_600

    def drafts(self, drafts: dict[str, list[Draft]]) -> None:
        """Fast or slow by one to six hours."""
        by = self.draws.between(1, 6) * 3_600 * self.draws.one_of((1, -1))
        self.begins, self.ends = self.scene.begins, self.scene.ends
        self.what = f"the clock of {self.where} is {abs(by)} s {'fast' if by > 0 else 'slow'}"
        drafts[self.where] = [moved(draft, by) for draft in drafts[self.where]]


@register
class ClockStep(DeviceFault):
    """The clock steps at one time, and says afterwards that it is not set."""

    name = "clock-step"
    stands_for = "The clock is lost in a power cut and steps; the device says that it is not set."
    caught_by = frozenset({"CLOCK_DOUBTFUL", "UNCOVERED_INTERVAL"})
    also = follows(
        AFTER_ANCHOR="a fast clock dates ahead of the day's head",
        BEFORE_BEACON="a slow clock dates before the head that it names",
        SHORT_OF_PERIOD="a slow clock's last reading is dated before the period's end",
        REGISTER_BACKWARDS="a slow clock dates what it reads among what it read before",
        STREAM_MISSING="where the meter's key changes, too, none is heard up to the period's end by such a clock",
    )
    clock_s = 25 * 900

    def drafts(self, drafts: dict[str, list[Draft]]) -> None:
        """From one statement on the clock stands wrong by minutes to hours."""
        by = self.draws.between(2, 24) * 900 * self.draws.one_of((1, -1)) + self.draws.between(1, 899)
        cut = self.begins + self.draws.between(4, 20) * 3_600
        self.begins, self.ends = last_before(drafts[self.where], cut), self.scene.ends
        self.what = f"the clock of {self.where} steps by {by} s"
        drafts[self.where] = [
            replace(moved(draft, by), clock=Clock.UNSET, boot_count=2) if draft.issued_at > cut else draft
            for draft in drafts[self.where]
        ]


@register
class Duplicate(DeviceFault):
    """Statements come twice: an acknowledgement was lost."""

    name = "duplicate"
    stands_for = "An acknowledgement is lost on the way, and statements are sent again."
    caught_by = frozenset({"counted-once"})

    def sent(self, stage: Stage, sent: list[Sent]) -> list[Sent]:
        """Everything of the day twice, within a minute."""
        return [*sent, *(replace(one, arrives_at=one.arrives_at + 40) for one in self.its(sent))]


@register
class Reorder(DeviceFault):
    """Statements overtake one another."""

    name = "reorder"
    stands_for = "Statements overtake one another on the way."
    caught_by = frozenset({"OUT_OF_ORDER"})

    def sent(self, stage: Stage, sent: list[Sent]) -> list[Sent]:
        """One statement of the day comes behind the two after it."""
        its = self.its(sent)
        if len(its) < 2:
            return sent
        late = self.draws.one_of(its[:-1])
        behind = its[its.index(late) + 1].arrives_at + 1
        self.begins, self.ends = late.arrives_at, behind
        return [replace(one, arrives_at=behind) if one is late else one for one in sent]


@register
class Delay(DeviceFault):
    """The way to the gateway is cut for days; the device keeps everything and sends it then."""

    name = "delay"
    stands_for = "The way to the gateway is cut for days; the outbox keeps everything and sends it afterwards."
    limit = (
        "nothing is wrong with late evidence: it is whole, and how late it was anchored stands in the log "
        "(no finding says so)"
    )

    def sent(self, stage: Stage, sent: list[Sent]) -> list[Sent]:
        """What the device sends from the day on arrives days later, in its order."""
        until = self.ends + 2 * DAY_S
        self.what = f"what {self.where} sends arrives up to three days late, in its order"
        cut = until - self.begins
        return [
            replace(one, arrives_at=until + (one.arrives_at - self.begins) * LATENCY_S // cut)
            if one.name == self.where and self.begins < one.arrives_at < until
            else one
            for one in sent
        ]
