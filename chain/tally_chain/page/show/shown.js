/** Numbers, times and hashes as people read them. Numbers stay text: no digit is lost to a float. */

import { t, tag } from "./words.js";

const OPTIONS = { hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" };
const FALLBACK = "Asia/Shanghai";

let zone = FALLBACK;
let format = new Intl.DateTimeFormat("en-GB", { ...OPTIONS, timeZone: zone });

/** Show times in the site's own zone (an IANA name of a verified site plan); one that nobody knows is left out. */
export function setZone(wanted) {
  for (const known of [wanted, FALLBACK]) {
    try {
      format = new Intl.DateTimeFormat("en-GB", { ...OPTIONS, timeZone: known });
      zone = known;
      return;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
}

/** The zone in which times are shown. */
export function zoneName() {
  return zone;
}

function parts(at) {
  const out = {};
  for (const { type, value } of format.formatToParts(new Date(Number(at) * 1000))) out[type] = value;
  return out;
}

const within = (at) => Number(at) >= 0 && Number(at) < 253_402_300_800;

/** A moment, Unix seconds, to the minute (to the second where it is not on one). */
export function moment(at) {
  if (at === null || at === undefined) return "–";
  if (!within(at)) return t(`second ${at}`, `第 ${at} 秒`);
  const { year, month, day, hour, minute, second } = parts(at);
  return `${year}-${month}-${day} ${hour}:${minute}${second === "00" ? "" : `:${second}`}`;
}

/** The day of a moment, in the site's zone. */
export function day(at) {
  if (!within(at)) return "–";
  const { year, month, day: number } = parts(at);
  return `${year}-${month}-${number}`;
}

/** The hour of a moment, in the site's zone. */
export function hour(at) {
  return within(at) ? `${parts(at).hour}:00` : "–";
}

/** Digits in groups of three, as exact as they came. */
export function number(text) {
  const found = /^(-?)(\d+)(\.\d+)?$/.exec(String(text));
  return found ? found[1].replace("-", "−") + found[2].replace(/\B(?=(\d{3})+$)/g, "\u202f") + (found[3] ?? "") : String(text);
}

/** A number of the verifier as text: an integer, or an exact decimal. */
export function exact(value) {
  return typeof value === "object" && value !== null ? value.plain() : String(value);
}

/** A digest in groups of four, to be read aloud. */
export function aloud(hex) {
  return hex.replace(/(.{4})(?=.)/g, "$1 ");
}

/** Bytes as hex. */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Hex as bytes; null where it is not hex. */
export function unhex(text) {
  if (text.length % 2 || !/^[0-9a-f]*$/i.test(text)) return null;
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

/** A size in bytes. */
export function size(bytes) {
  if (bytes < 10_000) return t(`${bytes} bytes`, `${bytes} 字节`);
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** How many, in the reader's grouping. */
export function count(value) {
  return Number(value).toLocaleString(tag());
}
