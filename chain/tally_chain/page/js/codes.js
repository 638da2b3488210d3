/**
 * What a verification says: numbered codes, each with its severity and its meaning.
 *
 * The rows are those of `tally_chain/findings.py`; a test holds them together.
 */

import { HELP } from "./finding_help.js";

/** How much a finding weighs. Only FAILURE makes the evidence not hold. */
export const NOTE = 0;
export const WARNING = 1;
export const FAILURE = 2;
export const SEVERITY_WORDS = ["note", "warning", "failure"];

// prettier-ignore
const ROWS = [
  ["BUNDLE_EMPTY", 101, FAILURE, "the bundle holds no evidence"],
  ["UNKNOWN_LOG", 201, FAILURE, "the policy does not know this log"],
  ["HEAD_SIGNATURE_WRONG", 202, FAILURE, "the log's head is not signed by its key"],
  ["CHECKPOINT_WRONG", 203, FAILURE, "the checkpoint is not the log's, or not for this head"],
  ["TREE_MISMATCH", 204, FAILURE, "the statements do not make the tree that the head names"],
  ["NOT_CONSISTENT", 205, FAILURE, "the head does not continue a head that the reader holds"],
  ["UNANCHORED_HEAD", 206, FAILURE, "no head that the reader holds vouches for this log"],
  ["SELF_ANCHORED", 207, FAILURE, "the anchor stands on a chain that the operator controls"],
  ["LOG_REWRITTEN", 208, FAILURE, "the log shows another root than the anchored one at the same size"],
  ["OPENING_WRONG", 209, FAILURE, "the log's first entry does not describe this log"],
  ["SUCCESSOR_LOG", 210, WARNING, "the log continues another one after a loss"],
  ["ANCHORED", 211, NOTE, "the head is vouched for by a root that the reader holds"],
  ["ROOT_UNLINKED", 212, WARNING, "the bundle does not link the log to a head that the reader holds"],
  ["LOG_TWICE", 213, FAILURE, "the bundle shows one log twice"],
  ["OPENING_MISSING", 214, FAILURE, "the log's first entry is left out"],
  ["OLDER_HEAD", 215, WARNING, "the reader holds a newer head: what was logged since is not in the bundle"],
  ["HEADS_CONTRADICT", 216, FAILURE, "heads that the reader holds of this log contradict one another"],
  ["HEAD_TOO_OLD", 217, FAILURE, "the log's head is older than the policy accepts, or of no time that can be"],
  [
    "AGGREGATED", 218, NOTE,
    "the log is anchored through a log of heads; that no second history of it stands there is known only to who audits that",
  ],
  ["VIA_WRONG", 219, FAILURE, "the way through a log of heads does not hold"],
  ["VIA_UNUSED", 220, WARNING, "the way through a log of heads proves nothing to this reader"],
  ["UNKNOWN_AUTHORITY", 301, FAILURE, "the policy does not know this authority"],
  ["AUTHORITY_SIGNATURE_WRONG", 302, FAILURE, "an authority's statement does not verify"],
  ["AUTHORITY_INCOMPLETE", 303, FAILURE, "statements of the authority are missing"],
  ["AUTHORITY_FORK", 304, FAILURE, "the authority signed two different statements in one place"],
  ["AUTHORITY_STALE", 305, FAILURE, "the authority's newest site plan had run out"],
  ["COUNTERSIGNATURE_MISSING", 306, FAILURE, "the second person's signature is missing"],
  ["COUNTERSIGNATURE_WRONG", 307, FAILURE, "the second person's signature does not count"],
  ["SELF_ENROLLED", 308, FAILURE, "the key was enrolled by the audited party alone"],
  ["UNKNOWN_KEY", 309, FAILURE, "nobody enrolled the key of this statement"],
  ["REVOKED_KEY", 310, FAILURE, "the statement comes after the key's revocation"],
  ["ROTATED_KEY", 311, FAILURE, "the statement comes after the key was replaced"],
  ["NOT_ITS_POINT", 312, FAILURE, "the key does not speak for this metering point"],
  ["UNPLANNED_POINT", 313, FAILURE, "the site plan does not list this metering point"],
  ["FACTS_MISSING", 314, FAILURE, "no meter facts are in force for this metering point"],
  ["PLAN_MISSING", 315, FAILURE, "the authority's stream holds no site plan"],
  ["PREDECESSOR_UNKNOWN", 316, WARNING, "the key follows a stream that is not in the bundle"],
  ["AUTHORITIES_DISAGREE", 317, FAILURE, "two authorities speak of the same site, metering point or key"],
  ["LOG_NOT_PLANNED", 318, WARNING, "the site plan does not name this log"],
  ["NOT_ITS_DEVICE", 319, FAILURE, "the key is enrolled for another device than the statement names"],
  ["SELF_STATED", 320, FAILURE, "the audited party alone stated facts about its own meters"],
  [
    "KEY_UNREGISTERED", 321, FAILURE,
    "the registry does not bind the key to the organisation that the policy names, or not for this",
  ],
  ["KEY_NOT_IN_FORCE", 322, FAILURE, "the registry did not call the key good by the time that it had signed"],
  ["REGISTRY_UNREAD", 323, WARNING, "what the registry says of the key at that time was not read"],
  ["KEY_REGISTERED", 324, NOTE, "the registry called the key good when it had signed"],
  ["STATEMENT_MALFORMED", 401, FAILURE, "a logged statement breaks the format"],
  ["SIGNATURE_WRONG", 402, FAILURE, "the statement's signature does not verify"],
  ["MISSING_STATEMENT", 403, FAILURE, "statements of the stream are missing"],
  ["WRONG_LINK", 404, FAILURE, "the statement is not linked to the one before"],
  ["FORK", 405, FAILURE, "the key signed two different statements in one place"],
  ["REPEATED", 406, NOTE, "the same statement stands in the log twice"],
  ["AFTER_ANCHOR", 407, FAILURE, "the statement speaks of a time after it was anchored"],
  ["BEACON_UNKNOWN", 408, WARNING, "the beacon is not a head that the reader holds"],
  ["BEFORE_ENROLMENT", 409, WARNING, "readings are older than the enrolment of their key"],
  ["OUT_OF_ORDER", 410, NOTE, "statements of the stream arrived out of order"],
  ["CLOCK_DOUBTFUL", 411, WARNING, "the device's clock was not set"],
  ["BEFORE_BEACON", 412, WARNING, "the device's clock stood before the beacon that the statement names"],
  [
    "STREAM_MISSING", 413, FAILURE,
    "a key that was enrolled for the metering point does not show its stream over the period",
  ],
  ["REGISTER_BACKWARDS", 501, FAILURE, "a cumulative register fell"],
  ["ROLLOVER", 502, NOTE, "a register passed its highest value and began again"],
  ["RESET", 503, FAILURE, "a register was reset; what it counted before can not be bridged"],
  ["DECLARED_GAP", 504, WARNING, "the device declared a gap"],
  ["UNCOVERED_INTERVAL", 505, FAILURE, "no reading and no declared gap covers a time"],
  ["SILENT_METER", 506, FAILURE, "a planned metering point says nothing"],
  ["UNIT_WRONG", 507, FAILURE, "a reading's unit or register is not that of the meter facts"],
  ["SETTLEMENT_LINK", 508, FAILURE, "the chain of settlements is broken"],
  ["SETTLEMENT_FACTS", 509, FAILURE, "the settlement rests on other facts than those in force"],
  ["COUNTS_UNEQUAL", 510, FAILURE, "something happened between the settlements: the statements between are needed"],
  ["EXCHANGE_BETWEEN", 511, FAILURE, "the meter or its ratio changed between the settlements"],
  ["SETTLEMENT_DISAGREES", 512, FAILURE, "a settlement and the readings tell different registers"],
  ["CALIBRATION_EXPIRED", 513, WARNING, "the meter's certificate had expired"],
  ["CORRECTED", 514, WARNING, "the authority corrected a quantity"],
  ["CONFLICTING_READINGS", 515, FAILURE, "one register shows two values at one time"],
  ["NO_SETTLEMENT", 516, FAILURE, "a settlement at the edge of the period is missing"],
  ["EXCHANGE", 517, NOTE, "the meter was exchanged"],
  ["FACTS_IMPLAUSIBLE", 518, FAILURE, "the authority states facts that can not be"],
  ["CORRECTIONS_OVERLAP", 519, FAILURE, "corrections overlap: which of them counts is open"],
  ["INSTALLED", 520, NOTE, "the meter was installed inside the period"],
  [
    "SHORT_OF_PERIOD", 521, WARNING,
    "readings begin after the period does or end before it: the figure is for its own times",
  ],
  ["OUT_OF_RANGE", 522, FAILURE, "a register shows what it can not show: below zero, or past its range"],
  ["OWN_RECORD", 523, NOTE, "readings are the meter's own record, fetched after an outage, by the meter's clock"],
  ["SIMULATED", 601, FAILURE, "the evidence is simulated"],
  ["BY_HAND", 602, FAILURE, "the readings were entered by hand"],
  ["GRANT_WRONG", 701, FAILURE, "the grant does not verify"],
  ["GRANT_EXPIRED", 702, FAILURE, "the grant has expired"],
  ["NOT_GRANTED", 703, FAILURE, "the grant is for another reader or another scope"],
  ["ATTACHMENT_WRONG", 704, FAILURE, "an attachment is not the one that its digest names"],
  ["ATTACHMENT_WITHHELD", 705, NOTE, "an attachment is named but withheld"],
  ["NO_GRANT", 706, WARNING, "the bundle carries no grant"],
  ["ATTACHMENT_UNBOUND", 707, FAILURE, "no grant binds the attachment: anybody may have added it"],
  [
    "READER_KEY_UNPROVEN", 708, WARNING,
    "the grant names a reader's key, and nothing shows that who reads this holds it",
  ],
];

/**
 * @typedef {object} Code
 * @property {string} name
 * @property {number} number
 * @property {number} severity   where the policy says nothing else
 * @property {string} meaning
 * @property {string} meaningZh
 * @property {string} advice
 * @property {string} adviceZh
 */

function codeOf([name, number, severity, meaning]) {
  const [meaningZh, advice, adviceZh] = HELP[name];
  return [name, Object.freeze({ name, number, severity, meaning, meaningZh, advice, adviceZh })];
}

/** @type {Record<string, Code>} by name */
export const Code = Object.freeze(Object.fromEntries(ROWS.map(codeOf)));
