/**
 * The second person's signature inside an authority's statement. Mirrors `tally_edge/countersign.py`.
 *
 * A detached COSE_Sign1 in the payload's label 99; signed over is the payload without that label, with the statement's
 * protected header as external data, so it can not be moved to another statement.
 */

import { COUNTERSIGNATURE_LABEL } from "./authority.js";
import * as cbor from "./cbor.js";
import { decodeSign1, toBeSigned } from "./cose.js";
import { SignatureError, StatementError } from "./errors.js";
import { isInteger } from "./exact.js";
import * as keys from "./keys.js";
import { toHex } from "./octets.js";

const TYP = "application/vnd.tallystick.countersignature.v1+cose";

/**
 * @typedef {object} Countersignature
 * @property {string} kidHex
 * @property {(key: keys.PublicKey) => Promise<void>} verify
 */

/**
 * The countersignature of a decoded statement, null where there is none.
 *
 * @param {import("./statement.js").Statement} signed
 * @param {{ countersignature: Uint8Array | null }} payload
 * @returns {Countersignature | null}
 * @throws {import("./errors.js").DecodeError}
 */
export function read(signed, payload) {
  if (payload.countersignature === null) return null;
  const sign1 = decodeSign1(payload.countersignature);
  const header = cbor.decode(sign1.protected);
  if (!(header instanceof Map) || Array.from(header.keys()).join() !== "1,4,16") {
    throw new StatementError("the countersignature's protected header must hold 1, 4 and 16, and nothing else");
  }
  const [algorithm, kid, typ] = header.values();
  if (typ !== TYP || sign1.unprotected.size || sign1.payload !== null) {
    throw new StatementError("the countersignature is not a detached one of its kind");
  }
  if (!isInteger(algorithm) || !(kid instanceof Uint8Array) || kid.length !== keys.KID_BYTES) {
    throw new StatementError("the countersignature names no key or no algorithm");
  }
  const bare = cbor.decode(signed.payload);
  bare.delete(COUNTERSIGNATURE_LABEL);
  const signedBytes = toBeSigned(sign1.protected, cbor.encode(bare), signed.sign1.protected);
  const kidHex = toHex(kid);
  return {
    kidHex,
    async verify(key) {
      if (key.kidHex !== kidHex) throw new SignatureError("the countersignature is of another key");
      await keys.verify(key, algorithm, sign1.signature, signedBytes);
    },
  };
}
