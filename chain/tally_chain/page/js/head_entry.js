/** A head entry: the signed head of one log as an entry of another. Mirrors `tally_chain/head_entry.py`. */

import { decodeSign1 } from "./cose.js";
import { CoseError } from "./errors.js";
import { HASH_BYTES, decodeHead } from "./proof.js";

export const MAX_BYTES = 2_048;

/**
 * Parse a head entry strictly; who signed it is not looked at.
 *
 * @param {Uint8Array} data
 * @returns {{ head: import("./proof.js").HeadSignature, root: Uint8Array }}
 * @throws {import("./errors.js").DecodeError}
 */
export function decode(data) {
  if (data.length > MAX_BYTES) throw new CoseError(`a head entry has at most ${MAX_BYTES} bytes, not ${data.length}`);
  const frame = decodeSign1(data);
  if (frame.unprotected.size) throw new CoseError("a head entry's unprotected header is empty");
  if (frame.payload === null || frame.payload.length !== HASH_BYTES) {
    throw new CoseError(`a head entry's payload is the root, ${HASH_BYTES} bytes`);
  }
  return { head: decodeHead(frame.protected, frame.signature), root: frame.payload };
}
