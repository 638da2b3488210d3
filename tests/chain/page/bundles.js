/** Many bundles verified in one call from a test. */

import { FormatError } from "./js/errors.js";
import { fromBase64 } from "./js/octets.js";
import { verify } from "./js/verify.js";

/**
 * @param {{ bundle: string, policy: string, at: number }[]} cases   the bundle in base64
 * @returns {Promise<object[]>} for each the verdict as `tallystick verify --json` prints it, or `{ refused, text }`
 */
export async function verdicts(cases) {
  const found = [];
  for (const { bundle, policy, at } of cases) {
    try {
      found.push((await verify(fromBase64(bundle), policy, { at })).verdict);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      found.push({ refused: error.name, text: error.message });
    }
  }
  return found;
}
