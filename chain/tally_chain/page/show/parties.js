/** Who signed: keys and their history, meters and what happened to them, gaps that devices declared. */

import { el, mark, name, table } from "./dom.js";
import { aloud, moment, number } from "./shown.js";
import { t } from "./words.js";

const EVENTS = { 1: ["installed", "装表"], 2: ["exchanged", "换表"], 3: ["calibrated", "检定"], 4: ["ratio changed", "变比变更"], 5: ["removed", "拆表"] };
const PLACES = { 1: ["in the meter", "表内签名"], 2: ["polled bus", "总线采集"], 3: ["by hand", "人工录入"], 4: ["simulated", "模拟"] };
const REASONS = { 1: ["compromised", "密钥泄露"], 2: ["device lost", "设备丢失"], 3: ["retired", "停用"], 4: ["forked", "分叉"] };
const CORRECTED = { 1: ["wrong ratio", "倍率错误"], 2: ["meter fault", "表计故障"], 3: ["wrong wiring", "接线错误"], 4: ["gap filled", "缺口补录"], 5: ["wrong clock", "时钟错误"] };
const GAPS = { 1: ["outbox full", "发件箱已满"], 2: ["meter silent", "表计无应答"], 3: ["agent down", "采集程序停止"], 4: ["clock unset", "时钟未设"], 5: ["reading invalid", "读数无效"], 6: ["state lost", "状态丢失"], 7: ["storage full", "存储已满"] };
const MOST = 200;

const short = (text) => ({ text, class: "short" });
const word = (words, value) => t(...(words[Number(value)] ?? [`${value}`, `${value}`]));
const listed = (values) => el("span", {}, (values ?? []).slice(0, 20).map((value, at) => [at ? ", " : "", name(value, 120)]), (values ?? []).length > 20 ? ` … ${values.length}` : "");

/** Every party's keys as the policy and the authority name them, and what became of them. */
export function keys(evidence, openPlace) {
  const rows = [];
  for (const one of evidence.authority) {
    const at = moment(one.issuedAt);
    const entry = placeButton(one, openPlace);
    const said = one.payload;
    if (one.kind === "enrolment") rows.push([short(at), t("enrolled", "登记"), name(said.device), hash(said.keyId), el("span", {}, word(PLACES, said.place), ": ", name(said.model, 60), " → ", listed(said.points)), entry]);
    if (one.kind === "rotation") rows.push([short(at), t("replaced", "更换"), name(said.device), hash(said.keyId), t(`follows after statement ${said.last?.seq}`, `接续第 ${said.last?.seq} 条陈述之后`), entry]);
    if (one.kind === "revocation") rows.push([short(at), mark("bad", t("revoked", "吊销")), name(said.device), hash(said.kid), word(REASONS, said.reason), entry]);
  }
  const heads = [t("when", "时间"), t("what", "事件"), t("device", "设备"), t("key", "密钥"), t("details", "说明"), ""];
  return section(t("Keys and their history", "密钥及其沿革"), heads, rows, t("No key is enrolled.", "未登记任何密钥。"));
}

/** Meters and what happened to them, signed by the authority and a second person. */
export function meters(evidence, openPlace) {
  const rows = evidence.authority
    .filter((one) => one.kind === "meter-facts")
    .map((one) => {
      const said = one.payload;
      return [short(moment(said.effective_at)), name(said.point), Number(said.event) === 2 ? mark("doubt", word(EVENTS, said.event)) : word(EVENTS, said.event), name(said.serial, 64), name(`${said.accuracy_class}, × ${said.multiplier}`), said.certificate ? name(`${said.certificate} → ${said.certificate_expires_at ? moment(said.certificate_expires_at) : "–"}`) : "–", placeButton(one, openPlace)];
    });
  const heads = [t("from", "生效"), t("metering point", "计量点"), t("event", "事件"), t("serial", "表号"), t("class, ratio", "准确度等级、倍率"), t("certificate", "检定证书"), ""];
  return section(t("Meters and exchanges", "表计与换表"), heads, rows, t("No meter facts.", "无计量档案。"));
}

/** Corrections of the authority. */
export function corrections(evidence, openPlace) {
  const rows = evidence.authority
    .filter((one) => one.kind === "correction")
    .map((one) => {
      const said = one.payload;
      return [short(`${moment(said.from_at)} – ${moment(said.to_at)}`), name(`${said.point}/${said.register}`), { text: number(said.quantity), class: "number" }, name(said.unit, 16), el("span", {}, word(CORRECTED, said.reason), ": ", name(said.explanation)), placeButton(one, openPlace)];
    });
  const heads = [t("interval", "区间"), t("register", "寄存器"), { text: t("counts as", "更正为"), class: "number" }, t("unit", "单位"), t("why", "原因"), ""];
  return section(t("Corrections", "更正"), heads, rows, t("None.", "无。"));
}

/** Gaps that devices declared. */
export function gaps(evidence, openPlace) {
  const rows = evidence.points.flatMap((point) =>
    point.gaps.map((gap) => [name(point.point), short(`${moment(gap.after)} – ${moment(gap.before)}`), word(GAPS, gap.reason), { text: String(gap.missing ?? ""), class: "number" }, gap.note ? name(gap.note) : "", placeButton(gap, openPlace)]),
  );
  const heads = [t("metering point", "计量点"), t("no readings between", "无读数区间"), t("why", "原因"), { text: t("missing", "缺少"), class: "number" }, t("note", "备注"), ""];
  return section(t("Declared gaps", "已声明缺口"), heads, rows, t("None.", "无。"));
}

/** Logs, their heads, and what vouches for them. */
export function heads(verified) {
  const rows = verified.heads.flatMap((head) => {
    const lines = (head.vouching ?? []).map((one) => [name(head.origin, 255), { text: String(one.size), class: "number" }, { text: aloud(one.root), class: "hash" }, sourceMark(one.source), one.time ? short(moment(one.time)) : "–", one.chainId === null || one.chainId === undefined ? "–" : String(one.chainId)]);
    const shown = [name(head.origin, 255), { text: String(head.size), class: "number" }, { text: aloud(head.root), class: "hash" }, mark("plain", t("signed by the log", "日志签名")), short(moment(head.signedAt)), "–"];
    return [shown, ...lines];
  });
  const titles = [t("log", "日志"), { text: t("size", "条目数"), class: "number" }, t("root", "树根"), t("vouched for by", "担保来源"), t("time", "时间"), t("chain", "链")];
  return section(t("Heads and anchors", "树头与锚定"), titles, rows, t("No log.", "无日志。"));
}

/** How independent a head is. */
export function sourceMark(source) {
  const words = { public: ["good", "public chain", "公有链"], consortium: ["good", "consortium chain", "联盟链"], "out-of-band": ["good", "compared by another way", "带外比对"], "self-anchored": ["doubt", "the operator's own chain", "自锚定"] };
  const [kind, english, chinese] = words[source] ?? ["plain", source, source];
  return mark(kind, t(english, chinese));
}

function hash(hexText) {
  return el("span", { class: "hash", title: hexText }, `${(hexText ?? "").slice(0, 16)}…`);
}

function placeButton(one, openPlace) {
  return one.statement ? el("button", { type: "button", class: "second open noprint", onclick: () => openPlace(one.statement) }, t("Open", "展开")) : "";
}

function section(title, heads, rows, none) {
  return el("section", {}, el("h2", {}, title), rows.length ? table(title, heads, rows.slice(0, MOST)) : el("p", { class: "soft" }, none), rows.length > MOST ? el("p", { class: "soft" }, t(`the first ${MOST} of ${rows.length}`, `共 ${rows.length} 条，显示前 ${MOST} 条`)) : null);
}
