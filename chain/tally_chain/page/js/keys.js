/**
 * Public keys as COSE keys, their thumbprints, and the algorithms a signature may use. Mirrors `tally_edge/keys.py`.
 *
 *     id    name     key              signature
 *     -7    ES256    EC2 P-256        r || s, 64 bytes, s at most n/2   (RFC 9053)
 *     -9    ESP256   EC2 P-256        the same, fully specified         (RFC 9864)
 *     -8    EdDSA    OKP Ed25519      64 bytes                          (RFC 9053)
 *     -19   Ed25519  OKP Ed25519      64 bytes                          (RFC 9864)
 *
 * WebCrypto says whether a signature's value is right; whether its form is the one accepted is looked at here.
 */

import { decode, encode } from "./cbor.js";
import { SIGNATURE_BYTES } from "./cose.js";
import { CoseError, PlatformError, SignatureError } from "./errors.js";
import { Decimal, compareNumbers } from "./exact.js";
import { compare, concat, equal, toBig, toHex } from "./octets.js";
import { sha256 } from "./sha256.js";

export const KID_BYTES = 32;
export const P256 = 1;
export const ED25519 = 6;

/** The curve of every algorithm in the table. */
export const CURVE_OF_ALGORITHM = new Map([[-7, P256], [-9, P256], [-8, ED25519], [-19, ED25519]]);

/** The order of the group of P-256. */
export const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const ORDER_BYTES = bytesOf(ORDER);
const HALF_BYTES = bytesOf(ORDER / 2n);
const ZERO = new Uint8Array(32);

function bytesOf(value) {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * (31 - at))) & 0xffn));
}

/** A public key: its curve (COSE number), coordinates (32 bytes each; y empty for Ed25519), encoding and id. */
export class PublicKey {
  /** @param {number} curve @param {Uint8Array} x @param {Uint8Array} y */
  constructor(curve, x, y = new Uint8Array(0)) {
    this.curve = curve;
    this.x = x;
    this.y = y;
    const members = curve === P256 ? [[1, 2], [-1, P256], [-2, x], [-3, y]] : [[1, 1], [-1, ED25519], [-2, x]];
    this.encoded = encode(new Map(members));
    /** The key's id: its RFC 9679 thumbprint. */
    this.kid = sha256(this.encoded);
    this.kidHex = toHex(this.kid);
  }
}

/**
 * Parse a COSE key of the profile; the point is checked to lie on its curve.
 *
 * @param {Uint8Array} data
 * @returns {PublicKey}
 * @throws {CoseError | import("./errors.js").CborError}
 */
export function decodePublicKey(data) {
  const item = decode(data);
  if (!(item instanceof Map)) throw new CoseError("a COSE key is a map");
  const [x, y] = [item.get(-2), item.get(-3)];
  const ofKind = (kty, crv) => counts(item.get(1), kty) && counts(item.get(-1), crv) && x instanceof Uint8Array;
  let curve = 0;
  if (item.size === 4 && ofKind(2, P256) && y instanceof Uint8Array) curve = P256;
  else if (item.size === 3 && ofKind(1, ED25519)) curve = ED25519;
  else throw new CoseError("a COSE key is {1:2, -1:1, -2:x, -3:y} for P-256 or {1:1, -1:6, -2:x} for Ed25519");
  if (x.length !== 32 || (curve === P256 && y.length !== 32)) throw new CoseError("a coordinate has 32 bytes");
  const key = new PublicKey(curve, x, curve === P256 ? y : undefined);
  if (!equal(key.encoded, data)) throw new CoseError("kty and crv must be integers");
  if (curve === P256) checkP256Point(toBig(x), toBig(y));
  else checkEd25519Point(x);
  return key;
}

/** True counts as 1, and 1.0 as 1, until the bytes are compared; so both verifiers refuse with the same words. */
function counts(item, wanted) {
  return item === wanted || (item === true && wanted === 1) || (item instanceof Decimal && !compareNumbers(item, wanted));
}

const P256_PRIME = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const P256_B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

function checkP256Point(x, y) {
  const inside = x < P256_PRIME && y < P256_PRIME;
  if (!inside || (y * y - (x * x * x - 3n * x + P256_B)) % P256_PRIME) {
    throw new CoseError("the key is not a point of its curve");
  }
}

const ED_PRIME = 2n ** 255n - 19n;
const ED_D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
const ORDER_8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
/** The y coordinates of the eight points whose order divides 8. Under such a key anybody can sign anything. */
const SMALL_ORDER = new Set([0n, 1n, ED_PRIME - 1n, ORDER_8, ED_PRIME - ORDER_8]);

function power(base, exponent, modulus) {
  let result = 1n;
  for (let square = base, rest = exponent; rest; rest >>= 1n, square = (square * square) % modulus) {
    if (rest & 1n) result = (result * square) % modulus;
  }
  return result;
}

/** RFC 8032 §5.1.3, which no library does before the first verification. */
function checkEd25519Point(encoded) {
  const y = toBig(Uint8Array.from(encoded).reverse()) & (2n ** 255n - 1n);
  if (y >= ED_PRIME) throw new CoseError("the key is not a point of its curve: y is not below the prime");
  const below = power((ED_D * y * y + 1n) % ED_PRIME, ED_PRIME - 2n, ED_PRIME);
  const square = ((y * y - 1n + ED_PRIME) * below) % ED_PRIME;
  if (square && power(square, (ED_PRIME - 1n) / 2n, ED_PRIME) !== 1n) {
    throw new CoseError("the key is not a point of its curve");
  }
  if (SMALL_ORDER.has(y)) throw new CoseError("the key is a point of small order: anybody could sign for it");
}

/**
 * Verify `signature` over `message`.
 *
 * @param {PublicKey} key
 * @param {import("./exact.js").Integer} algorithm
 * @param {Uint8Array} signature
 * @param {Uint8Array} message
 * @throws {SignatureError} that says whether its form or its value is wrong
 */
export async function verify(key, algorithm, signature, message) {
  if (CURVE_OF_ALGORITHM.get(algorithm) !== key.curve) {
    throw new SignatureError(`algorithm ${algorithm} does not go with this key`);
  }
  if (signature.length !== SIGNATURE_BYTES) {
    throw new SignatureError(`a signature has ${SIGNATURE_BYTES} bytes, not ${signature.length}`);
  }
  if (key.curve === P256) checkForm(signature);
  if (!(await holds(key, signature, message))) throw new SignatureError("the signature does not verify");
}

function checkForm(signature) {
  const [r, s] = [signature.subarray(0, 32), signature.subarray(32)];
  if ([r, s].some((part) => equal(part, ZERO) || compare(part, ORDER_BYTES) >= 0)) {
    throw new SignatureError("r or s lies outside 1..n-1");
  }
  if (compare(s, HALF_BYTES) > 0) throw new SignatureError("s is above n/2: the twin of a signature, refused");
}

const LOADED = new Map();
const ES256 = { name: "ECDSA", hash: "SHA-256" };

async function holds(key, signature, message) {
  if (key.curve === ED25519) return ed25519Holds(key.x, signature, message);
  const loaded = await load(key.kidHex, concat([4], key.x, key.y), { name: "ECDSA", namedCurve: "P-256" });
  return crypto.subtle.verify(ES256, loaded, signature, message);
}

/**
 * Whether an Ed25519 signature of 64 bytes holds, by the key's 32 bytes alone.
 *
 * @param {Uint8Array} publicKey
 * @param {Uint8Array} signature
 * @param {Uint8Array} message
 */
export async function ed25519Holds(publicKey, signature, message) {
  const loaded = await load(toHex(publicKey), publicKey, { name: "Ed25519" });
  return crypto.subtle.verify("Ed25519", loaded, signature, message);
}

function load(name, raw, algorithm) {
  if (!LOADED.has(name)) {
    const loading = crypto.subtle.importKey("raw", raw, algorithm, false, ["verify"]).catch((error) => {
      if (error.name === "DataError") throw new SignatureError("the signature does not verify");
      throw new PlatformError(`this browser can not check ${algorithm.name} signatures: ${error.message}`);
    });
    LOADED.set(name, loading);
  }
  return LOADED.get(name);
}
