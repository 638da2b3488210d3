/** Who signed: keys and their history, meters and what happened to them, gaps that devices declared. */

import { download, el, mark, name, printable, table } from "./dom.js";
import { decodePublicKey } from "../js/keys.js";
import { contentOf } from "./evidence.js";
import { aloud, count, exact, hex, moment, number } from "./shown.js";
import { t } from "./words.js";

const EVENTS = { install: ["installed", "装表"], exchange: ["exchanged", "换表"], calibration: ["calibrated", "检定"], ratio: ["ratio changed", "变比变更"], removal: ["removed", "拆表"] };
const PLACES = { in_meter: ["in the meter", "表内签名"], polled_bus: ["polled bus", "总线采集"], by_hand: ["by hand", "人工录入"], simulated: ["simulated", "模拟"] };
const REASONS = { compromised: ["compromised", "密钥泄露"], device_lost: ["device lost", "设备丢失"], retired: ["retired", "停用"], forked: ["forked", "分叉"] };
const CORRECTED = { wrong_ratio: ["wrong ratio", "倍率错误"], meter_fault: ["meter fault", "表计故障"], wrong_wiring: ["wrong wiring", "接线错误"], gap_filled: ["gap filled", "缺口补录"], wrong_clock: ["wrong clock", "时钟错误"] };
const GAPS = { outbox_full: ["outbox full", "发件箱已满"], meter_silent: ["meter silent", "表计无应答"], agent_down: ["agent down", "采集程序停止"], clock_unset: ["clock unset", "时钟未设"], reading_invalid: ["reading invalid", "读数无效"], state_lost: ["state lost", "状态丢失"], storage_full: ["storage full", "存储已满"] };
const MOST = 200;

const short = (text) => ({ text, class: "short" });
const word = (words, { word: known }) => t(...(words[known] ?? [known, known]));
const listed = (values) => el("span", {}, (values ?? []).slice(0, 20).map((value, at) => [at ? ", " : "", name(value, 120)]), (values ?? []).length > 20 ? ` … ${values.length}` : "");

const ROLES = { authority: ["authority", "计量主管"], device: ["device", "设备"], log: ["log", "日志"] };

/** Who signed what is shown here. */
export function signers(evidence) {
  const rows = evidence.signers.map((one) => [t(...ROLES[one.role]), name(one.issuer), hash(one.key), { text: count(one.statements), class: "number" }, short(`${moment(one.first)} – ${moment(one.last)}`)]);
  const heads = [t("role", "角色"), t("name", "名称"), t("key", "密钥"), { text: t("statements", "陈述"), class: "number" }, t("first – last, by its own clock", "起止（自身时钟）")];
  return section(t("Who signed", "签名方"), heads, rows, t("Nobody.", "无。"));
}

/** The owner's grant, and documents beside the evidence: carried, or named and withheld. */
export function grant(evidence, verified) {
  const said = evidence.grant;
  const facts = said
    ? [
        [t("Granted by", "授权方"), name(said.owner)],
        [t("To", "被授权方"), name(said.reader)],
        [t("For", "用途"), name(said.purpose)],
        [t("Period", "期间"), `${moment(said.from_at)} – ${moment(said.to_at)}`],
        [t("Until", "有效期至"), moment(said.expires_at)],
        [t("Metering points", "计量点"), said.points.length ? listed(said.points) : t("all of this bundle", "本证据包全部")],
      ]
    : [];
  const documents = verified.attachments.map((one) => [
    name(one.name, 200),
    name(one.media_type, 128),
    one.content ? mark("good", t("carried", "已附")) : mark("plain", t("withheld", "未附")),
    one.content ? el("button", { type: "button", class: "second open noprint", onclick: () => download(one.content, fileName(one.name)) }, t("Keep", "下载")) : "",
  ]);
  const heads = [t("document", "文件"), t("type", "类型"), "", ""];
  return el(
    "section",
    {},
    el("h2", {}, t("Grant and documents", "授权与附件")),
    said ? el("dl", { class: "facts" }, facts.map(([term, told]) => el("div", {}, el("dt", {}, term), el("dd", {}, told)))) : el("p", { class: "soft" }, t("The bundle carries no grant.", "证据包未含授权。")),
    documents.length ? table(t("Documents", "附件"), heads, documents) : null,
  );
}

/** A name under which a document can be kept: no path, nothing that a system reads as more than a name. */
function fileName(text) {
  return printable(text, 100).replace(/[^\p{L}\p{N}._ -]/gu, "_").replace(/^\.+/, "_") || "document";
}

/** Every party's keys as the policy and the authority name them, and what became of them. */
export function keys(evidence, openPlace) {
  const rows = [];
  for (const one of evidence.authority) {
    const at = moment(one.shown.issued_at);
    const entry = placeButton(one.shown, openPlace);
    const said = one.content;
    if (one.kind === "enrolment") rows.push([short(at), t("enrolled", "登记"), name(said.device), hash(keyId(said.public_key)), el("span", {}, word(PLACES, said.place), ": ", name(said.model, 60), " → ", listed(said.points)), entry]);
    if (one.kind === "rotation") rows.push([short(at), t("replaced", "更换"), name(said.device), hash(keyId(said.public_key)), t(`follows after statement ${said.last?.seq}`, `接续第 ${said.last?.seq} 条陈述之后`), entry]);
    if (one.kind === "revocation") rows.push([short(at), mark("bad", t("revoked", "吊销")), name(said.device), hash(hex(said.kid)), word(REASONS, said.reason), entry]);
  }
  const heads = [t("when", "时间"), t("what", "事件"), t("device", "设备"), t("key", "密钥"), t("details", "说明"), ""];
  return section(t("Keys and their history", "密钥及其沿革"), heads, rows, t("No key is enrolled.", "未登记任何密钥。"));
}

/** Meters and what happened to them, signed by the authority and a second person. */
export function meters(evidence, openPlace) {
  const rows = evidence.authority
    .filter((one) => one.kind === "meter-facts")
    .map((one) => {
      const said = one.content;
      return [short(moment(said.effective_at)), name(said.point), said.event.word === "exchange" ? mark("doubt", word(EVENTS, said.event)) : word(EVENTS, said.event), name(said.serial, 64), name(`${said.accuracy_class}, × ${exact(said.multiplier)}`), said.certificate ? name(`${said.certificate} → ${said.certificate_expires_at ? moment(said.certificate_expires_at) : "–"}`) : "–", placeButton(one.shown, openPlace)];
    });
  const heads = [t("from", "生效"), t("metering point", "计量点"), t("event", "事件"), t("serial", "表号"), t("class, ratio", "准确度等级、倍率"), t("certificate", "检定证书"), ""];
  return section(t("Meters and exchanges", "表计与换表"), heads, rows, t("No meter facts.", "无计量档案。"));
}

/** Corrections of the authority. */
export function corrections(evidence, openPlace) {
  const rows = evidence.authority
    .filter((one) => one.kind === "correction")
    .map((one) => {
      const said = one.content;
      return [short(`${moment(said.from_at)} – ${moment(said.to_at)}`), name(`${said.point}/${said.register}`), { text: number(exact(said.quantity)), class: "number" }, name(said.unit, 16), el("span", {}, word(CORRECTED, said.reason), ": ", name(said.explanation)), placeButton(one.shown, openPlace)];
    });
  const heads = [t("interval", "区间"), t("register", "寄存器"), { text: t("counts as", "更正为"), class: "number" }, t("unit", "单位"), t("why", "原因"), ""];
  return section(t("Corrections", "更正"), heads, rows, t("None.", "无。"));
}

/** Gaps that devices declared. */
export function gaps(evidence, openPlace) {
  const rows = evidence.points.flatMap((point) =>
    point.gaps.map((gap) => [name(point.point), short(`${moment(gap.after)} – ${moment(gap.before)}`), t(...(GAPS[gap.reason] ?? [gap.reason, gap.reason])), { text: missing(gap), class: "number" }, placeButton(gap.shown, openPlace)]),
  );
  const heads = [t("metering point", "计量点"), t("no readings between", "无读数区间"), t("why", "原因"), { text: t("readings missing", "缺少读数"), class: "number" }, ""];
  return section(t("Declared gaps", "已声明缺口"), heads, rows, t("None.", "无。"));
}

/** Logs, their heads, and what vouches for them. */
export function heads(verified) {
  const rows = verified.heads.flatMap((head) => {
    const lines = (head.vouching).map((one) => [name(head.origin, 255), { text: String(one.size), class: "number" }, { text: aloud(one.root), class: "hash" }, el("span", {}, sourceMark(one.source), one.via ? [t(" through ", " 经 "), name(one.via, 200)] : null), one.time === null ? "–" : short(moment(one.time)), one.chain_id === null ? "–" : String(one.chain_id)]);
    const shown = [name(head.origin, 255), { text: String(head.size), class: "number" }, { text: aloud(head.root), class: "hash" }, mark("plain", t("signed by the log", "日志签名")), short(moment(head.signed_at)), "–"];
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
  return { text: el("span", { class: "hash", title: hexText }, `${hexText.slice(0, 16)}…`), class: "short" };
}

function placeButton(shown, openPlace) {
  return shown ? el("button", { type: "button", class: "second open noprint", onclick: () => openPlace(shown) }, t("Open", "展开")) : "";
}

/** The id of a key that a verified statement names. */
function keyId(encoded) {
  return decodePublicKey(encoded).kidHex;
}

function missing(gap) {
  return gap.shown ? String(contentOf(gap.shown).missing) : "";
}

function section(title, heads, rows, none) {
  return el("section", {}, el("h2", {}, title), rows.length ? table(title, heads, rows.slice(0, MOST)) : el("p", { class: "soft" }, none), rows.length > MOST ? el("p", { class: "soft" }, t(`the first ${MOST} of ${rows.length}`, `共 ${rows.length} 条，显示前 ${MOST} 条`)) : null);
}
