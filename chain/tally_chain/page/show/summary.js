/** The verdict in one glance, the checks as they run, and the findings in words. */

import { el, mark, name, table } from "./dom.js";
import { STEPS, holds } from "./running.js";
import { aloud, count, moment, zoneName } from "./shown.js";
import { several, t } from "./words.js";

const SEVERITY = {
  failure: ["bad", "failure", "不成立"],
  warning: ["doubt", "warning", "警示"],
  note: ["plain", "note", "说明"],
};

/** What a policy can let pass although it proves less: said at the top, wherever it did. */
const PERMITTED = new Set([207, 308, 320, 601, 602]);

/** The banner: what holds, in words, a sign and a colour. */
export function banner(run) {
  const [kind, sign, says, more] = verdictWords(run);
  return el(
    "section",
    { class: `banner ${kind}`, role: "status", "aria-live": "polite", "data-verdict": kind },
    el("p", { class: "says" }, `${sign} ${says}`),
    more.map((line) => el("p", {}, line)),
  );
}

function verdictWords(run) {
  if (run.phase === "refused") {
    const [english, chinese] = run.refusal;
    return ["bad", "✕", t("Not verified. Use nothing of this file.", "未通过核验，不得使用本文件中的任何内容。"), [name(t(english, chinese))]];
  }
  if (run.phase !== "done") return ["plain", "…", t("Checking. Nothing is verified yet.", "正在核验，尚无结论。"), []];
  const of = { failure: 0, warning: 0, note: 0 };
  run.verified.findings.forEach((one) => (of[one.severity] += 1));
  const counts = t(`${several(of.failure, "failure")}, ${several(of.warning, "warning")}, ${several(of.note, "note")}`, `${of.failure} 项不成立，${of.warning} 项警示，${of.note} 项说明`);
  const as = t(`Verified as of ${moment(run.at)} in ${run.seconds.toFixed(1)} s: ${counts}.`, `核验时点 ${moment(run.at)}，用时 ${run.seconds.toFixed(1)} 秒：${counts}。`);
  const lines = [as];
  if (run.known === false) {
    lines.push(
      t(
        "The page around the data is none that this program writes: what that page shows may be anything. Go by what stands here.",
        "数据外的页面不是本程序生成的页面，该页面显示的内容可能是任意的。请只以此处为准。",
      ),
    );
  }
  const permitted = run.verified.findings.filter((one) => PERMITTED.has(one.code) && one.severity !== "failure");
  if (permitted.length) {
    const [english, chinese] = ["sentence_en", "sentence_zh"].map((which) => [...new Set(permitted.map((one) => one[which]))]);
    lines.push(el("strong", {}, t("Accepted only because the policy permits it: ", "仅因策略允许而被接受："), name(t(english.join("; "), chinese.join("；")), 600)));
  }
  if (holds(run)) {
    if (run.own) {
      lines.push(t("By this page's own check, under the policy of whoever made it.", "以上为本页面自行核验、并依据制作方策略的结论。"));
      return ["good", "✓", t("The evidence holds, says this page.", "证据成立（本页自核验）。"), lines];
    }
    return ["good", "✓", t("The evidence holds.", "证据成立。"), lines];
  }
  if (run.verified.verdict.holds) return ["bad", "✕", t("The data hold, the page is not to be believed.", "数据成立，但页面不可信。"), lines];
  return ["bad", "✕", t("The evidence does not hold.", "证据不成立。"), lines];
}

/** A bar and the list of checks, as far as they are. */
export function checks(run) {
  const running = run.phase === "running" && run.progress;
  const bar =
    run.phase === "running" || run.phase === "waiting"
      ? el("p", {}, el("progress", { max: running ? Math.max(1, running.of) : 1, value: running ? running.done : null, "aria-label": t("Progress", "进度") }), " ", running ? t(...running.said) : "")
      : null;
  const own = run.report
    ? [el("li", {}, el("span", {}, t("Data of the report are whole", "报告数据完整")), mark(run.report.digest ? "good" : "bad", run.report.digest ? t("holds", "通过") : t("fails", "不通过")))]
    : [];
  if (run.known !== null) {
    own.push(el("li", {}, el("span", {}, t("The page is one that this program writes", "页面由本程序生成")), mark(run.known ? "good" : "bad", run.known ? t("holds", "通过") : t("fails", "不通过"))));
  }
  return el(
    "section",
    { class: "checking" },
    el("h2", {}, t("Checks", "核验步骤")),
    bar,
    el("ol", { class: "checks" }, own, STEPS.map((step) => el("li", {}, el("span", {}, t(...step[1])), stepMark(run, step)))),
  );
}

function stepMark(run, [step, , digits]) {
  if (run.phase === "done") {
    const mine = run.verified.findings.filter((one) => digits.includes(Math.floor(one.code / 100)));
    const failing = mine.filter((one) => one.severity === "failure").length;
    const warning = mine.filter((one) => one.severity === "warning").length;
    if (failing) return mark("bad", t(several(failing, "failure"), `${failing} 项不成立`));
    if (warning) return mark("doubt", t(several(warning, "warning"), `${warning} 项警示`));
    return mark("good", t("holds", "通过"));
  }
  if (run.phase === "refused") return mark(run.passed.has(step) ? "plain" : "bad", run.passed.has(step) ? t("done", "已执行") : t("not done", "未执行"));
  if (run.passed.has(step)) return mark("plain", t("done", "已执行"));
  if (run.progress && run.progress.step === step) return mark("plain", t("running", "进行中"));
  return mark("plain", t("waits", "等待"));
}

/** Every finding, gravest first. */
export function findings(run) {
  const all = run.verified.findings;
  const most = 200;
  const rows = all.slice(0, most).map((one) => {
    const [kind, english, chinese] = SEVERITY[one.severity];
    const todo = one.advice_en === "Nothing." ? "" : t(one.advice_en, one.advice_zh);
    return [
      mark(kind, t(english, chinese)),
      { text: `${one.code}`, class: "short" },
      el("span", {}, name(t(one.sentence_en, one.sentence_zh)), el("br"), el("span", { class: "soft small" }, el("code", {}, one.name), " ", name(todo))),
      name(one.subject, 200),
    ];
  });
  const heads = [t("weighs", "程度"), t("code", "编号"), t("what was found", "结论"), t("about", "对象")];
  return el(
    "section",
    {},
    el("h2", {}, t("Findings", "核验结论")),
    all.length ? table(t("Findings", "核验结论"), heads, rows, (at) => SEVERITY[all[at].severity][0]) : el("p", {}, t("Nothing to object to.", "无异议。")),
    all.length > most ? el("p", { class: "soft" }, t(`and ${all.length - most} more, none graver`, `另有 ${all.length - most} 项，程度均不更重`)) : null,
  );
}

/** What the report says about itself: nobody signs these words. */
export function about(run) {
  if (!run.report) return null;
  const rows = [
    [t("Title (not signed by anybody)", "标题（无人签名）"), name(run.report.title) ],
    [t("Made (by the maker's clock, not signed)", "制作时间（制作方时钟，未签名）"), `${moment(run.report.madeAt)} ${zoneName()}`],
    [t("Fingerprint of the data, to compare by another way", "数据指纹，用于带外比对"), el("span", { class: "hash" }, aloud(run.report.digest))],
  ];
  return el(
    "section",
    {},
    el("h2", {}, t("This file", "本文件")),
    el("dl", { class: "facts" }, rows.map(([term, told]) => el("div", {}, el("dt", {}, term), el("dd", {}, told)))),
    el("details", {}, el("summary", {}, run.own ? t("The policy inside: that of whoever made this file", "内附策略：属于制作方") : t("The policy inside, which was not used", "内附策略（未采用）")), el("pre", {}, printableLines(run.report.policy))),
  );
}

function printableLines(text) {
  return text.slice(0, 200_000).replace(/[^\P{C}\n\t]/gu, "\ufffd");
}

/** What the verdict is about: the numbers that a reader looks for first. */
export function headline(run) {
  const { verdict, heads } = run.verified;
  const cell = (term, told, kind = null) => el("div", { class: kind }, el("dt", {}, term), el("dd", {}, told));
  const anchored = heads.map((head) => head.vouching.map((one) => one.source)).flat();
  const independent = anchored.some((source) => source === "public" || source === "consortium");
  return el(
    "dl",
    { class: "headline" },
    cell(t("Period", "期间"), `${moment(verdict.period.from)} – ${moment(verdict.period.to)}`),
    cell(t("Statements checked", "已核验陈述"), count(verdict.statements)),
    cell(t("Metering points", "计量点"), count(new Set(verdict.figures.map((one) => one.point)).size)),
    cell(t("Anchor", "锚定"), independent ? t("on an independent chain", "独立链") : t("none that is independent", "无独立锚定"), independent ? "good" : "doubt"),
  );
}
