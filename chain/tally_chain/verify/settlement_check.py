"""Step 6: settlements are linked, rest on the facts in force, and prove totals. Verdict-critical: no IO."""

from __future__ import annotations

from tally_chain.findings import Code, Ledger
from tally_chain.verify.authority_check import Facts, StatedFacts
from tally_chain.verify.figures import Basis, Figure, difference, product
from tally_chain.verify.log_check import Logged
from tally_chain.verify.payloads import PointEvidence
from tally_edge.authority import FactsEvent
from tally_edge.device import NO_SETTLEMENT, Counts, RegisterValue, Settlement


def check_settlements(point: str, evidence: PointEvidence, facts: Facts, ledger: Ledger, *, whole: bool) -> None:
    """Check every settlement of a point.

    6.1 it rests on meter facts that the authority stated for this point: id, serial, multiplier
    6.2 it names the settlement before it (`whole`: every settlement is there)
    """
    last: dict[bytes, tuple[Logged, Settlement]] = {}
    known = {stated.statement_id: stated for stated in facts.meters.get(point, [])}
    in_stream_order = sorted(evidence.settlements, key=lambda pair: pair[0].statement.claims.seq or 0)
    for logged, settlement in in_stream_order:
        stated = known.get(settlement.facts)
        if stated is None:
            ledger.add(Code.SETTLEMENT_FACTS, logged.place, "the authority never stated them")
        elif (stated.facts.serial, stated.facts.multiplier) != (settlement.serial, settlement.multiplier):
            ledger.add(Code.SETTLEMENT_FACTS, logged.place, "serial or multiplier is another")
        before = last.get(logged.statement.claims.kid)
        expected = before[0].statement.id if before else NO_SETTLEMENT
        unlinked = settlement.previous != expected
        first = before is None and logged.statement.claims.seq != 0 and settlement.previous != NO_SETTLEMENT
        if whole and unlinked and not first:
            ledger.add(Code.SETTLEMENT_LINK, logged.place)
        last[logged.statement.claims.kid] = (logged, settlement)


def totals(point: str, evidence: PointEvidence, facts: Facts, period: tuple[int, int], ledger: Ledger) -> list[Figure]:
    """The register differences that the settlements at the period's edges prove.

    6.3 there is a settlement at each edge, of one stream or of streams that the authority joined
    6.4 their counts are equal: no exchange, reset, rollover or gap lies between
    6.5 the authority states no exchange or change of ratio between them either
    """
    from_at, to_at = period
    by_time = {settlement.at: (logged, settlement) for logged, settlement in evidence.settlements}
    if from_at not in by_time or to_at not in by_time:
        edge = "start" if from_at not in by_time else "end"
        ledger.add(Code.NO_SETTLEMENT, point, f"at the {edge}")
        return []
    (opened, opening), (closed, closing) = by_time[from_at], by_time[to_at]
    if opening.counts != closing.counts or opened.statement.claims.kid != closed.statement.claims.kid:
        ledger.add(Code.COUNTS_UNEQUAL, point, _what_happened(opening.counts, closing.counts))
        return []
    changed = changes_between(facts.meters.get(point, []), from_at, to_at)
    if changed or (opening.serial, opening.multiplier) != (closing.serial, closing.multiplier):
        ledger.add(Code.EXCHANGE_BETWEEN, point)
        return []
    start = {register.register: register for register in opening.registers}
    end = {register.register: register for register in closing.registers}
    figures = []
    for stated in _cumulative(facts.facts_at(point, to_at)):
        if stated not in start or stated not in end or start[stated].unit != end[stated].unit:
            ledger.add(Code.UNIT_WRONG, point, f"{stated} is not in both settlements alike")
            continue
        figure = _figure(point, (opened, start[stated]), (closed, end[stated]), opening, period)
        if figure.quantity < 0:
            ledger.add(Code.REGISTER_BACKWARDS, f"{point}/{stated}", "between the settlements")
            continue
        figures.append(figure)
    return figures


def _figure(
    point: str,
    start: tuple[Logged, RegisterValue],
    end: tuple[Logged, RegisterValue],
    opening: Settlement,
    period: tuple[int, int],
) -> Figure:
    quantity = product(difference(end[1].value, start[1].value), opening.multiplier)
    return Figure(
        point,
        end[1].register,
        end[1].unit,
        *period,
        quantity,
        Basis.TOTAL_BY_REGISTERS,
        start[0].place,
        end[0].place,
        samples=2,
    )


def changes_between(stated: list[StatedFacts], from_at: int, to_at: int) -> list[StatedFacts]:
    """The exchanges, changes of ratio and removals that take effect inside a period."""
    changing = (FactsEvent.EXCHANGE, FactsEvent.RATIO, FactsEvent.REMOVAL)
    return [known for known in stated if known.facts.event in changing and from_at < known.facts.effective_at <= to_at]


def _cumulative(stated: StatedFacts | None) -> list[str]:
    return [] if stated is None else [known.register for known in stated.facts.registers if known.cumulative]


def _what_happened(before: Counts, after: Counts) -> str:
    names = ("exchanges", "resets", "rollovers", "gaps")
    changed = [name for name in names if getattr(before, name) != getattr(after, name)]
    return ", ".join(changed) if changed else "the stream changed"
