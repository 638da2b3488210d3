/**
 * The verification of a bundle under a reader's policy. Mirrors `verify/verifier.py`, which says what a figure may claim.
 *
 *     1  the bundle parses (bundle.js; errors there are no findings, the file is not a bundle)
 *     2  every section is a log that the policy knows, at a head that the reader can believe        log_check
 *        and no log is shown twice: two heads of one log would give two orders
 *        and where the policy wants its owner registered, the registry calls that key good now      registry_check
 *     3  authorities: known, whole, countersigned; what they say about keys, meters and plans       authority_check, facts
 *        and where the policy wants their keys registered, these were good by then                  registry_check
 *        and their newest plan had not run out when the head was made; the head is as young as the policy asks
 *     4  device streams: enrolled keys, signatures, links, forks, revocations, marks                stream_check
 *        and the site plan names the log that they stand in
 *     5  payloads: strict, about their subject, not after their anchor                              payloads
 *     6  settlements: linked, on the facts in force; totals by registers                            settlement_check
 *     7  registers and coverage; figures from readings; corrections                                 register_check
 *     8  every metering point that was planned for any time of the period speaks, and
 *        every key that was enrolled for it and lived in the period shows its stream                keys_check
 *     9  grant and attachments                                                                      grant_check
 */

import { Content } from "../bundle.js";
import { Code, FAILURE } from "../codes.js";
import { largest, minus } from "../exact.js";
import { Ledger } from "../findings.js";
import { equal } from "../octets.js";
import { compareText } from "../text.js";
import { checkAuthorities } from "./authority_check.js";
import { Basis } from "./figures.js";
import { checkGrant } from "./grant_check.js";
import { KeysCheck, runsOf } from "./keys_check.js";
import { beaconsOf, checkSection } from "./log_check.js";
import { collect } from "./payloads.js";
import { PointCheck } from "./register_check.js";
import { CLOCK_SKEW_S, RegistryCheck } from "./registry_check.js";
import { checkSettlements, totals } from "./settlement_check.js";
import { pause } from "./signatures.js";
import { DeviceCheck } from "./stream_check.js";

const PROVEN = [Basis.COMPLETE, Basis.BRIDGED, Basis.TOTAL_BY_REGISTERS];

/**
 * Verify a decoded bundle at `now` (Unix seconds). Everything wrong becomes a finding; nothing is thrown.
 *
 * @param {ReturnType<typeof import("../bundle.js").decode>} bundle
 * @param {import("../policy.js").Policy} policy
 * @param {{ now: number, readerKey: string | null, tell: (step: string, done: number, of: number) => void }} given
 */
export async function examine(bundle, policy, { now, readerKey, tell }) {
  const begun = (step) => {
    tell(step, 0, 1);
    return (done, of) => tell(step, done, of);
  };
  const ledger = new Ledger();
  const checked = await checkSections(bundle, policy, ledger, tell);
  const registry = new RegistryCheck(policy, ledger, now);
  for (const section of checked) registry.log(section.log);
  const statements = checked.flatMap((section) => section.statements);
  if (!statements.length) ledger.add(Code.BUNDLE_EMPTY, "bundle");
  const facts = await checkAuthorities(statements, policy, registry, ledger, begun("authorities"));
  checkFreshness(bundle, checked, facts, ledger);
  checkAge(checked, policy, now, ledger);
  const whole = bundle.content === Content.FULL;
  const devices = new DeviceCheck(facts, policy, ledger, beaconsOf(policy, checked), whole);
  const counted = await devices.counted(statements, begun("streams"));
  checkPlannedLogs(bundle, counted, facts, policy, ledger);
  const points = await collect(counted, ledger, begun("payloads"));
  const period = [bundle.from_at, bundle.to_at];
  const keys = new KeysCheck(facts, runsOf(counted, points), period, ledger, whole);
  const figures = await figuresOf(points, facts, keys, ledger, tell);
  begun("grant");
  await checkGrant({ bundle, checked, counted, policy, registry, now, readerKey }, ledger);
  const findings = ledger.all();
  const failsBefore = findings.some(({ severity, code }) => severity === FAILURE && code.number < 500);
  return { checked, statements, counted, points, facts, findings, figures: failsBefore ? incomplete(figures) : figures };
}

/** Step 2. A second section of a log is not read: what its head adds could contradict the first one's order. */
async function checkSections(bundle, policy, ledger, tell) {
  const checked = [];
  const seen = new Set();
  for (const [number, section] of bundle.sections.entries()) {
    tell("logs", number, bundle.sections.length);
    if (seen.has(section.origin)) {
      ledger.add(Code.LOG_TWICE, `log ${section.origin}`);
      continue;
    }
    seen.add(section.origin);
    const within = (done, of) => tell("logs", number + done / of, bundle.sections.length);
    const result = await checkSection(number, section, policy, ledger, within);
    if (result !== null) checked.push(result);
  }
  return checked;
}

/** Step 3, last part: a plan that had run out before the period's end, or before the head, fixes nothing. */
function checkFreshness(bundle, checked, facts, ledger) {
  const headAt = checked.length ? largest(checked.map((section) => section.seenAt()), 0) : bundle.to_at;
  const needed = largest([headAt], bundle.to_at);
  for (const [site, plan] of facts.newestPlans()) {
    if (plan.renew_by < needed) ledger.add(Code.AUTHORITY_STALE, `site ${site}`, `to be renewed by ${plan.renew_by}`);
  }
}

/** Step 3, last part: by the reader's clock, where the policy asks for it. */
function checkAge(checked, policy, now, ledger) {
  if (policy.maxHeadAge === null) return;
  for (const section of checked) {
    const touches = `log ${section.log.origin}`;
    const stoodBy = section.stoodBy();
    if (minus(now, stoodBy) > policy.maxHeadAge) {
      ledger.add(Code.HEAD_TOO_OLD, touches, `it stood by ${stoodBy}, now is ${now}`);
    } else if (stoodBy > now + CLOCK_SKEW_S) {
      ledger.add(Code.HEAD_TOO_OLD, touches, `it says ${stoodBy}, now is ${now}`);
    }
  }
}

/** Step 4, last part. */
function checkPlannedLogs(bundle, counted, facts, policy, ledger) {
  const named = [...facts.newestPlans().values()].flatMap((plan) => plan.logs.map((log) => log.log_id));
  const numbers = new Set(counted.map((logged) => logged.section));
  for (const number of [...numbers].sort((one, other) => one - other)) {
    const log = policy.log(bundle.sections[number].origin);
    if (log === undefined || named.some((logId) => equal(logId, log.logId))) continue;
    ledger.add(Code.LOG_NOT_PLANNED, `log ${log.origin}`);
  }
}

/** Steps 6 to 8. */
async function figuresOf(points, facts, keys, ledger, tell) {
  const { period, whole } = keys;
  tell("figures", 0, 1);
  const planned = facts.everPlanned();
  const names = [...new Set([...facts.expected(period), ...points.keys()])].sort(compareText);
  const figures = [];
  for (const [number, point] of names.entries()) {
    tell("figures", number, names.length);
    await pause();
    const evidence = points.get(point);
    if (evidence === undefined) {
      ledger.add(Code.SILENT_METER, point);
      continue;
    }
    const known = ledger.failing();
    keys.check(point, evidence);
    checkSettlements(point, evidence, facts, ledger, whole);
    if (!planned.has(point)) continue; // found by the device check: nothing is claimed for a point that no plan lists
    const ofPoint = whole
      ? new PointCheck(planned.get(point), evidence, facts, period, ledger).figures()
      : totals(point, evidence, facts, period, ledger);
    const failing = [...ledger.failing().keys()].some((key) => !known.has(key));
    figures.push(...(failing ? incomplete(ofPoint) : ofPoint));
  }
  return figures;
}

function incomplete(figures) {
  return figures.map((figure) => (PROVEN.includes(figure.basis) ? { ...figure, basis: Basis.INCOMPLETE } : figure));
}
