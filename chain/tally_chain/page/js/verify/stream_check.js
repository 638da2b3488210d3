/** Step 4: streams are whole, linked, unforked, and of keys that may speak. Mirrors `verify/stream_check.py`. */

import { SigningPlace } from "../authority.js";
import { Code, FAILURE, WARNING } from "../codes.js";
import { compareIntegers } from "../exact.js";
import { equal, shortHex, toHex } from "../octets.js";
import { DEVICE_KINDS } from "../statement.js";
import { checkAll } from "./signatures.js";

/** @typedef {import("./log_check.js").Logged} Logged */

/**
 * The members of one stream in the order of seq, one per seq; what is missing, forked or unlinked is found.
 *
 * `whole` is false where a bundle carries chosen statements only: then gaps between them are no findings.
 *
 * @param {string} touches
 * @param {Logged[]} members
 * @param {import("../findings.js").Ledger} ledger
 * @returns {Logged[]}
 */
export function checkLinks(
  touches, members, ledger, { missing = Code.MISSING_STATEMENT, fork = Code.FORK, fromZero = false, whole = true } = {},
) {
  const bySeq = new Map();
  for (const logged of members) {
    const { seq } = logged.claims;
    if (!bySeq.has(seq)) bySeq.set(seq, []);
    bySeq.get(seq).push(logged);
  }
  const chain = [];
  let arrival = -1;
  for (const seq of Array.from(bySeq.keys()).sort(compareIntegers)) {
    const [first, ...others] = bySeq.get(seq).sort(byPlace);
    for (const other of others) {
      if (equal(other.statement.encoded, first.statement.encoded)) {
        ledger.add(Code.REPEATED, touches, `seq ${seq}`, { times: other.times });
      } else {
        const detail = `seq ${seq}, entries ${first.index} and ${other.index}`;
        ledger.add(fork, touches, detail, { times: other.times });
      }
    }
    const before = chain.at(-1) ?? null;
    checkStep(touches, before, first, ledger, { missing, fromZero, whole });
    if (first.section === (before ?? first).section && first.index < arrival) {
      ledger.add(Code.OUT_OF_ORDER, touches, "", { times: first.times });
    }
    arrival = first.index;
    chain.push(first);
  }
  return chain;
}

function byPlace(one, other) {
  return one.section - other.section || compareIntegers(one.index, other.index);
}

function checkStep(touches, before, logged, ledger, { missing, fromZero, whole }) {
  const { seq } = logged;
  const expected = before === null ? 0 : before.seq + 1;
  if (seq !== expected && whole && (before !== null || fromZero)) {
    const last = seq - 1 === expected ? `seq ${expected}` : `seq ${expected} to ${seq - 1}`;
    const since = before ?? logged;
    ledger.add(missing, touches, last, { times: [[since.claims.issuedAt, logged.claims.issuedAt]] });
  }
  if (before !== null && seq === expected && !equal(logged.claims.prev, before.statement.id)) {
    ledger.add(Code.WRONG_LINK, touches, `seq ${seq}`, { times: logged.times });
  }
}

/**
 * The check of all device streams.
 *
 *     4.1 the key was enrolled, in this log, before the statement
 *     4.2 the signature verifies
 *     4.3 the statement is not void by a rotation or revocation
 *     4.4 the key speaks for the metering point and in the name of its device, and a site plan lists the point
 *     4.5 the stream is whole, linked and unforked (`whole`), or at least unforked; where it continues another stream,
 *         the other is there and ends where the authority says
 *     4.6 time: not after its anchor, not before its beacon, which the reader can know; the device's clock was set
 *     4.7 marks: simulated evidence and manual entries are refused unless the policy accepts them
 *
 * `beacons` are the roots, in hex, that the reader holds or that the bundle's logs show, with the time of the block where
 * an independent chain gives one.
 */
export class DeviceCheck {
  constructor(facts, policy, ledger, beacons, whole) {
    Object.assign(this, { facts, policy, ledger, beacons, whole });
  }

  /**
   * The statements of devices that count, in the order of their streams.
   *
   * @param {Logged[]} statements
   * @returns {Promise<Logged[]>}
   */
  async counted(statements, tell) {
    const streams = await this.streams(statements, tell);
    const counted = [];
    const planned = this.facts.everPlanned();
    for (const [kid, members] of streams) {
      const known = this.facts.keys.get(kid);
      const chain = checkLinks(`device ${known.device}`, members, this.ledger, { whole: this.whole });
      for (const logged of chain) if (this.mayCount(logged, known, planned)) counted.push(logged);
      this.checkMarks(known, chain);
      if (this.whole) this.checkPredecessor(known, chain, streams);
    }
    return counted;
  }

  /** Steps 4.1 and 4.2. */
  async streams(statements, tell) {
    const enrolled = [];
    for (const logged of statements) {
      const { kind, kid, kidHex, subject } = logged.claims;
      if (!DEVICE_KINDS.has(kind)) continue;
      const known = this.facts.keys.get(kidHex);
      if (known === undefined || known.inForce(logged) === null) {
        const detail = `speaks for ${subject}, entry ${logged.index}`;
        this.ledger.add(Code.UNKNOWN_KEY, `key ${shortHex(kid)}`, detail, { times: logged.times });
        continue;
      }
      enrolled.push({ logged, key: known.publicKey });
    }
    const faults = await checkAll(enrolled.map(({ logged, key }) => () => logged.statement.verify(key)), tell);
    const streams = new Map();
    enrolled.forEach(({ logged, key }, at) => {
      if (faults[at] !== null) {
        this.ledger.add(Code.SIGNATURE_WRONG, logged.place, faults[at].message, { times: logged.times });
        return;
      }
      if (!streams.has(key.kidHex)) streams.set(key.kidHex, []);
      streams.get(key.kidHex).push(logged);
    });
    return streams;
  }

  /** Steps 4.3, 4.4 and 4.6. */
  mayCount(logged, known, planned) {
    const { claims, times } = logged;
    const touches = `device ${known.device}`;
    const add = (code, subject, detail = "") => this.ledger.add(code, subject, detail, { times });
    const voided = this.facts.voids.get(claims.kidHex);
    if (voided !== undefined && logged.seq > voided.after) {
      add(voided.code, touches, `from seq ${voided.after + 1} on`);
      return false;
    }
    const enrolment = known.inForce(logged);
    if (enrolment === null || !enrolment.points.includes(claims.subject)) {
      add(Code.NOT_ITS_POINT, touches, `speaks for ${claims.subject}`);
      return false;
    }
    if (claims.issuer !== enrolment.device) {
      add(Code.NOT_ITS_DEVICE, touches, `calls itself ${claims.issuer}`);
      return false;
    }
    if (!planned.has(claims.subject)) add(Code.UNPLANNED_POINT, claims.subject);
    if (logged.anchoredAt !== null && claims.issuedAt > logged.anchoredAt) add(Code.AFTER_ANCHOR, logged.place);
    if (claims.clock === "unset") add(Code.CLOCK_DOUBTFUL, touches);
    if (claims.beacon !== null) this.checkBeacon(logged, claims.beacon);
    return true;
  }

  checkBeacon(logged, beacon) {
    const { times } = logged;
    const knownSince = this.beacons.get(toHex(beacon));
    if (knownSince === undefined) {
      this.ledger.add(Code.BEACON_UNKNOWN, logged.place, `root ${shortHex(beacon)}`, { times });
    } else if (knownSince !== null && logged.claims.issuedAt < knownSince) {
      this.ledger.add(Code.BEFORE_BEACON, logged.place, "", { times });
    }
  }

  checkMarks(known, chain) {
    const touches = `device ${known.device}`;
    const places = known.places();
    const { accept } = this.policy;
    if (places.has(SigningPlace.SIMULATED)) {
      this.ledger.add(Code.SIMULATED, touches, "", { severity: accept.simulated ? WARNING : FAILURE });
    }
    if (places.has(SigningPlace.BY_HAND)) {
      this.ledger.add(Code.BY_HAND, touches, "", { severity: accept.byHand ? WARNING : FAILURE });
    }
    const early = chain.length > 0 && chain[0].claims.issuedAt < known.enrolledAt;
    if (early && !places.has(SigningPlace.SIMULATED)) this.ledger.add(Code.BEFORE_ENROLMENT, touches);
  }

  /** Step 4.5, last part: only where the stream's own beginning is in the bundle. */
  checkPredecessor(known, chain, streams) {
    const place = known.predecessor;
    if (place === null || !chain.length || chain[0].claims.seq !== 0) return;
    const touches = `device ${known.device}`;
    const before = streams.get(toHex(place.kid)) ?? [];
    const there = before.filter((logged) => logged.claims.seq === place.seq);
    if (!there.length) {
      this.ledger.add(Code.PREDECESSOR_UNKNOWN, touches, `it ended at seq ${place.seq}`);
    } else if (there.every((logged) => !equal(logged.statement.id, place.statement))) {
      const detail = `seq ${place.seq} of the stream before is not what the authority saw`;
      this.ledger.add(Code.FORK, touches, detail);
    }
    const enrolled = known.enrolments[0].logged;
    if (before.some((logged) => comesAfter(logged, place, enrolled))) {
      const detail = `seq ${place.seq}, and spoke on after its successor was enrolled`;
      this.ledger.add(Code.ROTATED_KEY, touches, detail, { severity: WARNING });
    }
  }
}

/** Whether a statement continues a stream behind its named end, and not because it was still under way. */
function comesAfter(logged, place, enrolled) {
  return logged.seq > place.seq && logged.section === enrolled.section && logged.index > enrolled.index;
}
