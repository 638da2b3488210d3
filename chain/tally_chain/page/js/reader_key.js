/**
 * A reader's key out of its file: P-256, PKCS #8 in PEM, encrypted with a passphrase. Reads what
 * `tally_chain/reader_key.py` writes: PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC (RFC 8018). The key stays in WebCrypto.
 */

import { SealError } from "./errors.js";
import { P256, PublicKey } from "./keys.js";
import { concat, fromBase64, toHex, utf8 } from "./octets.js";

const PEM = /^-----BEGIN ENCRYPTED PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+)-----END ENCRYPTED PRIVATE KEY-----\s*$/;
const [SEQUENCE, INTEGER, OCTETS, OID] = [0x30, 0x02, 0x04, 0x06];
const PBES2 = "2a864886f70d01050d";
const PBKDF2 = "2a864886f70d01050c";
const HMAC_SHA256 = "2a864886f70d0209";
const AES256_CBC = "60864801650304012a";
/** Past this, a file only keeps its reader waiting. */
const MAX_ITERATIONS = 10_000_000;

/**
 * Open a key.
 *
 * @param {string} pem
 * @param {string} passphrase
 * @returns {Promise<import("./sealing.js").ReaderKey>}
 * @throws {SealError} for another form, another kind of key, or a wrong passphrase
 */
export async function openReaderKey(pem, passphrase) {
  const data = fromBase64((PEM.exec(pem)?.[1] ?? "?").replace(/\s+/g, ""));
  if (data === null) throw new SealError("the key is no encrypted private key in PEM");
  const { salt, iterations, iv, encrypted } = parametersOf(data);
  let privateKey;
  try {
    const pkcs8 = await decrypted(utf8(passphrase), salt, iterations, iv, encrypted);
    const algorithm = { name: "ECDH", namedCurve: "P-256" };
    privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, true, ["deriveBits"]);
  } catch {
    throw new SealError("the key does not open: wrong passphrase, damaged, or no P-256 key");
  }
  const { x, y } = await crypto.subtle.exportKey("jwk", privateKey);
  return { publicKey: new PublicKey(P256, fromUrl(x), fromUrl(y)), agree: (other) => agreed(privateKey, other) };
}

function fromUrl(text) {
  const plain = text.replaceAll("-", "+").replaceAll("_", "/");
  return fromBase64(plain.padEnd(Math.ceil(plain.length / 4) * 4, "="));
}

async function agreed(privateKey, other) {
  const algorithm = { name: "ECDH", namedCurve: "P-256" };
  const theirs = await crypto.subtle.importKey("raw", concat([4], other.x, other.y), algorithm, false, []);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, privateKey, 256));
}

async function decrypted(passphrase, salt, iterations, iv, encrypted) {
  const base = await crypto.subtle.importKey("raw", passphrase, "PBKDF2", false, ["deriveKey"]);
  const derivation = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  const cipher = { name: "AES-CBC", length: 256 };
  const key = await crypto.subtle.deriveKey(derivation, base, cipher, false, ["decrypt"]);
  return crypto.subtle.decrypt({ name: "AES-CBC", iv }, key, encrypted);
}

/** EncryptedPrivateKeyInfo of RFC 5958, as far as the one form that is written has it. */
function parametersOf(data) {
  const [info] = members(data, SEQUENCE);
  const [scheme, encrypted] = members(info, SEQUENCE, OCTETS);
  const [pbes2, parameters] = members(scheme, OID, SEQUENCE);
  const [derivation, cipher] = members(parameters, SEQUENCE, SEQUENCE);
  const [pbkdf2, derivationParameters] = members(derivation, OID, SEQUENCE);
  const [salt, count, prf] = members(derivationParameters, OCTETS, INTEGER, SEQUENCE);
  const [aes, iv] = members(cipher, OID, OCTETS);
  const names = [pbes2, pbkdf2, members(prf, OID, 0x05)[0], aes].map(toHex).join();
  const iterations = parseInt(toHex(count), 16);
  if (names !== [PBES2, PBKDF2, HMAC_SHA256, AES256_CBC].join() || !(iterations > 0 && iterations <= MAX_ITERATIONS)) {
    throw new SealError("the key is not encrypted with PBKDF2-HMAC-SHA-256 and AES-256-CBC");
  }
  return { salt, iterations, iv, encrypted };
}

/** The contents of the DER values that fill `data`, each of the wanted tag. */
function members(data, ...tags) {
  let at = 0;
  const found = tags.map((tag) => {
    let [length, start] = [data[at + 1], at + 2];
    if (length === 0x81) [length, start] = [data[at + 2], at + 3];
    else if (length === 0x82) [length, start] = [(data[at + 2] << 8) | data[at + 3], at + 4];
    if (data[at] !== tag || !(start + length <= data.length)) throw new SealError("the key's file is damaged");
    at = start + length;
    return data.subarray(start, at);
  });
  if (at !== data.length) throw new SealError("the key's file is damaged");
  return found;
}
