/** What the believed authorities say, as the later steps ask for it. Mirrors `verify/facts.py`. */

import { FactsEvent, SigningPlace } from "../authority.js";
import { Code } from "../codes.js";
import { DecodeError, only } from "../errors.js";
import { decodePublicKey } from "../keys.js";
import { toHex } from "../octets.js";

/** @typedef {import("./log_check.js").Logged} Logged */
/** @typedef {[number, number]} Period   from, until, Unix seconds */

/** A device's key and its enrolments, in the order in which the authority stated them. */
export class KeyFacts {
  /** `predecessor` is where the stream that this one continues was last seen, or null. */
  constructor(publicKey, logged, enrolment, predecessor) {
    this.publicKey = publicKey;
    /** @type {{ logged: Logged, enrolment: object }[]} */
    this.enrolments = [{ logged, enrolment }];
    this.predecessor = predecessor;
  }

  /** The device that the key was first enrolled for. */
  get device() {
    return this.enrolments[0].enrolment.device;
  }

  /** The authority's clock at the first enrolment. */
  get enrolledAt() {
    return this.enrolments[0].logged.claims.issuedAt;
  }

  /** Where signing happened, by every enrolment: a better word later does not better what was signed before. */
  places() {
    return new Set(this.enrolments.map(({ enrolment }) => enrolment.place));
  }

  /** The newest enrolment that stands before a statement. Two logs have no order: there every one counts. */
  inForce(logged) {
    let found = null;
    for (const { logged: place, enrolment } of this.enrolments) {
      if (place.section !== logged.section || place.index < logged.index) found = enrolment;
    }
    return found;
  }
}

/** Until when in a period a key was enrolled for a point, null where it never was. A later enrolment replaces. */
function enrolledUntil(known, point, [from, to]) {
  const simulated = known.places().has(SigningPlace.SIMULATED);
  let until = null;
  known.enrolments.forEach(({ logged, enrolment }, at) => {
    const start = logged.claims.issuedAt;
    const end = known.enrolments[at + 1]?.logged.claims.issuedAt ?? null;
    const alive = end === null || end > Math.max(start, from);
    if (enrolment.points.includes(point) && alive && (start < to || simulated)) {
      until = end === null ? to : Math.min(to, end);
    }
  });
  return until;
}

/** Everything that the believed authorities say. Keys are named by their ids in hex. */
export class Facts {
  constructor() {
    /** @type {Map<string, KeyFacts>} */ this.keys = new Map();
    /** Statements of a key with a seq greater than `after` are void; -1 voids all. */
    this.voids = new Map();
    /** Where the authority says that a stream ends, and when it said so; -1 where nothing of it counts. */
    this.ends = new Map();
    /** @type {{ logged: Logged, plan: object }[]} */ this.plans = [];
    /** @type {Map<string, { statementId: Uint8Array, facts: object }[]>} */ this.meters = new Map();
    /** @type {{ logged: Logged, correction: object }[]} */ this.corrections = [];
    /** Every statement that needs a second person, and the organisations that signed it. */
    this.signedBy = [];
  }

  /** The newest plan of every site. @returns {Map<string, object>} */
  newestPlans() {
    return new Map(this.plans.map(({ plan }) => [plan.site, plan]));
  }

  /** Every metering point that any plan listed, as listed last: a point that vanished is still one. */
  everPlanned() {
    return new Map(this.plans.flatMap(({ plan }) => plan.points.map((point) => [point.point, point])));
  }

  /** From when on, and which cadence in seconds, as the plans listed a point; the first holds before its plan too. */
  cadences(point) {
    const listed = this.plans.flatMap(({ logged, plan }, number) =>
      plan.points
        .filter((planned) => planned.point === point)
        .map((planned) => ({ start: logged.claims.issuedAt, number, cadence: planned.cadence_s })),
    );
    listed.sort(
      (one, other) => one.start - other.start || one.number - other.number || one.cadence - other.cadence,
    );
    const changes = [];
    for (const one of listed) if (changes.at(-1)?.cadence !== one.cadence) changes.push(one);
    return changes;
  }

  /**
   * The points that must speak over a period: those of every plan in force at some time of it. Where none was yet, the
   * newest counts. A meter whose removal took effect before the period is not expected.
   */
  expected([from, to]) {
    const ofSite = new Map();
    for (const { logged, plan } of this.plans) {
      if (!ofSite.has(plan.site)) ofSite.set(plan.site, []);
      ofSite.get(plan.site).push({ start: logged.claims.issuedAt, plan });
    }
    const points = new Set();
    for (const plans of ofSite.values()) {
      const inForce = plans.filter(({ start }, at) => start < to && (at + 1 >= plans.length || plans[at + 1].start > from));
      for (const { plan } of inForce.length ? inForce : [plans.at(-1)]) {
        for (const { point } of plan.points) points.add(point);
      }
    }
    return new Set([...points].filter((point) => !this.isRemoved(point, from)));
  }

  isRemoved(point, at) {
    const stated = this.metersAt(point).filter(({ facts }) => facts.effective_at <= at);
    return stated.length > 0 && stated.at(-1).facts.event === FactsEvent.REMOVAL;
  }

  /** What is stated about the meter at a point, in the order of effect. */
  metersAt(point) {
    return this.meters.get(point) ?? [];
  }

  /** The meter facts in force at a time; for a time before the first, the first; null where there are none. */
  factsAt(point, at) {
    const stated = this.metersAt(point);
    const inForce = stated.filter(({ facts }) => facts.effective_at <= at);
    return inForce.at(-1) ?? stated[0] ?? null;
  }

  /**
   * The keys that were enrolled for a point at some time of a period, by the authority's clock, each with until when and
   * the end of its stream, if it has one.
   */
  lives(point, period) {
    const lives = [];
    for (const [kid, known] of this.keys) {
      const end = this.ends.get(kid) ?? null;
      if (end !== null && (end.lastSeq < 0 || end.statedAt <= period[0])) continue;
      const until = enrolledUntil(known, point, period);
      if (until !== null) lives.push({ kid, until, lastSeq: end === null ? null : end.lastSeq });
    }
    return lives;
  }

  /** Take in an enrolment. */
  enrol(logged, enrolment, ledger) {
    const { predecessor } = enrolment;
    if (predecessor !== null) this.end(toHex(predecessor.kid), predecessor.seq, logged);
    this.addKey(logged, enrolment.public_key, enrolment, predecessor, ledger);
  }

  /** Take in a rotation: the old key ends at its last statement, the new one begins. */
  rotate(logged, rotation, ledger) {
    const kid = toHex(rotation.last.kid);
    const old = this.keys.get(kid);
    if (old === undefined) {
      ledger.add(Code.UNKNOWN_KEY, logged.place, "a rotation of a key that was never enrolled");
      return;
    }
    this.void(kid, rotation.last.seq, Code.ROTATED_KEY);
    this.end(kid, rotation.last.seq, logged);
    // With every enrolment of the old key: a rotation must not wash off a mark that a new enrolment does not.
    for (const { enrolment } of [...old.enrolments]) {
      this.addKey(logged, rotation.public_key, enrolment, rotation.last, ledger);
    }
  }

  /** Take in a revocation. */
  revoke(logged, revocation) {
    const last = revocation.last_good_seq ?? -1;
    const kid = toHex(revocation.kid);
    this.void(kid, last, Code.REVOKED_KEY);
    this.end(kid, last, logged);
  }

  /** The earliest end stands. */
  end(kid, lastSeq, logged) {
    const statedAt = logged.claims.issuedAt;
    const known = this.ends.get(kid) ?? { lastSeq, statedAt };
    this.ends.set(kid, {
      lastSeq: Math.min(known.lastSeq, lastSeq),
      statedAt: Math.min(known.statedAt, statedAt),
    });
  }

  /** End a key, whether or not it is enrolled yet; the earliest end stands, and no later statement lifts it. */
  void(kid, after, code) {
    const known = this.voids.get(kid);
    if (known === undefined || after < known.after) this.voids.set(kid, { after, code });
  }

  addKey(logged, encoded, enrolment, predecessor, ledger) {
    let publicKey;
    try {
      publicKey = decodePublicKey(encoded);
    } catch (error) {
      ledger.add(Code.STATEMENT_MALFORMED, logged.place, only(error, DecodeError).message);
      return;
    }
    const known = this.keys.get(publicKey.kidHex);
    if (known === undefined) {
      this.keys.set(publicKey.kidHex, new KeyFacts(publicKey, logged, enrolment, predecessor));
    } else {
      known.enrolments.push({ logged, enrolment });
    }
  }
}
