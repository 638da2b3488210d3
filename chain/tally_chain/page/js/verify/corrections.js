/** Step 7.6: signed corrections restate a quantity; readings stay. Mirrors `verify/corrections.py`. */

import { Code } from "../codes.js";
import { difference, total } from "../exact.js";

/**
 * The quantity after the authority's corrections; null where there are none, or none that can be applied.
 *
 * A later correction of the same interval replaces the earlier one. Intervals that overlap otherwise leave open what
 * counts; an interval whose edges show no reading can not be exchanged for another quantity.
 *
 * @param {import("./facts.js").Facts} facts
 * @param {string} point
 * @param {{ register: string, unit: string }} register
 * @param {object} given
 * @param {[number, number]} given.period
 * @param {import("../exact.js").Decimal} given.quantity
 * @param {(from: number, to: number) => import("../exact.js").Decimal | null} given.measure
 * @param {import("../findings.js").Ledger} ledger
 */
export function restated(facts, point, register, { period, quantity, measure }, ledger) {
  const touches = `${point}/${register.register}`;
  const intervals = intervalsOf(facts, point, register, period, ledger);
  if (intervals.some(({ from_at: from }, at) => at > 0 && from < intervals[at - 1].to_at)) {
    ledger.add(Code.CORRECTIONS_OVERLAP, touches);
    return null;
  }
  let result = null;
  for (const correction of intervals) {
    const measured = measure(correction.from_at, correction.to_at);
    if (measured === null) {
      ledger.add(Code.UNCOVERED_INTERVAL, touches, "nothing read at the edges of a correction");
      continue;
    }
    result = total(difference(result ?? quantity, measured), correction.quantity);
  }
  return result;
}

/** The last correction of every interval, ascending. */
function intervalsOf(facts, point, register, period, ledger) {
  const touches = `${point}/${register.register}`;
  const byInterval = new Map();
  for (const { logged, correction } of facts.corrections) {
    const { from_at: from, to_at: to, unit, explanation } = correction;
    if (correction.point !== point || correction.register !== register.register) continue;
    if (from >= to) {
      ledger.add(Code.FACTS_IMPLAUSIBLE, touches, `a correction that ends before it begins, ${logged.place}`);
    } else if (to > period[0] && from < period[1]) {
      ledger.add(Code.CORRECTED, touches, `${explanation}, ${logged.place}`);
      if (unit === register.unit) byInterval.set(`${from} ${to}`, correction);
      else ledger.add(Code.UNIT_WRONG, touches, `a correction in ${unit}`);
    }
  }
  return Array.from(byInterval.values()).sort((one, other) => one.from_at - other.from_at || one.to_at - other.to_at);
}
