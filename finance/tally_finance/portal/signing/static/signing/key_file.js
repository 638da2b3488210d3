// A key file of Tallystick, opened in the page: PKCS#8 PEM, locked with a passphrase by PBES2 (RFC 8018), as
// `tally_edge.signer` writes it. Nothing of it is sent or kept; WebCrypto does all that is needed.

const PBES2 = "2a864886f70d01050d";
const PBKDF2 = "2a864886f70d01050c";
const HASHES = { "2a864886f70d0209": "SHA-256", "2a864886f70d020a": "SHA-384", "2a864886f70d020b": "SHA-512" };
const AES_CBC_BITS = { "60864801650304012a": 256, "608648016503040116": 192, "608648016503040102": 128 };
const EC = "2a8648ce3d0201";
const P256 = "2a8648ce3d030107";
const ED25519 = "2b6570";
const MAX_FILE_CHARS = 10_000;
const MAX_ROUNDS = 10_000_000; // a file that asks for more would hold the page for minutes

/** Why a key file does not open; `code` is one of: not-a-key, not-locked-so, wrong-passphrase, not-in-the-table. */
export class KeyFileError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/**
 * Opens a key file.
 * @param {string} pem the file's text
 * @param {string} passphrase
 * @returns {Promise<{algorithm: "ES256"|"Ed25519", publicKey: Uint8Array, sign: (bytes: Uint8Array) => Promise<Uint8Array>}>}
 *   `publicKey`: COSE key, deterministic CBOR; `sign`: 64 bytes, for ES256 r and s with s low
 * @throws {KeyFileError}
 */
export async function openKeyFile(pem, passphrase) {
  return imported(await pkcs8Of(pem, passphrase));
}

/**
 * The PKCS#8 key inside a key file, for keys that do other things than sign.
 * @param {string} pem the file's text
 * @param {string} passphrase
 * @returns {Promise<Uint8Array>}
 * @throws {KeyFileError}
 */
export async function pkcs8Of(pem, passphrase) {
  const found = /-----BEGIN (ENCRYPTED PRIVATE KEY|PRIVATE KEY)-----([A-Za-z0-9+/=\s]+)-----END \1-----/.exec(
    pem.slice(0, MAX_FILE_CHARS),
  );
  if (!found) throw new KeyFileError("not-a-key");
  const der = fromBase64(found[2].replace(/\s+/g, ""));
  return found[1] === "PRIVATE KEY" ? der : unlocked(der, passphrase);
}

async function unlocked(der, passphrase) {
  let scheme, sealed, parameters, derivation, cipher;
  try {
    [scheme, sealed] = children(inside(der));
    parameters = children(scheme.body);
    if (hex(parameters[0].body) !== PBES2) throw new KeyFileError("not-locked-so");
    [derivation, cipher] = children(parameters[1].body).map((one) => children(one.body));
  } catch (error) {
    throw error instanceof KeyFileError ? error : new KeyFileError("not-a-key");
  }
  if (hex(derivation[0].body) !== PBKDF2) throw new KeyFileError("not-locked-so");
  const [salt, rounds, ...rest] = children(derivation[1].body);
  const prf = rest.find((one) => one.tag === 0x30);
  const hash = prf && HASHES[hex(children(prf.body)[0].body)];
  const bits = AES_CBC_BITS[hex(cipher[0].body)];
  const iterations = rounds.body.reduce((sum, byte) => sum * 256 + byte, 0);
  if (!hash || !bits || iterations > MAX_ROUNDS) throw new KeyFileError("not-locked-so");
  const secret = await crypto.subtle.importKey("raw", new TextEncoder().encode(passphrase), "PBKDF2", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey(
    { name: "PBKDF2", salt: salt.body, iterations, hash },
    secret,
    { name: "AES-CBC", length: bits },
    false,
    ["decrypt"],
  );
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CBC", iv: cipher[1].body }, key, sealed.body));
  } catch {
    throw new KeyFileError("wrong-passphrase");
  }
}

async function imported(pkcs8) {
  let algorithm;
  try {
    const [kind, curve] = children(children(inside(pkcs8))[1].body);
    const oid = hex(kind.body);
    if (oid === ED25519) algorithm = "Ed25519";
    else if (oid === EC && hex(curve.body) === P256) algorithm = "ES256";
  } catch {
    throw new KeyFileError("wrong-passphrase"); // one in 256 wrong passphrases leaves padding that looks right
  }
  if (!algorithm) throw new KeyFileError("not-in-the-table");
  return algorithm === "ES256" ? ofP256(pkcs8) : ofEd25519(pkcs8);
}

async function ofP256(pkcs8) {
  const name = { name: "ECDSA", namedCurve: "P-256" };
  let key, jwk;
  try {
    key = await crypto.subtle.importKey("pkcs8", pkcs8, name, true, ["sign"]);
    jwk = await crypto.subtle.exportKey("jwk", key);
  } catch {
    throw new KeyFileError("wrong-passphrase");
  }
  // {1: 2 (EC2), -1: 1 (P-256), -2: x, -3: y}
  const publicKey = join([0xa4, 1, 2, 0x20, 1, 0x21, 0x58, 32], fromUrl(jwk.x), [0x22, 0x58, 32], fromUrl(jwk.y));
  const sign = async (bytes) => lowS(new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, bytes)));
  return { algorithm: "ES256", publicKey, sign };
}

async function ofEd25519(pkcs8) {
  let key, jwk;
  try {
    key = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
    jwk = await crypto.subtle.exportKey("jwk", key);
  } catch (error) {
    throw new KeyFileError(error.name === "NotSupportedError" ? "no-ed25519" : "wrong-passphrase");
  }
  // {1: 1 (OKP), -1: 6 (Ed25519), -2: x}
  const publicKey = join([0xa3, 1, 1, 0x20, 6, 0x21, 0x58, 32], fromUrl(jwk.x));
  return { algorithm: "Ed25519", publicKey, sign: async (bytes) => new Uint8Array(await crypto.subtle.sign("Ed25519", key, bytes)) };
}

// The twin (r, n - s) of a signature verifies as well and would frame an honest signer as signing twice: s is low.
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function lowS(signature) {
  const s = BigInt("0x" + hex(signature.subarray(32)));
  if (s <= P256_ORDER / 2n) return signature;
  const low = (P256_ORDER - s).toString(16).padStart(64, "0");
  return join(signature.subarray(0, 32), fromHex(low));
}

/** The elements (DER) that stand one after another in what is inside a sequence. */
function children(inside) {
  const found = [];
  for (let at = 0; at < inside.length; ) {
    const one = element(inside, at);
    found.push(one);
    at = one.end;
  }
  return found;
}

/** What is inside the sequence that a whole file is. */
function inside(der) {
  const whole = element(der, 0);
  if (whole.tag !== 0x30 || whole.end !== der.length) throw new KeyFileError("not-a-key");
  return whole.body;
}

function element(data, at) {
  const tag = data[at];
  let length = data[at + 1];
  let start = at + 2;
  if (length > 0x80) {
    const count = length - 0x80;
    length = 0;
    for (let place = 0; place < count; place += 1) length = length * 256 + data[start + place];
    start += count;
  }
  const end = start + length;
  if (tag === undefined || !(end <= data.length)) throw new KeyFileError("not-a-key");
  return { tag, body: data.subarray(start, end), end };
}

/** Bytes as hexadecimal digits. */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Bytes of base64. */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

function fromHex(text) {
  return Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
}

function fromUrl(text) {
  return fromBase64(text.replace(/-/g, "+").replace(/_/g, "/"));
}

function join(...parts) {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}
