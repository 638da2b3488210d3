"""Step 7.6: signed corrections restate a quantity; readings stay. Verdict-critical: no IO."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise

from tally_chain.findings import Code, Ledger
from tally_chain.verify.facts import Facts
from tally_chain.verify.figures import difference, total
from tally_edge.authority import Correction, RegisterFacts

Measure = Callable[[int, int], Decimal | None]
"""What the evidence gives over (from, to), None where it does not say."""


def restated(
    facts: Facts,
    point: str,
    register: RegisterFacts,
    *,
    period: tuple[int, int],
    quantity: Decimal,
    measure: Measure,
    ledger: Ledger,
) -> Decimal | None:
    """The quantity after the authority's corrections; None where there are none, or none that can be applied.

    A later correction of the same interval replaces the earlier one. Intervals that overlap otherwise leave open what
    counts; an interval whose edges show no reading can not be exchanged for another quantity.
    """
    touches = f"{point}/{register.register}"
    by_interval: dict[tuple[int, int], Correction] = {}
    for logged, correction in facts.corrections:
        if (correction.point, correction.register) != (point, register.register):
            continue
        if correction.from_at >= correction.to_at:
            ledger.add(Code.FACTS_IMPLAUSIBLE, touches, f"a correction that ends before it begins, {logged.place}")
        elif correction.to_at > period[0] and correction.from_at < period[1]:
            ledger.add(Code.CORRECTED, touches, f"{correction.explanation}, {logged.place}")
            if correction.unit != register.unit:
                ledger.add(Code.UNIT_WRONG, touches, f"a correction in {correction.unit}")
                continue
            by_interval[correction.from_at, correction.to_at] = correction
    intervals = sorted(by_interval)
    if any(after[0] < before[1] for before, after in pairwise(intervals)):
        ledger.add(Code.CORRECTIONS_OVERLAP, touches)
        return None
    result: Decimal | None = None
    for interval in intervals:
        measured = measure(*interval)
        if measured is None:
            ledger.add(Code.UNCOVERED_INTERVAL, touches, "nothing read at the edges of a correction")
            continue
        base = quantity if result is None else result
        result = total(difference(base, measured), by_interval[interval].quantity)
    return result
