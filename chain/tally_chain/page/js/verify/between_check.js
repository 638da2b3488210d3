/** Step 6.9: what a totals-only bundle carries besides its two settlements. Mirrors `verify/between_check.py`. */

import { Code } from "../codes.js";
import { compareNumbers } from "../exact.js";

/** @typedef {{ logged: import("./log_check.js").Logged, settlement: object }} Settled */

/** Whether two settlements give the same counts. */
export function sameCounts(one, other) {
  return ["exchanges", "resets", "rollovers", "gaps"].every((name) => one.counts[name] === other.counts[name]);
}

/** Whether two settlements, or a settlement and meter facts, are of one meter and multiplier. */
export function sameMeter(one, other) {
  return one.serial === other.serial && compareNumbers(one.multiplier, other.multiplier) === 0;
}

/**
 * Settlements and gaps between two settlements whose counts are equal.
 *
 * A settlement of the same stream has the same counts, one of any stream the same meter and multiplier. A gap that stands
 * between them in their stream would have been counted.
 */
export function checkBetween(point, evidence, start, end, ledger) {
  const { kidHex } = start.logged.claims;
  for (const { logged, settlement } of evidence.settlements) {
    if (!(start.settlement.at < settlement.at && settlement.at < end.settlement.at)) continue;
    if (logged.claims.kidHex === kidHex && !sameCounts(settlement, start.settlement)) {
      ledger.add(Code.COUNTS_UNEQUAL, point, `another count between, ${logged.place}`);
    }
    if (!sameMeter(settlement, start.settlement)) {
      ledger.add(Code.EXCHANGE_BETWEEN, point, `another meter or multiplier between, ${logged.place}`);
    }
  }
  for (const { logged } of evidence.gaps) {
    if (logged.claims.kidHex === kidHex && start.logged.seq < logged.seq && logged.seq < end.logged.seq) {
      ledger.add(Code.COUNTS_UNEQUAL, point, `a gap that no settlement counts, ${logged.place}`);
    }
  }
}

/** What the settlements of a point show of one register. @returns {import("./payloads.js").Sample[]} */
export function settledSamples(evidence, register) {
  return evidence.settlements.flatMap(({ logged, settlement }) =>
    settlement.registers
      .filter((value) => value.register === register)
      .map(({ value }) => ({ at: settlement.at, value, place: logged.place })),
  );
}

/** Everything carried of one register rises from the first settlement to the last, inside the register's range. */
export function checkRise(point, register, evidence, period, ledger) {
  const touches = `${point}/${register.register}`;
  const units = evidence.units.get(register.register) ?? new Set([register.unit]);
  if (units.size !== 1 || !units.has(register.unit)) {
    ledger.add(Code.UNIT_WRONG, touches, "readings are in another unit");
  }
  const read = evidence.samples.get(register.register) ?? [];
  const inside = [...read, ...settledSamples(evidence, register.register)]
    .filter(({ at }) => period[0] <= at && at <= period[1])
    .sort((one, other) => one.at - other.at);
  checkRange(touches, register, inside, ledger);
  for (let number = 1; number < inside.length; number += 1) {
    const [before, after] = [inside[number - 1], inside[number]];
    const step = compareNumbers(after.value, before.value);
    if (before.at === after.at && step !== 0) {
      ledger.add(Code.SETTLEMENT_DISAGREES, touches, `at ${after.at}`);
    } else if (step < 0) {
      ledger.add(Code.REGISTER_BACKWARDS, touches, `from ${before.value} to ${after.value} at ${after.place}`);
    }
  }
}

/** A register with a range shows 0 to below its modulus; anything else is no value of this meter. */
export function checkRange(touches, register, samples, ledger) {
  const { modulus } = register;
  if (modulus === null) return;
  for (const { at, value, place } of samples) {
    if (compareNumbers(value, 0) >= 0 && compareNumbers(value, modulus) < 0) continue;
    ledger.add(Code.OUT_OF_RANGE, touches, `${value}, range ${modulus}, ${place}`, { times: [[at, at]] });
  }
}
