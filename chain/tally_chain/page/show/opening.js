/** Opening down: a figure → its readings → a statement → its proof → the head → the anchor, checked as one looks. */

import { Decimal } from "../js/exact.js";
import { el, name, table, download, printable } from "./dom.js";
import { climb } from "./audit_path.js";
import { sourceMark } from "./parties.js";
import { contentOf } from "./evidence.js";
import { aloud, exact, hex, moment, number, size } from "./shown.js";
import { t } from "./words.js";

const PAGE = 50;
const MOST_DEPTH = 6;
const MOST_HEX = 4096;
const MOST_READINGS = 500;

/** A panel that shows one thing at a time, and the way that led to it. */
export function openingPanel(run, evidence) {
  const panel = el("section", { class: "opening panel noprint", tabindex: "-1", hidden: true, "aria-live": "polite" });

  function show(trail, title, ...content) {
    panel.replaceChildren(
      el("ol", { class: "trail" }, trail.map(([word, go]) => el("li", {}, go ? el("button", { type: "button", class: "second open", onclick: go }, word) : word))),
      el("h2", {}, title),
      ...content.flat(Infinity).filter((one) => one !== null && one !== undefined),
      el("p", {}, el("button", { type: "button", class: "second", onclick: () => { panel.hidden = true; } }, t("Close", "关闭"))),
    );
    panel.hidden = false;
    panel.focus({ preventScroll: true });
    panel.scrollIntoView({ block: "start" });
  }

  function figure(one, page = 0) {
    const point = evidence.points.find((known) => known.point === one.point);
    const register = point ? point.registers.find((known) => known.register === one.register) : null;
    const samples = register ? register.samples.filter((sample) => sample.at >= one.from && sample.at <= one.to) : [];
    const settled = (point ? point.settlements : []).filter((entry) => entry.at >= one.from && entry.at <= one.to);
    const here = () => figure(one, page);
    const rows = samples.slice(page * PAGE, (page + 1) * PAGE).map((sample) => [
      { text: moment(sample.at), class: "short" },
      { text: number(sample.value), class: "number" },
      name(register.unit, 16),
      name(sample.place),
      placeButton(sample.place, [[t("Figure", "数量"), here]]),
    ]);
    const frozen = settled.map((entry) => [
      { text: moment(entry.at), class: "short" },
      { text: entry.registers.filter((value) => value.register === one.register).map((value) => number(value.value)).join(", "), class: "number" },
      name(one.unit, 16),
      name(entry.place),
      placeButton(entry.place, [[t("Figure", "数量"), here]]),
    ]);
    const heads = [t("time", "时间"), { text: t("register showed", "表底"), class: "number" }, t("unit", "单位"), t("entry of the log", "日志条目"), ""];
    show(
      [[t("Figure", "数量"), null], [t("Readings", "读数"), null]],
      el("span", {}, name(one.point, 200), " · ", name(one.register, 64), ": ", number(one.restated ?? one.quantity), " ", name(one.unit, 16)),
      el("p", {}, t(`From ${moment(one.from)} to ${moment(one.to)}: the later register less the earlier one, times the meter's ratio. Each line below opens down to what the device signed.`, `${moment(one.from)} 至 ${moment(one.to)}：后一表底减前一表底，乘以倍率。以下每一行均可展开至设备签名的陈述。`)),
      frozen.length ? [el("h3", {}, t("Settlements", "冻结")), table(t("Settlements", "冻结"), heads, frozen.slice(0, PAGE))] : null,
      samples.length ? [el("h3", {}, t(`Readings ${page * PAGE + 1} to ${Math.min(samples.length, (page + 1) * PAGE)} of ${samples.length}`, `读数 ${page * PAGE + 1}–${Math.min(samples.length, (page + 1) * PAGE)}，共 ${samples.length} 条`)), table(t("Readings", "读数"), heads, rows)] : null,
      samples.length > PAGE
        ? el("p", {}, page > 0 ? el("button", { type: "button", class: "second open", onclick: () => figure(one, page - 1) }, t("Earlier", "上一页")) : null, " ", (page + 1) * PAGE < samples.length ? el("button", { type: "button", class: "second open", onclick: () => figure(one, page + 1) }, t("Later", "下一页")) : null)
        : null,
    );
  }

  function placeButton(place, trail) {
    const found = evidence.at(place);
    return found ? el("button", { type: "button", class: "second open", onclick: () => statement(found, trail) }, t("Open", "展开")) : "";
  }

  async function statement(one, trail = []) {
    const steps = el("div", {}, el("p", { class: "soft" }, t("computing…", "计算中…")));
    const facts = [
      [t("Kind", "类型"), name(one.kind)],
      [t("Signed by", "签名方"), name(one.issuer)],
      [t("Key", "密钥"), el("span", { class: "hash" }, aloud(one.key))],
      [t("About", "对象"), name(one.subject)],
      [t("Number in its stream", "流内序号"), one.seq === null ? "–" : String(one.seq)],
      [t("The signer's clock", "签名方时钟"), moment(one.issued_at)],
      [t("Entry of the log", "日志条目"), el("span", {}, name(one.origin), ` · ${one.index}`)],
    ];
    show(
      [...trail, [t("Statement", "陈述"), null], [t("Proof", "证明"), null], [t("Head", "树头"), null], [t("Anchor", "锚定"), null]],
      t("What was signed", "签名内容"),
      el("dl", { class: "facts" }, facts.map(([term, told]) => el("div", {}, el("dt", {}, term), el("dd", {}, told)))),
      el("details", { open: true }, el("summary", {}, t("Content, decoded", "内容（已解码）")), content(one)),
      el("details", {}, el("summary", {}, t(`The bytes, ${size(one.bytes.length)}`, `原始字节，${size(one.bytes.length)}`)), el("pre", {}, hex(one.bytes.subarray(0, MOST_HEX)) + (one.bytes.length > MOST_HEX ? " …" : ""))),
      el("p", {}, el("button", { type: "button", class: "second", onclick: () => download(one.bytes, `statement-${one.index}.cose`) }, t("Keep the bytes as a file", "下载原始字节"))),
      el("h3", {}, t("Proof: from these bytes to the head", "证明：由以上字节到树头")),
      steps,
    );
    steps.replaceChildren(...(await proofSteps(one)).flat());
  }

  async function proofSteps(one) {
    const proof = run.verified.proofOf(one.index, one.section);
    const head = run.verified.heads.find((known) => known.section === one.section);
    if (!proof || !head) return [el("p", { class: "note bad" }, t("There is no proof to show.", "无可显示的证明。"))];
    const climbed = await climb(one.bytes, proof);
    const rows = [
      [t("leaf", "叶"), el("code", {}, "SHA-256(00 ‖ statement)"), { text: aloud(climbed.leaf), class: "hash" }],
      ...climbed.steps.map((step, at) => [
        `${at + 1}`,
        el("code", {}, step.mine === "left" ? `SHA-256(01 ‖ own ‖ ${step.right.slice(0, 8)}…)` : `SHA-256(01 ‖ ${step.left.slice(0, 8)}… ‖ own)`),
        { text: aloud(step.made), class: "hash" },
      ]),
    ];
    const same = climbed.root !== null && climbed.root === head.root;
    const ends = same
      ? el("p", { class: "note good" }, t("✓ The last hash is the root of the head.", "✓ 末级哈希与树头的树根一致。"))
      : el("p", { class: "note bad" }, t("✕ The last hash is not the root of the head.", "✕ 末级哈希与树头的树根不一致。"));
    const { vouching } = head;
    return [
      table(t("Hash by hash", "逐级哈希"), [t("step", "级"), t("computed here", "此处计算"), t("gives", "得到")], rows),
      ends,
      el("h3", {}, t("Head", "树头")),
      el("dl", { class: "facts" }, [[t("Log", "日志"), name(head.origin)], [t("Size", "条目数"), String(head.size)], [t("Root", "树根"), el("span", { class: "hash" }, aloud(head.root))], [t("Signed by the log's key", "日志密钥签名"), moment(head.signed_at)]].map(([term, told]) => el("div", {}, el("dt", {}, term), el("dd", {}, told)))),
      el("h3", {}, t("Anchor", "锚定")),
      vouching.length
        ? vouching.map((anchor) => el("p", {}, sourceMark(anchor.source), " ", t(`size ${anchor.size}`, `条目数 ${anchor.size}`), anchor.time === null ? "" : `, ${moment(anchor.time)}`, ", ", el("span", { class: "hash" }, aloud(anchor.root)), anchor.root === head.root ? t(" (this very head)", "（即本树头）") : t(" (another head of this log, linked by a consistency path)", "（本日志的另一树头，经一致性路径链接）")))
        : el("p", { class: "note bad" }, t("Nothing that the reader holds vouches for this head.", "读者持有的树头均不能担保本树头。")),
    ];
  }

  return { panel, figure, statement };
}

/** Readings as a table, anything else as text. */
function content(one) {
  const said = contentOf(one);
  if (one.kind !== "readings") return el("pre", {}, plain(said, 0));
  const heads = [t("time", "时间"), t("register", "寄存器"), { text: t("value", "数值"), class: "number" }, t("unit", "单位")];
  const rows = said.slice(0, MOST_READINGS).map((reading) => [
    { text: moment(reading.takenAt), class: "short" },
    name(reading.register, 64),
    { text: valueText(reading.value), class: "number" },
    name(reading.unit, 16),
  ]);
  return table(t("Readings of this statement", "本陈述的读数"), heads, rows);
}

function valueText(value) {
  if (value instanceof Uint8Array) return hex(value);
  return typeof value === "string" || typeof value === "boolean" ? printable(value, 200) : number(exact(value));
}

/** Decoded content as text: names and values, hashes as hex, numbers exact. */
export function plain(value, depth) {
  const room = "  ".repeat(depth);
  if (value === null || value === undefined) return "–";
  if (value instanceof Uint8Array) return hex(value.subarray(0, 256)) + (value.length > 256 ? ` … (${value.length})` : "");
  if (value instanceof Decimal) return value.plain();
  if (typeof value === "object" && typeof value.word === "string") return printable(value.word, 80);
  if (typeof value !== "object" || (!Array.isArray(value) && !(value instanceof Map) && Object.getPrototypeOf(value) !== Object.prototype)) return printable(String(value), 600);
  if (depth >= MOST_DEPTH) return "…";
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const shown = entries.slice(0, 400).map(([key, one]) => {
    const inner = plain(one, depth + 1);
    return `${room}${Array.isArray(value) ? "-" : `${printable(String(key), 80)}:`} ${inner.includes("\n") ? `\n${inner}` : inner}`;
  });
  if (entries.length > 400) shown.push(`${room}… ${entries.length - 400}`);
  return shown.length ? shown.join("\n") : "–";
}
