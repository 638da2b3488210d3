/**
 * Readings: SenML packs in CBOR (RFC 8428), narrowed to what evidence can carry. Mirrors `tally_edge/senml.py`, and what
 * `resolution.py` does for a pack that the profile allows.
 *
 *     pack    = [ first, * record ]                 1..MAX_RECORDS records
 *     first   = { ? -1: bver, ? -2: bn, -3: bt, ? -4: bu, record members }
 *     record  = { ? 0: n, ? 1: u, ? 6: t, (2: v / 3: vs / 4: vb / 8: vd) }
 */

import * as cbor from "./cbor.js";
import { StatementError } from "./errors.js";
import { isInteger, isNumber, plus } from "./exact.js";
import { compareText, cut, isPrintable, lengthOf, repr, rpartition } from "./text.js";
import { PRIMARY_UNITS, SECONDARY_UNITS } from "./units.js";

export const MAX_RECORDS = 1_024;
const MAX_TEXT_CHARS = 128;
const MAX_NAME_CHARS = 255 + 1 + 64;
const MIN_TIME = 2 ** 28;
const MAX_TIME = 2 ** 40;
const NAME = /^[A-Za-z0-9][A-Za-z0-9\-:./_]*$/;

/** No register may have this name: what it says is where the readings of its time come from. */
export const SOURCE = "source";
export const LOAD_PROFILE = "load-profile";

const SECONDARY_UNITS_VERSION = 26;
const [BVER, BN, BT, BU] = [-1, -2, -3, -4];
const [N, U, V, VS, VB, T, VD] = [0, 1, 2, 3, 4, 6, 8];
const RECORD_LABELS = new Set([N, U, V, VS, VB, T, VD]);
const FIRST_LABELS = new Set([BVER, BN, BT, BU, ...RECORD_LABELS]);
const VALUE_LABELS = [V, VS, VB, VD];

/**
 * One measured value of one register at one time (Unix seconds). `unit` is empty for text, bytes and flags.
 *
 * @typedef {object} Reading
 * @property {string} point
 * @property {string} register
 * @property {number} takenAt
 * @property {import("./exact.js").Integer | import("./exact.js").Decimal | string | boolean | Uint8Array} value
 * @property {string} unit
 */

/**
 * Parse a pack and resolve its base fields.
 *
 * @param {Uint8Array} payload
 * @returns {Reading[]}
 * @throws {import("./errors.js").DecodeError} naming the record
 */
export function decode(payload) {
  const pack = cbor.decode(payload);
  if (!Array.isArray(pack) || !pack.length || pack.length > MAX_RECORDS) {
    throw new StatementError(`a pack is an array of 1..${MAX_RECORDS} records`);
  }
  const [baseUnit, secondaryVersion] = checkFirst(pack[0]);
  pack.forEach((record, number) => checkRecord(number, record));
  const base = baseOf(pack[0]);
  const resolved = pack.map((record, number) => resolve(number, record, base));
  const readings = resolved.map((record, number) => readingOf(number, record));
  const secondary = SECONDARY_UNITS.has(baseUnit) || readings.some((reading) => SECONDARY_UNITS.has(reading.unit));
  if (secondaryVersion !== secondary) {
    throw new StatementError(`bver is ${SECONDARY_UNITS_VERSION} where a secondary unit is used, and only there`);
  }
  const points = new Set(readings.map((reading) => reading.point));
  if (points.size > 1) {
    throw new StatementError(`a pack speaks of one metering point, not of ${repr([...points].sort(compareText))}`);
  }
  return readings;
}

/** The base unit that record 0 sets, and whether it says that secondary units are used. */
function checkFirst(first) {
  if (!(first instanceof Map)) throw new StatementError("record 0 is not a map");
  const version = first.get(BVER) ?? null;
  const [time, unit] = [first.get(BT), first.has(BU) ? first.get(BU) : ""];
  if (version !== null && version !== SECONDARY_UNITS_VERSION) {
    throw new StatementError(`bver ${repr(version)} is neither absent nor ${SECONDARY_UNITS_VERSION}`);
  }
  if (!isInteger(time) || time < MIN_TIME) throw new StatementError("bt must be an absolute time in whole seconds");
  if (typeof unit !== "string") throw new StatementError("bu must be text");
  return [unit, version !== null];
}

/** What this profile forbids and RFC 8428 does not. */
function checkRecord(number, record) {
  if (!(record instanceof Map)) throw new StatementError(`record ${number} is not a map`);
  const allowed = number ? RECORD_LABELS : FIRST_LABELS;
  const unknown = [];
  for (const label of record.keys()) if (!allowed.has(label)) unknown.push(String(label));
  if (unknown.length) {
    const shown = repr(unknown.sort(compareText));
    throw new StatementError(`record ${number} has labels ${shown} that are not allowed there`);
  }
  const offset = record.has(T) ? record.get(T) : 0;
  if (!isInteger(offset) || offset < 0) {
    throw new StatementError(`record ${number}: t must be whole seconds, not before bt`);
  }
  if (VALUE_LABELS.filter((label) => record.has(label)).length !== 1) {
    throw new StatementError(`record ${number} must hold exactly one value`);
  }
}

function baseOf(first) {
  if (first.has(BVER) && first.get(BVER) === null) {
    throw new StatementError("record 0: bver must be a positive integer");
  }
  return {
    name: first.has(BN) ? textOf(0, first, BN, "bn") : "",
    unit: first.has(BU) ? textOf(0, first, BU, "bu") : "",
    time: first.get(BT),
  };
}

/** One record on its own: its name, unit, time and value. */
function resolve(number, record, base) {
  const value = valueOf(number, record);
  const name = record.has(N) ? base.name + textOf(number, record, N, "n") : base.name;
  if (lengthOf(name) > MAX_NAME_CHARS || !NAME.test(name)) {
    throw new StatementError(`record ${number}: ${repr(cut(name, MAX_NAME_CHARS))} is not a name of RFC 8428`);
  }
  const unit = record.has(U) ? textOf(number, record, U, "u") : base.unit;
  return { name, unit, time: record.has(T) ? plus(base.time, record.get(T)) : base.time, value };
}

function valueOf(number, record) {
  if (record.has(V)) {
    if (isNumber(record.get(V))) return record.get(V);
    throw new StatementError(`record ${number}: v must be an integer or a decimal fraction`);
  }
  const [text, flag, bytes] = [record.get(VS), record.get(VB), record.get(VD)];
  if (record.has(VS) && typeof text === "string") return text;
  if (record.has(VB) && typeof flag === "boolean") return flag;
  if (record.has(VD) && bytes instanceof Uint8Array) return bytes;
  throw new StatementError(`record ${number}: vs must be text, vb true or false, vd bytes`);
}

function textOf(number, record, label, name) {
  const value = record.get(label);
  if (typeof value === "string") return value;
  throw new StatementError(`record ${number}: ${name} must be text`);
}

/** The reading of a resolved record, its name, time, value and unit within the profile. */
function readingOf(number, { name, unit, time, value }) {
  const [point, register] = rpartition(name, "/");
  if (!point || !register) {
    throw new StatementError(`record ${number}: the name ${repr(name)} is not <metering point>/<register>`);
  }
  if (time > MAX_TIME) throw new StatementError(`record ${number}: the time ${time} is past any meter's life`);
  if (typeof value === "boolean") return { point, register, takenAt: time, value, unit: "" };
  if (isNumber(value)) {
    if (!PRIMARY_UNITS.has(unit) && !SECONDARY_UNITS.has(unit)) {
      throw new StatementError(`record ${number}: the unit ${repr(unit)} is not in the table of units`);
    }
    return { point, register, takenAt: time, value, unit };
  }
  const fits = typeof value === "string"
    ? lengthOf(value) <= MAX_TEXT_CHARS && isPrintable(value)
    : value.length <= MAX_TEXT_CHARS;
  if (fits) return { point, register, takenAt: time, value, unit: "" };
  throw new StatementError(
    `record ${number}: vs must be printable text of at most ${MAX_TEXT_CHARS} characters, vd at most as many bytes`,
  );
}
