// A sealed bundle's own key, derived from the reader's key file in this page (docs/formats/sealed-bundle.md).
//
// The key file is the one that `tallystick reader init` writes. ECDH on P-256 with the file's ephemeral key, then
// HKDF-SHA-256 over COSE_KDF_Context: these 32 bytes unwrap the content key of this one file. They are posted; key file,
// passphrase and private key never leave the page.

import { KeyFileError, hex as hexOf, pkcs8Of } from "../signing/key_file.js";

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));

/** The id (RFC 9679) of a P-256 key by its uncompressed point. */
async function kidOf(point) {
  const part = (label, bytes) => [label, 0x58, 0x20, ...bytes];
  const key = Uint8Array.from([0xa4, 0x01, 0x02, 0x20, 0x01, ...part(0x21, point.slice(1, 33)), ...part(0x22, point.slice(33))]);
  return hexOf(new Uint8Array(await crypto.subtle.digest("SHA-256", key)));
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
  return { kid, wrapping_key: hexOf(new Uint8Array(key)) };
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
      const made = await wrappingKey(await pkcs8Of(await file.text(), pass.value), recipients, form.dataset.context);
      if (!made) { tell(form.dataset.other); return; }
      form.elements.kid.value = made.kid;
      form.elements.wrapping_key.value = made.wrapping_key;
      pass.value = "";
      form.submit();
    } catch (error) {
      const isOther = error instanceof KeyFileError && error.code !== "wrong-passphrase";
      tell(isOther ? form.dataset.format : form.dataset.wrong);
    }
  }, true);
}
