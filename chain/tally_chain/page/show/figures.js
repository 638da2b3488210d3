/** Totals by metering point and register: what a reader came for. */

import { el, mark, name, table } from "./dom.js";
import { drawable, fails } from "./running.js";
import { count, moment, number } from "./shown.js";
import { t } from "./words.js";

const BASIS = {
  complete: ["good", "complete", "完整"],
  "bridged by registers over declared gaps": ["doubt", "bridged over declared gaps", "缺口由表底衔接"],
  "total by registers": ["good", "total by registers", "表底差"],
  incomplete: ["doubt", "incomplete", "不完整"],
  "state at the end": ["plain", "state at the end", "期末状态"],
};

const MOST = 2000;

/** The mark of what a figure rests on. */
export function basisMark(basis) {
  const [kind, english, chinese] = BASIS[basis] ?? ["plain", basis, basis];
  return mark(kind, t(english, chinese));
}

/**
 * The table of figures. What does not hold is struck through and says so.
 * @param {object} run
 * @param {(figure: object) => void} open   called to open one down to its readings
 */
export function figures(run, open) {
  const all = run.verified.figures.slice(0, MOST);
  const state = drawable(run);
  const wrong = all.map((one) => state === "nothing" || run.known === false || fails(run, one.point));
  const rows = all.map((one, at) => [
    name(one.point, 200),
    name(one.register, 64),
    { text: quantity(one, wrong[at]), class: "number" },
    name(one.unit, 16),
    el("span", {}, wrong[at] ? mark("bad", t("not to be used", "不得使用")) : basisMark(one.basis)),
    { text: `${moment(one.from)} – ${moment(one.to)}`, class: "short" },
    { text: count(one.samples), class: "number" },
    state === "nothing" ? "" : el("button", { type: "button", class: "second open noprint", onclick: () => open(one) }, t("Open", "展开")),
  ]);
  const heads = [
    t("metering point", "计量点"),
    t("register", "寄存器"),
    { text: t("quantity", "数量"), class: "number" },
    t("unit", "单位"),
    t("rests on", "依据"),
    t("from – to", "起止"),
    { text: t("readings", "读数"), class: "number" },
    "",
  ];
  return el(
    "section",
    { class: "figures" },
    el("h2", {}, t("Figures", "数量")),
    state === "nothing" && all.length
      ? el("p", { class: "note bad" }, t("Something does not hold, so none of these figures may be used.", "核验不成立，以下数量均不得使用。"))
      : null,
    all.length ? table(t("Figures", "数量"), heads, rows, (at) => (wrong[at] ? "bad" : null)) : el("p", {}, t("No figure follows from the evidence.", "证据未给出任何数量。")),
    run.verified.figures.length > MOST ? el("p", { class: "soft" }, t(`the first ${MOST} of ${run.verified.figures.length}`, `共 ${run.verified.figures.length} 条，显示前 ${MOST} 条`)) : null,
  );
}

function quantity(one, wrong) {
  const shown = one.restated === null || one.restated === undefined ? number(one.quantity) : number(one.restated);
  const value = wrong ? el("s", { class: "void" }, shown) : shown;
  if (one.restated === null || one.restated === undefined) return value;
  return el("span", {}, value, el("br"), el("span", { class: "soft small" }, t("measured ", "实测 "), number(one.quantity)));
}
