/**
 * TOML 1.0, read strictly: what Python's tomllib reads, this reads, to Maps, arrays, texts, truth values and integers.
 *
 * Floats and dates have no place in any text of ours. They are read as an `Other`, so that whoever asks for the key says
 * that it is something else, as the Python reader does.
 */

import { PolicyError } from "./errors.js";
import { integer } from "./exact.js";
import { repr } from "./text.js";

const BARE_KEY = /[A-Za-z0-9_-]+/y;
const INTEGER = /^(?:[+-]?(?:0|[1-9](?:_?[0-9])*)|0x[0-9A-Fa-f](?:_?[0-9A-Fa-f])*|0o[0-7](?:_?[0-7])*|0b[01](?:_?[01])*)$/;
const FLOAT = /^[+-]?(?:(?:0|[1-9](?:_?\d)*)(?:\.\d(?:_?\d)*)?(?:[eE][+-]?\d(?:_?\d)*)?|inf|nan)$/;
const DATE = /^(?:\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)?)?|\d\d:\d\d:\d\d(?:\.\d+)?)$/;
const TOKEN = /[^\s,\]}#]+(?: \d\d:\d\d:\d\d[^\s,\]}#]*)?/y;
const ESCAPES = new Map(Object.entries({ b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", '"': '"', "\\": "\\" }));
// eslint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;
const MAX_DEPTH = 100;

/** A float or a date: a value that is none of ours. */
export class Other {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

/**
 * @param {string} text
 * @returns {Map<string, unknown>}
 * @throws {PolicyError} naming line and column
 */
export function parse(text) {
  return new Parser(text.replaceAll("\r\n", "\n")).document();
}

class Parser {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.root = new Map();
    /** Tables that a header or an inline table has finished: nothing may be added by another. */
    this.defined = new Set();
    this.closed = new Set();
    this.dotted = new Set();
    this.arrays = new Set();
  }

  fault(what) {
    const before = this.text.slice(0, this.at);
    const line = before.split("\n").length;
    const column = this.at - before.lastIndexOf("\n");
    const place = this.at >= this.text.length ? "at end of document" : `at line ${line}, column ${column}`;
    return new PolicyError(`${what} (${place})`);
  }

  document() {
    let table = this.root;
    for (;;) {
      this.blank();
      if (this.at >= this.text.length) return this.root;
      if (this.text.startsWith("[[", this.at)) table = this.arrayHeader();
      else if (this.text[this.at] === "[") table = this.header();
      else this.pair(table, new Set());
      this.endOfLine();
    }
  }

  spaces() {
    while (this.text[this.at] === " " || this.text[this.at] === "\t") this.at += 1;
  }

  /** Spaces, line ends and comments. */
  blank() {
    for (;;) {
      this.spaces();
      if (this.text[this.at] === "#") this.comment();
      else if (this.text[this.at] === "\n") this.at += 1;
      else return;
    }
  }

  comment() {
    const end = this.text.indexOf("\n", this.at);
    const stop = end < 0 ? this.text.length : end;
    if (CONTROL.test(this.text.slice(this.at, stop))) throw this.fault("Found invalid character in a comment");
    this.at = stop;
  }

  endOfLine() {
    this.spaces();
    if (this.text[this.at] === "#") this.comment();
    if (this.at >= this.text.length) return;
    if (this.text[this.at] !== "\n") throw this.fault("Expected newline or end of document after a statement");
    this.at += 1;
  }

  expect(mark, what) {
    if (!this.text.startsWith(mark, this.at)) throw this.fault(what);
    this.at += mark.length;
  }

  key() {
    const parts = [this.keyPart()];
    this.spaces();
    while (this.text[this.at] === ".") {
      this.at += 1;
      this.spaces();
      parts.push(this.keyPart());
      this.spaces();
    }
    return parts;
  }

  keyPart() {
    const mark = this.text[this.at];
    if (mark === '"') return this.basic();
    if (mark === "'") return this.literal();
    BARE_KEY.lastIndex = this.at;
    const found = BARE_KEY.exec(this.text);
    if (found === null) throw this.fault("Invalid initial character for a key part");
    this.at += found[0].length;
    return found[0];
  }

  header() {
    this.at += 1;
    this.spaces();
    const parts = this.key();
    const parent = this.descend(this.root, parts.slice(0, -1));
    const name = parts.at(-1);
    const known = parent.get(name);
    const again = known !== undefined && (!(known instanceof Map) || this.isFinished(known));
    if (again) throw this.fault(`Cannot declare ${repr(parts.join("."))} twice`);
    const table = known ?? new Map();
    parent.set(name, table);
    this.defined.add(table);
    this.expect("]", "Expected ']' at the end of a table declaration");
    return table;
  }

  isFinished(table) {
    return this.defined.has(table) || this.closed.has(table) || this.dotted.has(table);
  }

  arrayHeader() {
    this.at += 2;
    this.spaces();
    const parts = this.key();
    const parent = this.descend(this.root, parts.slice(0, -1));
    const name = parts.at(-1);
    if (!parent.has(name)) {
      const list = [];
      this.arrays.add(list);
      parent.set(name, list);
    }
    const list = parent.get(name);
    if (!this.arrays.has(list)) throw this.fault("Cannot overwrite a value");
    const table = new Map();
    this.defined.add(table);
    list.push(table);
    this.expect("]]", "Expected ']]' at the end of an array declaration");
    return table;
  }

  /** The table that a header's names lead to; the newest of an array of tables. */
  descend(from, parts) {
    let table = from;
    for (const part of parts) {
      if (!table.has(part)) table.set(part, new Map());
      const next = table.get(part);
      table = this.arrays.has(next) ? next.at(-1) : next;
      if (!(table instanceof Map) || this.closed.has(table)) throw this.fault("Cannot overwrite a value");
    }
    return table;
  }

  /** `own` are the tables that dotted keys of this very table have made. */
  pair(table, own) {
    const parts = this.key();
    this.expect("=", "Expected '=' after a key in a key/value pair");
    this.spaces();
    let inside = table;
    for (const part of parts.slice(0, -1)) {
      if (!inside.has(part)) {
        const made = new Map();
        this.dotted.add(made);
        own.add(made);
        inside.set(part, made);
      }
      inside = inside.get(part);
      if (!(inside instanceof Map) || !this.dotted.has(inside) || this.closed.has(inside)) {
        throw this.fault("Cannot redefine a namespace");
      }
    }
    const value = this.value(0);
    if (inside.has(parts.at(-1))) throw this.fault("Cannot overwrite a value");
    inside.set(parts.at(-1), value);
  }

  value(depth) {
    if (depth > MAX_DEPTH) throw this.fault("nested too deeply");
    const { text, at } = this;
    if (text.startsWith('"""', at)) return this.multiline('"""');
    if (text.startsWith("'''", at)) return this.multiline("'''");
    if (text[at] === '"') return this.basic();
    if (text[at] === "'") return this.literal();
    if (text[at] === "[") return this.list(depth);
    if (text[at] === "{") return this.inline(depth);
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0] ?? "";
    const value = scalar(token);
    if (value === undefined) throw this.fault("Invalid value");
    this.at += token.length;
    return value;
  }

  list(depth) {
    const items = [];
    this.at += 1;
    for (;;) {
      this.blank();
      if (this.text[this.at] === "]") break;
      items.push(this.value(depth + 1));
      this.blank();
      if (this.text[this.at] === "]") break;
      this.expect(",", "Unclosed array");
    }
    this.at += 1;
    for (const item of items) if (item instanceof Map) this.closed.add(item);
    return items;
  }

  inline(depth) {
    const table = new Map();
    const own = new Set();
    this.at += 1;
    this.spaces();
    if (this.text[this.at] !== "}") this.inlinePairs(table, own, depth);
    this.at += 1;
    for (const made of [table, ...own]) this.closed.add(made);
    return table;
  }

  inlinePairs(table, own, depth) {
    if (depth > MAX_DEPTH) throw this.fault("nested too deeply");
    for (;;) {
      this.pair(table, own);
      this.spaces();
      if (this.text[this.at] === "}") return;
      this.expect(",", "Unclosed inline table");
      this.spaces();
    }
  }

  literal() {
    const end = this.text.indexOf("'", this.at + 1);
    const inside = end < 0 ? "\n" : this.text.slice(this.at + 1, end);
    if (CONTROL.test(inside)) throw this.fault("Unterminated string, or a control character in it");
    this.at = end + 1;
    return inside;
  }

  basic() {
    let inside = "";
    this.at += 1;
    for (;;) {
      const char = this.text[this.at];
      if (char === undefined || CONTROL.test(char)) throw this.fault("Unterminated string, or a control character in it");
      this.at += 1;
      if (char === '"') return inside;
      inside += char === "\\" ? this.escape() : char;
    }
  }

  escape() {
    const char = this.text[this.at];
    this.at += 1;
    if (ESCAPES.has(char)) return ESCAPES.get(char);
    const digits = char === "u" ? 4 : char === "U" ? 8 : 0;
    const hex = this.text.slice(this.at, this.at + digits);
    if (!digits || hex.length < digits || !/^[0-9A-Fa-f]+$/.test(hex)) throw this.fault("Unescaped '\\' in a string");
    const point = parseInt(hex, 16);
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
      throw this.fault("Escaped character is not a Unicode scalar value");
    }
    this.at += digits;
    return String.fromCodePoint(point);
  }

  multiline(mark) {
    let inside = "";
    this.at += 3;
    if (this.text[this.at] === "\n") this.at += 1;
    for (;;) {
      if (this.text.startsWith(mark, this.at)) return inside + this.closing(mark);
      const char = this.text[this.at];
      if (char === undefined || (char !== "\n" && CONTROL.test(char))) {
        throw this.fault("Unterminated string, or a control character in it");
      }
      this.at += 1;
      if (char !== "\\" || mark === "'''") inside += char;
      else if (!this.lineJoined()) inside += this.escape();
    }
  }

  /** The marks that end a long string; up to two of them before belong to it. */
  closing(mark) {
    let extra = "";
    this.at += 3;
    while (extra.length < 2 && this.text[this.at] === mark[0]) {
      extra += mark[0];
      this.at += 1;
    }
    return extra;
  }

  /** A backslash at a line's end swallows the line end and all white space behind it. */
  lineJoined() {
    const joined = /[ \t]*\n[ \t\n]*/y;
    joined.lastIndex = this.at;
    const found = joined.exec(this.text);
    if (found === null) return false;
    this.at += found[0].length;
    return true;
  }
}

function scalar(token) {
  if (token === "true") return true;
  if (token === "false") return false;
  if (INTEGER.test(token)) return integerOf(token.replaceAll("_", ""));
  if (FLOAT.test(token) || DATE.test(token)) return new Other(token);
  return undefined;
}

function integerOf(token) {
  if (token[0] === "-") return integer(-BigInt(token.slice(1)));
  return integer(BigInt(token.replace("+", "")));
}
