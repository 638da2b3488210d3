// A sealed bundle's own key, derived from the reader's key file in this page (docs/formats/sealed-bundle.md).
//
// The key file is PKCS#8 PEM under PBES2 (PBKDF2-HMAC-SHA-256, AES-CBC), as `tallystick reader init` writes it. ECDH on
// P-256 with the file's ephemeral key, then HKDF-SHA-256 over COSE_KDF_Context: these 32 bytes unwrap the content key of
// this one file. They are posted; key file, passphrase and private key never leave the page.

const OIDS = {
  pbes2: "06092a864886f70d01050d", pbkdf2: "06092a864886f70d01050c", hmac256: "06082a864886f70d0209",
  aes128: "0609608648016503040102", aes256: "060960864801650304012a",
};
const MOST_ITERATIONS = 10_000_000;

export class KeyFileError extends Error {}

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
export const hexOf = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** One DER item: its tag, its content, all of it, and where the next begins. */
function der(data, at) {
  let length = data[at + 1], start = at + 2;
  if (length === undefined) throw new KeyFileError("ends too early");
  if (length > 0x80 && length <= 0x83) {
    const count = length & 0x7f;
    length = 0;
    for (let next = 0; next < count; next += 1) length = length * 256 + data[start + next];
    start += count;
  } else if (length >= 0x80) throw new KeyFileError("a length that is not understood");
  if (!(start + length <= data.length)) throw new KeyFileError("ends too early");
  return { tag: data[at], content: data.slice(start, start + length), all: data.slice(at, start + length), end: start + length };
}

function members(data) {
  const found = [];
  for (let at = 0; at < data.length;) { const one = der(data, at); found.push(one); at = one.end; }
  return found;
}

const integer = (bytes) => bytes.reduce((sum, byte) => sum * 256 + byte, 0);

/** The PKCS#8 key inside an encrypted PEM; throws KeyFileError where the file is another, OperationError for a wrong passphrase. */
export async function decrypted(pem, passphrase) {
  const found = /-----BEGIN ENCRYPTED PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END ENCRYPTED PRIVATE KEY-----/.exec(pem);
  if (!found) throw new KeyFileError("no encrypted PKCS#8 key");
  const whole = der(Uint8Array.from(atob(found[1].replace(/\s/g, "")), (one) => one.charCodeAt(0)), 0);
  const [algorithm, data] = members(whole.content);
  const [oid, parameters] = members(algorithm.content);
  if (hexOf(oid.all) !== OIDS.pbes2) throw new KeyFileError("not PBES2");
  const [derivation, scheme] = members(parameters.content);
  const [derivationOid, derivationParameters] = members(derivation.content);
  const [schemeOid, iv] = members(scheme.content);
  if (hexOf(derivationOid.all) !== OIDS.pbkdf2) throw new KeyFileError("not PBKDF2");
  const [salt, count, ...rest] = members(derivationParameters.content);
  const prf = rest.find((one) => one.tag === 0x30);
  if (!prf || hexOf(members(prf.content)[0].all) !== OIDS.hmac256) throw new KeyFileError("not HMAC-SHA-256");
  const bits = { [OIDS.aes256]: 256, [OIDS.aes128]: 128 }[hexOf(schemeOid.all)];
  const iterations = integer(count.content);
  if (!bits || !(iterations > 0 && iterations <= MOST_ITERATIONS)) throw new KeyFileError("not AES-CBC, or a strange count");
  const secret = await crypto.subtle.importKey("raw", new TextEncoder().encode(passphrase), "PBKDF2", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt: salt.content, iterations }, secret, { name: "AES-CBC", length: bits }, false, ["decrypt"],
  );
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CBC", iv: iv.content }, key, data.content));
}

/** The id (RFC 9679) of a P-256 key by its uncompressed point. */
async function kidOf(point) {
  const part = (label, bytes) => [label, 0x58, 0x20, ...bytes];
  const key = Uint8Array.from([0xa4, 0x01, 0x02, 0x20, 0x01, ...part(0x21, point.slice(1, 33)), ...part(0x22, point.slice(33))]);
  return hexOf(await crypto.subtle.digest("SHA-256", key));
}

/**
 * The key of one sealed file for one reader.
 * @param {Uint8Array} pkcs8 @param {Map<string, string>} recipients ephemeral points by the ids of readers' keys
 * @param {string} context hex of COSE_KDF_Context
 * @returns {Promise<{kid: string, wrapping_key: string} | null>} null where it is sealed to others
 */
export async function wrappingKey(pkcs8, recipients, context) {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const exported = await crypto.subtle.importKey("pkcs8", pkcs8, curve, true, ["deriveBits"]);
  const { x, y } = await crypto.subtle.exportKey("jwk", exported);
  const coordinate = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const kid = await kidOf(Uint8Array.from([4, ...coordinate(x), ...coordinate(y)]));
  const ephemeral = recipients.get(kid);
  if (ephemeral === undefined) return null;
  const other = await crypto.subtle.importKey("raw", bytesOf(ephemeral), curve, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: other }, exported, 256);
  const material = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveBits"]);
  const info = bytesOf(context);
  const key = await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info }, material, 256);
  return { kid, wrapping_key: hexOf(key) };
}

const form = globalThis.document?.getElementById("open-here");
if (form) {
  const says = document.getElementById("open-says");
  const tell = (words) => { says.textContent = words; says.hidden = !words; };
  form.querySelector("button").disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    tell("");
    const [file] = document.getElementById("key-file").files, pass = document.getElementById("key-pass");
    if (!file) { tell(form.dataset.format); return; }
    try {
      const recipients = new Map([...form.querySelectorAll(".recipient")].map((one) => [one.value, one.dataset.ephemeral]));
      const made = await wrappingKey(await decrypted(await file.text(), pass.value), recipients, form.dataset.context);
      if (!made) { tell(form.dataset.other); return; }
      form.elements.kid.value = made.kid;
      form.elements.wrapping_key.value = made.wrapping_key;
      pass.value = "";
      form.submit();
    } catch (error) {
      tell(error instanceof KeyFileError ? form.dataset.format : form.dataset.wrong);
    }
  }, true);
}
