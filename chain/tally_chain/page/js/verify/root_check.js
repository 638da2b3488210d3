/**
 * Step 2.4: a head that is shown, and the heads of its log that the reader holds. Mirrors `verify/root_check.py`.
 *
 * The same for a gateway's log and for a log of heads.
 */

import { Code, FAILURE, WARNING } from "../codes.js";
import { TreeError, only } from "../errors.js";
import { compareIntegers } from "../exact.js";
import { equal } from "../octets.js";
import { verifyConsistency } from "../tree.js";

const INDEPENDENT_CHAINS = ["public", "consortium"];
export const STRENGTH = { public: 3, consortium: 2, "out-of-band": 2, "self-anchored": 1 };

/** @typedef {import("../policy.js").PinnedRoot} PinnedRoot */
/** @typedef {import("../findings.js").Ledger} Ledger */

/**
 * A head whose signature was checked: how findings name its log, size, root, and the links to heads beside it.
 *
 * @typedef {object} ShownHead
 * @property {string} touches
 * @property {import("../exact.js").Integer} size
 * @property {Uint8Array} root
 * @property {Map<import("../exact.js").Integer, Uint8Array[]>} links   consistency paths by the size of the other head
 */

/** Heads of one log that can not all be true, whatever the bundle shows. @param {PinnedRoot[]} pinnedRoots */
export function checkContradictions(pinnedRoots, touches, ledger) {
  const bySize = new Map();
  for (const pinned of pinnedRoots) {
    if (!bySize.has(pinned.size)) bySize.set(pinned.size, pinned.root);
    if (!equal(bySize.get(pinned.size), pinned.root)) {
      ledger.add(Code.HEADS_CONTRADICT, touches, `two roots of size ${pinned.size}`);
    } else if (pinned.standing === "disowned") {
      ledger.add(Code.HEADS_CONTRADICT, touches, `its chain does not show the head of size ${pinned.size}`);
    }
  }
}

/**
 * The pinned roots that the shown head equals or is consistent with, in order of size.
 *
 * @param {ShownHead} shown
 * @param {PinnedRoot[]} pinnedRoots
 * @param {Ledger} ledger
 * @returns {PinnedRoot[]}
 */
export function checkRoots(shown, pinnedRoots, ledger) {
  const [vouching, unlinked] = [[], []];
  for (const pinned of [...pinnedRoots].sort((one, other) => compareIntegers(one.size, other.size))) {
    if (pinned.size === shown.size) {
      if (equal(pinned.root, shown.root)) vouching.push(pinned);
      else ledger.add(Code.LOG_REWRITTEN, shown.touches, `size ${pinned.size}`);
      continue;
    }
    const path = shown.links.get(pinned.size);
    if (path === undefined) {
      unlinked.push(pinned);
      continue;
    }
    const [older, newer] = pinned.size < shown.size ? [pinned, shown] : [shown, pinned];
    try {
      verifyConsistency(older.size, older.root, newer.size, newer.root, path);
      vouching.push(pinned);
    } catch (error) {
      const detail = `with the head of size ${pinned.size}: ${only(error, TreeError).message}`;
      ledger.add(Code.NOT_CONSISTENT, shown.touches, detail);
    }
  }
  checkUnlinked(shown.touches, vouching, unlinked, ledger);
  return vouching;
}

/**
 * A head that the reader holds and the bundle says nothing about: it might be of another tree.
 *
 * Heads of one chain vouch for each other. Heads of another source must be linked; one that weighs more than all that
 * vouch, or as much on another independent chain, and is left out, makes the verdict fail.
 */
function checkUnlinked(touches, vouching, unlinked, ledger) {
  const chains = historiesOf(vouching);
  const strongest = strengthOf(vouching);
  for (const pinned of unlinked) {
    if (chains.has(historyOf(pinned))) continue;
    const onAnotherChain = INDEPENDENT_CHAINS.includes(pinned.source) && pinned.chainId !== null;
    const least = onAnotherChain ? strongest : strongest + 1;
    const graver = vouching.length > 0 && STRENGTH[pinned.source] >= least;
    const severity = graver ? FAILURE : WARNING;
    ledger.add(Code.ROOT_UNLINKED, touches, `${pinned.source}, size ${pinned.size}`, { severity });
  }
}

/** @param {PinnedRoot[]} pinnedRoots */
export function strengthOf(pinnedRoots) {
  return Math.max(0, ...pinnedRoots.map((pinned) => STRENGTH[pinned.source]));
}

/** The first of the strongest. @param {PinnedRoot[]} pinnedRoots */
export function strongestOf(pinnedRoots) {
  const strength = strengthOf(pinnedRoots);
  return pinnedRoots.find((pinned) => STRENGTH[pinned.source] === strength);
}

/** The history that a head is part of, null where that is not known: an operator can make its own chain anew. */
function historyOf(pinned) {
  if (pinned.chainId === null || pinned.standing === "disowned") return null;
  const known = INDEPENDENT_CHAINS.includes(pinned.source) || pinned.standing === "shown";
  return known ? `${pinned.source} ${pinned.chainId}` : null;
}

function historiesOf(pinnedRoots) {
  return new Set(pinnedRoots.map(historyOf).filter((chain) => chain !== null));
}

/**
 * The roots that vouch, and those of the same chain's history, whether the bundle links them or not: they date entries as
 * well, since the contract took each only with the proof that it continues the one before.
 *
 * @param {PinnedRoot[]} vouching
 * @param {PinnedRoot[]} pinnedRoots
 */
export function ofOneHistory(vouching, pinnedRoots) {
  const chains = historiesOf(vouching);
  const beside = pinnedRoots.filter(
    (pinned) => chains.has(historyOf(pinned)) && !vouching.some((other) => same(pinned, other)),
  );
  return [...vouching, ...beside];
}

function same(one, other) {
  const names = ["size", "source", "time", "chainId", "standing", "via"];
  return equal(one.root, other.root) && names.every((name) => one[name] === other[name]);
}

/** Only independent roots date an entry. @param {PinnedRoot[]} pinnedRoots */
export function dated(pinnedRoots) {
  return pinnedRoots.filter((pinned) => pinned.time !== null && pinned.source !== "self-anchored");
}

/** For people: what an anchor stands on; of a consortium, who its members are. */
export function kindOfChain(pinned, policy) {
  if (pinned.source !== "consortium") return pinned.source;
  const { chain } = policy;
  if (chain === null || chain.chainId !== pinned.chainId || !chain.members.length) {
    return "consortium whose members the policy does not name";
  }
  return `consortium of ${chain.members.join(", ")}`;
}

/** For people: by which log of heads the reader came to hold a head. */
export function through(pinned) {
  return pinned.via ? `, through the log of heads ${pinned.via}` : "";
}
