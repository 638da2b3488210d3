/**
 * A bundle encrypted to its readers: COSE_Encrypt (RFC 9052 §5), opened. Mirrors what `tally_chain/sealing.py` reads.
 *
 *     sealed    = tag 96 [ protected, { 5: nonce }, ciphertext, [ + recipient ] ]
 *     recipient = [ { 1: -31 }, { -1: ephemeral COSE key, 4: kid of the reader's key }, wrapped key ]
 *
 * ECDH-ES on P-256, HKDF-SHA-256, AES-256 key wrap, A256GCM: WebCrypto has them all. Opening proves nothing: what is
 * inside is verified like any other bundle.
 */

import { MAX_BUNDLE_BYTES, MEDIA_TYPE } from "./bundle.js";
import { decode as decodeCbor, encode } from "./cbor.js";
import { DecodeError, SealError, only } from "./errors.js";
import { KID_BYTES, P256, decodePublicKey } from "./keys.js";
import { equal, shortHex } from "./octets.js";

const TYP = "application/vnd.tallystick.sealed-bundle.v1+cose";
const MAX_READERS = 64;
const KEY_BITS = 256;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const WRAPPED_BYTES = 40;
const FRAME_BYTES = 64 * 1024;
const PROTECTED = encode(new Map([[1, 3], [3, MEDIA_TYPE], [16, TYP]]));
const RECIPIENT_PROTECTED = encode(new Map([[1, -31]]));

/**
 * A reader's private key: held by WebCrypto, or by a device that never lets it out.
 *
 * @typedef {object} ReaderKey
 * @property {import("./keys.js").PublicKey} publicKey   P-256
 * @property {(other: import("./keys.js").PublicKey) => Promise<Uint8Array>} agree   the ECDH secret, 32 bytes
 */

/** Whether a file calls itself sealed; a bundle begins with a map. @param {Uint8Array} data */
export function isSealed(data) {
  return data[0] === 0xd8 && data[1] === 0x60;
}

/**
 * Parse a sealed file strictly; nothing is decrypted.
 *
 * @param {Uint8Array} data
 * @throws {SealError}
 */
export function decode(data) {
  if (!isSealed(data)) throw new SealError("does not begin with tag 96");
  if (data.length > MAX_BUNDLE_BYTES + FRAME_BYTES) {
    throw new SealError(`has ${data.length} bytes, more than a sealed bundle can have`);
  }
  try {
    return partsOf(decodeCbor(data.subarray(2)));
  } catch (error) {
    if (error instanceof SealError) throw error;
    throw new SealError(only(error, DecodeError).message);
  }
}

function isBytes(...items) {
  return items.every((item) => item instanceof Uint8Array);
}

function partsOf(item) {
  const [header, unprotected, ciphertext, recipients] = Array.isArray(item) && item.length === 4 ? item : [];
  const nonce = unprotected instanceof Map && unprotected.size === 1 ? unprotected.get(5) : null;
  if (!isBytes(header, nonce, ciphertext) || !Array.isArray(recipients)) {
    throw new SealError("is not [protected, {5: nonce}, ciphertext, recipients]");
  }
  if (!equal(header, PROTECTED)) {
    throw new SealError("is not A256GCM over a bundle: algorithm, content type or typ is another");
  }
  if (nonce.length !== NONCE_BYTES || ciphertext.length < TAG_BYTES) {
    throw new SealError("the nonce has not 12 bytes, or the ciphertext no room for its tag");
  }
  if (!recipients.length || recipients.length > MAX_READERS) {
    throw new SealError(`has ${recipients.length} readers, 1..${MAX_READERS} are accepted`);
  }
  return { nonce, ciphertext, recipients: recipients.map((one, number) => recipientOf(number, one)) };
}

function recipientOf(number, item) {
  const [header, unprotected, wrapped] = Array.isArray(item) && item.length === 3 ? item : [];
  const named = unprotected instanceof Map && unprotected.size === 2;
  const [ephemeral, kid] = named ? [unprotected.get(-1), unprotected.get(4)] : [];
  if (!isBytes(header, kid, wrapped) || !(ephemeral instanceof Map)) {
    throw new SealError(`reader ${number} is not [protected, {-1: ephemeral key, 4: kid}, wrapped key]`);
  }
  if (!equal(header, RECIPIENT_PROTECTED)) {
    throw new SealError(`reader ${number}: the algorithm is not -31 (ECDH-ES with A256KW)`);
  }
  if (kid.length !== KID_BYTES || wrapped.length !== WRAPPED_BYTES) {
    throw new SealError(`reader ${number}: kid has ${KID_BYTES} bytes and a wrapped key ${WRAPPED_BYTES}`);
  }
  const key = decodePublicKey(encode(ephemeral));
  if (key.curve !== P256) throw new SealError("bundles are sealed to P-256 keys");
  return { kid, ephemeral: key, wrapped };
}

/**
 * The encoded bundle inside.
 *
 * @param {Uint8Array} data
 * @param {ReaderKey} reader
 * @returns {Promise<Uint8Array>}
 * @throws {SealError} malformed, not for this key, or not as it was sealed
 */
export async function openSealed(data, reader) {
  const sealed = decode(data);
  const { kid } = reader.publicKey;
  const mine = sealed.recipients.find((recipient) => equal(recipient.kid, kid));
  if (mine === undefined) {
    const others = sealed.recipients.map((recipient) => shortHex(recipient.kid)).join(", ");
    throw new SealError(`is sealed to ${others}, not to ${shortHex(kid)}`);
  }
  const wrapping = await wrappingKey(await reader.agree(mine.ephemeral));
  const key = await unwrapped(mine.wrapped, wrapping);
  const algorithm = { name: "AES-GCM", iv: sealed.nonce, additionalData: encode(["Encrypt", PROTECTED, new Uint8Array(0)]) };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed.ciphertext));
  } catch {
    throw new SealError("the content does not open: it was damaged or exchanged");
  }
}

async function unwrapped(wrapped, wrapping) {
  try {
    return await crypto.subtle.unwrapKey("raw", wrapped, wrapping, "AES-KW", "AES-GCM", false, ["decrypt"]);
  } catch {
    throw new SealError("the wrapped key does not open: it was damaged or exchanged");
  }
}

async function wrappingKey(secret) {
  const nobody = [null, null, null];
  const info = encode([-5, nobody, nobody, [KEY_BITS, RECIPIENT_PROTECTED]]);
  const base = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const algorithm = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info };
  return crypto.subtle.deriveKey(algorithm, base, { name: "AES-KW", length: KEY_BITS }, false, ["unwrapKey"]);
}
