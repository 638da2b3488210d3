/** One file's result, whole: verdict, checks, figures, drawings, parties, findings. Drawn again when the language changes. */

import { el } from "./dom.js";
import { calendar } from "./calendar.js";
import { evidenceOf } from "./evidence.js";
import { figures } from "./figures.js";
import { loadCurve } from "./load_curve.js";
import { openingPanel } from "./opening.js";
import { corrections, gaps, grant, heads, keys, meters, signers } from "./parties.js";
import { drawable, fails } from "./running.js";
import { setZone, zoneName } from "./shown.js";
import { about, banner, checks, findings, headline } from "./summary.js";
import { t } from "./words.js";

const MOST_DRAWN = 24;

/** Draw `run` into `verdictPlace` (the banner) and `place` (everything else). Only what was verified is drawn. */
export async function draw(run, verdictPlace, place) {
  if (run.phase !== "done") {
    verdictPlace.replaceChildren(banner(run));
    place.replaceChildren(...[checks(run), about(run)].filter(Boolean));
    return;
  }
  const evidence = drawable(run) === "nothing" || run.known === false ? null : evidenceOf(run.verified);
  if (evidence && evidence.zone) setZone(evidence.zone);
  const drawn = evidence ? drawings(run, evidence) : [withheld()];
  verdictPlace.replaceChildren(banner(run));
  place.replaceChildren(...(evidence ? [headline(run)] : []), ...drawn, checks(run), findings(run), ...[about(run)].filter(Boolean));
}

function withheld() {
  return el("p", { class: "note bad" }, t("Nothing of the evidence is drawn, because something in it does not hold.", "核验不成立，因此不绘制任何证据内容。"));
}

function drawings(run, evidence) {
  const opening = openingPanel(run, evidence);
  const period = run.verified.verdict.period;
  const sound = evidence.points.filter((point) => !fails(run, point.point));
  const curves = [];
  for (const [point, register] of sound.flatMap((one) => one.registers.map((register) => [one.point, register]))) {
    const curve = curves.length < MOST_DRAWN ? loadCurve(point, register, period, run.verified.findings) : null;
    if (curve) curves.push(curve);
  }
  const calendars = evidence.points.slice(0, MOST_DRAWN).map((point) => calendar(point.point, point.registers, period, run.verified.findings));
  const openStatement = (statement) => opening.statement(statement);
  return [
    figures(run, opening.figure),
    opening.panel,
    curves.length ? el("section", {}, el("h2", {}, t("Load curve", "负荷曲线")), curves) : null,
    calendars.length
      ? el("section", {}, el("h2", {}, t("Calendar of coverage", "覆盖日历")), el("p", { class: "soft" }, t(`Times as in ${zoneName()}.`, `时间按 ${zoneName()} 时区。`)), calendars)
      : null,
    more(evidence.points.length),
    signers(evidence),
    gaps(evidence, openStatement),
    corrections(evidence, openStatement),
    meters(evidence, openStatement),
    keys(evidence, openStatement),
    heads(run.verified),
    grant(evidence, run.verified),
  ].filter(Boolean);
}

function more(points) {
  return points > MOST_DRAWN ? el("p", { class: "soft" }, t(`Drawn are the first ${MOST_DRAWN} of ${points} metering points; every one is in the table of figures.`, `共 ${points} 个计量点，绘制前 ${MOST_DRAWN} 个；全部数量见上表。`)) : null;
}
