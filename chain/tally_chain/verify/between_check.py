"""Step 6.9: what a totals-only bundle carries besides its two settlements does not contradict them. No IO.

Nothing between the settlements is asked for; what is there all the same is evidence. Verdict-critical.
"""

from __future__ import annotations

from itertools import pairwise

from tally_chain.findings import Code, Ledger
from tally_chain.verify.figures import Sample
from tally_chain.verify.log_check import Logged
from tally_chain.verify.payloads import PointEvidence
from tally_edge.authority import RegisterFacts
from tally_edge.device import Settlement

Settled = tuple[Logged, Settlement]


def check_between(point: str, evidence: PointEvidence, start: Settled, end: Settled, ledger: Ledger) -> None:
    """Settlements and gaps between two settlements whose counts are equal.

    A settlement of the same stream has the same counts, one of any stream the same meter and multiplier. A gap that
    stands between them in their stream would have been counted.
    """
    (opened, opening), (closed, closing) = start, end
    kid = opened.statement.claims.kid
    for logged, settlement in evidence.settlements:
        if not opening.at < settlement.at < closing.at:
            continue
        if logged.statement.claims.kid == kid and settlement.counts != opening.counts:
            ledger.add(Code.COUNTS_UNEQUAL, point, f"another count between, {logged.place}")
        if (settlement.serial, settlement.multiplier) != (opening.serial, opening.multiplier):
            ledger.add(Code.EXCHANGE_BETWEEN, point, f"another meter or multiplier between, {logged.place}")
    first, last = opened.statement.claims.seq or 0, closed.statement.claims.seq or 0
    for logged, _ in evidence.gaps:
        claims = logged.statement.claims
        if claims.kid == kid and first < (claims.seq or 0) < last:
            ledger.add(Code.COUNTS_UNEQUAL, point, f"a gap that no settlement counts, {logged.place}")


def check_rise(
    point: str, register: RegisterFacts, evidence: PointEvidence, period: tuple[int, int], ledger: Ledger
) -> None:
    """Everything carried of one register rises from the first settlement to the last, inside the register's range."""
    touches = f"{point}/{register.register}"
    if evidence.units.get(register.register, {register.unit}) != {register.unit}:
        ledger.add(Code.UNIT_WRONG, touches, "readings are in another unit")
    samples = list(evidence.samples.get(register.register, []))
    samples += [
        Sample(settlement.at, value.value, logged.place)
        for logged, settlement in evidence.settlements
        for value in settlement.registers
        if value.register == register.register
    ]
    inside = sorted((sample for sample in samples if period[0] <= sample.at <= period[1]), key=lambda one: one.at)
    check_range(touches, register, inside, ledger)
    for before, after in pairwise(inside):
        if before.at == after.at and before.value != after.value:
            ledger.add(Code.SETTLEMENT_DISAGREES, touches, f"at {after.at}")
        elif after.value < before.value:
            ledger.add(Code.REGISTER_BACKWARDS, touches, f"from {before.value} to {after.value} at {after.place}")


def check_range(touches: str, register: RegisterFacts, samples: list[Sample], ledger: Ledger) -> None:
    """A register with a range shows 0 to below its modulus; anything else is no value of this meter."""
    if register.modulus is None:
        return
    for sample in samples:
        if not 0 <= sample.value < register.modulus:
            detail = f"{sample.value}, range {register.modulus}, {sample.place}"
            ledger.add(Code.OUT_OF_RANGE, touches, detail, times=[(sample.at, sample.at)])
