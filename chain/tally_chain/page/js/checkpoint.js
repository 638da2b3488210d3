/** Checkpoints (C2SP tlog-checkpoint): a log's head as a signed note's text. Mirrors `tally_chain/checkpoint.py`. */

import { CheckpointError } from "./errors.js";
import { integer } from "./exact.js";
import * as note from "./note.js";
import { equal, fromBase64, toBase64 } from "./octets.js";
import { HASH_BYTES, MAX_TREE_SIZE } from "./proof.js";
import { cut, repr } from "./text.js";
import { EMPTY_ROOT } from "./tree.js";

const SIZE = /^(0|[1-9][0-9]{0,18})$/;

/**
 * @typedef {object} Checkpoint
 * @property {string} origin
 * @property {import("./exact.js").Integer} size
 * @property {Uint8Array} root
 */

/** Parse the text of a checkpoint strictly. @param {string} text @returns {Checkpoint} @throws {CheckpointError} */
export function decode(text) {
  if (!text.endsWith("\n")) throw new CheckpointError("does not end in a newline");
  const lines = text.slice(0, -1).split("\n");
  if (lines.length < 3) throw new CheckpointError("has fewer than three lines");
  const [origin, sizeText, rootText, ...extensions] = lines;
  if (!origin) throw new CheckpointError("the origin is empty");
  if (!SIZE.test(sizeText) || BigInt(sizeText) > MAX_TREE_SIZE) {
    const shown = repr(cut(sizeText, 40));
    throw new CheckpointError(`${shown} is not a size: a decimal up to 2**63 - 1 without leading zeros`);
  }
  if (extensions.includes("")) throw new CheckpointError("an extension line is empty");
  const root = fromBase64(rootText);
  if (root === null) throw new CheckpointError("the root is not base64");
  if (root.length !== HASH_BYTES || toBase64(root) !== rootText) {
    throw new CheckpointError(`the root is not the base64 of ${HASH_BYTES} bytes`);
  }
  const size = integer(BigInt(sizeText));
  if (size === 0 && !equal(root, EMPTY_ROOT)) {
    throw new CheckpointError("the root of an empty log is SHA-256 of nothing");
  }
  return { origin, size, root };
}

/**
 * Parse a signed checkpoint and verify that `key`, whose name is the origin, signed it.
 *
 * @param {Uint8Array} data
 * @param {note.VerifierKey} key
 * @returns {Promise<Checkpoint>}
 * @throws {import("./errors.js").NoteError}
 */
export async function openSigned(data, key) {
  const signed = note.decode(data);
  const checkpoint = decode(signed.text);
  if (checkpoint.origin !== key.name) {
    throw new CheckpointError(`the checkpoint is of ${repr(checkpoint.origin)}, not of ${repr(key.name)}`);
  }
  await note.verify(signed, key);
  return checkpoint;
}
