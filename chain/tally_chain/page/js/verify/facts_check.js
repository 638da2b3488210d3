/** Step 6.1: meter facts are in force, plausible, and their certificate is valid. Mirrors `verify/facts_check.py`. */

import { FactsEvent } from "../authority.js";
import { Code, WARNING } from "../codes.js";
import { compareNumbers } from "../exact.js";

const CHANGING = [FactsEvent.EXCHANGE, FactsEvent.RATIO, FactsEvent.REMOVAL];

/** The facts in force at the period's end, null where there are none; what is wrong with them is found. */
export function checkFacts(point, facts, period, ledger) {
  const stated = facts.factsAt(point, period[1]);
  if (stated === null || !stated.facts.registers.length) {
    ledger.add(Code.FACTS_MISSING, point);
    return null;
  }
  if (facts.metersAt(point)[0].facts.effective_at > period[1]) {
    ledger.add(Code.FACTS_MISSING, point, "the first take effect after the period", { severity: WARNING });
  }
  for (const known of facts.metersAt(point)) {
    const wrong = implausible(known.facts);
    if (wrong) ledger.add(Code.FACTS_IMPLAUSIBLE, point, wrong);
  }
  const { certificate, certificate_expires_at: expiresAt } = stated.facts;
  if (expiresAt !== null && expiresAt < period[1]) {
    ledger.add(Code.CALIBRATION_EXPIRED, point, certificate ?? "", { times: [[expiresAt, period[1]]] });
  }
  return stated.facts;
}

function isTwice(values) {
  return new Set(values.map(({ register }) => register)).size !== values.length;
}

function implausible(facts) {
  if (compareNumbers(facts.multiplier, 0) <= 0) return `a multiplier of ${facts.multiplier}`;
  if (isTwice(facts.registers)) return "one register twice";
  if (isTwice(facts.closing ?? []) || isTwice(facts.opening ?? [])) return "one register read twice";
  for (const { register, cumulative, per_event: perEvent, modulus } of facts.registers) {
    if (cumulative && perEvent) {
      return `${register} counts on and speaks with events alone, so that nothing would sum it`;
    }
    if (modulus !== null && compareNumbers(modulus, 0) <= 0) return `a range of ${modulus}`;
  }
  return "";
}

/**
 * The changes that take effect inside a period: exchange, ratio, removal, or whatever else changes serial or ratio. What
 * an event is called does not matter: a "calibration" with another multiplier is a change of ratio.
 */
export function changesBetween(stated, [from, to]) {
  return stated.filter(({ facts }, at) => {
    const before = stated[at - 1]?.facts;
    const altered =
      before !== undefined &&
      (before.serial !== facts.serial || compareNumbers(before.multiplier, facts.multiplier) !== 0);
    const changes = CHANGING.includes(facts.event) || altered;
    return changes && from < facts.effective_at && facts.effective_at <= to;
  });
}

/** The facts that put another meter in the place of one at this very second, null where none do. */
export function exchangedAt(stated, at) {
  let found = null;
  stated.forEach((known, number) => {
    const { facts } = known;
    const other = number > 0 && stated[number - 1].facts.serial !== facts.serial;
    if (facts.event === FactsEvent.EXCHANGE || (other && facts.event !== FactsEvent.INSTALL)) {
      if (facts.effective_at === at) found = known;
    }
  });
  return found;
}
