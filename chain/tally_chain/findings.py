"""What a verification says: numbered codes, each with its severity and its meaning. Codes are never renumbered.

The first digit says where the check stands: 1 the file, 2 the log, 3 the authority and its keys, 4 statements and
streams, 5 registers and coverage, 6 marks of the evidence, 7 grants and attachments.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum, IntEnum, unique
from typing import Final

MAX_DETAIL_CHARS: Final = 400
"""A sentence is for people; an error that quotes a whole payload is not."""

Span = tuple[int, int]
"""From and until, both included, in Unix seconds."""


@unique
class Severity(IntEnum):
    """How much a finding weighs. Only FAILURE changes the exit code."""

    NOTE = 0
    WARNING = 1
    FAILURE = 2


@unique
class Code(Enum):
    """A finding's code: its number, its usual severity, and what it means."""

    BUNDLE_EMPTY = (101, Severity.FAILURE, "the bundle holds no evidence")
    UNKNOWN_LOG = (201, Severity.FAILURE, "the policy does not know this log")
    HEAD_SIGNATURE_WRONG = (202, Severity.FAILURE, "the log's head is not signed by its key")
    CHECKPOINT_WRONG = (203, Severity.FAILURE, "the checkpoint is not the log's, or not for this head")
    TREE_MISMATCH = (204, Severity.FAILURE, "the statements do not make the tree that the head names")
    NOT_CONSISTENT = (205, Severity.FAILURE, "the head does not continue a head that the reader holds")
    UNANCHORED_HEAD = (206, Severity.FAILURE, "no head that the reader holds vouches for this log")
    SELF_ANCHORED = (207, Severity.FAILURE, "the anchor stands on a chain that the operator controls")
    LOG_REWRITTEN = (208, Severity.FAILURE, "the log shows another root than the anchored one at the same size")
    OPENING_WRONG = (209, Severity.FAILURE, "the log's first entry does not describe this log")
    SUCCESSOR_LOG = (210, Severity.WARNING, "the log continues another one after a loss")
    ANCHORED = (211, Severity.NOTE, "the head is vouched for by a root that the reader holds")
    ROOT_UNLINKED = (212, Severity.WARNING, "the bundle does not link the log to a head that the reader holds")
    LOG_TWICE = (213, Severity.FAILURE, "the bundle shows one log twice")
    OPENING_MISSING = (214, Severity.FAILURE, "the log's first entry is left out")
    OLDER_HEAD = (215, Severity.WARNING, "the reader holds a newer head: what was logged since is not in the bundle")
    HEADS_CONTRADICT = (216, Severity.FAILURE, "heads that the reader holds of this log contradict one another")
    HEAD_TOO_OLD = (217, Severity.FAILURE, "the log's head is older than the policy accepts, or of no time that can be")
    AGGREGATED = (
        218,
        Severity.NOTE,
        "the log is anchored through a log of heads; that no second history of it stands there is known only to who "
        "audits that",
    )
    VIA_WRONG = (219, Severity.FAILURE, "the way through a log of heads does not hold")
    VIA_UNUSED = (220, Severity.WARNING, "the way through a log of heads proves nothing to this reader")
    UNKNOWN_AUTHORITY = (301, Severity.FAILURE, "the policy does not know this authority")
    AUTHORITY_SIGNATURE_WRONG = (302, Severity.FAILURE, "an authority's statement does not verify")
    AUTHORITY_INCOMPLETE = (303, Severity.FAILURE, "statements of the authority are missing")
    AUTHORITY_FORK = (304, Severity.FAILURE, "the authority signed two different statements in one place")
    AUTHORITY_STALE = (305, Severity.FAILURE, "the authority's newest site plan had run out")
    COUNTERSIGNATURE_MISSING = (306, Severity.FAILURE, "the second person's signature is missing")
    COUNTERSIGNATURE_WRONG = (307, Severity.FAILURE, "the second person's signature does not count")
    SELF_ENROLLED = (308, Severity.FAILURE, "the key was enrolled by the audited party alone")
    UNKNOWN_KEY = (309, Severity.FAILURE, "nobody enrolled the key of this statement")
    REVOKED_KEY = (310, Severity.FAILURE, "the statement comes after the key's revocation")
    ROTATED_KEY = (311, Severity.FAILURE, "the statement comes after the key was replaced")
    NOT_ITS_POINT = (312, Severity.FAILURE, "the key does not speak for this metering point")
    UNPLANNED_POINT = (313, Severity.FAILURE, "the site plan does not list this metering point")
    FACTS_MISSING = (314, Severity.FAILURE, "no meter facts are in force for this metering point")
    PLAN_MISSING = (315, Severity.FAILURE, "the authority's stream holds no site plan")
    PREDECESSOR_UNKNOWN = (316, Severity.WARNING, "the key follows a stream that is not in the bundle")
    AUTHORITIES_DISAGREE = (317, Severity.FAILURE, "two authorities speak of the same site, metering point or key")
    LOG_NOT_PLANNED = (318, Severity.WARNING, "the site plan does not name this log")
    NOT_ITS_DEVICE = (319, Severity.FAILURE, "the key is enrolled for another device than the statement names")
    SELF_STATED = (320, Severity.FAILURE, "the audited party alone stated facts about its own meters")
    KEY_UNREGISTERED = (
        321,
        Severity.FAILURE,
        "the registry does not bind the key to the organisation that the policy names, or not for this",
    )
    KEY_NOT_IN_FORCE = (322, Severity.FAILURE, "the registry did not call the key good by the time that it had signed")
    REGISTRY_UNREAD = (323, Severity.WARNING, "what the registry says of the key at that time was not read")
    KEY_REGISTERED = (324, Severity.NOTE, "the registry called the key good when it had signed")
    STATEMENT_MALFORMED = (401, Severity.FAILURE, "a logged statement breaks the format")
    SIGNATURE_WRONG = (402, Severity.FAILURE, "the statement's signature does not verify")
    MISSING_STATEMENT = (403, Severity.FAILURE, "statements of the stream are missing")
    WRONG_LINK = (404, Severity.FAILURE, "the statement is not linked to the one before")
    FORK = (405, Severity.FAILURE, "the key signed two different statements in one place")
    REPEATED = (406, Severity.NOTE, "the same statement stands in the log twice")
    AFTER_ANCHOR = (407, Severity.FAILURE, "the statement speaks of a time after it was anchored")
    BEACON_UNKNOWN = (408, Severity.WARNING, "the beacon is not a head that the reader holds")
    BEFORE_ENROLMENT = (409, Severity.WARNING, "readings are older than the enrolment of their key")
    OUT_OF_ORDER = (410, Severity.NOTE, "statements of the stream arrived out of order")
    CLOCK_DOUBTFUL = (411, Severity.WARNING, "the device's clock was not set")
    BEFORE_BEACON = (412, Severity.WARNING, "the device's clock stood before the beacon that the statement names")
    STREAM_MISSING = (
        413,
        Severity.FAILURE,
        "a key that was enrolled for the metering point does not show its stream over the period",
    )
    REGISTER_BACKWARDS = (501, Severity.FAILURE, "a cumulative register fell")
    ROLLOVER = (502, Severity.NOTE, "a register passed its highest value and began again")
    RESET = (503, Severity.FAILURE, "a register was reset; what it counted before can not be bridged")
    DECLARED_GAP = (504, Severity.WARNING, "the device declared a gap")
    UNCOVERED_INTERVAL = (505, Severity.FAILURE, "no reading and no declared gap covers a time")
    SILENT_METER = (506, Severity.FAILURE, "a planned metering point says nothing")
    UNIT_WRONG = (507, Severity.FAILURE, "a reading's unit or register is not that of the meter facts")
    SETTLEMENT_LINK = (508, Severity.FAILURE, "the chain of settlements is broken")
    SETTLEMENT_FACTS = (509, Severity.FAILURE, "the settlement rests on other facts than those in force")
    COUNTS_UNEQUAL = (
        510,
        Severity.FAILURE,
        "something happened between the settlements: the statements between are needed",
    )
    EXCHANGE_BETWEEN = (511, Severity.FAILURE, "the meter or its ratio changed between the settlements")
    SETTLEMENT_DISAGREES = (512, Severity.FAILURE, "a settlement and the readings tell different registers")
    CALIBRATION_EXPIRED = (513, Severity.WARNING, "the meter's certificate had expired")
    CORRECTED = (514, Severity.WARNING, "the authority corrected a quantity")
    CONFLICTING_READINGS = (515, Severity.FAILURE, "one register shows two values at one time")
    NO_SETTLEMENT = (516, Severity.FAILURE, "a settlement at the edge of the period is missing")
    EXCHANGE = (517, Severity.NOTE, "the meter was exchanged")
    FACTS_IMPLAUSIBLE = (518, Severity.FAILURE, "the authority states facts that can not be")
    CORRECTIONS_OVERLAP = (519, Severity.FAILURE, "corrections overlap: which of them counts is open")
    INSTALLED = (520, Severity.NOTE, "the meter was installed inside the period")
    SHORT_OF_PERIOD = (
        521,
        Severity.WARNING,
        "readings begin after the period does or end before it: the figure is for its own times",
    )
    OUT_OF_RANGE = (522, Severity.FAILURE, "a register shows what it can not show: below zero, or past its range")
    OWN_RECORD = (
        523,
        Severity.NOTE,
        "readings are the meter's own record, fetched after an outage, by the meter's clock",
    )
    SIMULATED = (601, Severity.FAILURE, "the evidence is simulated")
    BY_HAND = (602, Severity.FAILURE, "the readings were entered by hand")
    GRANT_WRONG = (701, Severity.FAILURE, "the grant does not verify")
    GRANT_EXPIRED = (702, Severity.FAILURE, "the grant has expired")
    NOT_GRANTED = (703, Severity.FAILURE, "the grant is for another reader or another scope")
    ATTACHMENT_WRONG = (704, Severity.FAILURE, "an attachment is not the one that its digest names")
    ATTACHMENT_WITHHELD = (705, Severity.NOTE, "an attachment is named but withheld")
    NO_GRANT = (706, Severity.WARNING, "the bundle carries no grant")
    ATTACHMENT_UNBOUND = (707, Severity.FAILURE, "no grant binds the attachment: anybody may have added it")

    READER_KEY_UNPROVEN = (
        708,
        Severity.WARNING,
        "the grant names a reader's key, and nothing shows that who reads this holds it",
    )

    @property
    def number(self) -> int:
        """The stable number."""
        return self.value[0]

    @property
    def severity(self) -> Severity:
        """The severity where the policy says nothing else."""
        return self.value[1]

    @property
    def meaning(self) -> str:
        """What it means, for people."""
        return self.value[2]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a verification says. `touches` names what it is about (a point, a key, a log, a place in it).

    `times` are those that it is about, by the clock of who spoke, in the order in which they were found; none where it
    is about no time. They are not cut or joined: what lies between two of them is another thing.
    """

    code: Code
    severity: Severity
    touches: str
    sentence: str
    times: tuple[Span, ...] = ()

    def __str__(self) -> str:
        return f"{self.severity.name} {self.code.number} {self.code.name}: {self.sentence} [{self.touches}]"


def printable(text: str) -> str:
    """`text` on one line, cut to MAX_DETAIL_CHARS, with nothing in it that a terminal acts on or hides.

    Texts of a bundle are the other party's words: control characters, line ends, bidirectional marks and characters of
    no width would let them write the verdict.
    """
    shown = text if len(text) <= MAX_DETAIL_CHARS else text[: MAX_DETAIL_CHARS - 1] + "…"
    return shown if shown.isprintable() else "".join(char if char.isprintable() else "\ufffd" for char in shown)


class Ledger:
    """Collects findings. The same thing said about the same subject is kept once, with how often it was said."""

    def __init__(self) -> None:
        """Start empty."""
        self._findings: dict[tuple[Code, str], tuple[Finding, int]] = {}
        self._times: dict[tuple[Code, str], list[Span]] = {}

    def add(
        self,
        code: Code,
        touches: str,
        detail: str = "",
        severity: Severity | None = None,
        *,
        times: Iterable[Span] = (),
    ) -> None:
        """Add a finding about `times`; the sentence is the code's meaning and `detail`."""
        touches, detail = printable(touches), printable(detail)
        sentence = f"{code.meaning}: {detail}" if detail else code.meaning
        finding = Finding(code, code.severity if severity is None else severity, touches, sentence)
        first, count = self._findings.get((code, touches), (finding, 0))
        if finding.severity > first.severity:
            first = finding
        self._findings[code, touches] = (first, count + 1)
        self._times.setdefault((code, touches), []).extend(times)

    def failing(self) -> frozenset[tuple[Code, str]]:
        """What fails, and what it touches."""
        return frozenset(key for key, (found, _) in self._findings.items() if found.severity is Severity.FAILURE)

    def has(self, code: Code) -> bool:
        """Whether `code` was found at all."""
        return any(found is code for found, _ in self._findings)

    def all(self) -> tuple[Finding, ...]:
        """Every finding, gravest first, then by number."""
        out = []
        for key, (finding, count) in self._findings.items():
            again = f" (and {count - 1} more like it)" if count > 1 else ""
            out.append(replace(finding, sentence=finding.sentence + again, times=tuple(self._times[key])))
        return tuple(sorted(out, key=lambda finding: (-finding.severity, finding.code.number, finding.touches)))
