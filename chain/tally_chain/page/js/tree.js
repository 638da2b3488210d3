/** The Merkle tree of RFC 9162 over SHA-256: consistency. Mirrors what `tally_chain/tree.py` verifies. */

import { TreeError } from "./errors.js";
import { equal } from "./octets.js";
import { HASH_BYTES, MAX_TREE_SIZE, nodeHash } from "./proof.js";
import { sha256 } from "./sha256.js";

export const EMPTY_ROOT = sha256(new Uint8Array(0));

/** @typedef {import("./exact.js").Integer} Integer */

/** The largest power of two below `width`. @param {bigint} width */
export function split(width) {
  return 1n << BigInt((width - 1n).toString(2).length - 1);
}

/**
 * RFC 9162 §2.1.4.2.
 *
 * @param {Integer} oldSize
 * @param {Uint8Array} oldRoot
 * @param {Integer} newSize
 * @param {Uint8Array} newRoot
 * @param {Uint8Array[]} path
 * @throws {TreeError} that says what does not fit
 */
export function verifyConsistency(oldSize, oldRoot, newSize, newRoot, path) {
  if (!(oldSize > 0 && oldSize <= newSize && newSize <= MAX_TREE_SIZE)) {
    throw new TreeError(`a tree of ${newSize} can not be shown to continue one of ${oldSize}`);
  }
  if (path.some((node) => node.length !== HASH_BYTES)) throw new TreeError("a node of the path has not 32 bytes");
  if (oldSize === newSize) {
    if (path.length || !equal(oldRoot, newRoot)) throw new TreeError("equal sizes need equal roots and an empty path");
    return;
  }
  if (!path.length) throw new TreeError("the path is empty");
  const [older, newer] = rootsOfPath(BigInt(oldSize), oldRoot, BigInt(newSize), path);
  if (!equal(older, oldRoot)) throw new TreeError("the path does not lead to the older root");
  if (!equal(newer, newRoot)) throw new TreeError("the path does not lead to the newer root");
}

/** The older and the newer root that a consistency path leads to. */
function rootsOfPath(oldSize, oldRoot, newSize, path) {
  const nodes = oldSize & (oldSize - 1n) ? path : [oldRoot, ...path];
  let [first, second] = [oldSize - 1n, newSize - 1n];
  while (first & 1n) [first, second] = [first >> 1n, second >> 1n];
  let [older, newer] = [nodes[0], nodes[0]];
  for (const node of nodes.slice(1)) {
    if (second === 0n) throw new TreeError("the path is longer than its sizes allow");
    if (first & 1n || first === second) {
      [older, newer] = [nodeHash(node, older), nodeHash(node, newer)];
      while (!(first & 1n) && first) [first, second] = [first >> 1n, second >> 1n];
    } else {
      newer = nodeHash(newer, node);
    }
    [first, second] = [first >> 1n, second >> 1n];
  }
  if (second) throw new TreeError("the path is shorter than its sizes need");
  return [older, newer];
}
