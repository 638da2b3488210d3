// What the bytes under a signature say: the Sig_structure of a COSE_Sign1 (RFC 9052 §4.4), decoded by the page itself,
// so that nobody signs what the server only describes.

import { decode } from "../verifier/cbor.js";
import { Decimal } from "../verifier/exact.js";
import { toHex } from "../verifier/octets.js";

/**
 * What is signed.
 * @param {Uint8Array} toSign a Sig_structure
 * @returns {{algorithm: number, kid: Uint8Array, kind: string, issuer: string, subject: string, issuedAt: number, payload: unknown}}
 */
export function signedBytes(toSign) {
  const structure = decode(toSign);
  if (!Array.isArray(structure) || structure.length !== 4 || structure[0] !== "Signature1" || structure[2].length) {
    throw new Error("is no structure of a COSE_Sign1");
  }
  const header = decode(structure[1]);
  const claims = header.get(15);
  return {
    algorithm: header.get(1),
    kid: header.get(4),
    kind: String(header.get(16)).replace("application/vnd.tallystick.", "").replace(".v1+cose", ""),
    issuer: claims.get(1),
    subject: claims.get(2),
    issuedAt: claims.get(6),
    payload: decode(structure[3]),
  };
}

/** A decoded item as indented text, all of it. */
export function shown(item, indent = "") {
  if (item instanceof Uint8Array) return toHex(item) || "(empty)";
  if (item instanceof Decimal) return item.plain();
  if (item instanceof Map) return lines(Array.from(item, ([name, value]) => [shown(name), value]), indent);
  if (Array.isArray(item)) return item.length ? lines(item.map((value, place) => [`[${place}]`, value]), indent) : "(none)";
  return String(item);
}

function lines(pairs, indent) {
  return pairs.map(([name, value]) => `\n${indent}${name}: ${shown(value, indent + "  ")}`).join("");
}
