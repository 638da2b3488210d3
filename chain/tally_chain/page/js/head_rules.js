/** What must hold of a head that stands in a log of heads. Mirrors `check_standing` of `tally_chain/head_rules.py`. */

import { CoseError } from "./errors.js";

/**
 * That the head entry `encoded` stands in the log of heads `origin`, by `key`; gives the root of the log of heads.
 *
 * @param {Uint8Array} encoded
 * @param {import("./proof.js").Proof} shown
 * @param {string} origin
 * @param {import("./keys.js").PublicKey} key
 * @returns {Promise<Uint8Array>}
 * @throws {import("./errors.js").EdgeError}
 */
export async function checkStanding(encoded, shown, origin, key) {
  if (shown.head.origin !== origin) throw new CoseError(`it is the proof of ${shown.head.origin}, not of ${origin}`);
  if (shown.paths.length !== 1 || shown.run !== null) throw new CoseError("it is not the proof of one entry");
  return shown.verify([encoded], key);
}
