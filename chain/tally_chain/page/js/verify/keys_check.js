/**
 * Step 8, second part: every key that could speak for a metering point shows its stream. Mirrors `verify/keys_check.py`.
 *
 * Coverage is looked at over all streams of a point together, so one stream can hide that another one is left out.
 */

import { Code } from "../codes.js";
import { holesAsPlanned } from "./coverage.js";

/**
 * The run of every key that says anything: lowest and highest seq, first and last time that it speaks of.
 *
 * @param {import("./log_check.js").Logged[]} counted
 * @param {Map<string, import("./payloads.js").PointEvidence>} points
 */
export function runsOf(counted, points) {
  const runs = new Map();
  for (const evidence of points.values()) {
    for (const [kid, { firstAt, lastAt }] of evidence.spoken) {
      const known = runs.get(kid) ?? { lowest: Infinity, highest: -1, firstAt, lastAt };
      known.firstAt = Math.min(known.firstAt, firstAt);
      known.lastAt = Math.max(known.lastAt, lastAt);
      runs.set(kid, known);
    }
  }
  for (const { claims, seq } of counted) {
    const run = runs.get(claims.kidHex);
    if (run === undefined) continue;
    run.lowest = Math.min(run.lowest, seq);
    run.highest = Math.max(run.highest, seq);
  }
  return runs;
}

/**
 * The check of the keys of metering points over a period.
 *
 *     8.2 every key that was enrolled for the point and lived in the period reaches through it: its run begins with the
 *         stream or at the period's start, and ends where the authority says that the stream ends, or at the period's end
 *     8.3 in totals, where nothing between is carried, it settles both edges, or ended before the period
 *
 * Where one key alone lived and speaks, coverage (7.4) or the settlements (6.5) say the same, and more exactly.
 */
export class KeysCheck {
  constructor(facts, runs, period, ledger, whole) {
    Object.assign(this, { facts, runs, period, ledger, whole });
  }

  /** Check the keys of one point. */
  check(point, evidence) {
    const lives = this.facts.lives(point, this.period);
    const spoke = [...evidence.spoken.keys()];
    if (lives.length === 1 && spoke.every((kid) => kid === lives[0].kid)) return;
    for (const life of lives) {
      const run = this.runs.get(life.kid);
      if (run !== undefined && this.reaches(point, life, run, evidence.spoken.get(life.kid))) continue;
      const { device } = this.facts.keys.get(life.kid);
      this.ledger.add(Code.STREAM_MISSING, point, `device ${device}, key ${life.kid.slice(0, 16)}…`);
    }
  }

  reaches(point, life, run, spoken) {
    const [start, end] = [this.period[0], life.until];
    const ended = life.lastSeq !== null && run.highest >= life.lastSeq;
    if (!this.whole) {
      const settled = spoken !== undefined && spoken.firstAt <= start && spoken.lastAt >= end;
      return settled || (ended && run.lastAt <= start);
    }
    const cadences = this.facts.cadences(point);
    if (!cadences.length) return true; // no plan lists the point, so nothing is claimed for it
    const begins = run.lowest === 0 || !holesAsPlanned([start, run.firstAt], cadences).length;
    return begins && (ended || !holesAsPlanned([run.lastAt, end], cadences).length);
  }
}
