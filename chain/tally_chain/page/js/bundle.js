/** A bundle: the portable file that an owner carries to a reader. Mirrors `tally_chain/bundle.py`. */

import { encode } from "./cbor.js";
import { SIGNATURE_BYTES } from "./cose.js";
import { BundleError, DecodeError, only } from "./errors.js";
import { isInteger } from "./exact.js";
import * as headEntry from "./head_entry.js";
import { HASH_BYTES, MAX_TREE_SIZE } from "./proof.js";
import { sha256 } from "./sha256.js";
import { MAX_STATEMENT_BYTES } from "./statement.js";
import { repr } from "./text.js";
import {
  COUNT, DIGEST, Misfit, OPTIONAL, TIME, array, codes, decode as decodeWire, integer, nested, octets, oneOf, record, text,
} from "./wire.js";

export const MEDIA_TYPE = "application/vnd.tallystick.bundle.v1+cbor";
export const MAX_BUNDLE_BYTES = 2 ** 30;
const MAX_ENTRIES = 2_000_000;
const MAX_SECTIONS = 64;
const MAX_ANCHORS = 4_096;
const MAX_ATTACHMENTS = 256;
const MAX_ATTACHMENT_BYTES = 64 * 2 ** 20;
const MAX_PROOF_BYTES = 8_192;
const SALT_BYTES = 16;

export const Content = codes("Content", "full", "totals");

const HASHES = (item) => {
  if (!(item instanceof Uint8Array) || item.length % HASH_BYTES) throw new Misfit("is not a run of 32-byte hashes");
  const count = item.length / HASH_BYTES;
  return Array.from({ length: count }, (_, at) => item.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
};

const ENTRIES = (item) => {
  if (!Array.isArray(item) || item.length > MAX_ENTRIES) {
    throw new Misfit(`is not an array of at most ${MAX_ENTRIES} entries`);
  }
  let last = -1;
  return item.map((member) => {
    const [index, statement] = Array.isArray(member) && member.length === 2 ? member : [];
    const inOrder = isInteger(index) && last < index && index <= MAX_TREE_SIZE;
    if (!inOrder || !(statement instanceof Uint8Array)) {
      throw new Misfit("an entry is [index, statement], indexes strictly ascending");
    }
    if (!statement.length || statement.length > MAX_STATEMENT_BYTES) {
      throw new Misfit(`entry ${index} has ${statement.length} bytes`);
    }
    last = index;
    return { index, statement };
  });
};

const ANCHOR_CLAIM = record("AnchorClaim", {
  size: [1, COUNT],
  root: [2, DIGEST],
  chain_id: [3, COUNT],
  genesis: [4, DIGEST],
  contract: [5, octets(20, 20)],
  transaction: [6, DIGEST],
  block_number: [7, COUNT],
  block_hash: [8, DIGEST],
  block_time: [9, TIME],
});

const LINK = record("Link", { size: [1, integer(1, MAX_TREE_SIZE)], path: [2, HASHES] });

const VIA = record("Via", {
  entry: [1, octets(1, headEntry.MAX_BYTES)],
  proof: [2, octets(1, MAX_PROOF_BYTES)],
  anchor: [3, nested(ANCHOR_CLAIM), OPTIONAL],
  links: [4, array(nested(LINK), MAX_ANCHORS), OPTIONAL],
});

const SECTION = record("Section", {
  origin: [1, text(255)],
  size: [2, integer(1, MAX_TREE_SIZE)],
  checkpoint: [3, octets(1, 4096)],
  head_protected: [4, octets(1, 1024)],
  head_signature: [5, octets(SIGNATURE_BYTES, SIGNATURE_BYTES)],
  entries: [6, ENTRIES],
  hashes: [7, HASHES],
  anchors: [8, array(nested(ANCHOR_CLAIM), MAX_ANCHORS), OPTIONAL],
  links: [9, array(nested(LINK), MAX_ANCHORS), OPTIONAL],
  via: [10, nested(VIA), OPTIONAL],
});

const ATTACHMENT = record("Attachment", {
  name: [1, text(200)],
  media_type: [2, text(128)],
  digest: [3, DIGEST],
  salt: [4, octets(SALT_BYTES, SALT_BYTES), OPTIONAL],
  content: [5, octets(0, MAX_ATTACHMENT_BYTES), OPTIONAL],
});

const BUNDLE = record("Bundle", {
  media_type: [0, text(100)],
  content: [1, oneOf(Content)],
  created_at: [2, TIME],
  from_at: [3, TIME],
  to_at: [4, TIME],
  sections: [5, array(nested(SECTION), MAX_SECTIONS)],
  grant: [6, octets(1, MAX_STATEMENT_BYTES), OPTIONAL],
  attachments: [7, array(nested(ATTACHMENT), MAX_ATTACHMENTS), OPTIONAL],
});

/** What a grant lists: SHA-256 over name, media type and digest, so that a document can not change its name. */
export function bindingOf(attachment) {
  return sha256(encode([attachment.name, attachment.media_type, attachment.digest]));
}

/**
 * Parse a bundle strictly.
 *
 * @param {Uint8Array} data
 * @throws {BundleError} naming what was wrong and where
 */
export function decode(data) {
  if (data.length > MAX_BUNDLE_BYTES) {
    throw new BundleError(`has ${data.length} bytes, at most ${MAX_BUNDLE_BYTES} are accepted`);
  }
  let bundle;
  try {
    bundle = decodeWire(BUNDLE, data);
  } catch (error) {
    throw new BundleError(only(error, DecodeError).message);
  }
  if (bundle.media_type !== MEDIA_TYPE) throw new BundleError(`is ${repr(bundle.media_type)}, not ${repr(MEDIA_TYPE)}`);
  if (bundle.from_at >= bundle.to_at) throw new BundleError("the period ends before it begins");
  return bundle;
}
