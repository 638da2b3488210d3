/** The calendar of coverage: when each metering point spoke, when it declared a gap, and when nothing covers the time. */

import { el, name, shape, table } from "./dom.js";
import { day, hour, moment } from "./shown.js";
import { t } from "./words.js";

const HOUR = 3600;
const LONG_HOURS = 96;
const CELL = 14;
const LEFT = 52;
const MOST_CELLS = 4000;
const LAST_SECOND = 253_402_214_400;
const UNCOVERED = new Set([505, 506, 403, 413]);
const DECLARED = 504;

const STATES = {
  covered: ["fill-first", "readings", "有读数"],
  declared: ["fill-doubt", "declared gap", "已声明缺口"],
  uncovered: ["fill-bad", "not covered", "未覆盖"],
  silent: ["fill-rule", "no reading, none due", "无读数（未到采集周期）"],
};

/**
 * The cells of one metering point: hours of a short period, days of a long one.
 * @returns {{from: number, to: number, label: string, readings: number, state: "covered" | "declared" | "uncovered" | "silent"}[]}
 */
export function cells(point, registers, period, findings) {
  const times = [...new Set(registers.flatMap((one) => one.samples.map((sample) => sample.at)))].sort((a, b) => a - b);
  const about = findings.filter((one) => one.subject === point || one.subject.startsWith(`${point}/`));
  const spans = (wanted) => about.filter((one) => wanted(one.code)).flatMap((one) => one.times ?? []);
  const uncovered = spans((code) => UNCOVERED.has(code));
  const declared = spans((code) => code === DECLARED);
  const long = period.to - period.from > LONG_HOURS * HOUR;
  const out = [];
  let at = 0;
  for (const [from, to] of edges(period, long)) {
    const first = at;
    while (at < times.length && times[at] < to) at += 1;
    const last = to >= period.to ? upTo(times, at, period.to) : at;
    const readings = last - first;
    const touches = (some) => some.some(([after, before]) => after < to && before > from);
    const state = touches(uncovered) ? "uncovered" : touches(declared) ? "declared" : readings ? "covered" : "silent";
    out.push({ from, to, label: long ? day(from) : `${day(from)} ${hour(from)}`, readings, state });
  }
  return out;
}

function upTo(times, at, end) {
  let last = at;
  while (last < times.length && times[last] <= end) last += 1;
  return last;
}

/** Hours, or days in the site's zone; a period that no calendar reaches, or of more than ten years, is cut. */
function edges(asked, long) {
  const period = { from: asked.from, to: Math.min(asked.to, LAST_SECOND) };
  const out = [];
  let from = period.from;
  while (from < period.to && out.length < MOST_CELLS) {
    let to = from + HOUR - (from % HOUR);
    const today = day(from);
    if (long && day(from + 23 * HOUR - (from % HOUR)) === today) to = from + 23 * HOUR - (from % HOUR);
    while (long && to < period.to && day(to) === today) to += HOUR;
    to = Math.min(to, period.to);
    out.push([from, to]);
    from = to;
  }
  return out;
}

/** The calendar of one metering point. */
export function calendar(point, registers, period, findings) {
  const all = cells(point, registers, period, findings);
  const long = period.to - period.from > LONG_HOURS * HOUR;
  const rows = long ? 7 : 24;
  const shift = long ? (new Date(period.from * 1000).getUTCDay() + 6) % 7 : Number(hour(period.from).slice(0, 2));
  const wide = Math.ceil((all.length + shift) / rows);
  const [across, down] = long ? [wide, rows] : [rows, wide];
  const [width, height] = [LEFT + Math.max(across, 8) * CELL, 18 + down * CELL];
  const drawing = shape(
    "svg",
    { class: "calendar", width, height, viewBox: `0 0 ${width} ${height}`, role: "img" },
    shape("title", {}, t("Coverage over the period", "期间覆盖情况")),
    all.map((cell, number) => {
      const at = number + shift;
      const [column, row] = long ? [Math.floor(at / rows), at % rows] : [at % rows, Math.floor(at / rows)];
      const [fill, english, chinese] = STATES[cell.state];
      const place = { x: LEFT + column * CELL, y: 16 + row * CELL, width: CELL - 2, height: CELL - 2 };
      const strike = cell.state === "uncovered" ? shape("path", { class: "line-empty fill-none", d: `M${place.x + 2} ${place.y + 2}l8 8m0 -8l-8 8`, "stroke-width": 2 }) : null;
      const dash = cell.state === "declared" ? shape("path", { class: "line-empty fill-none", d: `M${place.x + 2} ${place.y + 6}h8`, "stroke-width": 2 }) : null;
      return [shape("rect", { ...place, class: fill, rx: 2 }, shape("title", {}, `${cell.label}: ${t(english, chinese)}, ${cell.readings}`)), strike, dash];
    }),
    long ? marks(all, shift, rows) : hours(all, shift),
  );
  return el("figure", {}, el("figcaption", {}, name(point, 200)), drawing, legend(), asTable(all));
}

function marks(all, shift, rows) {
  const days = t("Mo,We,Fr,Su", "一,三,五,日").split(",");
  const left = days.map((word, at) => shape("text", { class: "soft", x: LEFT - 6, y: 27 + at * 2 * CELL, "text-anchor": "end" }, word));
  let month = "";
  const top = all.map((cell, number) => {
    const shown = cell.label.slice(0, 7);
    if (shown === month) return null;
    month = shown;
    return shape("text", { class: "soft", x: LEFT + Math.floor((number + shift) / rows) * CELL, y: 10 }, shown);
  });
  return [left, top];
}

function hours(all, shift) {
  const top = [0, 6, 12, 18].map((at) => shape("text", { class: "soft", x: LEFT + at * CELL, y: 10 }, `${String(at).padStart(2, "0")}:00`));
  const left = all.filter((_, number) => (number + shift) % 24 === 0 || number === 0).map((cell, row) => shape("text", { class: "soft", x: LEFT - 6, y: 26 + row * CELL, "text-anchor": "end" }, cell.label.slice(5, 10)));
  return [top, left];
}

function legend() {
  return el(
    "ul",
    { class: "legend" },
    Object.values(STATES).map(([fill, english, chinese]) => el("li", {}, shape("svg", { viewBox: "0 0 12 12", "aria-hidden": "true" }, shape("rect", { class: fill, width: 12, height: 12, rx: 2 })), t(english, chinese))),
  );
}

function asTable(all) {
  const odd = all.filter((cell) => cell.state !== "covered");
  const heads = [t("from", "自"), t("until", "至"), t("state", "状态"), { text: t("readings", "读数"), class: "number" }];
  const row = (cell) => [{ text: moment(cell.from), class: "short" }, { text: moment(cell.to), class: "short" }, t(STATES[cell.state][1], STATES[cell.state][2]), { text: String(cell.readings), class: "number" }];
  const told = t(`${all.length - odd.length} of ${all.length} parts of the period have readings and no gap`, `${all.length} 个时段中 ${all.length - odd.length} 个有读数且无缺口`);
  return el("details", {}, el("summary", {}, told), odd.length ? table(t("Parts of the period with gaps", "存在缺口的时段"), heads, odd.slice(0, 400).map(row)) : el("p", {}, t("No gap.", "无缺口。")));
}
