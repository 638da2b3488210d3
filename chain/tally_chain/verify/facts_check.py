"""Step 6.1: meter facts are in force, plausible, and their certificate is valid. Verdict-critical: no IO."""

from __future__ import annotations

from tally_chain.findings import Code, Ledger, Severity
from tally_chain.verify.facts import Facts, StatedFacts
from tally_edge.authority import FactsEvent, MeterFacts

_CHANGING = (FactsEvent.EXCHANGE, FactsEvent.RATIO, FactsEvent.REMOVAL)


def check_facts(point: str, facts: Facts, period: tuple[int, int], ledger: Ledger) -> MeterFacts | None:
    """The facts in force at the period's end, None where there are none; what is wrong with them is found."""
    stated = facts.facts_at(point, period[1])
    if stated is None or not stated.facts.registers:
        ledger.add(Code.FACTS_MISSING, point)
        return None
    if facts.meters[point][0].facts.effective_at > period[1]:
        ledger.add(Code.FACTS_MISSING, point, "the first take effect after the period", Severity.WARNING)
    for known in facts.meters[point]:
        wrong = _implausible(known.facts)
        if wrong:
            ledger.add(Code.FACTS_IMPLAUSIBLE, point, wrong)
    expires_at = stated.facts.certificate_expires_at
    if expires_at is not None and expires_at < period[1]:
        times = [(expires_at, period[1])]
        ledger.add(Code.CALIBRATION_EXPIRED, point, stated.facts.certificate or "", times=times)
    return stated.facts


def _implausible(facts: MeterFacts) -> str:
    if facts.multiplier <= 0:
        return f"a multiplier of {facts.multiplier}"
    names = [register.register for register in facts.registers]
    if len(set(names)) != len(names):
        return "one register twice"
    for values in (facts.closing or (), facts.opening or ()):
        if len({value.register for value in values}) != len(values):
            return "one register read twice"
    for register in facts.registers:
        if register.cumulative and register.per_event:
            return f"{register.register} counts on and speaks with events alone, so that nothing would sum it"
        if register.modulus is not None and register.modulus <= 0:
            return f"a range of {register.modulus}"
    return ""


def changes_between(stated: list[StatedFacts], from_at: int, to_at: int) -> list[StatedFacts]:
    """The changes that take effect inside a period: exchange, ratio, removal, or whatever else changes serial or ratio.

    What an event is called does not matter: a "calibration" with another multiplier is a change of ratio.
    """
    changes = []
    for number, known in enumerate(stated):
        before = stated[number - 1].facts if number else None
        altered = before is not None and (before.serial, before.multiplier) != (
            known.facts.serial,
            known.facts.multiplier,
        )
        if (known.facts.event in _CHANGING or altered) and from_at < known.facts.effective_at <= to_at:
            changes.append(known)
    return changes


def exchanged_at(stated: list[StatedFacts], at: int) -> StatedFacts | None:
    """The facts that put another meter in the place of one at this very second, if any do.

    An installation replaces none: what was read in its second is the new meter's.
    """
    found = None
    for number, known in enumerate(stated):
        other = number > 0 and stated[number - 1].facts.serial != known.facts.serial
        if known.facts.event is FactsEvent.EXCHANGE or (other and known.facts.event is not FactsEvent.INSTALL):
            found = known if known.facts.effective_at == at else found
    return found
