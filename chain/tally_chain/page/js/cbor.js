/**
 * Deterministic CBOR, the subset that statements and bundles are written in. Mirrors `tally_edge/cbor.py`.
 *
 *     item    = uint / nint / bstr / tstr / array / map / decimal / false / true / null
 *     decimal = tag 4 [exponent, mantissa]         exponent -18..-1, mantissa within 64 bits
 *     map     = keys are integers or text, sorted bytewise by their encoding, none twice
 *     length  = always the shortest head, never indefinite
 *
 * No floats, no other tags, no other simple values, no trailing bytes. Integers decode to numbers or bigints (exact.js),
 * byte strings to views of the input, arrays to arrays, maps to Maps in the order of the bytes.
 *
 * @typedef {import("./exact.js").Integer | Uint8Array | string | boolean | Decimal | Array | Map | null} Item
 */

import { CborError } from "./errors.js";
import { Decimal, integer, isInteger } from "./exact.js";
import { compare, concat, utf8 } from "./octets.js";
import { repr } from "./text.js";

/** Nesting a decoder accepts. */
export const MAX_DEPTH = 12;
/** Finest decimal fraction. */
export const MIN_EXPONENT = -18;

const MAX_MANTISSA = 2n ** 63n - 1n;
const MAX_UINT = 2n ** 64n - 1n;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes end where an item should go on. */
export class EndError extends CborError {
  static kind = "CborError";
}

/** The byte at `at`. @param {Uint8Array} data @param {number} at */
export function byteAt(data, at) {
  if (at >= data.length) throw new EndError(`ends too early, at byte ${data.length}`);
  return data[at];
}

/**
 * Decode one item that fills `data` exactly.
 *
 * @param {Uint8Array} data
 * @returns {Item}
 * @throws {CborError} naming the offset of the first fault
 */
export function decode(data) {
  const reader = new Reader(data, 0);
  const item = reader.item(0);
  if (reader.at !== data.length) {
    throw new CborError(`${data.length - reader.at} trailing bytes after byte ${reader.at}`);
  }
  return item;
}

/**
 * Decode one item at `start`; returned with the offset behind it.
 *
 * @param {Uint8Array} data
 * @param {number} start
 * @returns {[Item, number]}
 */
export function decodePrefix(data, start) {
  const reader = new Reader(data, start);
  return [reader.item(0), reader.at];
}

/**
 * Read the head at `at`: major type, argument, offset behind it.
 *
 * @param {Uint8Array} data
 * @param {number} at
 * @returns {[number, import("./exact.js").Integer, number]}
 */
export function readHead(data, at) {
  const initial = byteAt(data, at);
  const low = initial & 0x1f;
  if (low < 24) return [initial >> 5, low, at + 1];
  if (low > 27) {
    const shown = initial.toString(16).padStart(2, "0");
    throw new CborError(`indefinite length or reserved head 0x${shown} at byte ${at}`);
  }
  const width = 1 << (low - 24);
  const end = at + 1 + width;
  if (end > data.length) throw new CborError(`ends too early, at byte ${data.length}`);
  let argument = 0;
  if (width < 8) {
    for (let byte = at + 1; byte < end; byte += 1) argument = argument * 256 + data[byte];
  } else {
    const view = new DataView(data.buffer, data.byteOffset + at + 1, 8);
    const top = view.getUint32(0);
    argument = top < 0x200000 ? top * 0x100000000 + view.getUint32(4) : view.getBigUint64(0);
  }
  // The shortest form: a width of n bytes is only for what n/2 bytes cannot hold.
  if (argument < 24 || (low > 24 && argument < 2 ** (4 * width))) {
    throw new CborError(`argument ${argument} at byte ${at} is not in its shortest form`);
  }
  return [initial >> 5, argument, end];
}

class Reader {
  constructor(data, at) {
    this.data = data;
    this.at = at;
  }

  item(depth) {
    const { data, at } = this;
    const initial = byteAt(data, at);
    if (initial < 24) {
      this.at = at + 1;
      return initial;
    }
    if (initial >= 0xe0) return this.simple(initial, at);
    const [major, argument, end] = readHead(data, at);
    this.at = end;
    if (major === 0) return argument;
    if (major === 1) return typeof argument === "bigint" ? integer(-1n - argument) : negative(argument);
    if (major <= 3) return this.string(at, major, argument);
    if (depth >= MAX_DEPTH) throw new CborError(`nested deeper than ${MAX_DEPTH} at byte ${at}`);
    if (major === 4) {
      const items = [];
      for (let count = 0; count < argument; count += 1) items.push(this.item(depth + 1));
      return items;
    }
    if (major === 5) return this.map(argument, depth);
    if (argument !== 4) throw new CborError(`tag ${argument} at byte ${at} is not allowed`);
    return this.decimal(at);
  }

  string(at, major, length) {
    const start = this.at;
    if (length > this.data.length - start) {
      throw new CborError(`${major === 2 ? "byte string" : "text"} at byte ${at} runs past the end`);
    }
    this.at = start + Number(length);
    const bytes = this.data.subarray(start, this.at);
    if (major === 2) return bytes;
    try {
      return UTF8.decode(bytes);
    } catch {
      throw new CborError(`text at byte ${at} is not UTF-8`);
    }
  }

  simple(initial, at) {
    this.at = at + 1;
    if (initial === 0xf6) return null;
    if (initial === 0xf4 || initial === 0xf5) return initial === 0xf5;
    if (initial === 0xff) throw new CborError(`indefinite length: a break at byte ${at}`);
    throw new CborError(`float or simple value 0x${initial.toString(16)} at byte ${at}`);
  }

  map(count, depth) {
    const items = new Map();
    let last = new Uint8Array(0);
    for (let number = 0; number < count; number += 1) {
      const start = this.at;
      const key = this.item(depth + 1);
      if (!isInteger(key) && typeof key !== "string") {
        throw new CborError(`map key at byte ${start} is neither an integer nor text`);
      }
      const encoded = this.data.subarray(start, this.at);
      if (compare(encoded, last) <= 0) throw new CborError(`map key at byte ${start} is out of order or stands twice`);
      last = encoded;
      items.set(key, this.item(depth + 1));
    }
    return items;
  }

  decimal(at) {
    if (byteAt(this.data, this.at) !== 0x82) throw new CborError(`decimal at byte ${at} is not a pair`);
    let [major, argument, end] = readHead(this.data, this.at + 1);
    if (major !== 1 || argument > -1 - MIN_EXPONENT) {
      throw new CborError(`decimal at byte ${at} has an exponent outside ${MIN_EXPONENT}..-1`);
    }
    const exponent = -1 - Number(argument);
    [major, argument, end] = readHead(this.data, end);
    if (major > 1 || argument > MAX_MANTISSA) throw new CborError(`decimal at byte ${at} has no 64-bit mantissa`);
    this.at = end;
    return new Decimal(major ? -1n - BigInt(argument) : BigInt(argument), exponent);
  }
}

function negative(argument) {
  return argument < Number.MAX_SAFE_INTEGER ? -1 - argument : -1n - BigInt(argument);
}

/**
 * The shortest head of major type `major` with `argument`.
 *
 * @param {number} major
 * @param {import("./exact.js").Integer} argument
 */
export function head(major, argument) {
  const value = BigInt(argument);
  if (value > MAX_UINT) throw new CborError(`argument ${argument} does not fit into 64 bits`);
  if (value < 24n) return Uint8Array.of((major << 5) | Number(value));
  let width = 1;
  while (value >= 1n << BigInt(8 * width)) width *= 2;
  const out = new Uint8Array(1 + width);
  out[0] = (major << 5) | (24 + Math.log2(width));
  for (let at = width, rest = value; at > 0; at -= 1, rest >>= 8n) out[at] = Number(rest & 0xffn);
  return out;
}

/**
 * Encode `item` deterministically. What was decoded encodes to the bytes it came from.
 *
 * @param {Item} item
 * @returns {Uint8Array}
 */
export function encode(item) {
  if (item === null) return Uint8Array.of(0xf6);
  if (typeof item === "boolean") return Uint8Array.of(item ? 0xf5 : 0xf4);
  if (isInteger(item)) return item >= 0 ? head(0, item) : head(1, integer(-1n - BigInt(item)));
  if (typeof item === "string") return encodedText(item);
  if (item instanceof Uint8Array) return concat(head(2, item.length), item);
  if (item instanceof Decimal) return concat([0xc4, 0x82], encode(item.exponent), encode(integer(item.mantissa)));
  if (Array.isArray(item)) return concat(head(4, item.length), ...item.map(encode));
  if (item instanceof Map) {
    const pairs = Array.from(item, ([key, value]) => [encode(key), encode(value)]);
    pairs.sort((one, other) => compare(one[0], other[0]));
    return concat(head(5, pairs.length), ...pairs.flat());
  }
  throw new CborError(`${repr(item)} has no place in this format`);
}

function encodedText(text) {
  const bytes = utf8(text);
  return concat(head(3, bytes.length), bytes);
}
