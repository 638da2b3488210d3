/**
 * How each format's vectors are read, as `tests/vectors/readers.py` reads them: bytes in, JSON out, or an error.
 *
 * A test's module: it stands beside the tests and is served to the page with the verifier's own.
 */

import { PAYLOAD_OF_KIND } from "./js/authority.js";
import * as cbor from "./js/cbor.js";
import { Code } from "./js/codes.js";
import * as countersign from "./js/countersign.js";
import { GAP, SETTLEMENT } from "./js/device.js";
import { FormatError } from "./js/errors.js";
import { Decimal } from "./js/exact.js";
import * as headEntry from "./js/head_entry.js";
import { decodePublicKey } from "./js/keys.js";
import { LOG_OPENING } from "./js/log_opening.js";
import { fromHex, toHex } from "./js/octets.js";
import * as proof from "./js/proof.js";
import * as senml from "./js/senml.js";
import * as statements from "./js/statement.js";
import * as wire from "./js/wire.js";

const PAYLOADS = new Map([
  ...PAYLOAD_OF_KIND, ["settlement", SETTLEMENT], ["gap", GAP], ["log-opening", LOG_OPENING],
]);

/** An item as `expected.json` writes it. */
function plain(value) {
  if (value instanceof Uint8Array) return `0x${toHex(value)}`;
  if (value instanceof Decimal) return { decimal: String(value) };
  if (typeof value === "bigint") return { integer: String(value) };
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return Object.fromEntries(Array.from(value, ([key, item]) => [String(key), plain(item)]));
  if (value === null || typeof value !== "object") return value;
  if ("word" in value && "code" in value) return value.word;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member)]));
}

function plainReading({ point, register, takenAt, value, unit }) {
  return { point, register, taken_at: takenAt, value: plain(value), unit };
}

function plainClaims({ kind, kid, issuer, subject, issuedAt, seq, prev, bootCount, clock, beacon }) {
  const named = { kind: kind.replaceAll("-", "_"), kid, issuer, subject, issued_at: issuedAt, seq, prev };
  return plain({ ...named, boot_count: bootCount, clock, beacon });
}

async function readStatement(data) {
  const signed = statements.decode(data.input);
  let payload;
  if (signed.claims.kind === "readings") {
    payload = senml.decode(signed.payload).map(plainReading);
  } else {
    const read = wire.decode(PAYLOADS.get(signed.claims.kind), signed.payload);
    payload = plain(read);
    if (data.person) await countersign.read(signed, read).verify(decodePublicKey(data.person));
  }
  await signed.verify(decodePublicKey(data.key));
  return { claims: plainClaims(signed.claims), id: plain(signed.id), payload };
}

async function readProof(data) {
  const read = proof.decode(data.input);
  const names = Object.keys(data).filter((name) => name.startsWith("entry"));
  const root = await read.verify(names.sort().map((name) => data[name]), decodePublicKey(data.key));
  const places = read.paths.map((place) => plain(place.index));
  return { origin: read.head.origin, size: plain(read.head.size), places, root: plain(root), run: plain(read.run) };
}

async function readHeadEntry(data) {
  const { head, root } = headEntry.decode(data.input);
  await head.verify(root, decodePublicKey(data.key));
  return { origin: head.origin, size: plain(head.size), root: plain(root), signed_at: plain(head.signedAt) };
}

function readCbor(data) {
  const item = cbor.decode(data.input);
  if (toHex(cbor.encode(item)) !== toHex(data.input)) throw new Error("encodes to other bytes");
  return plain(item);
}

const READERS = {
  cbor: readCbor,
  senml: (data) => senml.decode(data.input).map(plainReading),
  key: (data) => ({ kid: plain(decodePublicKey(data.input).kid) }),
  proof: readProof,
  "head-entry": readHeadEntry,
  statement: readStatement,
  settlement: readStatement,
  gap: readStatement,
  authority: readStatement,
  countersignature: readStatement,
  "log-opening": readStatement,
};

/**
 * Read one vector.
 *
 * @param {string} format
 * @param {Record<string, string>} files   hex by name
 * @returns {Promise<{ read?: unknown, error?: string, text?: string }>}
 */
export async function read(format, files) {
  const data = Object.fromEntries(Object.entries(files).map(([name, hex]) => [name, fromHex(hex)]));
  try {
    return { read: await READERS[format](data) };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { error: error.name, text: error.message };
  }
}

/** The formats that are read here, by the names of their vectors' folders. */
export function formats() {
  return Object.keys(READERS);
}

/** @param {[string, Record<string, string>][]} cases */
export async function readAll(cases) {
  const found = [];
  for (const [format, files] of cases) found.push(await read(format, files));
  return found;
}

/** Every code: number, severity, meaning, Chinese name, advice in both languages. */
export function codes() {
  return Object.fromEntries(
    Object.values(Code).map((code) => [
      code.name,
      [code.number, code.severity, code.meaning, code.meaningZh, code.advice, code.adviceZh],
    ]),
  );
}
