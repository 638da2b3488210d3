"""Step 7.7: what a device counted in its settlements shows in its registers. Verdict-critical: no IO.

Readings far apart can hide a reset: a register that was set to 0 and has passed its old value since looks as if it had
only risen, and what it had counted before is lost. The device saw it, and its own counts, of all registers of its
metering point, tell. Each fall that the readings show explains one reset or rollover. Where a settlement does not tell
a register, a fall of it that reaches over the settlement's time may lie on either side, and explains one on both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from tally_chain.verify.figures import Sample
from tally_chain.verify.payloads import PointEvidence
from tally_edge.device import Counts

Span = tuple[int, int]
"""After and until, Unix seconds."""


def hidden_falls(evidence: PointEvidence, shown: Sequence[Sequence[Sample]], period: Span) -> Iterator[Span]:
    """Between which settlements inside a period more resets and rollovers were counted than registers fell.

    `shown`: the samples of each cumulative register, by time, also those outside the period.
    """
    for before, after, counted in _counted(evidence, period):
        if counted > sum(_falls(samples, before, after) for samples in shown):
            yield before, after


def _counted(evidence: PointEvidence, period: Span) -> Iterator[tuple[int, int, int]]:
    """Pairs of settlements of one stream between which something was counted, and how much."""
    told = sorted(
        (logged.statement.claims.kid, settlement.at, _fallen(settlement.counts))
        for logged, settlement in evidence.settlements
        if period[0] <= settlement.at <= period[1]
    )
    for (kid, before, had), (other, after, has) in pairwise(told):
        if kid == other and has > had:
            yield before, after, has - had


def _fallen(counts: Counts) -> int:
    return counts.resets + counts.rollovers


def _falls(samples: Iterable[Sample], after: int, until: int) -> int:
    steps = pairwise(samples)
    return sum(second.value < first.value for first, second in steps if first.at < until and second.at > after)
