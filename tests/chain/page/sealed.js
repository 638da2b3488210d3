/** Sealed bundles opened in one call from a test. */

import { FormatError } from "./js/errors.js";
import { fromBase64, toBase64 } from "./js/octets.js";
import { openReaderKey } from "./js/reader_key.js";
import { openSealed } from "./js/sealing.js";

/**
 * @param {string[]} files    in base64
 * @param {string} pem
 * @param {string} passphrase
 * @returns {Promise<{ kid?: string, opened?: string, refused?: string, text?: string }[]>}
 */
export async function opened(files, pem, passphrase) {
  const found = [];
  for (const file of files) {
    try {
      const key = await openReaderKey(pem, passphrase);
      found.push({ kid: key.publicKey.kidHex, opened: toBase64(await openSealed(fromBase64(file), key)) });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      found.push({ refused: error.name, text: error.message });
    }
  }
  return found;
}
