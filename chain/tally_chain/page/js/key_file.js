/**
 * A private key out of its file: PKCS #8 in PEM, locked with a passphrase by PBES2 with PBKDF2 and AES-CBC (RFC 8018), as
 * `tally_edge/signer.py` and `tally_chain/reader_key.py` write it. Nothing of it is sent or kept; WebCrypto does all that
 * is needed.
 */

import { KeyStoreError } from "./errors.js";
import { fromBase64, toBig, toHex, utf8 } from "./octets.js";

const PEM = /-----BEGIN (ENCRYPTED PRIVATE KEY|PRIVATE KEY)-----([A-Za-z0-9+/=\s]+)-----END \1-----/;
const [SEQUENCE, INTEGER, OCTETS, OID] = [0x30, 0x02, 0x04, 0x06];
const PBES2 = "2a864886f70d01050d";
const PBKDF2 = "2a864886f70d01050c";
const HASHES = new Map([["2a864886f70d0209", "SHA-256"], ["2a864886f70d020a", "SHA-384"], ["2a864886f70d020b", "SHA-512"]]);
const AES_CBC_BITS = new Map([["60864801650304012a", 256], ["608648016503040116", 192], ["608648016503040102", 128]]);
const MAX_FILE_CHARS = 10_000;
/** Past this, a file only keeps its reader waiting. */
const MAX_ITERATIONS = 10_000_000n;

/**
 * The PKCS #8 key inside a key file.
 *
 * @param {string} pem   the file's text
 * @param {string} passphrase
 * @returns {Promise<Uint8Array>}
 * @throws {KeyStoreError}
 */
export async function openKeyFile(pem, passphrase) {
  const [, label, text] = PEM.exec(pem.slice(0, MAX_FILE_CHARS)) ?? [];
  const data = fromBase64((text ?? "?").replace(/\s+/g, ""));
  if (data === null) throw new KeyStoreError("not-a-key", "the key is no private key in PEM");
  return label === "PRIVATE KEY" ? data : unlocked(parametersOf(data), passphrase);
}

/**
 * What a PKCS #8 key is for (RFC 5958): the object identifiers of its algorithm and of its curve, in hex.
 *
 * @param {Uint8Array} pkcs8
 * @returns {string[]}
 * @throws {KeyStoreError}
 */
export function algorithmOf(pkcs8) {
  const [info] = elements(pkcs8);
  const [, algorithm] = elements(inside(info, SEQUENCE));
  return elements(inside(algorithm, SEQUENCE)).map((one) => toHex(one.body));
}

/** EncryptedPrivateKeyInfo of RFC 5958, as far as PBES2 has it. */
function parametersOf(data) {
  const [info, ...behind] = elements(data);
  if (behind.length) throw damaged();
  const [scheme, sealed] = elements(inside(info, SEQUENCE));
  const [name, parameters] = elements(inside(scheme, SEQUENCE));
  if (toHex(inside(name, OID)) !== PBES2) throw lockedOtherwise();
  const [derivation, cipher] = elements(inside(parameters, SEQUENCE));
  const [kdf, kdfParameters] = elements(inside(derivation, SEQUENCE));
  if (toHex(inside(kdf, OID)) !== PBKDF2) throw lockedOtherwise();
  const [salt, count, ...rest] = elements(inside(kdfParameters, SEQUENCE));
  const prf = rest.find((one) => one.tag === SEQUENCE); // before it a length may stand, which is the cipher's
  const hash = prf && HASHES.get(toHex(inside(elements(prf.body)[0], OID)));
  const [aes, iv] = elements(inside(cipher, SEQUENCE));
  const length = AES_CBC_BITS.get(toHex(inside(aes, OID)));
  const iterations = toBig(inside(count, INTEGER));
  if (!hash || !length || iterations < 1n || iterations > MAX_ITERATIONS) throw lockedOtherwise();
  return {
    derivation: { name: "PBKDF2", hash, salt: inside(salt, OCTETS), iterations: Number(iterations) },
    cipher: { name: "AES-CBC", length },
    iv: inside(iv, OCTETS),
    sealed: inside(sealed, OCTETS),
  };
}

async function unlocked({ derivation, cipher, iv, sealed }, passphrase) {
  const secret = await crypto.subtle.importKey("raw", utf8(passphrase), "PBKDF2", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey(derivation, secret, cipher, false, ["decrypt"]);
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CBC", iv }, key, sealed));
  } catch {
    throw new KeyStoreError("wrong-passphrase", "the key does not open: wrong passphrase, or damaged");
  }
}

/** The DER values that fill `data`. */
function elements(data) {
  const found = [];
  for (let at = 0; at < data.length; ) {
    let [length, start] = [data[at + 1], at + 2];
    if (length === 0x81) [length, start] = [data[at + 2], at + 3];
    else if (length === 0x82) [length, start] = [(data[at + 2] << 8) | data[at + 3], at + 4];
    if (!(start + length <= data.length)) throw damaged();
    found.push({ tag: data[at], body: data.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}

/** What is inside a value of the wanted kind. */
function inside(element, tag) {
  if (element?.tag !== tag) throw damaged();
  return element.body;
}

function damaged() {
  return new KeyStoreError("not-a-key", "the key's file is damaged");
}

function lockedOtherwise() {
  return new KeyStoreError("not-locked-so", "the key is not locked by PBES2 with PBKDF2 and AES-CBC");
}
