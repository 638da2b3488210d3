/**
 * Texts as the Python packages see them: counted and ordered by code points, and quoted as Python quotes them.
 *
 * Findings quote what was wrong. Both verifiers say the same words, so a reader can compare them; that needs `repr`.
 */

import { Decimal } from "./exact.js";

const PRINTABLE = /^[^\p{C}\p{Z}]$/u;

/** Whether a person sees this character: no control, format, private or unassigned one, no separator but the space. */
function isPrintableChar(char) {
  return char === " " || PRINTABLE.test(char);
}

/** @param {string} text */
export function isPrintable(text) {
  for (const char of text) if (!isPrintableChar(char)) return false;
  return true;
}

/** Whether there is nothing in `text` but what Python calls white space. @param {string} text */
export function isBlank(text) {
  return /^[\x09-\x0d\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$/.test(text);
}

/** `text` with a replacement mark for every character that is not printable. @param {string} text */
export function madePrintable(text) {
  let shown = "";
  for (const char of text) shown += isPrintableChar(char) ? char : "\ufffd";
  return shown;
}

/** How many code points `text` has. @param {string} text */
export function lengthOf(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** The first `count` code points. @param {string} text @param {number} count */
export function cut(text, count) {
  return text.length <= count ? text : Array.from(text).slice(0, count).join("");
}

/**
 * The order of code points: below, at or above zero. JavaScript's own goes by UTF-16 units.
 *
 * @param {string} one
 * @param {string} other
 */
export function compareText(one, other) {
  const left = one[Symbol.iterator]();
  const right = other[Symbol.iterator]();
  for (;;) {
    const a = left.next();
    const b = right.next();
    if (a.done || b.done) return (a.done ? 0 : 1) - (b.done ? 0 : 1);
    const step = a.value.codePointAt(0) - b.value.codePointAt(0);
    if (step) return step;
  }
}

/** What comes before and after the last `separator`; before is empty where there is none. */
export function rpartition(text, separator) {
  const at = text.lastIndexOf(separator);
  return at < 0 ? ["", text] : [text.slice(0, at), text.slice(at + separator.length)];
}

/**
 * A decoded item as Python writes it.
 *
 * @param {unknown} item
 * @returns {string}
 */
export function repr(item) {
  if (item === null || item === undefined) return "None";
  if (item === true) return "True";
  if (item === false) return "False";
  if (typeof item === "string") return quoted(item);
  if (item instanceof Decimal) return `Decimal('${item}')`;
  if (item instanceof Uint8Array) return quotedBytes(item);
  if (Array.isArray(item)) return `[${item.map(repr).join(", ")}]`;
  if (item instanceof Map) return `{${Array.from(item, ([key, value]) => `${repr(key)}: ${repr(value)}`).join(", ")}}`;
  return String(item);
}

const ESCAPED = new Map([["\\", "\\\\"], ["\n", "\\n"], ["\r", "\\r"], ["\t", "\\t"]]);

function quoted(text) {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  let inside = "";
  for (const char of text) {
    if (char === mark) inside += `\\${mark}`;
    else if (ESCAPED.has(char)) inside += ESCAPED.get(char);
    else inside += isPrintableChar(char) ? char : escaped(char.codePointAt(0));
  }
  return mark + inside + mark;
}

function escaped(point) {
  if (point < 0x100) return `\\x${point.toString(16).padStart(2, "0")}`;
  if (point < 0x10000) return `\\u${point.toString(16).padStart(4, "0")}`;
  return `\\U${point.toString(16).padStart(8, "0")}`;
}

function quotedBytes(bytes) {
  const mark = bytes.includes(0x27) && !bytes.includes(0x22) ? '"' : "'";
  let inside = "";
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    if (char === mark) inside += `\\${mark}`;
    else if (ESCAPED.has(char)) inside += ESCAPED.get(char);
    else inside += byte >= 0x20 && byte < 0x7f ? char : escaped(byte);
  }
  return `b${mark}${inside}${mark}`;
}
