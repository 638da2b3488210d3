"""Attacks on the log and the bundle, by whoever runs the gateway or makes the file."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from tally_chain import checkpoint
from tally_chain.bundle import Bundle, Entry
from tally_chain.bundling import LogSource
from tally_chain.checkpoint import Checkpoint
from tally_chain.pruned import cut_hashes
from tally_edge import cose, senml, statement
from tally_edge.statement import AUTHORITY_KINDS, DEVICE_KINDS, Kind
from tally_gateway.export import LogKeys
from tally_gateway.log.identity import identity_of, opening_of
from tally_trial.drafts import CUMULATIVE, number_of
from tally_trial.draws import Draws
from tally_trial.injection import AUTHORITY, LOG, Injection, follows, register
from tally_trial.log_keeping import ShownLog
from tally_trial.parties import ORIGIN
from tally_trial.scene import DAY_S, Scene
from tally_trial.statement_attacks import OnOneMeter

if TYPE_CHECKING:
    from tally_trial.play import Sent, Stage

NOTHING_LEFT: Final = follows(
    BUNDLE_EMPTY="nothing is read of a log that can not be believed",
    PLAN_MISSING="nothing is read of a log that can not be believed",
)


def altered(encoded: bytes, by: Decimal) -> bytes:
    """A statement of readings with its cumulative values moved; its signature stays as it was."""
    signed = statement.decode(encoded)
    readings = []
    for reading in senml.decode(signed.payload):
        value = number_of(reading.value)
        if value is not None and reading.register in CUMULATIVE:
            moved = Decimal(value) + by
            reading = replace(reading, value=int(moved) if moved == moved.to_integral_value() else moved)  # noqa: PLW2901
        readings.append(reading)
    return replace(cose.decode_sign1(encoded), payload=senml.encode(readings)).encode()


def is_of(encoded: bytes, point: str, begins: int, ends: int, *, readings: bool = True) -> bool:
    """Whether an entry is a device's statement about a point, dated in (begins, ends]."""
    claims = statement.decode(encoded).claims
    kinds = {Kind.READINGS} if readings else DEVICE_KINDS
    return claims.kind in kinds and claims.subject == point and begins < claims.issued_at <= ends


@register
class AlteredValue(OnOneMeter):
    """A value is changed in the bundle."""

    name = "altered-value"
    stands_for = "A figure is bettered in the file on its way to the bank."
    caught_by = frozenset({"TREE_MISMATCH"})
    also = NOTHING_LEFT
    beside = frozenset({LOG})

    def bundle(self, stage: Stage, source: LogSource, shown: Bundle) -> Bundle:
        """One statement of the day with another value."""
        section = shown.sections[0]
        mine = [
            n for n, entry in enumerate(section.entries) if is_of(entry.statement, self.point, self.begins, self.ends)
        ]
        number = self.draws.one_of(mine)
        entry = section.entries[number]
        changed = Entry(entry.index, altered(entry.statement, Decimal(self.draws.between(1, 99))))
        self.what = f"entry {entry.index} of the bundle, a reading of {self.where}, shows another value"
        entries = (*section.entries[:number], changed, *section.entries[number + 1 :])
        return replace(shown, sections=(replace(section, entries=entries),))


@register
class RewrittenLog(OnOneMeter):
    """A value is changed in the log after it was anchored; the gateway signs a new head over it."""

    name = "rewritten-log"
    stands_for = "The gateway's owner rewrites history after it was anchored, with the gateway's own keys."
    caught_by = frozenset({"LOG_REWRITTEN", "NOT_CONSISTENT", "refused:chain"})
    also = follows(
        UNANCHORED_HEAD="the chain never took the new head",
        SIGNATURE_WRONG="the device did not sign the other value",
        MISSING_STATEMENT="a statement that does not verify does not count",
        UNCOVERED_INTERVAL="nor do the readings in it",
        SHORT_OF_PERIOD="they may be the last readings of the run",
    )
    beside = frozenset({LOG})

    def entries(self, stage: Stage, entries: list[bytes]) -> list[bytes]:
        """One entry with another value; the chain is offered the new head, too."""
        mine = [n for n, entry in enumerate(entries) if n and is_of(entry, self.point, self.begins, self.ends)]
        number = self.draws.one_of(mine)
        changed = [*entries]
        changed[number] = altered(entries[number], Decimal(self.draws.between(1, 99)))
        self.what = f"entry {number} of the log, a reading of {self.where}, is written anew"
        stage.chain.offer(ShownLog(ORIGIN, tuple(changed), stage.keys, stage.now), stage.now)
        return changed


class LeftOut(OnOneMeter):
    """Statements are cut out of the bundle; their places are proven by hashes."""

    def cut(self, source: LogSource, shown: Bundle, gone: set[int]) -> Bundle:
        """The bundle without these places."""
        section = shown.sections[0]
        entries = tuple(entry for entry in section.entries if entry.index not in gone)
        hashes = tuple(cut_hashes(source.nodes, [entry.index for entry in entries], section.size))
        return replace(shown, sections=(replace(section, entries=entries, hashes=hashes),))


@register
class WithheldDay(LeftOut):
    """A bad day is left out of the bundle."""

    name = "withheld-day"
    stands_for = "A bad day is left out of what the bank gets."
    caught_by = frozenset({"MISSING_STATEMENT", "UNCOVERED_INTERVAL"})
    also = follows(
        SETTLEMENT_LINK="the next day's settlement follows the one that is left out",
        SHORT_OF_PERIOD="it may be the first day of the run, or the last",
        STREAM_MISSING="where the meter's key changes, too, the day may be the last of the old one",
        PREDECESSOR_UNKNOWN="and the new one's enrolment names a statement of that day",
    )

    def bundle(self, stage: Stage, source: LogSource, shown: Bundle) -> Bundle:
        """Without everything that the meter's device said on the day."""
        gone = {
            entry.index
            for entry in shown.sections[0].entries
            if is_of(entry.statement, self.point, self.begins, self.ends, readings=False)
        }
        self.what = f"{len(gone)} statements of {self.where} are left out of the bundle"
        return self.cut(source, shown, gone)


@register
class WithheldMeter(LeftOut):
    """A meter's whole stream is left out of the bundle."""

    name = "withheld-meter"
    stands_for = "The meter of the dirty hall is left out altogether."
    caught_by = frozenset({"SILENT_METER", "STREAM_MISSING"})

    def bundle(self, stage: Stage, source: LogSource, shown: Bundle) -> Bundle:
        """Without everything that was said about the point."""
        self.begins, self.ends = self.scene.begins, self.scene.ends
        gone = {
            entry.index
            for entry in shown.sections[0].entries
            if is_of(entry.statement, self.point, 0, 2**40, readings=False)
        }
        self.what = f"the whole stream of {self.where} is left out of the bundle"
        return self.cut(source, shown, gone)


@register
class WithheldAuthority(LeftOut):
    """An authority's statement is left out: a revocation or an exchange would vanish."""

    name = "withheld-authority"
    stands_for = "A revocation or a correction by the authority is kept from the bank."
    caught_by = frozenset({"AUTHORITY_INCOMPLETE"})
    also = follows(
        PLAN_MISSING="what is left out may be the site plan",
        UNPLANNED_POINT="only the site plan lists a metering point",
        LOG_NOT_PLANNED="only the site plan names the log",
        UNKNOWN_KEY="what is left out may be the enrolment of a key",
        SILENT_METER="nothing that a key says counts without its enrolment",
        FACTS_MISSING="what is left out may be the facts of a meter",
        SETTLEMENT_FACTS="settlements name the facts that are left out",
        PREDECESSOR_UNKNOWN="the enrolment that is left out may be that of the key before",
    )
    beside = frozenset({AUTHORITY})
    early_s = DAY_S

    def bundle(self, stage: Stage, source: LogSource, shown: Bundle) -> Bundle:
        """Without one statement of the authority, not its newest."""
        of_authority = [
            (entry.index, claims.subject)
            for entry in shown.sections[0].entries
            if (claims := statement.decode(entry.statement).claims).kind in AUTHORITY_KINDS
        ]
        gone, subject = self.draws.one_of(of_authority[:-1])
        points = {polled.point: name for name, polled in self.scene.polled.items()}
        devices = {stream.issuer: name for name, stream in stage.streams.items()}
        self.where = (points | devices).get(subject, "")
        self.begins, self.ends = self.scene.begins, self.scene.ends
        self.what = f"entry {gone}, a statement of the authority, is left out of the bundle"
        return self.cut(source, shown, {gone})


@register
class GatewayWithholds(OnOneMeter):
    """The gateway drops what a device sends; the device gets no confirmation."""

    name = "gateway-withholds-device"
    stands_for = "The gateway's owner lets a device speak and logs nothing of it."
    caught_by = frozenset({"SILENT_METER", "STREAM_MISSING", "MISSING_STATEMENT", "UNCOVERED_INTERVAL"})
    also = follows(SHORT_OF_PERIOD="nothing comes until the period's end")

    def sent(self, stage: Stage, sent: list[Sent]) -> list[Sent]:
        """Nothing of the device reaches the log, from the chosen day on."""
        self.ends = self.scene.ends
        self.what = f"nothing that {self.where} sends after a time is logged"
        return [
            one
            for one in sent
            if one.name != self.where or (one.draft is not None and one.draft.issued_at <= self.begins)
        ]


@register
class ForgedGateway(Injection):
    """A gateway of the cheat's own, with the right name."""

    name = "forged-gateway"
    stands_for = "A second gateway, set up by the cheat under the true one's name, shows a log of its own."
    caught_by = frozenset({"TREE_MISMATCH", "CHECKPOINT_WRONG", "HEAD_SIGNATURE_WRONG", "UNKNOWN_LOG"})
    also = follows(**NOTHING_LEFT, **{"refused:chain": "no head over its log continues the one that the chain holds"})

    def log_keys(self, stage: Stage, log_keys: LogKeys) -> LogKeys:
        """The cheat's own keys."""
        return LogKeys(stage.parties.cheat_ed("checkpoint"), stage.parties.cheat("proof"))

    def entries(self, stage: Stage, entries: list[bytes]) -> list[bytes]:
        """The true statements behind an opening of the cheat's own."""
        keys = self.log_keys(stage, stage.keys)
        identity = identity_of(ORIGIN, keys.checkpoint, keys.proof)
        return [opening_of(identity, keys.proof, self.scene.begins, None), *entries[1:]]


@register
class ForgedCheckpoint(Injection):
    """The checkpoint names another size or root, or is signed by another key."""

    name = "forged-checkpoint"
    stands_for = "A checkpoint is made up, to pass a log off as older, newer or other than it is."
    caught_by = frozenset({"CHECKPOINT_WRONG"})

    def bundle(self, stage: Stage, source: LogSource, shown: Bundle) -> Bundle:
        """One of three forgeries."""
        section = shown.sections[0]
        root = source.nodes.node(0, 0)
        true = Checkpoint(section.origin, section.size, stage.anchors[-1].root)
        forged, key, what = self.draws.one_of(
            (
                (Checkpoint(section.origin, section.size, root), stage.parties.checkpoint, "another root"),
                (Checkpoint(section.origin, section.size + 1, true.root), stage.parties.checkpoint, "another size"),
                (true, stage.parties.cheat_ed("checkpoint"), "another signer"),
            )
        )
        self.what = f"the bundle's checkpoint has {what}"
        return replace(shown, sections=(replace(section, checkpoint=checkpoint.sign(forged, key)),))


@register
class ReplayedInLog(OnOneMeter):
    """The gateway's owner logs old statements a second time."""

    name = "replay-in-log"
    stands_for = "The gateway's owner logs a quiet day a second time, so that it is counted twice."
    caught_by = frozenset({"REPEATED"})

    def __init__(self, scene: Scene, draws: Draws) -> None:
        """Choose as for any meter."""
        super().__init__(scene, draws)
        self._said = False

    def entries(self, stage: Stage, entries: list[bytes]) -> list[bytes]:
        """The day's statements again at the log's end; the chain accepts that, for the log has only grown."""
        again = [entry for n, entry in enumerate(entries) if n and is_of(entry, self.point, self.begins, self.ends)]
        grown = [*entries, *again]
        self.what = f"{len(again)} statements of {self.where} stand in the log twice"
        stage.chain.offer(ShownLog(ORIGIN, tuple(grown), stage.keys, stage.now), stage.now)
        return grown
