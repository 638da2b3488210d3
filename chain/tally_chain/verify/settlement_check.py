"""Step 6: settlements are linked, rest on the facts in force, and prove totals. Verdict-critical: no IO."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tally_chain.findings import Code, Ledger
from tally_chain.verify.between_check import Settled, check_between, check_rise
from tally_chain.verify.corrections import restated
from tally_chain.verify.facts import Facts, StatedFacts
from tally_chain.verify.facts_check import changes_between, check_facts
from tally_chain.verify.figures import Basis, Figure, difference, product
from tally_chain.verify.log_check import Logged
from tally_chain.verify.payloads import PointEvidence
from tally_edge.authority import RegisterFacts
from tally_edge.device import NO_SETTLEMENT, Counts, RegisterValue, Settlement


def check_settlements(point: str, evidence: PointEvidence, facts: Facts, ledger: Ledger, *, whole: bool) -> None:
    """Check every settlement of a point.

    6.2 it rests on meter facts that the authority stated for this point; serial and multiplier are those in force
    6.3 it names the settlement before it (`whole`: every settlement is there)
    6.4 two settlements of one time say the same
    """
    last: dict[bytes, Settled] = {}
    known = {stated.statement_id: stated for stated in facts.meters.get(point, [])}
    in_stream_order = sorted(evidence.settlements, key=lambda pair: pair[0].statement.claims.seq or 0)
    at_time: dict[int, Settlement] = {}
    for logged, settlement in in_stream_order:
        _check_facts_of(logged, settlement, known, facts, ledger)
        before = last.get(logged.statement.claims.kid)
        expected = before[0].statement.id if before else NO_SETTLEMENT
        unlinked = settlement.previous != expected
        first = before is None and logged.statement.claims.seq != 0 and settlement.previous != NO_SETTLEMENT
        if whole and unlinked and not first:
            ledger.add(Code.SETTLEMENT_LINK, logged.place, times=logged.times)
        last[logged.statement.claims.kid] = (logged, settlement)
        if not _same(at_time.setdefault(settlement.at, settlement), settlement):
            detail = f"two settlements at {settlement.at}"
            ledger.add(Code.SETTLEMENT_DISAGREES, point, detail, times=[(settlement.at, settlement.at)])


def _check_facts_of(
    logged: Logged, settlement: Settlement, known: dict[bytes, StatedFacts], facts: Facts, ledger: Ledger
) -> None:
    stated = known.get(settlement.facts)
    says = (settlement.serial, settlement.multiplier)
    if stated is None:
        ledger.add(Code.SETTLEMENT_FACTS, logged.place, "the authority never stated them", times=logged.times)
    elif (stated.facts.serial, stated.facts.multiplier) != says:
        ledger.add(Code.SETTLEMENT_FACTS, logged.place, "serial or multiplier is another", times=logged.times)
    else:
        # A change at the very second of the settlement may lie on either side of it.
        moments = {facts.facts_at(logged.statement.claims.subject, settlement.at - early) for early in (0, 1)}
        if says not in {(found.facts.serial, found.facts.multiplier) for found in moments if found is not None}:
            ledger.add(Code.SETTLEMENT_FACTS, logged.place, "others were in force by then", times=logged.times)


def _same(one: Settlement, other: Settlement) -> bool:
    return (one.registers, one.counts, one.serial, one.multiplier) == (
        other.registers,
        other.counts,
        other.serial,
        other.multiplier,
    )


def totals(point: str, evidence: PointEvidence, facts: Facts, period: tuple[int, int], ledger: Ledger) -> list[Figure]:
    """The register differences that the settlements at the period's edges prove.

    6.5 there is a settlement at each edge, both of one stream, the later one later in it
    6.6 their counts are equal: no exchange, reset, rollover or gap lies between
    6.7 the authority states no exchange or change of ratio between them either
    6.8 corrections that cover the very period restate it; others need the readings between
    6.9 whatever else the bundle carries of the period agrees with the two                        between_check
    """
    in_force = check_facts(point, facts, period, ledger)
    by_time = {settlement.at: (logged, settlement) for logged, settlement in evidence.settlements}
    from_at, to_at = period
    if from_at not in by_time or to_at not in by_time:
        edge = "start" if from_at not in by_time else "end"
        ledger.add(Code.NO_SETTLEMENT, point, f"at the {edge}")
        return []
    if in_force is None or not _comparable(
        point, by_time[from_at], by_time[to_at], facts=facts, period=period, ledger=ledger
    ):
        return []
    (opened, opening), (closed, closing) = by_time[from_at], by_time[to_at]
    check_between(point, evidence, by_time[from_at], by_time[to_at], ledger)
    start = {register.register: register for register in opening.registers}
    end = {register.register: register for register in closing.registers}
    figures = []
    for register in in_force.registers:
        if not register.cumulative:
            continue
        name = register.register
        if name not in start or name not in end or {start[name].unit, end[name].unit} != {register.unit}:
            ledger.add(Code.UNIT_WRONG, f"{point}/{name}", "is not in both settlements in its unit")
            continue
        figure = _figure(point, (opened, start[name]), (closed, end[name]), opening, period)
        if figure.quantity < 0:
            ledger.add(Code.REGISTER_BACKWARDS, f"{point}/{name}", "between the settlements")
            continue
        check_rise(point, register, evidence, period, ledger)
        figures.append(_corrected(figure, register, facts, period, ledger))
    return figures


def _comparable(
    point: str, start: Settled, end: Settled, *, facts: Facts, period: tuple[int, int], ledger: Ledger
) -> bool:
    """Steps 6.5 to 6.7."""
    (opened, opening), (closed, closing) = start, end
    same_stream = opened.statement.claims.kid == closed.statement.claims.kid
    if opening.counts != closing.counts or not same_stream:
        ledger.add(Code.COUNTS_UNEQUAL, point, _what_happened(opening.counts, closing.counts))
        return False
    if (opened.statement.claims.seq or 0) >= (closed.statement.claims.seq or 0):
        ledger.add(Code.SETTLEMENT_LINK, point, "the later settlement stands earlier in the stream")
        return False
    changed = changes_between(facts.meters.get(point, []), *period)
    if changed or (opening.serial, opening.multiplier) != (closing.serial, closing.multiplier):
        ledger.add(Code.EXCHANGE_BETWEEN, point)
        return False
    return True


def _corrected(
    figure: Figure, register: RegisterFacts, facts: Facts, period: tuple[int, int], ledger: Ledger
) -> Figure:
    def measure(from_at: int, to_at: int) -> Decimal | None:
        return figure.quantity if (from_at, to_at) == period else None

    quantity = restated(
        facts, figure.point, register, period=period, quantity=figure.quantity, measure=measure, ledger=ledger
    )
    return replace(figure, restated=quantity)


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


def _what_happened(before: Counts, after: Counts) -> str:
    names = ("exchanges", "resets", "rollovers", "gaps")
    changed = [name for name in names if getattr(before, name) != getattr(after, name)]
    return ", ".join(changed) if changed else "the stream changed"
