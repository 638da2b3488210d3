/** A reader's key out of its file: P-256; it opens sealed bundles and signs nothing. Mirrors `tally_chain/reader_key.py`. */

import { KeyStoreError } from "./errors.js";
import { openKeyFile } from "./key_file.js";
import { P256, PublicKey } from "./keys.js";
import { concat, fromBase64Url } from "./octets.js";

const ECDH = { name: "ECDH", namedCurve: "P-256" };

/**
 * Open a key. The private half stays in WebCrypto.
 *
 * @param {string} pem
 * @param {string} passphrase
 * @returns {Promise<import("./sealing.js").ReaderKey>}
 * @throws {KeyStoreError} for another form, another kind of key, or a wrong passphrase
 */
export async function openReaderKey(pem, passphrase) {
  const pkcs8 = await openKeyFile(pem, passphrase);
  let privateKey;
  try {
    privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, ECDH, true, ["deriveBits"]);
  } catch {
    throw new KeyStoreError("wrong-passphrase", "the key does not open: wrong passphrase, damaged, or no P-256 key");
  }
  const { x, y } = await crypto.subtle.exportKey("jwk", privateKey);
  const publicKey = new PublicKey(P256, fromBase64Url(x), fromBase64Url(y));
  return { publicKey, agree: (other) => agreed(privateKey, other) };
}

async function agreed(privateKey, other) {
  const theirs = await crypto.subtle.importKey("raw", concat([4], other.x, other.y), ECDH, false, []);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, privateKey, 256));
}
