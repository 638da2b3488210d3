/** Reading settings strictly: every key is asked for by somebody, or refused by name. Mirrors `config_table.py`. */

import { PolicyError } from "./errors.js";
import { isInteger } from "./exact.js";
import { fromHex } from "./octets.js";
import { compareText, isBlank, repr } from "./text.js";

/** A TOML table. Keys are taken one by one; `done` refuses what nobody took. */
export class Table {
  /**
   * @param {Map<string, unknown>} items
   * @param {string} file   what an error calls the text
   * @param {string} path   how a person would name the table: `log[2].root[1]`
   */
  constructor(items, file, path = "") {
    this.items = new Map(items);
    this.file = file;
    this.path = path;
  }

  /** An error about `key` that names the file and the whole key. */
  fault(key, what) {
    return new PolicyError(`${this.file}: ${this.path ? `${this.path}.` : ""}${key}: ${what}`);
  }

  isEmpty() {
    return !this.items.size;
  }

  has(key) {
    return this.items.has(key);
  }

  take(key, isKind, name) {
    if (!this.items.has(key)) return null;
    const value = this.items.get(key);
    this.items.delete(key);
    if (!isKind(value)) throw this.fault(key, `${repr(value)} is not ${name}`);
    return value;
  }

  needed(key, value) {
    if (value === null) throw this.fault(key, "is missing");
    return value;
  }

  /** Text that is not empty. @returns {string} */
  text(key) {
    return this.needed(key, this.optionalText(key));
  }

  /** The same, or null where the key is missing. @returns {string | null} */
  optionalText(key) {
    const value = this.take(key, (item) => typeof item === "string", "text");
    if (value === "") throw this.fault(key, "is empty");
    return value;
  }

  /** A list of texts, none of them empty; empty where the key is missing. @returns {string[]} */
  texts(key) {
    const value = this.take(key, Array.isArray, "a list of texts") ?? [];
    if (!value.every((item) => typeof item === "string" && !isBlank(item))) {
      throw this.fault(key, `${repr(value)} is not a list of texts`);
    }
    return value;
  }

  /** One of `words`. @returns {string} */
  oneOf(key, words) {
    const word = this.text(key);
    if (!words.includes(word)) throw this.fault(key, `${repr(word)} is not one of ${words.join(", ")}`);
    return word;
  }

  /** A whole number from `low` to `high`. @returns {import("./exact.js").Integer} */
  integer(key, low, high) {
    const value = this.needed(key, this.take(key, isInteger, "a whole number"));
    if (!(low <= value && value <= high)) throw this.fault(key, `${value} is not from ${low} to ${high}`);
    return value;
  }

  /** The same, or `missing` where the key is. */
  optionalInteger(key, low, high, missing = null) {
    return this.items.has(key) ? this.integer(key, low, high) : missing;
  }

  /** @returns {boolean} */
  flag(key, missing) {
    return this.take(key, (item) => typeof item === "boolean", "true or false") ?? missing;
  }

  /** Bytes in hex, with or without 0x. @returns {Uint8Array} */
  octets(key, length = null) {
    const text = this.text(key).replace(/^0x/, "");
    const value = fromHex(text);
    if (value === null) throw this.fault(key, `${repr(text)} is not hex`);
    if (length !== null && value.length !== length) {
      throw this.fault(key, `has ${value.length} bytes, not ${length}`);
    }
    return value;
  }

  /** The same, or null where the key is missing. @returns {Uint8Array | null} */
  optionalOctets(key, length = null) {
    return this.items.has(key) ? this.octets(key, length) : null;
  }

  /** A table inside this one; an empty one where it is missing. @returns {Table} */
  table(key) {
    const items = this.take(key, (item) => item instanceof Map, "a table") ?? new Map();
    return new Table(items, this.file, this.inside(key));
  }

  /** The tables of an array of tables. @returns {Table[]} */
  tables(key) {
    const items = this.take(key, Array.isArray, "an array of tables") ?? [];
    if (!items.every((item) => item instanceof Map)) throw this.fault(key, "is not an array of tables");
    return items.map((item, at) => new Table(item, this.file, `${this.inside(key)}[${at + 1}]`));
  }

  inside(key) {
    return this.path ? `${this.path}.${key}` : key;
  }

  /** Refuse the keys that nobody took. */
  done() {
    const [unknown] = Array.from(this.items.keys()).sort(compareText);
    if (unknown !== undefined) throw this.fault(unknown, "is not a known setting");
  }
}
