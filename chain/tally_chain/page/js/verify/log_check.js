/** Step 2: a section of a bundle is a log at a head that the reader can believe. Mirrors `verify/log_check.py`. */

import * as checkpoint from "../checkpoint.js";
import { Code, FAILURE, WARNING } from "../codes.js";
import { ChainError, DecodeError, EdgeError, TreeError, only } from "../errors.js";
import { compareIntegers, largest, smallest } from "../exact.js";
import { LOG_OPENING } from "../log_opening.js";
import * as note from "../note.js";
import { equal, shortHex, toHex } from "../octets.js";
import { decodeHead, leafHash } from "../proof.js";
import { rootOfPruned } from "../pruned.js";
import * as statement from "../statement.js";
import { verifyConsistency } from "../tree.js";
import * as wire from "../wire.js";
import {
  STRENGTH, checkContradictions, checkRoots, dated, kindOfChain, ofOneHistory, strengthOf, strongestOf, through,
} from "./root_check.js";
import { pause } from "./signatures.js";
import { checkVia } from "./via_check.js";

const DECODED_AT_ONCE = 512;

/** @typedef {import("../exact.js").Integer} Integer */
/** @typedef {import("../policy.js").PinnedRoot} PinnedRoot */

/**
 * A statement at its place: section number, log index, the statement, and the time it was anchored by, if known.
 * `signedBy` also goes by older heads of the same chain, which the contract has compared, so it is no later.
 */
export class Logged {
  constructor(section, index, signed, anchoredAt, signedBy) {
    /** @type {number} */ this.section = section;
    /** @type {Integer} */ this.index = index;
    /** @type {statement.Statement} */ this.statement = signed;
    /** @type {number | null} */ this.anchoredAt = anchoredAt;
    /** @type {number | null} */ this.signedBy = signedBy;
  }

  get claims() {
    return this.statement.claims;
  }

  /** Its number in its stream. */
  get seq() {
    return this.statement.claims.seq ?? 0;
  }

  /** When it says that it was signed, for a finding about it. @returns {import("../findings.js").Span[]} */
  get times() {
    return [[this.claims.issuedAt, this.claims.issuedAt]];
  }

  /** How a finding names the place. */
  get place() {
    const { subject, seq } = this.claims;
    return `${subject}${seq === null ? "" : ` seq ${seq}`}, entry ${this.index}`;
  }
}

/** A section whose tree was rebuilt: its root, the statements in it, and the pinned heads that vouch for it. */
export class CheckedSection {
  constructor(fields) {
    /** @type {number} */ this.number = fields.number;
    /** @type {import("../policy.js").TrustedLog} */ this.log = fields.log;
    /** @type {Integer} */ this.size = fields.size;
    /** @type {Uint8Array} */ this.root = fields.root;
    /** @type {Integer} */ this.signedAt = fields.signedAt;
    /** @type {Uint8Array[]} */ this.leaves = fields.leaves;
    /** @type {Logged[]} */ this.statements = fields.statements;
    /** @type {PinnedRoot[]} */ this.vouching = fields.vouching;
    /** Roots, in hex, that this log is shown to have had: its own, and claimed anchors with a sound link. */
    this.shown = fields.shown;
  }

  /** A time at which this head stood: when it was signed, or when a chain took a head no larger than it. */
  seenAt() {
    const taken = dated(this.vouching).filter((pinned) => pinned.size <= this.size);
    return largest(taken.map((pinned) => pinned.time), this.signedAt);
  }

  /** A time by which this head stood: its signature's, or that of an independent block that fixed it before. */
  stoodBy() {
    const fixed = dated(this.vouching).filter((pinned) => pinned.size >= this.size);
    return smallest(fixed.map((pinned) => pinned.time), this.signedAt);
  }
}

/**
 * Check one section; null when nothing in it can be used.
 *
 *     2.1 the policy knows the log
 *     2.2 the statements and the hashes make one root
 *     2.3 the log's proof key signed that root at that size, and the checkpoint says the same
 *     2.4 a head that the reader holds is this head, or is consistent with it (root_check, via_check)
 *     2.5 the first entry is carried and describes this log
 *
 * @returns {Promise<CheckedSection | null>}
 */
export async function checkSection(number, section, policy, ledger, tell) {
  const touches = `log ${section.origin}`;
  const log = policy.log(section.origin);
  if (log === undefined) {
    ledger.add(Code.UNKNOWN_LOG, touches);
    return null;
  }
  const leaves = await leavesOf(section, tell);
  const root = rootOf(section, leaves, touches, ledger);
  const signedAt = root === null ? null : await checkHead(section, log, root, touches, ledger);
  if (signedAt === null) return null;
  const held = [...log.roots, ...(await checkVia(section, log, policy, ledger))];
  checkContradictions(held, touches, ledger);
  const vouching = checkRoots({ touches, size: section.size, root, links: linksOf(section) }, held, ledger);
  checkAnchored(section, vouching, held, policy, ledger);
  const statements = await decodeEntries(number, section, [vouching, ofOneHistory(vouching, held)], ledger, tell);
  await checkOpening(section, log, statements, policy, ledger);
  const { size } = section;
  return new CheckedSection({
    number, log, size, root, signedAt, leaves, statements, vouching, shown: shownBy(section, root),
  });
}

async function leavesOf(section, tell) {
  const leaves = [];
  for (const { statement: entry } of section.entries) {
    leaves.push(leafHash(entry));
    if (leaves.length % DECODED_AT_ONCE === 0) {
      tell(leaves.length, 2 * section.entries.length);
      await pause();
    }
  }
  return leaves;
}

function rootOf(section, leaves, touches, ledger) {
  const indexes = section.entries.map((entry) => entry.index);
  try {
    return rootOfPruned(leaves, indexes, section.size, section.hashes);
  } catch (error) {
    ledger.add(Code.TREE_MISMATCH, touches, only(error, TreeError).message);
    return null;
  }
}

async function checkHead(section, log, root, touches, ledger) {
  let head;
  try {
    head = decodeHead(section.head_protected, section.head_signature);
    if (head.origin !== section.origin || head.size !== section.size) {
      ledger.add(Code.HEAD_SIGNATURE_WRONG, touches, "it is the head of another log or size");
      return null;
    }
    await head.verify(root, log.proofKey);
  } catch (error) {
    // A wrong root and a wrong signature look the same here: what was signed is not what the statements make.
    ledger.add(Code.TREE_MISMATCH, touches, only(error, EdgeError).message);
    return null;
  }
  try {
    const body = await checkpoint.openSigned(section.checkpoint, note.decodeVerifierKey(log.checkpointKey));
    if (body.origin !== section.origin || body.size !== section.size || !equal(body.root, root)) {
      ledger.add(Code.CHECKPOINT_WRONG, touches, "it names another log, size or root");
    }
  } catch (error) {
    ledger.add(Code.CHECKPOINT_WRONG, touches, only(error, ChainError).message);
  }
  return head.signedAt;
}

function linksOf(section) {
  return new Map((section.links ?? []).map((link) => [link.size, link.path]));
}

function checkAnchored(section, vouching, held, policy, ledger) {
  const touches = `log ${section.origin}`;
  // Only a head at least as large as ours fixes all of it; a smaller one leaves the newest statements open.
  const covering = vouching.filter((pinned) => pinned.size >= section.size);
  if (!covering.length) {
    const bound = largest(vouching.map((pinned) => pinned.size), 0);
    ledger.add(Code.UNANCHORED_HEAD, touches, `entries from ${bound} on, of ${section.size}`);
  } else if (strengthOf(covering) === STRENGTH["self-anchored"]) {
    ledger.add(Code.SELF_ANCHORED, touches, "", { severity: policy.accept.selfAnchored ? WARNING : FAILURE });
  } else {
    const best = strongestOf(covering);
    ledger.add(Code.ANCHORED, touches, `${kindOfChain(best, policy)}, size ${best.size}${through(best)}`);
  }
  const newest = largest(held.map((pinned) => pinned.size), 0);
  if (newest > section.size) {
    ledger.add(Code.OLDER_HEAD, touches, `size ${newest}, the bundle's is ${section.size}`);
  }
}

/**
 * The roots, in hex, that a beacon may name, and since when the world could know them, where an independent chain says.
 *
 * @returns {Map<string, number | null>}
 */
export function beaconsOf(policy, checked) {
  const known = new Map();
  const note = (pinned, time) => known.set(toHex(pinned.root), time);
  for (const section of checked) for (const root of section.shown) known.set(root, null);
  for (const section of checked) {
    for (const pinned of dated(section.vouching)) if (pinned.via) note(pinned, pinned.time);
  }
  for (const log of policy.logs) {
    for (const pinned of log.roots) note(pinned, null);
    for (const pinned of dated(log.roots)) note(pinned, pinned.time);
  }
  return known;
}

/** The roots of this section's log that the section itself proves. */
function shownBy(section, root) {
  const links = linksOf(section);
  const shown = new Set([toHex(root)]);
  for (const claim of section.anchors ?? []) {
    if (!(claim.size > 0 && claim.size < section.size && links.has(claim.size))) continue;
    try {
      verifyConsistency(claim.size, claim.root, section.size, root, links.get(claim.size));
      shown.add(toHex(claim.root));
    } catch (error) {
      only(error, TreeError); // a claim that does not hold shows nothing
    }
  }
  return shown;
}

async function decodeEntries(number, section, [vouching, ofHistory], ledger, tell) {
  const [linked, known] = [upperBounds(vouching), upperBounds(ofHistory)];
  const statements = [];
  let done = 0;
  for (const { index, statement: encoded } of section.entries) {
    try {
      const signed = statement.decode(encoded);
      statements.push(new Logged(number, index, signed, boundOf(linked, index), boundOf(known, index)));
    } catch (error) {
      const touches = `log ${section.origin}, entry ${index}`;
      ledger.add(Code.STATEMENT_MALFORMED, touches, only(error, DecodeError).message);
    }
    done += 1;
    if (done % DECODED_AT_ONCE === 0) {
      tell(section.entries.length + done, 2 * section.entries.length);
      await pause();
    }
  }
  return statements;
}

/** The time of the first bound above `index`. */
function boundOf(bounds, index) {
  let [low, high] = [0, bounds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bounds[middle].size > index) high = middle;
    else low = middle + 1;
  }
  return low < bounds.length ? bounds[low].time : null;
}

/** Size and time, ascending: an entry below `size` was logged by `time`, the earliest that any root says. */
function upperBounds(fixing) {
  const bounds = [];
  let earliest = Infinity;
  for (const pinned of dated(fixing).sort((one, other) => compareIntegers(other.size, one.size))) {
    earliest = Math.min(earliest, pinned.time);
    bounds.push({ size: pinned.size, time: earliest });
  }
  return bounds.reverse();
}

async function checkOpening(section, log, statements, policy, ledger) {
  const touches = `log ${section.origin}`;
  const [first] = statements;
  if (!section.entries.length || section.entries[0].index !== 0) {
    ledger.add(Code.OPENING_MISSING, touches);
  } else if (first === undefined || first.index !== 0 || first.claims.kind !== "log-opening") {
    ledger.add(Code.OPENING_WRONG, touches, "entry 0 is no opening");
  }
  for (const logged of statements) {
    if (logged.claims.kind !== "log-opening") continue;
    try {
      const opening = wire.decode(LOG_OPENING, logged.statement.payload);
      await logged.statement.verify(log.proofKey);
      checkOpened(section, log, logged, opening, policy, ledger);
    } catch (error) {
      ledger.add(Code.OPENING_WRONG, touches, only(error, EdgeError).message);
    }
  }
}

function checkOpened(section, log, logged, opening, policy, ledger) {
  const touches = `log ${section.origin}`;
  if (logged.index !== 0 || opening.origin !== section.origin || !equal(opening.log_id, log.logId)) {
    ledger.add(Code.OPENING_WRONG, touches, `entry ${logged.index} opens ${opening.origin}`);
  } else if (opening.predecessor !== null) {
    const { log_id: before, size } = opening.predecessor;
    ledger.add(Code.SUCCESSOR_LOG, touches, `log ${shortHex(before)} ended at size ${size}`);
    checkPredecessor(opening.predecessor, policy, touches, ledger);
  }
}

/** A successor continues the last anchored head: an older one would lose on purpose what the reader knows of. */
function checkPredecessor(previous, policy, touches, ledger) {
  for (const log of policy.logs) {
    for (const pinned of equal(log.logId, previous.log_id) ? log.roots : []) {
      if (pinned.size > previous.size) {
        const detail = `the log before ended at size ${previous.size}, the reader holds ${pinned.size}`;
        ledger.add(Code.OPENING_WRONG, touches, detail);
      } else if (pinned.size === previous.size && !equal(pinned.root, previous.root)) {
        ledger.add(Code.OPENING_WRONG, touches, "the log before ended at another root");
      }
    }
  }
}
