/** Step 7.4: which times no reading covers, and which of them the device declared. Mirrors `verify/coverage.py`. */

/** Two readings may lie 1.5 cadences apart: polling jitters, a missed one does not. */
const COVERAGE_TENTHS = 15;

/** @typedef {[number, number]} Hole   after, before, Unix seconds */

/** The stretches between consecutive times that are too long for the cadence. @returns {Hole[]} */
function holes(times, cadence) {
  const found = [];
  for (let at = 1; at < times.length; at += 1) {
    if ((times[at] - times[at - 1]) * 10 > cadence * COVERAGE_TENTHS) found.push([times[at - 1], times[at]]);
  }
  return found;
}

/**
 * The holes where the cadence changed: a plan that asks for less from some time on does not excuse the silence before.
 *
 * @param {number[]} times                                  ascending
 * @param {{ start: number, cadence: number }[]} cadences   ascending; the first holds before its start too
 * @returns {Hole[]}
 */
export function holesAsPlanned(times, cadences) {
  const found = holes(times, Math.min(...cadences.map(({ cadence }) => cadence)));
  return cadences.length === 1 ? found : found.filter((hole) => isTooLong(hole, cadences));
}

/** Whether the part of a hole under one cadence is too long for that cadence. */
function isTooLong([after, before], cadences) {
  return cadences.some(({ start, cadence }, at) => {
    const begin = at ? Math.max(after, start) : after;
    const end = at + 1 < cadences.length ? Math.min(before, cadences[at + 1].start) : before;
    return holes([begin, end], cadence).length > 0;
  });
}

/**
 * The holes that no declared gap covers, nor several in a row.
 *
 * @param {Hole[]} found
 * @param {{ after: number, before: number }[]} gaps
 * @returns {Hole[]}
 */
export function uncovered(found, gaps) {
  const merged = [];
  for (const gap of [...gaps].sort((one, other) => one.after - other.after)) {
    const last = merged.at(-1);
    if (last !== undefined && gap.after <= last[1]) last[1] = Math.max(last[1], gap.before);
    else if (gap.after < gap.before) merged.push([gap.after, gap.before]);
  }
  let next = 0; // both ascend
  return found.filter(([after, before]) => {
    while (next < merged.length && merged[next][0] <= after) next += 1;
    return next === 0 || merged[next - 1][1] < before;
  });
}
