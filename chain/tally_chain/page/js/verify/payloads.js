/** Step 5: the payloads of the statements that count, by metering point and register. Mirrors `verify/payloads.py`. */

import { Code } from "../codes.js";
import { GAP, SETTLEMENT } from "../device.js";
import { DecodeError, only } from "../errors.js";
import { isNumber } from "../exact.js";
import * as senml from "../senml.js";
import * as wire from "../wire.js";
import { pause } from "./signatures.js";

const READ_AT_ONCE = 64;

/**
 * A register's value at a time, and the entry it opens down to.
 *
 * @typedef {object} Sample
 * @property {number} at
 * @property {import("../exact.js").Integer | import("../exact.js").Decimal} value
 * @property {string} place
 */

/** What was said about one metering point: numeric samples by register, settlements, gaps, and by which keys. */
export class PointEvidence {
  constructor() {
    /** @type {Map<string, Sample[]>} */ this.samples = new Map();
    /** @type {Map<string, Set<string>>} */ this.units = new Map();
    /** @type {{ logged: import("./log_check.js").Logged, settlement: object }[]} */ this.settlements = [];
    /** Times of readings that the meter stored by itself. @type {Set<number>} */
    this.ownRecord = new Set();
    /** @type {{ logged: import("./log_check.js").Logged, gap: object }[]} */ this.gaps = [];
    /** The first and the last time that each key speaks of. @type {Map<string, { firstAt: number, lastAt: number }>} */
    this.spoken = new Map();
  }

  /** Note that the statement's key spoke of these times. */
  spoke(logged, firstAt, lastAt) {
    const { kidHex } = logged.claims;
    const known = this.spoken.get(kidHex) ?? { firstAt, lastAt };
    this.spoken.set(kidHex, { firstAt: Math.min(known.firstAt, firstAt), lastAt: Math.max(known.lastAt, lastAt) });
  }
}

/**
 * Decode the payloads.
 *
 *     5.1 a payload is what its kind says, and speaks of the statement's subject
 *     5.2 no reading, settlement or gap lies after its statement was anchored
 *
 * @param {import("./log_check.js").Logged[]} statements
 * @returns {Promise<Map<string, PointEvidence>>}
 */
export async function collect(statements, ledger, tell) {
  const points = new Map();
  let done = 0;
  for (const logged of statements) {
    const { subject } = logged.claims;
    if (!points.has(subject)) points.set(subject, new PointEvidence());
    try {
      take(logged, points.get(subject), ledger);
    } catch (error) {
      ledger.add(Code.STATEMENT_MALFORMED, logged.place, only(error, DecodeError).message);
    }
    done += 1;
    if (done % READ_AT_ONCE === 0) {
      tell(done, statements.length);
      await pause();
    }
  }
  for (const evidence of points.values()) {
    for (const samples of evidence.samples.values()) samples.sort((one, other) => one.at - other.at);
    evidence.settlements.sort((one, other) => one.settlement.at - other.settlement.at || one.logged.seq - other.logged.seq);
  }
  return points;
}

function take(logged, evidence, ledger) {
  const { kind } = logged.claims;
  const { payload } = logged.statement;
  if (kind === "readings") {
    takeReadings(logged, senml.decode(payload), evidence, ledger);
  } else if (kind === "settlement") {
    const settlement = wire.decode(SETTLEMENT, payload);
    const names = new Set(settlement.registers.map(({ register }) => register));
    if (names.size !== settlement.registers.length) {
      ledger.add(Code.STATEMENT_MALFORMED, logged.place, "settles one register twice");
      return;
    }
    checkTime(logged, settlement.at, ledger);
    evidence.settlements.push({ logged, settlement });
    evidence.spoke(logged, settlement.at, settlement.at);
  } else {
    const gap = wire.decode(GAP, payload);
    checkTime(logged, gap.before, ledger);
    evidence.gaps.push({ logged, gap });
    evidence.spoke(logged, gap.after, gap.before);
  }
}

function checkTime(logged, at, ledger) {
  if (logged.anchoredAt !== null && at > logged.anchoredAt) {
    ledger.add(Code.AFTER_ANCHOR, logged.place, "", { times: logged.times });
  }
}

function takeReadings(logged, readings, evidence, ledger) {
  const { place } = logged;
  if (readings[0].point !== logged.claims.subject) {
    ledger.add(Code.STATEMENT_MALFORMED, place, `speaks of ${readings[0].point}`); // a pack speaks of one point
    return;
  }
  let [first, last] = [readings[0].takenAt, readings[0].takenAt];
  for (const { takenAt } of readings) [first, last] = [Math.min(first, takenAt), Math.max(last, takenAt)];
  checkTime(logged, last, ledger);
  evidence.spoke(logged, first, last);
  for (const { register, takenAt, value, unit } of readings) {
    if (register === senml.SOURCE && value === senml.LOAD_PROFILE) evidence.ownRecord.add(takenAt);
    if (!isNumber(value)) continue; // texts, flags and serials are evidence too, but no quantities
    if (!evidence.samples.has(register)) {
      evidence.samples.set(register, []);
      evidence.units.set(register, new Set());
    }
    evidence.samples.get(register).push({ at: takenAt, value, place });
    evidence.units.get(register).add(unit);
  }
}
