/** What an authority says: the site plan, and every fact about keys and meters. Mirrors `tally_edge/authority.py`. */

import { MAX_REGISTERS, REGISTER, REGISTER_VALUE, SERIAL, UNIT } from "./device.js";
import {
  COUNT, DIGEST, FLAG, NUMBER, OPTIONAL, TIME, URI, array, codes, integer, nested, octets, oneOf, record, text,
} from "./wire.js";

const MAX_POINTS = 500;
const MAX_PERSONS = 32;
const MAX_LOGS = 8;
const PUBLIC_KEY = octets(1, 128);
const ORGANISATION = text(128);
/** Of the second person's signature in every payload. */
export const COUNTERSIGNATURE_LABEL = 99;
/** Of `renew_by` in a site plan. */
export const RENEW_BY_LABEL = 8;
const COUNTERSIGNATURE = [COUNTERSIGNATURE_LABEL, octets(64, 512), OPTIONAL];

const PLANNED_POINT = record("PlannedPoint", {
  point: [1, URI],
  cadence_s: [2, integer(1, 86_400 * 31)],
  parent: [3, URI, OPTIONAL],
});
const PERSON = record("Person", { kid: [1, DIGEST], organisation: [2, ORGANISATION] });
const NAMED_LOG = record("NamedLog", { log_id: [1, DIGEST], origin: [2, text(255)] });

export const SITE_PLAN = record("SitePlan", {
  site: [1, URI],
  owner: [2, ORGANISATION],
  timezone: [3, text(64)],
  reading_day: [4, integer(1, 28)],
  logs: [5, array(nested(NAMED_LOG), MAX_LOGS)],
  points: [6, array(nested(PLANNED_POINT), MAX_POINTS)],
  persons: [7, array(nested(PERSON), MAX_PERSONS)],
  renew_by: [RENEW_BY_LABEL, TIME],
  countersignature: COUNTERSIGNATURE,
});

export const SigningPlace = codes("SigningPlace", "in_meter", "polled_bus", "by_hand", "simulated");

const STREAM_PLACE = record("StreamPlace", { kid: [1, DIGEST], seq: [2, COUNT], statement: [3, DIGEST] });

export const ENROLMENT = record("Enrolment", {
  device: [1, URI],
  public_key: [2, PUBLIC_KEY],
  points: [3, array(URI, MAX_POINTS)],
  place: [4, oneOf(SigningPlace)],
  model: [5, text(128)],
  predecessor: [6, nested(STREAM_PLACE), OPTIONAL],
  countersignature: COUNTERSIGNATURE,
});

export const FactsEvent = codes("FactsEvent", "install", "exchange", "calibration", "ratio", "removal");

const REGISTER_FACTS = record("RegisterFacts", {
  register: [1, REGISTER],
  unit: [2, UNIT],
  cumulative: [3, FLAG],
  modulus: [4, NUMBER, OPTIONAL],
  per_event: [5, FLAG, OPTIONAL],
});

export const METER_FACTS = record("MeterFacts", {
  point: [1, URI],
  event: [2, oneOf(FactsEvent)],
  effective_at: [3, TIME],
  serial: [4, SERIAL],
  accuracy_class: [5, text(16)],
  multiplier: [6, NUMBER],
  registers: [7, array(nested(REGISTER_FACTS), MAX_REGISTERS)],
  certificate: [8, text(64), OPTIONAL],
  certificate_expires_at: [9, TIME, OPTIONAL],
  closing: [10, array(nested(REGISTER_VALUE), MAX_REGISTERS), OPTIONAL],
  opening: [11, array(nested(REGISTER_VALUE), MAX_REGISTERS), OPTIONAL],
  countersignature: COUNTERSIGNATURE,
});

export const ROTATION = record("Rotation", {
  device: [1, URI],
  last: [2, nested(STREAM_PLACE)],
  public_key: [3, PUBLIC_KEY],
  countersignature: COUNTERSIGNATURE,
});

export const RevocationReason = codes("RevocationReason", "compromised", "device_lost", "retired", "forked");

export const REVOCATION = record("Revocation", {
  device: [1, URI],
  kid: [2, DIGEST],
  reason: [3, oneOf(RevocationReason)],
  last_good_seq: [4, COUNT, OPTIONAL],
  countersignature: COUNTERSIGNATURE,
});

export const CorrectionReason = codes(
  "CorrectionReason",
  "wrong_ratio",
  "meter_fault",
  "wrong_wiring",
  "gap_filled",
  "wrong_clock",
);

export const CORRECTION = record("Correction", {
  point: [1, URI],
  register: [2, REGISTER],
  from_at: [3, TIME],
  to_at: [4, TIME],
  quantity: [5, NUMBER],
  unit: [6, UNIT],
  reason: [7, oneOf(CorrectionReason)],
  explanation: [8, text(500)],
  countersignature: COUNTERSIGNATURE,
});

/** The payload of every kind that an authority signs. */
export const PAYLOAD_OF_KIND = new Map([
  ["site-plan", SITE_PLAN],
  ["enrolment", ENROLMENT],
  ["meter-facts", METER_FACTS],
  ["rotation", ROTATION],
  ["revocation", REVOCATION],
  ["correction", CORRECTION],
]);
