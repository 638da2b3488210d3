/** One verification as a page runs it: what it began with, how far it is, and how it ended. */

import { verify } from "../js/verify.js";
import { FormatError } from "../js/errors.js";

/** The verifier's steps in their order, and the first digits of the findings that each of them ends in. */
export const STEPS = [
  ["read", ["The bundle can be read", "证据包格式"], [1]],
  ["logs", ["Logs: tree, head, anchor", "日志：树、树头、锚定"], [2]],
  ["authorities", ["Authority, keys, meter facts", "计量主管、密钥、计量档案"], [3]],
  ["streams", ["Signatures and streams of the devices", "设备签名与陈述流"], [4, 6]],
  ["payloads", ["What the statements say", "陈述内容"], []],
  ["figures", ["Registers, coverage, figures", "表底、覆盖、数量"], [5]],
  ["grant", ["Grant and attachments", "授权与附件"], [7]],
];

/**
 * @typedef {object} Run
 * @property {string} fileName
 * @property {"waiting" | "running" | "done" | "refused"} phase
 * @property {object | null} report      the report's data, where the file is one
 * @property {boolean | null} known      whether the page around them is one that the program writes; null: not asked
 * @property {boolean} own               whether the page runs its own check (a report), not the reader's
 * @property {{step: string, done: number, of: number, said: [string, string]} | null} progress
 * @property {Set<string>} passed        steps that are behind us
 * @property {[string, string] | null} refusal
 * @property {number} at
 * @property {number} seconds
 * @property {import("../js/verify.js").Verified | null} verified
 */

/** A run that has not begun. */
export function newRun(fileName, own) {
  return { fileName, own, phase: "waiting", report: null, known: null, progress: null, passed: new Set(), refusal: null, at: 0, seconds: 0, verified: null };
}

/**
 * Verify; `told` is called whenever something changed. Nothing is thrown: what can not be verified is refused in words.
 * @param {Run} run
 * @param {Uint8Array} bundle
 * @param {string} policy
 * @param {{at: number, anchors?: object[], readerKey?: string | null}} options
 * @param {() => void} told
 */
export async function runVerification(run, bundle, policy, options, told) {
  run.phase = "running";
  run.at = options.at;
  const began = performance.now();
  const progress = ({ step, done, of, said_en, said_zh }) => {
    const at = STEPS.findIndex(([name]) => name === step);
    STEPS.slice(0, at < 0 ? (step === "done" ? STEPS.length : 0) : at).forEach(([name]) => run.passed.add(name));
    run.progress = { step, done, of, said: [said_en, said_zh] };
    told();
  };
  try {
    run.verified = await verify(bundle, policy, { ...options, progress });
    run.phase = "done";
    STEPS.forEach(([name]) => run.passed.add(name));
  } catch (error) {
    refuse(run, error);
  }
  run.seconds = (performance.now() - began) / 1000;
  told();
}

/** End a run with an error. */
export function refuse(run, error) {
  const said = error instanceof Error ? error.message : String(error);
  run.phase = "refused";
  run.verified = null;
  if (error instanceof FormatError && error.name === "PolicyError") run.refusal = [`The policy can not be used: ${said}`, `策略无法使用：${said}`];
  else if (error instanceof FormatError) run.refusal = [`Not to be read: ${said}`, `无法读取：${said}`];
  else run.refusal = [`The check could not be finished: ${said}`, `核验未能完成：${said}`];
}

/** Whether everything holds, the page around the data included. */
export function holds(run) {
  return run.phase === "done" && run.known !== false && run.verified.verdict.holds === true && !run.verified.findings.some((one) => one.severity === "failure");
}

/**
 * What may be drawn, as `Examined` of the Python verifier has it: `all`, only what no failure touches (`parts`, where
 * every failure is about metering points), or nothing at all.
 */
export function drawable(run) {
  if (run.phase !== "done") return "nothing";
  const failures = run.verified.findings.filter((one) => one.severity === "failure");
  if (failures.length === 0) return "all";
  return failures.every((one) => one.code >= 500 && one.code < 600) ? "parts" : "nothing";
}

/** Whether a failure is about a metering point. */
export function fails(run, point) {
  return run.verified.findings.some((one) => one.severity === "failure" && (one.subject === point || one.subject.startsWith(`${point}/`)));
}
