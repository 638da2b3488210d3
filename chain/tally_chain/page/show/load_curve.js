/** The load curve of one cumulative register, or the level of one that is none: drawn by hand, small. */

import { el, name, shape, table } from "./dom.js";
import { moment, number } from "./shown.js";
import { t } from "./words.js";

const MOST_WIDTH = 1160;
const LEAST_WIDTH = 520;
const HEIGHT = 200;
const LEFT = 56;
const BOTTOM = 22;
const COLUMNS = 320;
const ROWS = 400;
const MOST_BANDS = 400;

/**
 * Rises per hour over equal columns of a period; a fall (a rollover, a new meter) is drawn as no rise. Heights of a
 * drawing only: figures are never taken from here.
 * @param {{at: number, value: string}[]} samples
 * @returns {{from: number, to: number, rate: number | null}[]}   null where no two readings stand around a time
 */
export function columns(samples, from, to, most = COLUMNS) {
  const wanted = Math.max(1, Math.min(most, samples.length - 1));
  const width = (to - from) / wanted;
  const out = Array.from({ length: wanted }, (_, at) => ({ from: from + at * width, to: from + (at + 1) * width, rate: null, seconds: 0, risen: 0 }));
  for (let at = 1; at < samples.length; at++) {
    const before = samples[at - 1];
    const after = samples[at];
    const seconds = after.at - before.at;
    const rate = Math.max(0, Number(after.value) - Number(before.value)) / seconds;
    if (!(seconds > 0) || !Number.isFinite(rate)) continue;
    const first = Math.max(0, Math.floor((before.at - from) / width));
    const last = Math.min(wanted - 1, Math.floor((after.at - from) / width));
    for (let column = first; column <= last; column++) {
      const part = Math.min(after.at, out[column].to) - Math.max(before.at, out[column].from);
      if (part > 0) {
        out[column].seconds += part;
        out[column].risen += part * rate;
      }
    }
  }
  return out.map((one) => ({ from: one.from, to: one.to, rate: one.seconds > 0 ? (one.risen / one.seconds) * 3600 : null }));
}

/** A round number at or above a value, for the top of an axis. */
export function roundUp(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const part = value / power;
  return (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10) * power;
}

/** Times that a device declared silent, or that nothing covers: bands behind the curve. */
function bands(point, register, findings, x, period) {
  const about = (one) => one.subject === point || one.subject === `${point}/${register.register}`;
  return findings
    .filter((one) => (one.code === 504 || one.code === 505) && about(one))
    .flatMap((one) => (one.times ?? []).map(([after, before]) => [one.code, Math.max(after, period.from), Math.min(before, period.to)]))
    .filter(([, after, before]) => after < before)
    .slice(0, MOST_BANDS)
    .map(([code, after, before]) =>
      shape("rect", { class: code === 504 ? "fill-doubt" : "fill-bad", opacity: 0.22, x: x(after).toFixed(2), width: Math.max(1, x(before) - x(after)).toFixed(2), y: 12, height: HEIGHT - BOTTOM - 12 }, shape("title", {}, `${code === 504 ? t("declared gap", "已声明缺口") : t("not covered", "未覆盖")}: ${moment(after)} – ${moment(before)}`)),
    );
}

/** The figure of one register of a metering point. */
export function loadCurve(point, register, period, findings) {
  const samples = register.samples.filter((one) => one.at >= period.from && one.at <= period.to);
  if (samples.length < 2 || register.perEvent) return null; // what comes with single events is neither load nor level
  const bars = register.cumulative ? columns(samples, period.from, period.to) : levels(samples, period.from, period.to);
  const top = roundUp(Math.max(...bars.map((bar) => bar.rate ?? 0)));
  const width = Math.max(LEAST_WIDTH, Math.min(MOST_WIDTH, document.documentElement.clientWidth - 40));
  const x = (at) => LEFT + ((at - period.from) / (period.to - period.from)) * (width - LEFT);
  const y = (rate) => HEIGHT - BOTTOM - (rate / top) * (HEIGHT - BOTTOM - 12);
  const unit = register.cumulative ? `${register.unit}/h` : register.unit;
  const drawing = shape(
    "svg",
    { class: "drawing wide", viewBox: `0 0 ${width} ${HEIGHT}`, role: "img" },
    shape("title", {}, t(`Load curve of ${register.register}, ${unit}`, `${register.register} 负荷曲线，${unit}`)),
    [0, 0.5, 1].map((share) => [
      shape("line", { class: share ? "line-grid" : "line-axis", x1: LEFT, x2: width, y1: y(share * top), y2: y(share * top) }),
      shape("text", { class: "soft", x: LEFT - 6, y: y(share * top) + 4, "text-anchor": "end" }, tick(share * top)),
    ]),
    bands(point, register, findings, x, period),
    bars.map((bar) =>
      bar.rate === null
        ? null
        : shape("rect", { class: "fill-first", x: x(bar.from).toFixed(2), width: Math.max(0.4, x(bar.to) - x(bar.from) - (bars.length < 120 ? 1 : 0)).toFixed(2), y: y(bar.rate).toFixed(2), height: Math.max(0.5, y(0) - y(bar.rate)).toFixed(2) }),
    ),
    shape("text", { class: "soft", x: LEFT, y: HEIGHT - 6 }, moment(period.from)),
    shape("text", { class: "soft", x: width, y: HEIGHT - 6, "text-anchor": "end" }, moment(period.to)),
  );
  return el(
    "figure",
    {},
    el("figcaption", {}, name(point, 200), " · ", name(register.register, 64), " · ", register.cumulative ? t(`rise of the register per hour, ${unit}, as read (before the meter's ratio)`, `表底每小时增量，${unit}，未乘倍率`) : t(`level, ${unit}`, `液位或状态，${unit}`)),
    drawing,
    readingsTable(samples, unit, register),
  );
}

function tick(value) {
  return value >= 1000 ? `${value / 1000}k` : `${Number(value.toPrecision(3))}`;
}

/** A level in equal columns: what it last showed in each of them. */
function levels(samples, from, to) {
  const wanted = Math.max(1, Math.min(COLUMNS, samples.length));
  const width = (to - from) / wanted;
  const out = Array.from({ length: wanted }, (_, at) => ({ from: from + at * width, to: from + (at + 1) * width, rate: null }));
  for (const { at, value } of samples) {
    const level = Number(value);
    out[Math.min(wanted - 1, Math.floor((at - from) / width))].rate = Number.isFinite(level) ? Math.max(0, level) : null;
  }
  return out;
}

function readingsTable(samples, unit, register) {
  const holder = el("details", { class: "noprint" }, el("summary", {}, t("The readings as a table", "读数表")));
  holder.addEventListener("toggle", () => {
    if (!holder.open || holder.children.length > 1) return;
    const heads = [t("time", "时间"), { text: t("register", "表底"), class: "number" }, t("unit", "单位")];
    const rows = samples.slice(0, ROWS).map((one) => [{ text: moment(one.at), class: "short" }, { text: number(one.value), class: "number" }, name(register.unit, 16)]);
    holder.append(table(t("Readings", "读数"), heads, rows));
    if (samples.length > ROWS) holder.append(el("p", { class: "soft" }, t(`the first ${ROWS} of ${samples.length}`, `共 ${samples.length} 条，显示前 ${ROWS} 条`)));
  });
  return holder;
}
