/**
 * The verifier's one entrance: a bundle's bytes and a policy's text in, everything that holds of them out.
 *
 * The verification itself is `check/verifier.js`, step by step as `tally_chain/verify/verifier.py` has it. This module
 * adds what a page wants beside the verdict: progress, plain data to show, and the proof of a single statement.
 */

import { FormatError } from "./errors.js";

/**
 * How far the verification has come. `step` is a stable word, `done` of `of` units of it are behind us.
 *
 * @typedef {object} Progress
 * @property {"read" | "logs" | "authorities" | "streams" | "payloads" | "figures" | "grant" | "done"} step
 * @property {number} of
 * @property {number} done
 * @property {string} said_en
 * @property {string} said_zh
 */

/**
 * A head that the reader holds beside those of the policy: read from a chain, or pasted.
 *
 * @typedef {object} HeldHead
 * @property {string} origin         of the log, or of the log of heads
 * @property {number | bigint} size
 * @property {string} root           hex, 32 bytes
 * @property {"public" | "consortium" | "out-of-band" | "self-anchored"} source
 * @property {number | null} [time]      of the block, Unix seconds
 * @property {number | null} [chain_id]
 * @property {"held" | "shown" | "disowned"} [standing]   what the chain at hand says of it; "held" where none was asked
 */

/**
 * @typedef {object} Options
 * @property {number} at                         verify as of this time, Unix seconds
 * @property {(progress: Progress) => void} [progress]
 * @property {HeldHead[]} [anchors]
 * @property {string | null} [readerKey]         hex id of the key that the reader holds
 */

/**
 * @typedef {object} Finding
 * @property {number} code
 * @property {string} name           "TREE_MISMATCH"
 * @property {"note" | "warning" | "failure"} severity
 * @property {string} subject        what it touches: a metering point, a key, a log, a place in it
 * @property {string} sentence_en    what Python says, word for word
 * @property {string} sentence_zh    the code's Chinese name, and the same detail
 * @property {string} advice_en      what to do about it
 * @property {[number, number][]} times
 */

/**
 * @typedef {object} Figure
 * @property {string} point
 * @property {string} register
 * @property {string} unit
 * @property {number} from           Unix seconds
 * @property {number} to
 * @property {string} quantity       exact, plain decimal notation
 * @property {string | null} restated
 * @property {string} basis
 * @property {string} first          the entry that the first reading stands in
 * @property {string} last
 * @property {number} samples
 */

/**
 * @typedef {object} Verified
 * @property {object} verdict        what `tallystick verify --json` prints
 * @property {Finding[]} findings    gravest first, then by number
 * @property {Figure[]} figures
 * @property {object[]} points       by metering point: its registers with every sample, settlements, gaps
 * @property {Iterable<object>} statements   every statement that was read, in the order of the logs
 * @property {(index: number | bigint, section?: number) => object | null} proofOf
 * @property {object[]} heads        by log: origin, size, root, when it was signed, what vouches for it
 */

/**
 * Verify a bundle under a policy. Everything wrong with the evidence becomes a finding.
 *
 * @param {Uint8Array} bundleBytes   plain, not sealed (`sealing.js` opens one)
 * @param {string} policyText        TOML
 * @param {Options} options
 * @returns {Promise<Verified>}
 * @throws {FormatError} for what is no bundle (BundleError), or no policy (PolicyError)
 */
export async function verify(bundleBytes, policyText, options) {
  throw new FormatError("the verifier is not written yet");
}
