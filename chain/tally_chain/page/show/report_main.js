/** What a report does as it opens: read its own data, verify them, draw what holds. */

import { draw } from "./result.js";
import { printable } from "./dom.js";
import { ownData } from "./report_file.js";
import { newRun, refuse, runVerification } from "./running.js";
import { banner, checks } from "./summary.js";
import { onLanguage, startSwitches } from "./words.js";

const run = newRun("", true);
const verdictPlace = document.getElementById("verdict");
const place = document.getElementById("result");

function redraw() {
  return draw(run, verdictPlace, place);
}

async function start() {
  if (document.readyState === "loading") await new Promise((go) => document.addEventListener("DOMContentLoaded", go));
  startSwitches();
  onLanguage(redraw);
  await redraw();
  try {
    run.report = await ownData(document);
    nameIt();
    const at = Math.floor(Date.now() / 1000);
    await runVerification(run, run.report.bundle, run.report.policy, { at }, () => {
      if (run.phase !== "running") return;
      verdictPlace.replaceChildren(banner(run));
      place.replaceChildren(checks(run));
    });
  } catch (error) {
    refuse(run, error);
  }
  try {
    await redraw();
  } catch (error) {
    refuse(run, error);
    await redraw();
  }
  document.documentElement.dataset.phase = run.phase;
}

/** The title of whoever made the file: shown as theirs, in front of what is ours. */
function nameIt() {
  const title = printable(run.report.title, 200);
  if (!title) return;
  const heading = document.getElementById("title");
  heading.removeAttribute("data-zh");
  heading.textContent = title;
  document.getElementById("title-note").hidden = false;
  document.title = `${title} · Tallystick report`;
}

start();
