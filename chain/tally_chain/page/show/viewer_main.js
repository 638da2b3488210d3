/** The reader's own page: takes reports and bundles apart, and verifies them under the reader's own policy. */

import { FormatError } from "../js/errors.js";
import { parse } from "../js/policy_text.js";
import { isSealed, openSealed } from "../js/sealing.js";
import { KNOWN_SHELLS } from "../made/known.js";
import { readAnchors } from "./anchor_reading.js";
import { asked, startAsking } from "./asking.js";
import { el, name, printable } from "./dom.js";
import { nodeAt } from "./node.js";
import { isPage, readReport } from "./report_file.js";
import { draw } from "./result.js";
import { holds, newRun, refuse, runVerification } from "./running.js";
import { hex, size } from "./shown.js";
import { banner, checks } from "./summary.js";
import { onLanguage, startSwitches, t } from "./words.js";

const MOST_FILES = 50;

/** @type {File[]} */
let chosen = [];
/** @type {{run: object, verdictPlace: Element, place: Element}[]} */
let shown = [];
const place = document.getElementById("result");
const wrong = document.getElementById("wrong");

function choose(files) {
  chosen = [...files].slice(0, MOST_FILES);
  listChosen();
}

function listChosen() {
  document.getElementById("chosen").replaceChildren(...chosen.map((file) => el("li", {}, name(file.name, 120), `, ${size(file.size)}`)));
}

/** The heads that a node shows of the policy's logs. */
async function fromChain(policyText, endpoint) {
  const policy = parse(policyText);
  if (!policy.chain) throw new FormatError(t("The policy has no [chain]: it must pin the chain that is asked.", "策略中没有 [chain]，须先在策略中固定所查询的链。"));
  const orNone = (bytes) => (bytes === null ? null : hex(bytes));
  const chain = {
    chainId: policy.chain.chainId,
    genesis: hex(policy.chain.genesis),
    contract: hex(policy.chain.contract),
    kind: policy.chain.kind,
    codeHash: orNone(policy.chain.codeHash),
    confirmations: policy.chain.confirmations,
  };
  const logs = [...policy.logs, ...policy.aggregators].map((log) => ({ origin: log.origin, owner: orNone(log.anchorOwner), roots: log.roots }));
  return readAnchors(nodeAt(endpoint), chain, logs);
}

function opened(bundle, key) {
  if (key) return openSealed(bundle, key);
  throw new FormatError(t("the bundle is sealed: choose your reader's key below the policy", "证据包已加密：请在策略下方选择您的读者密钥"));
}

async function check(file, ask, anchors, one) {
  const { run } = one;
  try {
    let bundle = new Uint8Array(await file.arrayBuffer());
    if (isPage(bundle)) {
      run.report = await readReport(bundle);
      run.known = KNOWN_SHELLS.includes(run.report.shell);
      bundle = run.report.bundle;
    }
    if (isSealed(bundle)) bundle = await opened(bundle, ask.key);
    const readerKey = ask.key ? ask.key.publicKey.kidHex : null;
    await runVerification(run, bundle, ask.policy, { at: ask.at, anchors, readerKey }, () => {
      if (run.phase !== "running") return;
      one.verdictPlace.replaceChildren(banner(run));
      one.place.replaceChildren(checks(run));
    });
  } catch (error) {
    refuse(run, error);
  }
  await redraw(one);
}

async function redraw(one) {
  try {
    await draw(one.run, one.verdictPlace, one.place);
  } catch (error) {
    refuse(one.run, error);
    await draw(one.run, one.verdictPlace, one.place);
  }
}

/** Several files: one line each, above their results. */
function overview() {
  if (shown.length < 2) return el("div", {});
  return el("ul", {}, shown.map(({ run }, at) => el("li", {}, el("a", { href: `#file-${at}` }, printable(run.fileName, 120)), ": ", run.phase === "running" || run.phase === "waiting" ? t("checking", "核验中") : holds(run) ? t("✓ holds", "✓ 成立") : t("✕ does not hold", "✕ 不成立"))));
}

async function submit(event) {
  event.preventDefault();
  wrong.textContent = "";
  document.documentElement.dataset.phase = "running";
  try {
    if (chosen.length === 0) throw new FormatError(t("Choose at least one file.", "请至少选择一个文件。"));
    const ask = await asked();
    shown = chosen.map((file) => ({ run: newRun(file.name, false), verdictPlace: el("div", {}), place: el("div", {}) }));
    const summary = el("div", {});
    place.replaceChildren(summary, ...shown.map((one, at) => el("section", { id: `file-${at}`, class: "file" }, el("h2", {}, name(one.run.fileName, 200)), one.verdictPlace, one.place)));
    place.scrollIntoView({ block: "start" });
    const anchors = [...ask.heads, ...(ask.endpoint ? await fromChain(ask.policy, ask.endpoint) : [])];
    for (const [at, one] of shown.entries()) {
      summary.replaceChildren(overview());
      await check(chosen[at], ask, anchors, one);
    }
    summary.replaceChildren(overview());
  } catch (error) {
    shown = [];
    place.replaceChildren();
    wrong.textContent = `✕ ${printable(error.message, 600)}`;
  }
  document.documentElement.dataset.phase = "done";
}

function start() {
  startSwitches();
  startAsking();
  const drop = document.getElementById("drop");
  const files = document.getElementById("files");
  files.addEventListener("change", () => choose(files.files));
  for (const event of ["dragover", "drop"]) document.addEventListener(event, (dropped) => dropped.preventDefault());
  drop.addEventListener("dragover", () => drop.classList.add("over"));
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    drop.classList.remove("over");
    choose(event.dataTransfer.files);
  });
  document.getElementById("ask").addEventListener("submit", submit);
  onLanguage(async () => {
    listChosen();
    for (const one of shown) await redraw(one);
  });
}

start();
