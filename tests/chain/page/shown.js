/** What `verify` hands out beside the verdict, as plain data for a test. */

import { fromBase64, toBase64, toHex } from "./js/octets.js";
import { verify } from "./js/verify.js";

/** @returns {Promise<object>} points, heads, statements without their bytes, findings, progress, and one entry's proof */
export async function shown({ bundle, policy, at, anchors }, index) {
  const progress = [];
  const tell = (one) => progress.push(one);
  const found = await verify(fromBase64(bundle), policy, { at, anchors, progress: tell });
  const statements = Array.from(found.statements, ({ bytes, ...rest }) => ({ ...rest, bytes: toHex(bytes) }));
  const proof = found.proofOf(index);
  const transparent = proof === null ? null : toBase64(proof.transparent);
  return { ...found, statements, proofOf: null, transparent, missing: found.proofOf(2 ** 40), progress };
}
