// A sealed bundle's own key, derived from the reader's key file in this page (docs/formats/sealed-bundle.md).
//
// The key file is the one that `tallystick reader init` writes. ECDH on P-256 with the file's ephemeral key, then
// HKDF-SHA-256 over COSE_KDF_Context: these 32 bytes unwrap the content key of this one file. They are posted; key file,
// passphrase and private key never leave the page.

import { KeyStoreError } from "../verifier/errors.js";
import { P256, PublicKey } from "../verifier/keys.js";
import { fromHex, toHex } from "../verifier/octets.js";
import { openReaderKey } from "../verifier/reader_key.js";

/**
 * The key of one sealed file for one reader.
 * @param {import("../verifier/sealing.js").ReaderKey} reader
 * @param {Map<string, string>} recipients ephemeral points, uncompressed, by the ids of readers' keys
 * @param {string} context hex of COSE_KDF_Context
 * @returns {Promise<{kid: string, wrapping_key: string} | null>} null where it is sealed to others
 */
export async function wrappingKey(reader, recipients, context) {
  const kid = reader.publicKey.kidHex;
  const point = fromHex(recipients.get(kid) ?? "");
  if (!point?.length) return null;
  const shared = await reader.agree(new PublicKey(P256, point.subarray(1, 33), point.subarray(33)));
  const material = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveBits"]);
  const info = fromHex(context);
  const key = await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info }, material, 256);
  return { kid, wrapping_key: toHex(new Uint8Array(key)) };
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
      const made = await wrappingKey(await openReaderKey(await file.text(), pass.value), recipients, form.dataset.context);
      if (!made) { tell(form.dataset.other); return; }
      form.elements.kid.value = made.kid;
      form.elements.wrapping_key.value = made.wrapping_key;
      pass.value = "";
      form.submit();
    } catch (error) {
      const isOther = error instanceof KeyStoreError && error.code !== "wrong-passphrase";
      tell(isOther ? form.dataset.format : form.dataset.wrong);
    }
  }, true);
}
