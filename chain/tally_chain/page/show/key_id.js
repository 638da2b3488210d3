/** The id of a key as every page shows it: the RFC 9679 thumbprint. */

import { decodePublicKey } from "../js/keys.js";
import { hex } from "./shown.js";

/** The id, hex; what can not be read has none. @param {Uint8Array} encoded a COSE key */
export async function keyIdOf(encoded) {
  try {
    const { kid } = await decodePublicKey(encoded);
    return typeof kid === "string" ? kid : hex(kid);
  } catch {
    return "";
  }
}
