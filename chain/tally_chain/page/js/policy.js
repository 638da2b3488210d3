/** A reader's policy: whom the reader trusts, and what the reader accepts. Mirrors `tally_chain/policy.py`. */

import { PolicyError } from "./errors.js";
import { toHex } from "./octets.js";
import { logIdOf } from "./proof.js";
import { isBlank } from "./text.js";

/** Where a reader got a head from: how independent it is of the party under check. */
export const SOURCES = ["public", "consortium", "out-of-band", "self-anchored"];

/** What a key may be used for in the registry. */
export const KEY_ROLES = [
  "operator", "authority", "keeper", "lender", "inspector", "verifier", "price-source", "court-liaison",
  "registry-admin", "holder", "site-owner", "auctioneer",
];

/**
 * @typedef {object} TrustedKey
 * @property {import("./keys.js").PublicKey} key
 * @property {string} organisation
 * @property {string} issuer
 * @property {Uint8Array | null} registered
 */

/**
 * A head that the reader holds. `standing` and `via` are no part of a policy's text.
 *
 * @typedef {object} PinnedRoot
 * @property {import("./exact.js").Integer} size
 * @property {Uint8Array} root
 * @property {string} source
 * @property {number | null} time
 * @property {import("./exact.js").Integer | null} chainId
 * @property {"held" | "shown" | "disowned"} standing
 * @property {string} via          the log of heads that the bundle shows it in
 */

/** @returns {PinnedRoot} */
export function pinnedRoot(size, root, source, { time = null, chainId = null, standing = "held", via = "" } = {}) {
  return { size, root, source, time, chainId, standing, via };
}

/** A log: its origin, its keys, and the heads that the reader holds of it. */
export class TrustedLog {
  constructor({ origin, proofKey, checkpointKey, roots, anchorOwner, registered }) {
    Object.assign(this, { origin, proofKey, checkpointKey, roots, anchorOwner, registered });
    this.logId = logIdOf(origin);
  }
}

/** A reader's policy; never empty. */
export class Policy {
  constructor(fields) {
    /** @type {TrustedKey[]} */ this.authorities = fields.authorities;
    /** @type {TrustedKey[]} */ this.persons = fields.persons;
    /** @type {TrustedKey[]} */ this.owners = fields.owners;
    /** @type {TrustedLog[]} */ this.logs = fields.logs;
    /** @type {TrustedLog[]} */ this.aggregators = fields.aggregators;
    this.accept = fields.accept;
    this.audited = fields.audited;
    this.reader = fields.reader;
    this.chain = fields.chain;
    this.maxHeadAge = fields.maxHeadAge;
    this.registry = fields.registry;
    this.check();
  }

  check() {
    if (!this.authorities.length || !this.logs.length) {
      throw new PolicyError("a policy names at least one authority and one log");
    }
    if (isBlank(this.audited)) {
      throw new PolicyError("a policy names who is audited: else nobody sees that a firm enrolled its own keys");
    }
    const origins = [...this.logs, ...this.aggregators].map((log) => log.origin);
    if (new Set(origins).size !== origins.length) throw new PolicyError("a policy names a log once, with all its roots");
    this.checkRegistered();
  }

  /** An organisation has one name and one id: under two names, its two signatures would look independent. */
  checkRegistered() {
    const [names, ids] = [new Map(), new Map()];
    for (const { registered, organisation } of [...this.authorities, ...this.persons, ...this.owners]) {
      if (registered === null) continue;
      const id = toHex(registered);
      if (!names.has(id)) names.set(id, organisation);
      const sameName = names.get(id);
      if (!ids.has(sameName)) ids.set(sameName, id);
      if (sameName !== organisation || ids.get(sameName) !== id) {
        throw new PolicyError(`${organisation} and ${sameName}: one organisation has one name and one id`);
      }
    }
    const ofLogs = [...this.logs, ...this.aggregators].filter((log) => log.registered !== null);
    if ((names.size || ofLogs.length) && this.registry === null) {
      throw new PolicyError("keys are to be registered, and no [registry] is pinned");
    }
    if (this.registry !== null && this.chain === null) {
      throw new PolicyError("a [registry] stands on the chain that [chain] pins");
    }
    for (const log of ofLogs) {
      if (log.anchorOwner === null) {
        throw new PolicyError(`log ${log.origin} is to be registered, and no anchor_owner is pinned`);
      }
    }
  }

  /** The log of that origin, if the reader knows it. @returns {TrustedLog | undefined} */
  log(origin) {
    return this.logs.find((log) => log.origin === origin);
  }

  /** The log of heads of that origin, if the reader knows it. @returns {TrustedLog | undefined} */
  aggregator(origin) {
    return this.aggregators.find((log) => log.origin === origin);
  }
}
