/**
 * Payloads as maps with small integer labels, declared once. Mirrors `tally_edge/wire.py`.
 *
 *     const EXAMPLE = record("Example", { serial: [1, text(64)], expires_at: [2, TIME, OPTIONAL] });
 *
 * `decode(EXAMPLE, data)` gives `{ serial, expires_at }`, fields named as on the format's page, null where an optional one
 * is left out. Unknown labels, missing ones, wrong types and values past a limit are StatementErrors that name the field.
 */

import * as cbor from "./cbor.js";
import { StatementError } from "./errors.js";
import { isInteger, isNumber } from "./exact.js";
import { compareText, isPrintable, lengthOf, repr } from "./text.js";

/** @typedef {(item: import("./cbor.js").Item) => unknown} Form   reads a field, or throws Misfit */

/** A field's item is not of its form. Never leaves this module. */
export class Misfit extends Error {}

export const OPTIONAL = true;
export const MAX_TIME = 2 ** 40;
export const MAX_COUNT = Number.MAX_SAFE_INTEGER;

/**
 * Declare a payload.
 *
 * @param {string} name
 * @param {Record<string, [number, Form, boolean?]>} fields   label, form, whether it may be left out
 */
export function record(name, fields) {
  const declared = Object.entries(fields).map(([field, [label, form, optional]]) => ({ field, label, form, optional }));
  return { name, declared };
}

/**
 * Parse `data` as what `declared` says, strictly.
 *
 * @param {ReturnType<typeof record>} kind
 * @param {Uint8Array} data
 * @throws {StatementError | import("./errors.js").CborError}
 */
export function decode(kind, data) {
  return ofItem(kind, cbor.decode(data));
}

/** The same from a decoded map. */
export function ofItem(kind, item) {
  if (!(item instanceof Map)) throw new StatementError(`${kind.name} must be a map`);
  const values = {};
  let known = 0;
  for (const { field, label, form, optional } of kind.declared) {
    values[field] = null;
    if (!item.has(label)) {
      if (!optional) throw new StatementError(`${kind.name}.${field} (label ${label}) is missing`);
      continue;
    }
    known += 1;
    try {
      values[field] = form(item.get(label));
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      throw new StatementError(`${kind.name}.${field}: ${error.message}`);
    }
  }
  if (known !== item.size) throw new StatementError(`${kind.name} has unknown labels ${unknownOf(kind, item)}`);
  return values;
}

function unknownOf(kind, item) {
  const labels = new Set(kind.declared.map(({ label }) => label));
  const unknown = Array.from(item.keys(), (key) => (labels.has(key) ? null : String(key)));
  return repr(unknown.filter((key) => key !== null).sort(compareText));
}

/** An integer from `low` to `high`, both included. @returns {Form} */
export function integer(low, high) {
  return (item) => {
    if (isInteger(item) && low <= item && item <= high) return item;
    throw new Misfit(`${repr(item)} is not an integer from ${low} to ${high}`);
  };
}

export const COUNT = integer(0, MAX_COUNT);
/** Unix seconds. */
export const TIME = integer(0, MAX_TIME);

/** Printable text of 1..`limit` characters. @param {number} limit @returns {Form} */
export function text(limit) {
  return (item) => {
    if (typeof item === "string" && item && lengthOf(item) <= limit && isPrintable(item)) return item;
    throw new Misfit(`${repr(item)} is not printable text of 1..${limit} characters`);
  };
}

/** A byte string of `low`..`high` bytes. @param {number} low @param {number} high @returns {Form} */
export function octets(low, high) {
  return (item) => {
    if (item instanceof Uint8Array && low <= item.length && item.length <= high) return item;
    throw new Misfit(`is not a byte string of ${low}..${high} bytes`);
  };
}

/** A SHA-256 value, a statement's id, or a key's id. */
export const DIGEST = octets(32, 32);
export const URI = text(255);

/** An exact number: integer or decimal fraction. @type {Form} */
export const NUMBER = (item) => {
  if (isNumber(item)) return item;
  throw new Misfit(`${repr(item)} is neither an integer nor a decimal fraction`);
};

/** @type {Form} */
export const FLAG = (item) => {
  if (typeof item === "boolean") return item;
  throw new Misfit(`${repr(item)} is neither true nor false`);
};

/**
 * A list of named codes, from 1 on: `codes("Boundary", "day", "month").DAY` is `{ word: "day", code: 1 }`.
 *
 * @param {string} name
 * @param {...string} words
 */
export function codes(name, ...words) {
  const members = words.map((word, at) => Object.freeze({ word, code: at + 1 }));
  const byName = Object.fromEntries(members.map((member) => [member.word.toUpperCase(), member]));
  return Object.freeze({ ...byName, codesName: name, members });
}

/** One of the members of `codes`. @returns {Form} */
export function oneOf(known) {
  return (item) => {
    if (!isInteger(item)) throw new Misfit(`${repr(item)} is not a code of ${known.codesName}`);
    const member = known.members.find(({ code }) => code === item);
    if (member) return member;
    throw new Misfit(`${item} is not a valid ${known.codesName}`);
  };
}

/** An array of 0..`limit` members. @param {Form} form @param {number} limit @returns {Form} */
export function array(form, limit) {
  return (item) => {
    if (Array.isArray(item) && item.length <= limit) return item.map((member) => form(member));
    throw new Misfit(`is not an array of at most ${limit} members`);
  };
}

/** A declared payload inside another. @returns {Form} */
export function nested(kind) {
  return (item) => {
    try {
      return ofItem(kind, item);
    } catch (error) {
      if (error instanceof StatementError) throw new Misfit(error.message);
      throw error;
    }
  };
}
