/**
 * Many leaves of one tree proven at once: the tree less every branch that holds none. Mirrors `tally_chain/pruned.py`.
 *
 * Walk the tree of `size` leaves from its root, left before right, splitting as RFC 9162 does. A subtree that holds no
 * known leaf is one hash; these hashes, in the order of the walk, are the proof.
 */

import { TreeError } from "./errors.js";
import { HASH_BYTES, MAX_TREE_SIZE, nodeHash } from "./proof.js";
import { split } from "./tree.js";

/** @typedef {import("./exact.js").Integer} Integer */

/**
 * The root of the tree of `size` with `leaves` (leaf hashes) at `indexes` and `hashes` for the rest.
 *
 * @param {Uint8Array[]} leaves
 * @param {Integer[]} indexes
 * @param {Integer} size
 * @param {Uint8Array[]} hashes
 * @returns {Uint8Array}
 * @throws {TreeError}
 */
export function rootOfPruned(leaves, indexes, size, hashes) {
  return new Walk(leaves, indexes, size, hashes, null).root();
}

/**
 * The inclusion path of the known leaf `index`, leaf's side first, out of a pruned tree.
 *
 * @param {Uint8Array[]} leaves
 * @param {Integer[]} indexes
 * @param {Integer} size
 * @param {Uint8Array[]} hashes
 * @param {Integer} index
 * @returns {Uint8Array[]}
 * @throws {TreeError}
 */
export function leafPath(leaves, indexes, size, hashes, index) {
  if (!indexes.includes(index)) throw new TreeError(`leaf ${index} is not among those known`);
  const walk = new Walk(leaves, indexes, size, hashes, BigInt(index));
  walk.root();
  return walk.path;
}

class Walk {
  constructor(leaves, indexes, size, hashes, wanted) {
    check(indexes, size);
    Object.assign(this, { leaves, indexes, size, hashes, wanted, used: 0, path: [] });
  }

  root() {
    const root = this.subtree(0n, BigInt(this.size), 0, this.indexes.length);
    if (this.used < this.hashes.length) throw new TreeError("more hashes than the tree has cut branches");
    return root;
  }

  subtree(start, stop, low, high) {
    if (low === high) return this.cutHash(start, stop);
    if (stop - start === 1n) return this.leaves[low];
    const middle = start + split(stop - start);
    const between = bisectLeft(this.indexes, middle, low, high);
    const left = this.subtree(start, middle, low, between);
    const right = this.subtree(middle, stop, between, high);
    if (this.wanted !== null && start <= this.wanted && this.wanted < stop) {
      this.path.push(this.wanted < middle ? right : left);
    }
    return nodeHash(left, right);
  }

  cutHash(start, stop) {
    if (this.used >= this.hashes.length) throw new TreeError(`no hash left for leaves ${start}..${stop - 1n}`);
    const node = this.hashes[this.used];
    this.used += 1;
    if (node.length !== HASH_BYTES) throw new TreeError("a hash has not 32 bytes");
    return node;
  }
}

function bisectLeft(indexes, wanted, from, to) {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (indexes[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function check(indexes, size) {
  if (!(size > 0 && size <= MAX_TREE_SIZE)) throw new TreeError(`a tree of ${size} has no root to prove`);
  for (let at = 1; at < indexes.length; at += 1) {
    if (indexes[at - 1] >= indexes[at]) throw new TreeError("the places are not strictly ascending");
  }
  if (indexes.length && !(indexes[0] >= 0 && indexes[indexes.length - 1] < size)) {
    throw new TreeError(`a place lies outside a tree of ${size}`);
  }
}
