/** What the reader fills in beside files: the policy, heads compared by another way, a node, a time. */

import { FormatError, KeyStoreError } from "../js/errors.js";
import { openReaderKey } from "../js/reader_key.js";
import { t } from "./words.js";

const field = (id) => document.getElementById(id);
const value = (id) => field(id).value.trim();

/** What the reader typed, checked. @throws {FormatError} in the reader's language, naming the field */
export async function asked() {
  const policy = field("policy").value;
  if (policy.trim() === "") throw new FormatError(t("Give your policy: without one nothing is trusted, and nothing can be verified.", "请提供核验策略：没有策略就没有信任依据，无法核验。"));
  return { policy, at: moment(), heads: head(), endpoint: endpoint(), key: await readerKey() };
}

/** Why a key does not open, by the code of its error. */
const KEY_REFUSED = {
  "not-a-key": ["The reader's key: this file is no private key in PEM.", "读者密钥：该文件不是 PEM 格式的私钥。"],
  "not-locked-so": ["The reader's key is locked in a way that a browser can not open; use `tallystick bundle open`.", "浏览器无法打开该读者密钥的加密方式，请使用 `tallystick bundle open`。"],
  "wrong-passphrase": ["The reader's key does not open: wrong passphrase, damaged, or no P-256 key.", "读者密钥无法打开：口令错误、文件损坏，或不是 P-256 密钥。"],
};

/** The reader's key, where a file is chosen; it opens sealed bundles, and shows who reads. */
async function readerKey() {
  const [file] = field("key-file").files;
  if (!file) return null;
  try {
    return await openReaderKey(await file.text(), field("passphrase").value);
  } catch (error) {
    throw error instanceof KeyStoreError ? new FormatError(t(...KEY_REFUSED[error.code])) : error;
  }
}

function moment() {
  const text = value("as-of");
  if (text === "") return Math.floor(Date.now() / 1000);
  const found = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(found)) throw new FormatError(t("The time is not one: write 2026-11-28 or 2026-11-28T08:00:00+08:00.", "时点格式不正确，应为 2026-11-28 或 2026-11-28T08:00:00+08:00。"));
  return Math.floor(found / 1000);
}

function head() {
  const [origin, size, root] = [value("head-origin"), value("head-size"), value("head-root").replace(/\s+/g, "").toLowerCase()];
  if (origin === "" && size === "" && root === "") return [];
  if (origin === "" || !/^[1-9]\d{0,15}$/.test(size) || !/^[0-9a-f]{64}$/.test(root)) throw new FormatError(t("A head has a log, a size and a root of 64 hexadecimal digits.", "树头须填写日志名称、条目数和 64 位十六进制树根。"));
  return [{ origin, size: Number(size), root, source: "out-of-band", time: null, chain_id: null, standing: "held" }];
}

function endpoint() {
  const text = value("endpoint");
  if (text === "") return null;
  let url = null;
  try {
    url = new URL(text);
  } catch {
    url = null;
  }
  const local = url && url.protocol === "http:" && ["127.0.0.1", "localhost"].includes(url.hostname);
  if (!url || !(url.protocol === "https:" || local)) throw new FormatError(t("The node's address must begin with https://, or be on this machine.", "节点地址须以 https:// 开头，或为本机地址。"));
  return text;
}

/**
 * Make the policy's fields work: a file fills the text. Nothing is kept from one visit to the next: pages that are opened
 * from a disk share what a browser keeps, and a forged report would leave its maker's policy there.
 */
export function startAsking() {
  const policy = field("policy");
  field("policy-file").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (file) policy.value = await file.text();
  });
}
