/**
 * The verifier's one entrance: a bundle's bytes and a policy's text in, everything that holds of them out.
 *
 * The verification itself is `verify/verifier.js`, step by step as `tally_chain/verify/verifier.py` has it. This module
 * adds what a page wants beside the verdict: progress, plain data to show, and the proof of a single statement.
 */

import * as bundles from "./bundle.js";
import { FAILURE, SEVERITY_WORDS } from "./codes.js";
import { FormatError, PlatformError } from "./errors.js";
import * as findings from "./findings.js";
import { equal, fromHex, toHex } from "./octets.js";
import { pinnedRoot } from "./policy.js";
import { parse } from "./policy_text.js";
import { sha256 } from "./sha256.js";
import { headsOf, pointsOf, proofOf, statementsOf } from "./shown.js";
import * as figures from "./verify/figures.js";
import { examine } from "./verify/verifier.js";

/**
 * How far the verification has come. `step` is a stable word, `done` of `of` units of it are behind us.
 *
 * @typedef {object} Progress
 * @property {"read" | "logs" | "authorities" | "streams" | "payloads" | "figures" | "grant" | "done"} step
 * @property {number} of
 * @property {number} done
 * @property {string} said_en
 * @property {string} said_zh
 */

/**
 * A head that the reader holds beside those of the policy: read from a chain, or pasted.
 *
 * @typedef {object} HeldHead
 * @property {string} origin         of the log, or of the log of heads
 * @property {number | bigint} size
 * @property {string} root           hex, 32 bytes
 * @property {"public" | "consortium" | "out-of-band" | "self-anchored"} source
 * @property {number | null} [time]      of the block, Unix seconds
 * @property {number | null} [chain_id]
 * @property {"held" | "shown" | "disowned"} [standing]   what the chain at hand says of it; "held" where none was asked
 */

/**
 * @typedef {object} Options
 * @property {number} at                         verify as of this time, Unix seconds
 * @property {(progress: Progress) => void} [progress]
 * @property {HeldHead[]} [anchors]
 * @property {string | null} [readerKey]         hex id of the key that the reader holds
 */

/**
 * @typedef {object} Finding
 * @property {number} code
 * @property {string} name           "TREE_MISMATCH"
 * @property {"note" | "warning" | "failure"} severity
 * @property {string} subject        what it touches: a metering point, a key, a log, a place in it
 * @property {string} sentence_en    what Python says, word for word
 * @property {string} sentence_zh    the code's Chinese name, and the same detail
 * @property {string} advice_en      what to do about it
 * @property {string} advice_zh
 * @property {[number, number][]} times
 */

/**
 * @typedef {object} Figure
 * @property {string} point
 * @property {string} register
 * @property {string} unit
 * @property {number} from           Unix seconds
 * @property {number} to
 * @property {string} quantity       exact, plain decimal notation
 * @property {string | null} restated
 * @property {string} basis
 * @property {string} first          the entry that the first reading stands in
 * @property {string} last
 * @property {number} samples
 */

/**
 * @typedef {object} Verified
 * @property {object} verdict        what `tallystick verify --json` prints
 * @property {Finding[]} findings    gravest first, then by number
 * @property {Figure[]} figures
 * @property {object[]} points       by metering point: its registers with every sample, settlements, gaps
 * @property {Iterable<object>} statements   every statement that was read, in the order of the logs
 * @property {(index: number | bigint, section?: number) => object | null} proofOf
 * @property {object[]} heads        by log: origin, size, root, when it was signed, what vouches for it
 * @property {Uint8Array | null} grant   the grant's statement; what it is worth, the findings of step 9 say
 * @property {object[]} attachments      name, media type, digest, salt and content (null where withheld)
 */

/**
 * Verify a bundle under a policy. Everything wrong with the evidence becomes a finding.
 *
 * @param {Uint8Array} bundleBytes   plain, not sealed (`sealing.js` opens one)
 * @param {string} policyText        TOML
 * @param {Options} options
 * @returns {Promise<Verified>}
 * @throws {FormatError} for what is no bundle (BundleError), or no policy (PolicyError)
 */
export async function verify(bundleBytes, policyText, { at, progress = () => {}, anchors = [], readerKey = null }) {
  const tell = teller(progress);
  tell("read", 0, 1);
  const policy = withAnchors(parse(policyText), anchors);
  await checkPlatform(bundleBytes);
  const bundle = bundles.decode(bundleBytes);
  const found = await examine(bundle, policy, { now: at, readerKey, tell });
  const verdict = verdictOf(bundle, found);
  tell("done", 1, 1);
  return {
    verdict,
    findings: found.findings.map(shown),
    figures: verdict.figures,
    points: pointsOf(found),
    statements: statementsOf(found),
    proofOf: (index, section = 0) => proofOf(bundle, found, index, section),
    heads: headsOf(found),
    grant: bundle.grant,
    attachments: bundle.attachments ?? [],
  };
}

const SAID = {
  read: ["reading the file", "读取文件"],
  logs: ["rebuilding the logs' trees and checking their heads", "重建日志树并核对树头"],
  authorities: ["checking what the metering authorities signed", "核验计量主管的签名"],
  streams: ["checking every statement's signature and link", "逐条核验陈述的签名与链接"],
  payloads: ["reading every value", "读取全部读数"],
  figures: ["comparing registers and computing figures", "核对表底并计算数量"],
  grant: ["checking grant and attachments", "核验授权与附件"],
  done: ["done", "完成"],
};

function teller(progress) {
  return (step, done, of) => {
    const [said_en, said_zh] = SAID[step];
    progress({ step, of, done, said_en, said_zh });
  };
}

/** The hash that everything rests on is compared with the browser's own, over the whole file. */
async function checkPlatform(data) {
  if (!globalThis.crypto?.subtle) throw new PlatformError("this page needs WebCrypto: open it from a file or over https");
  const theirs = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  if (!equal(theirs, sha256(data))) throw new PlatformError("SHA-256 does not agree with this browser's own");
}

/** The policy, with the heads that the reader got at hand beside those it names; one that it names itself, in its place. */
function withAnchors(policy, anchors) {
  const heads = new Map();
  for (const { origin, size, root, source, time, chain_id: chainId, standing } of anchors) {
    const log = policy.log(origin) ?? policy.aggregator(origin);
    const bytes = fromHex(root.replace(/^0x/, ""));
    if (log === undefined || bytes?.length !== 32) {
      throw new FormatError(`the head of ${origin}: the policy names no such log, or its root is not 32 bytes in hex`);
    }
    if (!heads.has(log)) heads.set(log, new Map(log.roots.map((held) => [headName(held), held])));
    const ofLog = heads.get(log);
    const name = headName({ size, root: bytes, source, chainId: chainId ?? null });
    const given = pinnedRoot(size, bytes, source, { time: time ?? ofLog.get(name)?.time, chainId, standing });
    ofLog.delete(name);
    ofLog.set(name, given);
  }
  for (const [log, ofLog] of heads) log.roots = [...ofLog.values()];
  return policy;
}

function headName({ size, root, source, chainId }) {
  return `${size} ${toHex(root)} ${source} ${chainId}`;
}

function verdictOf(bundle, found) {
  return {
    holds: found.findings.every(({ severity }) => severity !== FAILURE),
    content: bundle.content.word,
    period: { from: bundle.from_at, to: bundle.to_at },
    statements: found.statements.length,
    figures: found.figures.map(figures.toJson),
    findings: found.findings.map(findings.toJson),
    logs: headsOf(found).map(({ origin, size, root, carried, vouched_by }) => ({ origin, size, root, carried, vouched_by })),
  };
}

function shown({ code, severity, touches, sentence, sentenceZh, times }) {
  return {
    code: code.number,
    name: code.name,
    severity: SEVERITY_WORDS[severity],
    subject: touches,
    sentence_en: sentence,
    sentence_zh: sentenceZh,
    advice_en: code.advice,
    advice_zh: code.adviceZh,
    times,
  };
}
