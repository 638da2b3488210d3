/** Pieces of the pages, asked by the tests: plain data in, plain data out. */

import { climb } from "/show/audit_path.js";
import { decodeBase64 } from "/show/base64.js";
import { cells } from "/show/calendar.js";
import { printable } from "/show/dom.js";
import { keccak256 } from "/show/keccak.js";
import { columns, roundUp } from "/show/load_curve.js";
import { isPage, readReport } from "/show/report_file.js";
import { aloud, hex, moment, number, setZone, unhex } from "/show/shown.js";

const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/** What the strict reader says of files (base64): their data, or why not. */
export async function read(files) {
  const out = [];
  for (const file of files) {
    const bytes = bytesOf(file);
    try {
      const { bundle, ...rest } = await readReport(bytes);
      out.push({ page: isPage(bytes), ...rest, bundle: hex(bundle) });
    } catch (error) {
      out.push({ page: isPage(bytes), kind: error.name, error: error.message });
    }
  }
  return out;
}

export function keccaks(texts) {
  return texts.map((text) => hex(keccak256(unhex(text))));
}

export function base64s(texts) {
  return texts.map((text) => {
    const bytes = decodeBase64(text);
    return bytes === null ? null : hex(bytes);
  });
}

export async function climbs(cases) {
  const out = [];
  for (const { statement, ...proof } of cases) out.push((await climb(unhex(statement), proof)).root);
  return out;
}

export function printables(texts) {
  return texts.map((text) => printable(text));
}

export function words() {
  setZone("Asia/Shanghai");
  return [number("-1234567.50"), number("999"), number("1e5"), aloud("0123456789"), moment(1767225600), moment(1767225661), moment(-1), roundUp(0.3), roundUp(21), roundUp(0)];
}

export function curve(samples, from, to, most) {
  return columns(samples, from, to, most).map(({ rate }) => (rate === null ? null : Math.round(rate * 1000) / 1000));
}

export function calendar(samples, from, to, findings) {
  setZone("Asia/Shanghai");
  return cells("p", [{ samples }], { from, to }, findings).map(({ state, readings }) => [state, readings]);
}
