// A key that signs statements, out of its file: P-256 or Ed25519, as `tally_edge.signer` writes it. It stays in WebCrypto.

import { KeyStoreError } from "../verifier/errors.js";
import { algorithmOf, openKeyFile } from "../verifier/key_file.js";
import { ED25519, ORDER, P256, PublicKey } from "../verifier/keys.js";
import { concat, fromBase64Url, fromHex, toBig, toHex } from "../verifier/octets.js";

const [EC_OID, P256_OID, ED25519_OID] = ["2a8648ce3d0201", "2a8648ce3d030107", "2b6570"];

/**
 * Opens a key.
 * @param {string} pem the file's text
 * @param {string} passphrase
 * @returns {Promise<{algorithm: "ES256"|"Ed25519", publicKey: PublicKey, sign: (bytes: Uint8Array) => Promise<Uint8Array>}>}
 *   `sign`: 64 bytes, for ES256 r and s with s low
 * @throws {KeyStoreError} whose code may also be not-in-the-table or no-ed25519
 */
export async function openSigningKey(pem, passphrase) {
  const pkcs8 = await openKeyFile(pem, passphrase);
  let kind, curve;
  try {
    [kind, curve] = algorithmOf(pkcs8);
  } catch {
    throw wrongPassphrase(); // one in 256 wrong passphrases leaves padding that looks right
  }
  if (kind === ED25519_OID) return ofEd25519(pkcs8);
  if (kind === EC_OID && curve === P256_OID) return ofP256(pkcs8);
  throw new KeyStoreError("not-in-the-table", "the key is neither P-256 nor Ed25519");
}

async function ofP256(pkcs8) {
  const { key, jwk } = await imported(pkcs8, { name: "ECDSA", namedCurve: "P-256" });
  const publicKey = new PublicKey(P256, fromBase64Url(jwk.x), fromBase64Url(jwk.y));
  const algorithm = { name: "ECDSA", hash: "SHA-256" };
  const sign = async (bytes) => lowS(new Uint8Array(await crypto.subtle.sign(algorithm, key, bytes)));
  return { algorithm: "ES256", publicKey, sign };
}

async function ofEd25519(pkcs8) {
  const { key, jwk } = await imported(pkcs8, { name: "Ed25519" });
  const sign = async (bytes) => new Uint8Array(await crypto.subtle.sign("Ed25519", key, bytes));
  return { algorithm: "Ed25519", publicKey: new PublicKey(ED25519, fromBase64Url(jwk.x)), sign };
}

async function imported(pkcs8, algorithm) {
  try {
    const key = await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, true, ["sign"]);
    return { key, jwk: await crypto.subtle.exportKey("jwk", key) };
  } catch (error) {
    if (error.name === "NotSupportedError") throw new KeyStoreError("no-ed25519", "this browser can not sign with Ed25519");
    throw wrongPassphrase();
  }
}

function wrongPassphrase() {
  return new KeyStoreError("wrong-passphrase", "the key does not open: wrong passphrase, or damaged");
}

// The twin (r, n - s) of a signature verifies as well and would frame an honest signer as signing twice: s is low.
function lowS(signature) {
  const s = toBig(signature.subarray(32));
  if (s <= ORDER / 2n) return signature;
  return concat(signature.subarray(0, 32), fromHex((ORDER - s).toString(16).padStart(64, "0")));
}
