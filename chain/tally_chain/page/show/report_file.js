/**
 * The data of a report: read strictly from a file (the viewer), or from the page's own elements (the report itself).
 * The form is that of `tally_chain/page/report_file.py`, and so are the limits and the errors.
 */

import { FormatError } from "../js/errors.js";
import { decodeBase64 } from "./base64.js";
import { hex } from "./shown.js";

const NAMES = ["title", "policy", "made", "bundle", "digest"];
const TYPE = ["application/", "vnd.tallystick.report"].join("");
const LIMIT = { title: 400, policy: 4 << 20, made: 20, bundle: 64 << 20, digest: 32 };
const MAX_SHELL_BYTES = 8 << 20;
const MAX_BYTES = MAX_SHELL_BYTES + Math.floor((4 * (LIMIT.title + LIMIT.policy + LIMIT.bundle)) / 3) + 4096;
const MAX_TIME = 2n ** 40n;
const END = "<" + "/script>\n";

const opening = (block) => `${"<"}script type="${TYPE}.v1" id="tally-${block}">`;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Whether a file can only be meant as a page. */
export function isPage(bytes) {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  for (let at = start; at < bytes.length; at++) {
    if (bytes[at] === 0x3c) return true;
    if (![0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20].includes(bytes[at])) return false;
  }
  return false;
}

/**
 * Take a report apart.
 * @param {Uint8Array} bytes
 * @returns {Promise<{title: string, policy: string, madeAt: number, bundle: Uint8Array, digest: string, shell: string}>}
 * @throws {FormatError}
 */
export async function readReport(bytes) {
  if (bytes.length > MAX_BYTES) throw new FormatError(`has ${bytes.length} bytes, at most ${MAX_BYTES} are accepted`);
  const text = latin(bytes);
  const start = text.indexOf(opening("").slice(0, -2));
  if (start < 0) throw new FormatError("is a page that carries no data of a report");
  let at = start;
  let signed = start;
  const texts = {};
  for (const block of NAMES) {
    signed = at;
    [texts[block], at] = take(text, at, block);
  }
  for (const part of [text.slice(0, start), text.slice(at)]) {
    if (part.toLowerCase().includes(TYPE)) throw new FormatError("carries data of a report outside of the five blocks");
  }
  if (start + bytes.length - at > MAX_SHELL_BYTES) throw new FormatError(`has more than ${MAX_SHELL_BYTES} bytes around its data`);
  const shell = new Uint8Array(start + 1 + bytes.length - at);
  shell.set(bytes.subarray(0, start));
  shell.set(bytes.subarray(at), start + 1);
  return { ...(await dataOf(texts, bytes.subarray(start, signed))), shell: hex(await sha256(shell)) };
}

/** The data that this very page carries. Elements that a report does not have, or has twice, are refused. */
export async function ownData(page) {
  const scripts = [...page.querySelectorAll("script")];
  const blocks = scripts.slice(0, -1);
  const fits = (node, at) =>
    node.id === `tally-${NAMES[at]}` && node.type === `${TYPE}.v1` && node.attributes.length === 2 && node.parentNode === page.body;
  const inARow = blocks.every((node, at) => at === 0 || (node.previousSibling.nodeValue === "\n" && node.previousSibling.previousSibling === blocks[at - 1]));
  if (page.characterSet !== "UTF-8" || blocks.length !== NAMES.length || !blocks.every(fits) || !inARow) throw new FormatError("the page does not carry its five blocks of data, each once");
  const texts = {};
  blocks.forEach((node, at) => {
    texts[NAMES[at]] = node.textContent;
  });
  const lines = NAMES.slice(0, 4).map((block) => opening(block) + texts[block] + END).join("");
  return dataOf(texts, new TextEncoder().encode(lines));
}

async function dataOf(texts, lines) {
  const parts = {};
  for (const block of NAMES) {
    if (texts[block].length > Math.floor((4 * LIMIT[block]) / 3) + 4) throw new FormatError(`block '${block}' holds more than ${LIMIT[block]} bytes`);
    parts[block] = decodeBase64(texts[block]);
    if (parts[block] === null) throw new FormatError(`block '${block}' is not base64, or in another way of writing`);
    if (parts[block].length > LIMIT[block]) throw new FormatError(`block '${block}' holds more than ${LIMIT[block]} bytes`);
  }
  const digest = hex(await sha256(lines));
  if (hex(parts.digest) !== digest) throw new FormatError("its data are not those that its digest was made over: they were changed or damaged");
  let title, policy, made;
  try {
    [title, policy, made] = [utf8.decode(parts.title), utf8.decode(parts.policy), utf8.decode(parts.made)];
  } catch {
    throw new FormatError("title or policy is not UTF-8 text");
  }
  if (!/^(0|[1-9]\d*)$/.test(made) || BigInt(made) > MAX_TIME) throw new FormatError("the time at which it was made is not one");
  return { title, policy, madeAt: Number(made), bundle: parts.bundle, digest };
}

function take(text, at, block) {
  const begins = opening(block);
  if (!text.startsWith(begins, at)) throw new FormatError(`has no block '${block}' where it belongs: the five stand in a row, each once`);
  const begin = at + begins.length;
  const end = text.indexOf("<", begin);
  if (end < 0 || !text.startsWith(END, end)) throw new FormatError(`block '${block}' does not end: the file was cut, or something stands inside`);
  return [text.slice(begin, end), end + END.length];
}

/** Bytes as characters of the same number, 0 to 255. */
function latin(bytes) {
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 32_768) pieces.push(String.fromCharCode(...bytes.subarray(at, at + 32_768)));
  return pieces.join("");
}

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
