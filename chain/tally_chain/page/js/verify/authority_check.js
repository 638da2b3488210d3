/** Step 3: what the authorities say, and whether they may. Mirrors `verify/authority_check.py`. */

import {
  CORRECTION, COUNTERSIGNATURE_LABEL, ENROLMENT, METER_FACTS, PAYLOAD_OF_KIND, RENEW_BY_LABEL, REVOCATION, ROTATION,
  SITE_PLAN,
} from "../authority.js";
import * as cbor from "../cbor.js";
import { Code, FAILURE, WARNING } from "../codes.js";
import * as countersign from "../countersign.js";
import { DecodeError, EdgeError, only } from "../errors.js";
import { equal, shortHex, toHex } from "../octets.js";
import { AUTHORITY_KINDS } from "../statement.js";
import { compareText } from "../text.js";
import * as wire from "../wire.js";
import { Facts } from "./facts.js";
import { checkAll } from "./signatures.js";
import { checkLinks } from "./stream_check.js";

/**
 * Read every authority's stream.
 *
 *     3.1 the policy knows the authority: issuer and key
 *     3.2 its signature verifies
 *     3.3 its stream is whole from seq 0 and linked, without a fork: a withheld revocation would show
 *     3.4 a second person that the policy knows has signed where one must, and not both for the audited party
 *     3.5 what it says takes effect in the order of its stream; no two authorities speak of the same thing
 *     3.6 where the policy wants authority or second person registered, the registry called the key good by then
 *
 * @param {import("./log_check.js").Logged[]} statements
 * @returns {Promise<Facts>}
 */
export async function checkAuthorities(statements, policy, registry, ledger, tell) {
  const facts = new Facts();
  const trusted = new Map(policy.authorities.map((authority) => [nameOf(authority.issuer, authority.key.kidHex), authority]));
  for (const [name, members] of await streamsOf(statements, trusted, ledger, tell)) {
    const authority = trusted.get(name);
    const links = { missing: Code.AUTHORITY_INCOMPLETE, fork: Code.AUTHORITY_FORK, fromZero: true };
    for (const logged of checkLinks(`authority ${authority.issuer}`, members, ledger, links)) {
      registry.authority(authority, logged.signedBy);
      await applyStatement(logged, authority, policy, facts, ledger, registry);
    }
  }
  if (!facts.plans.length) ledger.add(Code.PLAN_MISSING, "bundle");
  checkIndependence(facts, policy, ledger);
  checkAgreement(facts, ledger);
  return facts;
}

/** An authority's key under its name; an issuer has no space in it. */
function nameOf(issuer, kidHex) {
  return `${kidHex} ${issuer}`;
}

/** Steps 3.1 and 3.2. */
async function streamsOf(statements, trusted, ledger, tell) {
  const known = [];
  for (const logged of statements) {
    const { kind, issuer, kid, kidHex } = logged.claims;
    if (!AUTHORITY_KINDS.has(kind)) continue;
    const name = nameOf(issuer, kidHex);
    if (!trusted.has(name)) {
      ledger.add(Code.UNKNOWN_AUTHORITY, `authority ${issuer}`, `key ${shortHex(kid)}`, { times: logged.times });
      continue;
    }
    known.push({ logged, name });
  }
  const checks = known.map(({ logged, name }) => () => logged.statement.verify(trusted.get(name).key));
  const faults = await checkAll(checks, tell);
  const streams = new Map();
  known.forEach(({ logged, name }, at) => {
    if (faults[at] !== null) {
      ledger.add(Code.AUTHORITY_SIGNATURE_WRONG, logged.place, faults[at].message);
      return;
    }
    if (!streams.has(name)) streams.set(name, []);
    streams.get(name).push(logged);
  });
  return streams;
}

/** Steps 3.4 to 3.6 for one statement, the next of its authority's stream. */
async function applyStatement(logged, authority, policy, facts, ledger, registry) {
  const kind = PAYLOAD_OF_KIND.get(logged.claims.kind);
  let payload;
  try {
    payload = wire.decode(kind, logged.statement.payload);
  } catch (error) {
    ledger.add(Code.STATEMENT_MALFORMED, logged.place, only(error, DecodeError).message);
    return;
  }
  const renewal = kind === SITE_PLAN && isRenewal(logged, payload, facts);
  const second = await secondPerson(logged, payload, policy, ledger, !renewal);
  if (second !== null) registry.person(second, logged.signedBy);
  if (!renewal) {
    const signers = new Set([authority.organisation, ...(second === null ? [] : [second.organisation])]);
    facts.signedBy.push({ logged, kind, payload, signers });
  }
  if (kind === SITE_PLAN) facts.plans.push({ logged, plan: payload });
  else if (kind === ENROLMENT) facts.enrol(logged, payload, ledger);
  else if (kind === METER_FACTS) takeMeterFacts(logged, payload, facts);
  else if (kind === ROTATION) facts.rotate(logged, payload, ledger);
  else if (kind === REVOCATION) facts.revoke(logged, payload);
  else if (kind === CORRECTION) facts.corrections.push({ logged, correction: payload });
}

function takeMeterFacts(logged, payload, facts) {
  const stated = facts.metersAt(payload.point);
  facts.meters.set(payload.point, stated);
  // Behind what took effect at the same time: the later statement wins.
  const at = stated.findIndex((known) => known.facts.effective_at > payload.effective_at);
  stated.splice(at < 0 ? stated.length : at, 0, { statementId: logged.statement.id, facts: payload });
}

/** The second person behind a statement; missing and wrong ones become findings. */
async function secondPerson(logged, payload, policy, ledger, needed) {
  const wrong = (detail) => {
    ledger.add(Code.COUNTERSIGNATURE_WRONG, logged.place, detail, { times: logged.times });
    return null;
  };
  let countersignature;
  try {
    countersignature = countersign.read(logged.statement, payload);
  } catch (error) {
    return wrong(only(error, DecodeError).message);
  }
  if (countersignature === null) {
    if (needed) ledger.add(Code.COUNTERSIGNATURE_MISSING, logged.place, "", { times: logged.times });
    return null;
  }
  const person = policy.persons.find(({ key }) => key.kidHex === countersignature.kidHex);
  if (person === undefined) return wrong("the policy does not know the person");
  if (person.key.kidHex === logged.claims.kidHex) return wrong("the second person is the first");
  try {
    await countersignature.verify(person.key);
  } catch (error) {
    return wrong(only(error, EdgeError).message);
  }
  return person;
}

/** Whether the plan changes nothing but the term of this authority's own last plan of the site. */
function isRenewal(logged, plan, facts) {
  const previous = facts.plans.findLast((known) => known.plan.site === plan.site);
  if (previous === undefined || previous.logged.claims.kidHex !== logged.claims.kidHex) return false;
  return equal(withoutTerm(logged), withoutTerm(previous.logged));
}

function withoutTerm(logged) {
  const items = cbor.decode(logged.statement.payload);
  items.delete(RENEW_BY_LABEL);
  items.delete(COUNTERSIGNATURE_LABEL);
  return cbor.encode(items);
}

/** Step 3.4, last part. Looked at when all plans are known: a plan may name the owner after the enrolment. */
function checkIndependence(facts, policy, ledger) {
  const audited = new Set([...facts.plans.map(({ plan }) => plan.owner), policy.audited]);
  const severity = policy.accept.selfEnrolled ? WARNING : FAILURE;
  for (const { logged, kind, payload, signers } of facts.signedBy) {
    if (![...signers].every((signer) => audited.has(signer))) continue;
    const by = `by ${[...signers].sort(compareText).join(", ")}`;
    if (kind === ENROLMENT || kind === ROTATION) {
      ledger.add(Code.SELF_ENROLLED, `device ${payload.device}`, by, { severity });
    } else {
      ledger.add(Code.SELF_STATED, logged.claims.subject, `${by}, ${logged.place}`, { severity });
    }
  }
}

/** Step 3.5, last part. Between two streams nothing fixes an order, so whoever makes the bundle could choose one. */
function checkAgreement(facts, ledger) {
  const speakers = new Map();
  for (const { logged, kind, payload } of facts.signedBy) {
    for (const thing of spokenOf(kind, payload, facts)) {
      if (!speakers.has(thing)) speakers.set(thing, new Map());
      speakers.get(thing).set(logged.claims.kidHex, logged.claims.kid);
    }
  }
  for (const [thing, kids] of speakers) {
    const names = Array.from(kids.values(), shortHex).sort();
    if (names.length > 1) ledger.add(Code.AUTHORITIES_DISAGREE, thing, names.join(", "));
  }
}

/** What a statement settles, so that no other authority may settle it too. */
function spokenOf(kind, payload, facts) {
  if (kind === SITE_PLAN) return [`site ${payload.site}`, ...payload.points.map(({ point }) => `plan of ${point}`)];
  if (kind === METER_FACTS) return [payload.point];
  if (kind === ENROLMENT) return [`device ${payload.device}`, ...payload.points.map((point) => `keys of ${point}`)];
  if (kind === ROTATION) {
    // The new key speaks in the name of the old one's device, whatever device the rotation names.
    const rotated = facts.keys.get(toHex(payload.last.kid));
    return rotated === undefined ? [] : [`device ${rotated.device}`];
  }
  if (kind === CORRECTION) return [`${payload.point}/${payload.register}`];
  return []; // a revocation by another trusted authority only takes belief away
}
