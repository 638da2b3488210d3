/**
 * A statement: what a key signs. The header profile shared by all kinds. Mirrors `tally_edge/statement.py`.
 *
 *     statement = COSE_Sign1 (tag 18), unprotected header empty, deterministic CBOR throughout
 *     protected = { 1: alg, 3: content type, 4: kid, 15: CWT claims, 16: typ }
 *     claims    = { 1: iss, 2: sub, 6: iat, ? 267: bootcount, ? -65537: seq, ? -65538: prev, ? -65539: beacon,
 *                   ? -65540: clock }
 */

import * as cbor from "./cbor.js";
import { decodeSign1, toBeSigned } from "./cose.js";
import { StatementError } from "./errors.js";
import { isInteger } from "./exact.js";
import * as keys from "./keys.js";
import { toHex } from "./octets.js";
import { sha256 } from "./sha256.js";
import { repr } from "./text.js";

/** An entry of a tlog-tiles log carries its length in 16 bits. */
export const MAX_STATEMENT_BYTES = 65_535;
export const MAX_URI_CHARS = 255;
const MAX_SEQ = Number.MAX_SAFE_INTEGER;

const CLAIM_ORDER = [1, 2, 6, 267, -65537, -65538, -65539, -65540];
const CONTENT_SENML_CBOR = 112;
const CONTENT_CBOR = 60;

/** Signed by devices: they carry bootcount and clock. */
export const DEVICE_KINDS = new Set(["readings", "settlement", "gap"]);
/** Signed by an authority, in its own stream. */
export const AUTHORITY_KINDS = new Set([
  "site-plan", "enrolment", "meter-facts", "rotation", "revocation", "correction",
]);
const STREAM_KINDS = new Set([...DEVICE_KINDS, ...AUTHORITY_KINDS]);
const KINDS = [
  ...STREAM_KINDS, "log-opening", "refusal", "grant", "enrolment-request", "ask", "anchor-notice", "close", "journal",
  "factors", "conclusion", "verification", "deposit", "audit",
];
const KIND_OF_TYP = new Map(KINDS.map((kind) => [`application/vnd.tallystick.${kind}.v1+cose`, kind]));

/** How the signer's clock stood, by its code. */
export const CLOCKS = ["unset", "informative", "synchronised", "relative"];

/**
 * @typedef {object} Claims
 * @property {string} kind
 * @property {Uint8Array} kid
 * @property {string} kidHex
 * @property {string} issuer
 * @property {string} subject
 * @property {number} issuedAt
 * @property {number | null} seq
 * @property {Uint8Array | null} prev
 * @property {number | null} bootCount
 * @property {string | null} clock
 * @property {Uint8Array | null} beacon
 */

/** A decoded statement: its claims, its payload's bytes, and the bytes it came from. */
export class Statement {
  constructor(claims, algorithm, sign1, encoded) {
    /** @type {Claims} */
    this.claims = claims;
    this.algorithm = algorithm;
    this.sign1 = sign1;
    this.payload = sign1.payload;
    this.encoded = encoded;
    this.knownId = null;
  }

  /** SHA-256 of the encoding: what the next statement's `prev` holds. */
  get id() {
    this.knownId ??= sha256(this.encoded);
    return this.knownId;
  }

  /** Verify the signature. @param {keys.PublicKey} key */
  verify(key) {
    const { protected: header, payload, signature } = this.sign1;
    return keys.verify(key, this.algorithm, signature, toBeSigned(header, payload));
  }
}

/**
 * Parse a statement strictly; its payload's inside is the kind's own affair, its signature is not checked.
 *
 * @param {Uint8Array} data
 * @returns {Statement}
 * @throws {import("./errors.js").DecodeError}
 */
export function decode(data) {
  if (data.length > MAX_STATEMENT_BYTES) {
    throw new StatementError(`has ${data.length} bytes, at most ${MAX_STATEMENT_BYTES} are accepted`);
  }
  const sign1 = decodeSign1(data);
  if (sign1.unprotected.size) throw new StatementError("the unprotected header is not empty");
  if (sign1.payload === null) throw new StatementError("the payload is missing");
  const [claims, algorithm] = decodeProtected(sign1.protected);
  return new Statement(claims, algorithm, sign1, data);
}

function decodeProtected(encoded) {
  const header = cbor.decode(encoded);
  if (!(header instanceof Map) || Array.from(header.keys()).join() !== "1,3,4,15,16") {
    throw new StatementError("the protected header must hold 1, 3, 4, 15 and 16, and nothing else");
  }
  const [algorithm, contentType, kid, cwt, typ] = header.values();
  if (!isInteger(algorithm) || !keys.CURVE_OF_ALGORITHM.has(algorithm)) {
    throw new StatementError(`algorithm ${repr(algorithm)} is not in the table`);
  }
  const kind = KIND_OF_TYP.get(typ);
  if (kind === undefined) throw new StatementError(`unknown kind ${repr(typ)}`);
  if (contentType !== (kind === "readings" ? CONTENT_SENML_CBOR : CONTENT_CBOR)) {
    throw new StatementError(`content type ${repr(contentType)} does not go with kind ${kind}`);
  }
  if (!(kid instanceof Uint8Array)) throw new StatementError("kid must be 32 bytes");
  return [claimsOf(kind, kid, cwt), algorithm];
}

function claimsOf(kind, kid, cwt) {
  if (!(cwt instanceof Map)) throw new StatementError("the CWT claims must be a map");
  const values = CLAIM_ORDER.map((label) => cwt.get(label) ?? null);
  const unknown = Array.from(cwt).some(([label, value]) => value === null || !CLAIM_ORDER.includes(label));
  if (unknown) throw new StatementError(`unknown claim among ${repr(Array.from(cwt.keys()))}`);
  const [issuer, subject, issuedAt, bootCount, seq, prev, beacon, clock] = values;
  if (typeof issuer !== "string" || typeof subject !== "string") throw new StatementError("iss and sub must be text");
  for (const [name, value] of Object.entries({ iat: issuedAt, bootcount: bootCount, seq, clock })) {
    if (value !== null && !isInteger(value)) throw new StatementError(`${name} must be an integer`);
  }
  for (const [name, value] of Object.entries({ prev, beacon })) {
    if (value !== null && !(value instanceof Uint8Array)) throw new StatementError(`${name} must be 32 bytes`);
  }
  if (issuedAt === null) throw new StatementError("iat is missing");
  if (clock !== null && CLOCKS[clock] === undefined) throw new StatementError(`clock state ${clock} is unknown`);
  const claims = {
    kind, kid, kidHex: toHex(kid), issuer, subject, issuedAt, seq, prev, bootCount,
    clock: clock === null ? null : CLOCKS[clock], beacon,
  };
  check(claims);
  return claims;
}

/** What holds for the claims of every kind. */
function check(claims) {
  for (const [name, uri] of Object.entries({ iss: claims.issuer, sub: claims.subject })) {
    if (!isUri(uri)) {
      throw new StatementError(`${name} must be a URI of at most ${MAX_URI_CHARS} printable ASCII characters`);
    }
  }
  for (const [name, digest] of Object.entries({ kid: claims.kid, prev: claims.prev, beacon: claims.beacon })) {
    if (digest !== null && digest.length !== keys.KID_BYTES) throw new StatementError(`${name} must be 32 bytes`);
  }
  for (const [name, count] of Object.entries({ iat: claims.issuedAt, seq: claims.seq, bootcount: claims.bootCount })) {
    if (count !== null && !(count >= 0 && count <= MAX_SEQ)) throw new StatementError(`${name} is out of range`);
  }
  checkPresence(claims);
}

function isUri(text) {
  return text.length <= MAX_URI_CHARS && text.includes(":") && /^[\x21-\x7e]+$/.test(text);
}

/** Which claims the kind needs, and which it must not have. */
function checkPresence({ kind, seq, prev, bootCount, clock, beacon }) {
  if (STREAM_KINDS.has(kind)) {
    if (seq === null || prev === null) throw new StatementError(`a ${kind} statement needs seq and prev`);
    if ((seq === 0) !== prev.every((byte) => byte === 0)) {
      throw new StatementError("prev is 32 zero bytes for seq 0, and only there");
    }
  } else if (seq !== null || prev !== null) {
    throw new StatementError(`a ${kind} statement stands alone and has no seq or prev`);
  }
  if (DEVICE_KINDS.has(kind)) {
    if (bootCount === null || clock === null) throw new StatementError(`a ${kind} statement needs bootcount and clock`);
  } else if (bootCount !== null || clock !== null || beacon !== null) {
    throw new StatementError(`a ${kind} statement has no bootcount, clock or beacon`);
  }
}
