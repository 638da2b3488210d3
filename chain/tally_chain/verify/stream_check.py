"""Step 4: streams are whole, linked, unforked, and of keys that may speak. Verdict-critical: no IO."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tally_chain.findings import Code, Ledger, Severity
from tally_chain.policy import Policy
from tally_edge.authority import SigningPlace, StreamPlace
from tally_edge.errors import SignatureError
from tally_edge.statement import DEVICE_KINDS, Clock

if TYPE_CHECKING:
    from tally_chain.verify.facts import Facts, KeyFacts
    from tally_chain.verify.log_check import Logged


def check_links(
    touches: str,
    members: list[Logged],
    ledger: Ledger,
    *,
    missing: Code = Code.MISSING_STATEMENT,
    fork: Code = Code.FORK,
    from_zero: bool = False,
    whole: bool = True,
) -> list[Logged]:
    """The members of one stream in the order of seq, one per seq; what is missing, forked or unlinked is found.

    `whole` is False where a bundle carries chosen statements only: then gaps between them are no findings.
    """
    by_seq: dict[int, list[Logged]] = {}
    for logged in members:
        seq = logged.statement.claims.seq
        if seq is not None:
            by_seq.setdefault(seq, []).append(logged)
    chain: list[Logged] = []
    arrival = -1
    for seq in sorted(by_seq):
        first, *others = sorted(by_seq[seq], key=lambda logged: (logged.section, logged.index))
        for other in others:
            if other.statement.encoded == first.statement.encoded:
                ledger.add(Code.REPEATED, touches, f"seq {seq}", times=other.times)
            else:
                ledger.add(fork, touches, f"seq {seq}, entries {first.index} and {other.index}", times=other.times)
        _check_step(touches, chain[-1] if chain else None, first, ledger, missing, from_zero=from_zero, whole=whole)
        if first.section == (chain[-1].section if chain else first.section) and first.index < arrival:
            ledger.add(Code.OUT_OF_ORDER, touches, times=first.times)
        arrival = first.index
        chain.append(first)
    return chain


def _check_step(
    touches: str,
    before: Logged | None,
    logged: Logged,
    ledger: Ledger,
    missing: Code,
    *,
    from_zero: bool,
    whole: bool,
) -> None:
    claims = logged.statement.claims
    seq = claims.seq or 0
    expected = 0 if before is None else (before.statement.claims.seq or 0) + 1
    if seq != expected and whole and (before is not None or from_zero):
        last = f"seq {expected}" if seq - 1 == expected else f"seq {expected} to {seq - 1}"
        since = logged if before is None else before
        times = (since.statement.claims.issued_at, claims.issued_at)
        ledger.add(missing, touches, last, times=[times])
    if before is not None and seq == expected and claims.prev != before.statement.id:
        ledger.add(Code.WRONG_LINK, touches, f"seq {seq}", times=logged.times)


@dataclass(frozen=True, slots=True)
class DeviceCheck:
    """The check of all device streams.

    4.1 the key was enrolled, in this log, before the statement
    4.2 the signature verifies
    4.3 the statement is not void by a rotation or revocation
    4.4 the key speaks for the metering point and in the name of its device, and a site plan lists the point
    4.5 the stream is whole, linked and unforked (`whole`), or at least unforked; where it continues another stream, the
        other is there and ends where the authority says
    4.6 time: not after its anchor, not before its beacon, which the reader can know; the device's clock was set
    4.7 marks: simulated evidence and manual entries are refused unless the policy accepts them

    `beacons` are the roots that the reader holds or that the bundle's logs show, with the time of the block where an
    independent chain gives one.
    """

    facts: Facts
    policy: Policy
    ledger: Ledger
    beacons: Mapping[bytes, int | None]
    whole: bool

    def counted(self, statements: list[Logged]) -> list[Logged]:
        """The statements of devices that count, in the order of their streams."""
        streams = self._streams(statements)
        counted: list[Logged] = []
        planned = self.facts.ever_planned().keys()
        for kid, members in streams.items():
            known = self.facts.keys[kid]
            chain = check_links(f"device {known.device}", members, self.ledger, whole=self.whole)
            counted += [logged for logged in chain if self._may_count(logged, known, planned)]
            self._check_marks(known, chain)
            if self.whole:
                self._check_predecessor(known, chain, streams)
        return counted

    def _streams(self, statements: list[Logged]) -> dict[bytes, list[Logged]]:
        """Steps 4.1 and 4.2."""
        streams: dict[bytes, list[Logged]] = {}
        for logged in statements:
            claims = logged.statement.claims
            if claims.kind not in DEVICE_KINDS:
                continue
            known = self.facts.keys.get(claims.kid)
            if known is None or known.in_force(logged) is None:
                touches = f"key {claims.kid.hex()[:16]}…"
                detail = f"speaks for {claims.subject}, entry {logged.index}"
                self.ledger.add(Code.UNKNOWN_KEY, touches, detail, times=logged.times)
                continue
            try:
                logged.statement.verify(known.public_key)
            except SignatureError as error:
                self.ledger.add(Code.SIGNATURE_WRONG, logged.place, str(error), times=logged.times)
                continue
            streams.setdefault(claims.kid, []).append(logged)
        return streams

    def _may_count(self, logged: Logged, known: KeyFacts, planned: Collection[str]) -> bool:
        """Steps 4.3, 4.4 and 4.6."""
        claims = logged.statement.claims
        touches = f"device {known.device}"
        void = self.facts.voids.get(claims.kid)
        if void is not None and (claims.seq or 0) > void.after:
            self.ledger.add(void.code, touches, f"from seq {void.after + 1} on", times=logged.times)
            return False
        enrolment = known.in_force(logged)
        if enrolment is None or claims.subject not in enrolment.points:
            self.ledger.add(Code.NOT_ITS_POINT, touches, f"speaks for {claims.subject}", times=logged.times)
            return False
        if claims.issuer != enrolment.device:
            self.ledger.add(Code.NOT_ITS_DEVICE, touches, f"calls itself {claims.issuer}", times=logged.times)
            return False
        if claims.subject not in planned:
            self.ledger.add(Code.UNPLANNED_POINT, claims.subject, times=logged.times)
        if logged.anchored_at is not None and claims.issued_at > logged.anchored_at:
            self.ledger.add(Code.AFTER_ANCHOR, logged.place, times=logged.times)
        if claims.clock is Clock.UNSET:
            self.ledger.add(Code.CLOCK_DOUBTFUL, touches, times=logged.times)
        if claims.beacon is not None:
            self._check_beacon(logged, claims.beacon)
        return True

    def _check_beacon(self, logged: Logged, beacon: bytes) -> None:
        if beacon not in self.beacons:
            self.ledger.add(Code.BEACON_UNKNOWN, logged.place, f"root {beacon.hex()[:16]}…", times=logged.times)
            return
        known_since = self.beacons[beacon]
        if known_since is not None and logged.statement.claims.issued_at < known_since:
            self.ledger.add(Code.BEFORE_BEACON, logged.place, times=logged.times)

    def _check_marks(self, known: KeyFacts, chain: list[Logged]) -> None:
        touches = f"device {known.device}"
        places = known.places()
        accept = self.policy.accept
        if SigningPlace.SIMULATED in places:
            severity = Severity.WARNING if accept.simulated else Severity.FAILURE
            self.ledger.add(Code.SIMULATED, touches, severity=severity)
        if SigningPlace.BY_HAND in places:
            severity = Severity.WARNING if accept.by_hand else Severity.FAILURE
            self.ledger.add(Code.BY_HAND, touches, severity=severity)
        if chain and SigningPlace.SIMULATED not in places and chain[0].statement.claims.issued_at < known.enrolled_at:
            self.ledger.add(Code.BEFORE_ENROLMENT, touches)

    def _check_predecessor(self, known: KeyFacts, chain: list[Logged], streams: Mapping[bytes, list[Logged]]) -> None:
        """Step 4.5, last part: only where the stream's own beginning is in the bundle."""
        place = known.predecessor
        if place is None or not chain or chain[0].statement.claims.seq != 0:
            return
        touches = f"device {known.device}"
        there = [logged for logged in streams.get(place.kid, []) if logged.statement.claims.seq == place.seq]
        if not there:
            self.ledger.add(Code.PREDECESSOR_UNKNOWN, touches, f"it ended at seq {place.seq}")
        elif all(logged.statement.id != place.statement for logged in there):
            self.ledger.add(Code.FORK, touches, f"seq {place.seq} of the stream before is not what the authority saw")
        (enrolled, _), *_ = known.enrolments
        if any(_comes_after(logged, place, enrolled) for logged in streams.get(place.kid, [])):
            detail = f"seq {place.seq}, and spoke on after its successor was enrolled"
            self.ledger.add(Code.ROTATED_KEY, touches, detail, Severity.WARNING)


def _comes_after(logged: Logged, place: StreamPlace, enrolled: Logged) -> bool:
    """Whether a statement continues a stream behind its named end, and not because it was still under way."""
    later = (logged.statement.claims.seq or 0) > place.seq
    return later and logged.section == enrolled.section and logged.index > enrolled.index
