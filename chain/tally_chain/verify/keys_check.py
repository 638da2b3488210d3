"""Step 8, second part: every key that could speak for a metering point shows its stream. Verdict-critical: no IO.

Coverage is looked at over all streams of a point together, so one stream can hide that another one is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tally_chain.findings import Code, Ledger
from tally_chain.verify.coverage import holes_as_planned
from tally_chain.verify.facts import Facts, KeyLife
from tally_chain.verify.log_check import Logged
from tally_chain.verify.payloads import PointEvidence, Spoken


@dataclass(frozen=True, slots=True)
class Run:
    """What a bundle shows of a stream: lowest and highest seq, first and last time that it speaks of."""

    lowest: int
    highest: int
    spoken: Spoken


def runs_of(counted: Iterable[Logged], points: Mapping[str, PointEvidence]) -> dict[bytes, Run]:
    """The run of every key that says anything; whether it has holes is looked at elsewhere."""
    seqs: dict[bytes, list[int]] = {}
    for logged in counted:
        seqs.setdefault(logged.statement.claims.kid, []).append(logged.statement.claims.seq or 0)
    times: dict[bytes, list[Spoken]] = {}
    for evidence in points.values():
        for kid, spoken in evidence.spoken.items():
            times.setdefault(kid, []).append(spoken)
    return {
        kid: Run(
            min(seqs[kid]),
            max(seqs[kid]),
            Spoken(min(one.first_at for one in spoken), max(one.last_at for one in spoken)),
        )
        for kid, spoken in times.items()
    }


@dataclass(frozen=True, slots=True)
class KeysCheck:
    """The check of the keys of metering points over a period.

    8.2 every key that was enrolled for the point and lived in the period reaches through it: its run begins with the
        stream or at the period's start, and ends where the authority says that the stream ends, or at the period's end
    8.3 in totals, where nothing between is carried, it settles both edges, or ended before the period

    Where one key alone lived and speaks, coverage (7.4) or the settlements (6.5) say the same, and more exactly.
    """

    facts: Facts
    runs: Mapping[bytes, Run]
    period: tuple[int, int]
    ledger: Ledger
    whole: bool

    def check(self, point: str, evidence: PointEvidence) -> None:
        """Check the keys of one point."""
        lives = self.facts.lives(point, *self.period)
        if len(lives) == 1 and evidence.spoken.keys() <= {lives[0].kid}:
            return
        for life in lives:
            run = self.runs.get(life.kid)
            if run is None or not self._reaches(point, life, run, evidence.spoken.get(life.kid)):
                device = self.facts.keys[life.kid].device
                self.ledger.add(Code.STREAM_MISSING, point, f"device {device}, key {life.kid.hex()[:16]}…")

    def _reaches(self, point: str, life: KeyLife, run: Run, spoken: Spoken | None) -> bool:
        start, end = self.period[0], life.until
        ended = life.last_seq is not None and run.highest >= life.last_seq
        if not self.whole:
            settled = spoken is not None and spoken.first_at <= start and spoken.last_at >= end
            return settled or (ended and run.spoken.last_at <= start)
        cadences = self.facts.cadences(point)
        if not cadences:
            return True  # no plan lists the point, so nothing is claimed for it
        begins = run.lowest == 0 or not holes_as_planned((start, run.spoken.first_at), cadences)
        return begins and (ended or not holes_as_planned((run.spoken.last_at, end), cadences))
