/** Step 6: settlements are linked, rest on the facts in force, and prove totals. Mirrors `verify/settlement_check.py`. */

import { Code } from "../codes.js";
import { NO_SETTLEMENT } from "../device.js";
import { compareNumbers, difference, product } from "../exact.js";
import { equal, toHex } from "../octets.js";
import { checkBetween, checkRise, sameCounts, sameMeter } from "./between_check.js";
import { restated } from "./corrections.js";
import { changesBetween, checkFacts } from "./facts_check.js";
import { Basis } from "./figures.js";

/**
 * Check every settlement of a point.
 *
 *     6.2 it rests on meter facts that the authority stated for this point; serial and multiplier are those in force
 *     6.3 it names the settlement before it (`whole`: every settlement is there)
 *     6.4 two settlements of one time say the same
 */
export function checkSettlements(point, evidence, facts, ledger, whole) {
  const [last, atTime] = [new Map(), new Map()];
  const known = new Map(facts.metersAt(point).map((stated) => [toHex(stated.statementId), stated]));
  const inStreamOrder = [...evidence.settlements].sort((one, other) => one.logged.seq - other.logged.seq);
  for (const { logged, settlement } of inStreamOrder) {
    checkFactsOf(logged, settlement, known, facts, ledger);
    const before = last.get(logged.claims.kidHex) ?? null;
    const unlinked = !equal(settlement.previous, before === null ? NO_SETTLEMENT : before.statement.id);
    const first = before === null && logged.claims.seq !== 0 && !equal(settlement.previous, NO_SETTLEMENT);
    if (whole && unlinked && !first) ledger.add(Code.SETTLEMENT_LINK, logged.place, "", { times: logged.times });
    last.set(logged.claims.kidHex, logged);
    if (!atTime.has(settlement.at)) atTime.set(settlement.at, settlement);
    if (!saysTheSame(atTime.get(settlement.at), settlement)) {
      const times = [[settlement.at, settlement.at]];
      ledger.add(Code.SETTLEMENT_DISAGREES, point, `two settlements at ${settlement.at}`, { times });
    }
  }
}

function checkFactsOf(logged, settlement, known, facts, ledger) {
  const stated = known.get(toHex(settlement.facts));
  const { times } = logged;
  if (stated === undefined) {
    ledger.add(Code.SETTLEMENT_FACTS, logged.place, "the authority never stated them", { times });
  } else if (!sameMeter(stated.facts, settlement)) {
    ledger.add(Code.SETTLEMENT_FACTS, logged.place, "serial or multiplier is another", { times });
  } else {
    // A change at the very second of the settlement may lie on either side of it.
    const moments = [0, 1].map((early) => facts.factsAt(logged.claims.subject, settlement.at - early));
    if (!moments.some((found) => found !== null && sameMeter(found.facts, settlement))) {
      ledger.add(Code.SETTLEMENT_FACTS, logged.place, "others were in force by then", { times });
    }
  }
}

function saysTheSame(one, other) {
  const sameRegisters =
    one.registers.length === other.registers.length &&
    one.registers.every(({ register, value, unit }, at) => {
      const there = other.registers[at];
      return register === there.register && unit === there.unit && compareNumbers(value, there.value) === 0;
    });
  return sameRegisters && sameCounts(one, other) && sameMeter(one, other);
}

/**
 * The register differences that the settlements at the period's edges prove.
 *
 *     6.5 there is a settlement at each edge, both of one stream, the later one later in it
 *     6.6 their counts are equal: no exchange, reset, rollover or gap lies between
 *     6.7 the authority states no exchange or change of ratio between them either
 *     6.8 corrections that cover the very period restate it; others need the readings between
 *     6.9 whatever else the bundle carries of the period agrees with the two
 *
 * @returns {import("./figures.js").ExactFigure[]}
 */
export function totals(point, evidence, facts, period, ledger) {
  const inForce = checkFacts(point, facts, period, ledger);
  const byTime = new Map(evidence.settlements.map((settled) => [settled.settlement.at, settled]));
  const [start, end] = period.map((at) => byTime.get(at));
  if (start === undefined || end === undefined) {
    ledger.add(Code.NO_SETTLEMENT, point, `at the ${start === undefined ? "start" : "end"}`);
    return [];
  }
  if (inForce === null || !isComparable(point, start, end, facts, period, ledger)) return [];
  checkBetween(point, evidence, start, end, ledger);
  const [opening, closing] = [start, end].map(
    ({ settlement }) => new Map(settlement.registers.map((value) => [value.register, value])),
  );
  const figures = [];
  for (const register of inForce.registers) {
    if (!register.cumulative) continue;
    const touches = `${point}/${register.register}`;
    const [from, to] = [opening.get(register.register), closing.get(register.register)];
    if (from?.unit !== register.unit || to?.unit !== register.unit) {
      ledger.add(Code.UNIT_WRONG, touches, "is not in both settlements in its unit");
      continue;
    }
    const figure = figureOf(point, start, end, [from, to], period);
    if (figure.quantity.mantissa < 0n) {
      ledger.add(Code.REGISTER_BACKWARDS, touches, "between the settlements");
      continue;
    }
    checkRise(point, register, evidence, period, ledger);
    const { quantity } = figure;
    const measure = (fromAt, toAt) => (fromAt === period[0] && toAt === period[1] ? quantity : null);
    figures.push({ ...figure, restated: restated(facts, point, register, { period, quantity, measure }, ledger) });
  }
  return figures;
}

/** Steps 6.5 to 6.7. */
function isComparable(point, start, end, facts, period, ledger) {
  const [opening, closing] = [start.settlement, end.settlement];
  const sameStream = start.logged.claims.kidHex === end.logged.claims.kidHex;
  if (!sameCounts(opening, closing) || !sameStream) {
    ledger.add(Code.COUNTS_UNEQUAL, point, whatHappened(opening.counts, closing.counts));
    return false;
  }
  if (start.logged.seq >= end.logged.seq) {
    ledger.add(Code.SETTLEMENT_LINK, point, "the later settlement stands earlier in the stream");
    return false;
  }
  if (changesBetween(facts.metersAt(point), period).length || !sameMeter(opening, closing)) {
    ledger.add(Code.EXCHANGE_BETWEEN, point);
    return false;
  }
  return true;
}

function figureOf(point, start, end, [from, to], period) {
  return {
    point,
    register: to.register,
    unit: to.unit,
    from: period[0],
    to: period[1],
    quantity: product(difference(to.value, from.value), start.settlement.multiplier),
    restated: null,
    basis: Basis.TOTAL_BY_REGISTERS,
    first: start.logged.place,
    last: end.logged.place,
    samples: 2,
  };
}

function whatHappened(before, after) {
  const changed = ["exchanges", "resets", "rollovers", "gaps"].filter((name) => before[name] !== after[name]);
  return changed.length ? changed.join(", ") : "the stream changed";
}
