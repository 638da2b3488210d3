/** What the verifier found, in the shape in which pages draw it. */

import { keyIdOf } from "./key_id.js";

const AUTHORITY = new Set(["site-plan", "enrolment", "meter-facts", "rotation", "revocation", "correction"]);

/**
 * @param {import("../js/verify.js").Verified} verified
 * @returns {Promise<{points: object[], authority: object[], zone: string | null, at: (place: string) => object | null, ofPoint: (point: string) => object[]}>}
 */
export async function evidenceOf(verified) {
  const byPlace = new Map();
  const authority = [];
  for (const one of verified.statements) {
    byPlace.set(one.place, one);
    if (AUTHORITY.has(one.kind) && one.counted !== false) {
      const payload = { ...one.payload };
      if (payload.public_key) payload.keyId = await keyIdOf(payload.public_key);
      authority.push({ kind: one.kind, issuedAt: one.issuedAt, payload, statement: one });
    }
  }
  const points = verified.points.map((point) => ({
    ...point,
    gaps: (point.gaps ?? []).map((gap) => ({ ...gap, statement: byPlace.get(gap.place) ?? null })),
  }));
  const plan = authority.findLast((one) => one.kind === "site-plan");
  return { points, authority, zone: plan ? plan.payload.timezone : null, at: (place) => byPlace.get(place) ?? null };
}
