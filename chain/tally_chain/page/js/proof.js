/**
 * A proof: that a statement stands in a log. RFC 9942 COSE Receipts over RFC 9162 trees. Mirrors `tally_edge/proof.py`.
 *
 *     proof     = COSE_Sign1 (tag 18), payload nil: signed is the root that the path leads to
 *     protected = { 1: alg, 4: kid, 15: { 1: iss, 2: sub, 6: iat, -65541: tree size, -65542: leaf rule }, 16: typ, 395: 1 }
 *     unprotected = { 396: { -1: [ + bstr .cbor [ tree size, leaf index, [ * bstr .size 32 ] ] ] }, ? -65543: run }
 */

import * as cbor from "./cbor.js";
import { HEADER_VDP, HEADER_VDS, SIGNATURE_BYTES, decodeSign1, encodeSign1, toBeSigned } from "./cose.js";
import { CoseError, SignatureError } from "./errors.js";
import { isInteger } from "./exact.js";
import * as keys from "./keys.js";
import { equal, toHex, utf8 } from "./octets.js";
import { sha256 } from "./sha256.js";
import { isPrintable, lengthOf, repr } from "./text.js";

const TYP = "application/vnd.tallystick.proof.v1+cose";
export const HASH_BYTES = 32;
export const MAX_TREE_SIZE = 2n ** 63n - 1n;
const MAX_PATH = 63;
const MAX_ORIGIN_CHARS = 255;
const MAX_RUN = 1_024;
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
const HEADER_RUN = -65543;

/** @typedef {import("./exact.js").Integer} Integer */

/** RFC 9162 §2.1.1: the hash of a leaf. @param {Uint8Array} entry */
export function leafHash(entry) {
  return sha256(LEAF, entry);
}

/** RFC 9162 §2.1.1: the hash of an inner node. @param {Uint8Array} left @param {Uint8Array} right */
export function nodeHash(left, right) {
  return sha256(NODE, left, right);
}

/** A log's id: SHA-256 of its origin. @param {string} origin */
export function logIdOf(origin) {
  return sha256(utf8(origin));
}

/**
 * RFC 9162 §2.1.3.2: the root that `path` leads to from `leaf` at `index` of `size`.
 *
 * @param {Uint8Array} leaf
 * @param {Integer} index
 * @param {Integer} size
 * @param {Uint8Array[]} path
 * @throws {CoseError}
 */
export function rootOfPath(leaf, index, size, path) {
  if (!(index >= 0 && index < size && size <= MAX_TREE_SIZE)) {
    throw new CoseError(`leaf index ${index} is not in a tree of ${size}`);
  }
  let [first, second, root] = [BigInt(index), BigInt(size) - 1n, leaf];
  for (const node of path) {
    if (second === 0n) throw new CoseError(`the path has ${path.length} nodes, more than its place allows`);
    if (first & 1n || first === second) {
      root = nodeHash(node, root);
      while (!(first & 1n) && first) [first, second] = [first >> 1n, second >> 1n];
    } else {
      root = nodeHash(root, node);
    }
    [first, second] = [first >> 1n, second >> 1n];
  }
  if (second) throw new CoseError(`the path has ${path.length} nodes, fewer than its place needs`);
  return root;
}

/** A proof without its paths: the signed size of a log, and the signature over its root. */
export class HeadSignature {
  constructor(values) {
    /** @type {Uint8Array} */ this.protected = values.protected;
    /** @type {Uint8Array} */ this.signature = values.signature;
    /** @type {Uint8Array} */ this.kid = values.kid;
    /** @type {Integer} */ this.algorithm = values.algorithm;
    /** @type {string} */ this.origin = values.origin;
    /** @type {Integer} */ this.size = values.size;
    /** @type {Integer} */ this.signedAt = values.signedAt;
  }

  /**
   * Verify that `key` signed `root` as the head of this size.
   *
   * @param {Uint8Array} root
   * @param {keys.PublicKey} key
   * @throws {SignatureError}
   */
  async verify(root, key) {
    if (!equal(key.kid, this.kid)) throw new SignatureError("the proof is signed by another key");
    await keys.verify(key, this.algorithm, this.signature, toBeSigned(this.protected, root));
  }
}

/** A decoded proof: the signed head, the paths into it, and the run that a confirmation speaks of. */
export class Proof {
  /**
   * @param {HeadSignature} head
   * @param {{ index: Integer, path: Uint8Array[] }[]} paths
   * @param {[Uint8Array, Integer] | null} run
   */
  constructor(head, paths, run = null) {
    this.head = head;
    this.paths = paths;
    this.run = run;
  }

  /**
   * Verify that every entry stands where its path says; gives the root.
   *
   * @param {Uint8Array[]} entries
   * @param {keys.PublicKey} key
   */
  async verify(entries, key) {
    if (entries.length !== this.paths.length) {
      throw new CoseError(`the proof covers ${this.paths.length} entries, not ${entries.length}`);
    }
    const size = this.head.size;
    const roots = this.paths.map(({ index, path }, at) => rootOfPath(leafHash(entries[at]), index, size, path));
    if (roots.some((root) => !equal(root, roots[0]))) throw new SignatureError("the paths lead to different roots");
    await this.head.verify(roots[0], key);
    return roots[0];
  }

  /** Deterministic, tagged. */
  encode() {
    const paths = this.paths.map(({ index, path }) => cbor.encode([this.head.size, index, path]));
    const unprotected = new Map([[HEADER_VDP, new Map([[-1, paths]])]]);
    if (this.run !== null) unprotected.set(HEADER_RUN, this.run);
    const { protected: header, signature } = this.head;
    return encodeSign1({ protected: header, unprotected, payload: null, signature });
  }
}

/**
 * Parse the signed part of a proof.
 *
 * @param {Uint8Array} encoded   the protected header
 * @param {Uint8Array} signature
 * @returns {HeadSignature}
 * @throws {import("./errors.js").DecodeError}
 */
export function decodeHead(encoded, signature) {
  const header = cbor.decode(encoded);
  if (!(header instanceof Map) || Array.from(header.keys()).join() !== `1,4,15,16,${HEADER_VDS}`) {
    throw new CoseError("a proof's protected header must hold 1, 4, 15, 16 and 395, and nothing else");
  }
  const [algorithm, kid, claims, typ, vds] = header.values();
  if (!isInteger(algorithm) || !keys.CURVE_OF_ALGORITHM.has(algorithm)) {
    throw new CoseError(`algorithm ${repr(algorithm)} is not in the table`);
  }
  if (!(kid instanceof Uint8Array) || kid.length !== keys.KID_BYTES) throw new CoseError("kid must be 32 bytes");
  if (typ !== TYP || vds !== 1) throw new CoseError("not a proof: typ or vds is another");
  if (!(claims instanceof Map) || Array.from(claims.keys()).join() !== "1,2,6,-65541,-65542") {
    throw new CoseError("a proof's claims must be iss, sub, iat, tree size and leaf rule");
  }
  const [origin, subject, signedAt, size, rule] = claims.values();
  if (rule !== 1) throw new CoseError(`leaf rule ${repr(rule)} is unknown`);
  if (typeof origin !== "string" || !origin || lengthOf(origin) > MAX_ORIGIN_CHARS || !isPrintable(origin)) {
    throw new CoseError(`iss must be printable text of 1..${MAX_ORIGIN_CHARS} characters`);
  }
  if (subject !== `urn:tallystick:log:${toHex(logIdOf(origin))}`) {
    throw new CoseError("iss is not the origin of the log that sub names");
  }
  const inRange = isInteger(size) && size > 0 && size <= MAX_TREE_SIZE && isInteger(signedAt) && signedAt >= 0;
  if (!inRange) throw new CoseError("tree size or iat is out of range");
  if (signature.length !== SIGNATURE_BYTES) {
    throw new CoseError(`the signature has ${signature.length} bytes, not ${SIGNATURE_BYTES}`);
  }
  return new HeadSignature({ protected: encoded, signature, kid, algorithm, origin, size, signedAt });
}

/**
 * Parse a proof strictly.
 *
 * @param {Uint8Array} data
 * @returns {Proof}
 * @throws {import("./errors.js").DecodeError}
 */
export function decode(data) {
  const sign1 = decodeSign1(data);
  if (sign1.payload !== null) throw new CoseError("a proof's payload is detached");
  const head = decodeHead(sign1.protected, sign1.signature);
  const parameters = sign1.unprotected.get(HEADER_VDP);
  if (!(parameters instanceof Map) || Array.from(parameters.keys()).join() !== "-1") {
    throw new CoseError("a proof carries inclusion paths under 396, -1, and nothing else");
  }
  const encoded = parameters.get(-1);
  if (!Array.isArray(encoded) || !encoded.length || encoded.length > MAX_RUN) {
    throw new CoseError(`a proof carries 1..${MAX_RUN} paths`);
  }
  const paths = encoded.map((item, number) => decodePath(number, item, head.size));
  return new Proof(head, paths, decodeRun(sign1.unprotected));
}

function decodePath(number, item, size) {
  if (!(item instanceof Uint8Array)) throw new CoseError(`path ${number} is not a byte string`);
  const parts = cbor.decode(item);
  const [pathSize, index, nodes] = Array.isArray(parts) && parts.length === 3 ? parts : [];
  if (pathSize !== size || !isInteger(index) || !Array.isArray(nodes)) {
    throw new CoseError(`path ${number} is not [tree size as signed, index, nodes]`);
  }
  if (!(index >= 0 && index < size) || nodes.length > MAX_PATH) {
    throw new CoseError(`path ${number} points outside the tree`);
  }
  if (nodes.some((node) => !(node instanceof Uint8Array) || node.length !== HASH_BYTES)) {
    throw new CoseError(`path ${number} holds something else than hashes`);
  }
  return { index, path: nodes };
}

function decodeRun(unprotected) {
  if (unprotected.size === 1) return null;
  const run = unprotected.get(HEADER_RUN);
  const [kid, first] = Array.isArray(run) && run.length === 2 ? run : [];
  const sound = kid instanceof Uint8Array && kid.length === keys.KID_BYTES && isInteger(first) && first >= 0;
  if (unprotected.size === 2 && sound) return [kid, first];
  throw new CoseError("the unprotected header holds something else than paths and a run");
}
