/** What the verifier found, as pages draw it: statements by their place, decoded when they are looked at. */

import { PAYLOAD_OF_KIND } from "../js/authority.js";
import { GAP, SETTLEMENT } from "../js/device.js";
import { GRANT } from "../js/grant.js";
import { LOG_OPENING } from "../js/log_opening.js";
import * as senml from "../js/senml.js";
import * as statements from "../js/statement.js";
import * as wire from "../js/wire.js";

/**
 * @typedef {object} Shown
 * @property {string} place
 * @property {string} kind
 * @property {string} issuer
 * @property {string} subject
 * @property {string} key         hex
 * @property {number | null} seq
 * @property {number} issued_at
 * @property {number} section
 * @property {number} index
 * @property {Uint8Array} bytes
 * @property {string} origin
 */

/** The content of a statement that was verified; null where its kind has none that is shown. */
export function contentOf(shown) {
  const { payload } = statements.decode(shown.bytes);
  const authority = PAYLOAD_OF_KIND.get(shown.kind);
  if (authority) return wire.decode(authority, payload);
  if (shown.kind === "readings") return senml.decode(payload);
  if (shown.kind === "settlement") return wire.decode(SETTLEMENT, payload);
  if (shown.kind === "gap") return wire.decode(GAP, payload);
  if (shown.kind === "log-opening") return wire.decode(LOG_OPENING, payload);
  return null;
}

/**
 * @param {import("../js/verify.js").Verified} verified
 * @returns {{points: object[], authority: {kind: string, shown: Shown, content: object}[], signers: object[], grant: object | null,
 *   zone: string | null, at: (place: string) => Shown | null}}
 */
export function evidenceOf(verified) {
  const origins = new Map(verified.heads.map((head) => [head.section, head.origin]));
  const byPlace = new Map();
  const authority = [];
  const signers = new Map();
  for (const one of verified.statements) {
    const shown = { ...one, origin: origins.get(one.section) ?? "" };
    byPlace.set(one.place, shown);
    count(signers, shown);
    if (PAYLOAD_OF_KIND.has(one.kind)) authority.push({ kind: one.kind, shown, content: contentOf(shown) });
  }
  const facts = authority.filter((one) => one.kind === "meter-facts").map((one) => one.content);
  const points = verified.points.map((point) => ({
    ...point,
    registers: point.registers.map((register) => ({ ...register, ...kindOf(facts, point.point, register.register) })),
    gaps: point.gaps.map((gap) => ({ ...gap, shown: byPlace.get(gap.place) ?? null })),
  }));
  const plan = authority.findLast((one) => one.kind === "site-plan");
  const grant = verified.grant === null ? null : wire.decode(GRANT, statements.decode(verified.grant).payload);
  return { points, authority, signers: [...signers.values()], grant, zone: plan ? plan.content.timezone : null, at: (place) => byPlace.get(place) ?? null };
}

/** Who signed how much, and over which time by its own clock. */
function count(signers, one) {
  const known = signers.get(one.key);
  if (known === undefined) {
    const role = PAYLOAD_OF_KIND.has(one.kind) ? "authority" : one.kind === "log-opening" ? "log" : "device";
    signers.set(one.key, { role, key: one.key, issuer: one.issuer, statements: 1, first: one.issued_at, last: one.issued_at });
    return;
  }
  known.statements += 1;
  known.first = Math.min(known.first, one.issued_at);
  known.last = Math.max(known.last, one.issued_at);
}

/** Whether a register adds up, and whether it comes with single events, as the newest meter facts say. */
function kindOf(facts, point, register) {
  const newest = facts.findLast((one) => one.point === point);
  const known = newest ? newest.registers.find((one) => one.register === register) : undefined;
  return { cumulative: known !== undefined && known.cumulative, perEvent: known === undefined || known.per_event === true };
}
