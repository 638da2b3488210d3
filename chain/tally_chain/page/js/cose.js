/**
 * COSE_Sign1 (RFC 9052) as this project writes it. Mirrors `tally_edge/cose.py`.
 *
 *     COSE_Sign1 = 18([ protected: bstr .cbor map, unprotected: map, payload: bstr / nil, signature: bstr ])
 *     signed     = ["Signature1", protected as received, external_aad, payload]
 */

import { EndError, byteAt, decodePrefix, encode, head, readHead } from "./cbor.js";
import { CoseError } from "./errors.js";
import { concat, utf8 } from "./octets.js";

export const HEADER_RECEIPTS = 394;
export const HEADER_VDS = 395;
export const HEADER_VDP = 396;
export const SIGNATURE_BYTES = 64;

const CONTEXT = concat([0x84, 0x6a], utf8("Signature1"));
const EMPTY = new Uint8Array(0);

/**
 * @typedef {object} Sign1
 * @property {Uint8Array} protected
 * @property {Map} unprotected
 * @property {Uint8Array | null} payload   null: detached
 * @property {Uint8Array} signature
 */

/**
 * Parse a tagged COSE_Sign1 that fills `data`.
 *
 * @param {Uint8Array} data
 * @returns {Sign1}
 * @throws {CoseError | import("./errors.js").CborError}
 */
export function decodeSign1(data) {
  if (data[0] !== 0xd2 || data[1] !== 0x84) throw new CoseError("does not begin with tag 18 and an array of four");
  try {
    return parts(data);
  } catch (error) {
    if (error instanceof EndError) throw new CoseError(error.message);
    throw error;
  }
}

function parts(data) {
  let at;
  let protectedHeader;
  [protectedHeader, at] = byteString(data, 2, "protected header");
  let unprotected;
  [unprotected, at] = decodePrefix(data, at);
  if (!(unprotected instanceof Map)) throw new CoseError("the unprotected header is not a map");
  let payload = null;
  if (byteAt(data, at) === 0xf6) at += 1;
  else [payload, at] = byteString(data, at, "payload");
  let signature;
  [signature, at] = byteString(data, at, "signature");
  if (at !== data.length) throw new CoseError(`${data.length - at} trailing bytes after byte ${at}`);
  if (signature.length !== SIGNATURE_BYTES) {
    throw new CoseError(`the signature has ${signature.length} bytes, not ${SIGNATURE_BYTES}`);
  }
  return { protected: protectedHeader, unprotected, payload, signature };
}

function byteString(data, at, name) {
  const [major, length, start] = readHead(data, at);
  if (major !== 2) throw new CoseError(`the ${name} at byte ${at} is not a byte string`);
  if (length > data.length - start) throw new CoseError(`the ${name} at byte ${at} runs past the end`);
  const end = start + Number(length);
  return [data.subarray(start, end), end];
}

/**
 * The Sig_structure of RFC 9052 §4.4. An empty map must be the empty string there.
 *
 * @param {Uint8Array} protectedHeader
 * @param {Uint8Array} payload
 * @param {Uint8Array} externalAad
 */
export function toBeSigned(protectedHeader, payload, externalAad = EMPTY) {
  const header = protectedHeader.length === 1 && protectedHeader[0] === 0xa0 ? EMPTY : protectedHeader;
  return concat(
    CONTEXT,
    head(2, header.length),
    header,
    head(2, externalAad.length),
    externalAad,
    head(2, payload.length),
    payload,
  );
}

/** Deterministic, tagged. @param {Sign1} sign1 */
export function encodeSign1(sign1) {
  return concat(
    [0xd2, 0x84],
    encode(sign1.protected),
    encode(sign1.unprotected),
    encode(sign1.payload),
    encode(sign1.signature),
  );
}
