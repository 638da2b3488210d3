/** Findings, collected. Mirrors `tally_chain/findings.py`; the codes themselves are in `codes.js`. */

import { SEVERITY_WORDS, FAILURE } from "./codes.js";
import { compareText, cut, isPrintable, lengthOf, madePrintable } from "./text.js";

/** A sentence is for people; an error that quotes a whole payload is not. */
const MAX_DETAIL_CHARS = 400;

/** @typedef {[number, number]} Span   from and until, both included, Unix seconds */

/**
 * `text`, cut to MAX_DETAIL_CHARS, with nothing in it that hides or turns what stands beside it: texts of a bundle are the
 * other party's words.
 *
 * @param {string} text
 */
export function printable(text) {
  const shown = lengthOf(text) <= MAX_DETAIL_CHARS ? text : `${cut(text, MAX_DETAIL_CHARS - 1)}…`;
  return isPrintable(shown) ? shown : madePrintable(shown);
}

/** Collects findings. The same thing said about the same subject is kept once, with how often it was said. */
export class Ledger {
  constructor() {
    this.said = new Map();
  }

  /**
   * Add a finding; its sentence is the code's meaning and `detail`.
   *
   * @param {import("./codes.js").Code} code
   * @param {string} touches
   * @param {string} detail
   * @param {{ severity?: number, times?: Span[] }} more
   */
  add(code, touches, detail = "", { severity = code.severity, times = [] } = {}) {
    const finding = { code, severity, touches: printable(touches), detail: printable(detail) };
    const key = keyOf(finding);
    const known = this.said.get(key);
    if (known === undefined) {
      this.said.set(key, { finding, count: 1, times: [...times] });
      return;
    }
    if (severity > known.finding.severity) known.finding = finding;
    known.count += 1;
    for (const span of times) known.times.push(span);
  }

  /** What fails, by code and what it touches; and the code of each. @returns {Map<string, import("./codes.js").Code>} */
  failing() {
    const failing = new Map();
    for (const [key, { finding }] of this.said) if (finding.severity === FAILURE) failing.set(key, finding.code);
    return failing;
  }

  /** Every finding, gravest first, then by number. */
  all() {
    const all = Array.from(this.said.values(), ({ finding, count, times }) => told(finding, count, times));
    return all.sort(
      (one, other) =>
        other.severity - one.severity || one.code.number - other.code.number || compareText(one.touches, other.touches),
    );
  }
}

function keyOf({ code, touches }) {
  return `${code.number} ${touches}`;
}

function told({ code, severity, touches, detail }, count, times) {
  const again = count > 1 ? ` (and ${count - 1} more like it)` : "";
  const againZh = count > 1 ? `（另有 ${count - 1} 处相同）` : "";
  return {
    code,
    severity,
    touches,
    sentence: (detail ? `${code.meaning}: ${detail}` : code.meaning) + again,
    sentenceZh: (detail ? `${code.meaningZh}：${detail}` : code.meaningZh) + againZh,
    times,
  };
}

/** A finding as plain data. */
export function toJson({ code, severity, touches, sentence }) {
  return { code: code.number, name: code.name, severity: SEVERITY_WORDS[severity], touches, sentence };
}
