/**
 * Signed notes (C2SP signed-note), with Ed25519 signatures. Mirrors `tally_chain/note.py`.
 *
 *     note       = text, ending in a newline
 *                  an empty line
 *                  1* signature lines "— <key name> <base64(key id || signature)>", each ending in a newline
 *     key id     = SHA-256(key name || 0x0A || type || public key)[:4]
 *     vkey       = <key name>+<key id in hex>+<base64(type || public key)>
 */

import { NoteError, SignatureError } from "./errors.js";
import { ed25519Holds } from "./keys.js";
import { equal, fromBase64, toBase64, toHex, utf8 } from "./octets.js";
import { sha256 } from "./sha256.js";
import { cut, lengthOf, repr } from "./text.js";

const TYPE_ED25519 = 1;
const KEY_ID_BYTES = 4;
const MAX_NOTE_BYTES = 1_000_000;
const MAX_SIGNATURES = 100;
const MAX_NAME_CHARS = 255;
const DASH = "— ";
// What Python calls white space, and control characters.
const NOT_IN_NAMES = /[+\x00-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * @typedef {object} VerifierKey
 * @property {string} name
 * @property {Uint8Array} publicKey   Ed25519, 32 bytes
 * @property {Uint8Array} keyId       4 bytes
 */

/** Parse a vkey. @param {string} line @returns {VerifierKey} @throws {NoteError} */
export function decodeVerifierKey(line) {
  const parts = line.split("+");
  if (parts.length < 3) throw new NoteError("a verifier key is name+id+key");
  const [name, keyIdText, ...rest] = parts;
  checkName(name);
  const typed = base64(rest.join("+"), "the verifier key");
  if (typed[0] !== TYPE_ED25519 || typed.length !== 33) {
    throw new NoteError("only Ed25519 verifier keys (type 1, 32 bytes) are known");
  }
  const keyId = sha256(utf8(`${name}\n`), typed).subarray(0, KEY_ID_BYTES);
  if (keyIdText !== toHex(keyId)) {
    throw new NoteError(`the verifier key's id is ${toHex(keyId)}, not ${repr(cut(keyIdText, 16))}`);
  }
  return { name, publicKey: typed.subarray(1), keyId };
}

/**
 * Parse a note strictly; signatures are not checked.
 *
 * @param {Uint8Array} data
 * @returns {{ text: string, signatures: { name: string, keyId: Uint8Array, value: Uint8Array }[] }}
 * @throws {NoteError}
 */
export function decode(data) {
  if (data.length > MAX_NOTE_BYTES) {
    throw new NoteError(`has ${data.length} bytes, at most ${MAX_NOTE_BYTES} are accepted`);
  }
  const whole = textOf(data);
  if (/[\x00-\x09\x0b-\x1f]/.test(whole)) throw new NoteError("holds a control character");
  const at = whole.lastIndexOf("\n\n");
  if (at < 0) throw new NoteError("has no empty line before its signatures");
  const tail = whole.slice(at + 2);
  if (!tail.endsWith("\n")) throw new NoteError("does not end in a newline");
  const lines = tail.slice(0, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) {
    throw new NoteError(`has ${lines.length} signatures, at most ${MAX_SIGNATURES} are accepted`);
  }
  return { text: `${whole.slice(0, at)}\n`, signatures: lines.map(signatureOf) };
}

/**
 * That `key` signed the note, and no line in its name is false.
 *
 * @param {ReturnType<typeof decode>} note
 * @param {VerifierKey} key
 * @throws {NoteError}
 */
export async function verify(note, key) {
  const lines = note.signatures.filter((line) => line.name === key.name && equal(line.keyId, key.keyId));
  for (const line of lines) {
    if (!(await holds(key, line.value, utf8(note.text)))) {
      throw new NoteError(`the signature of ${key.name} does not verify`);
    }
  }
  if (!lines.length) throw new NoteError(`is not signed by ${key.name}`);
}

async function holds(key, signature, message) {
  if (signature.length !== 64) return false;
  try {
    return await ed25519Holds(key.publicKey, signature, message);
  } catch (error) {
    if (error instanceof SignatureError) return false;
    throw error;
  }
}

function textOf(data) {
  try {
    return UTF8.decode(data);
  } catch {
    throw new NoteError(`is not UTF-8 at byte ${faultOf(data)}`);
  }
}

/** Where the first sequence stands that is not UTF-8. */
function faultOf(data) {
  let [low, high] = [0, data.length];
  const sound = (end) => {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(data.subarray(0, end), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sound(middle)) low = middle;
    else high = middle - 1;
  }
  // `low` bytes can be the beginning of a text; what of them does not end in a whole character is the fault's.
  while (low > 0 && !whole(data.subarray(0, low))) low -= 1;
  return low;
}

function whole(data) {
  try {
    UTF8.decode(data);
    return true;
  } catch {
    return false;
  }
}

function signatureOf(line) {
  if (!line.startsWith(DASH)) throw new NoteError(`${repr(cut(line, 40))} is not a signature line`);
  const rest = line.slice(DASH.length);
  const at = rest.indexOf(" ");
  if (at < 0) throw new NoteError("a signature line is a name and a signature");
  const name = rest.slice(0, at);
  checkName(name);
  const blob = base64(rest.slice(at + 1), `the signature of ${name}`);
  if (blob.length <= KEY_ID_BYTES) throw new NoteError(`the signature of ${name} is too short`);
  return { name, keyId: blob.subarray(0, KEY_ID_BYTES), value: blob.subarray(KEY_ID_BYTES) };
}

function checkName(name) {
  if (!name || lengthOf(name) > MAX_NAME_CHARS || NOT_IN_NAMES.test(name)) {
    const shown = repr(cut(name, 40));
    throw new NoteError(`${shown} is not a key name: 1..${MAX_NAME_CHARS} characters, no space, no plus`);
  }
}

function base64(encoded, what) {
  const data = fromBase64(encoded);
  if (data === null) throw new NoteError(`${what} is not base64`);
  if (toBase64(data) !== encoded) throw new NoteError(`${what} is not the one base64 form of its bytes`);
  return data;
}
