// A statement is signed in the page, with the person's own key file. The key is opened here and never leaves: what is
// sent is the public half and the signature. See docs/portal-operations.md.

import { KeyStoreError } from "../verifier/errors.js";
import { equal, fromBase64, toHex } from "../verifier/octets.js";
import { shown, signedBytes } from "./signed_bytes.js";
import { openSigningKey } from "./signing_key.js";

const CHINESE = document.documentElement.lang === "zh-CN";
const say = (english, chinese) => (CHINESE ? chinese : english);
const WHY = {
  "not-a-key": say("This file is no private key in PEM.", "该文件不是 PEM 格式的私钥。"),
  "not-locked-so": say("This key is locked in a way that a browser can not open; sign with the command line.", "浏览器无法打开该密钥的加密方式，请使用命令行签署。"),
  "wrong-passphrase": say("The key does not open: wrong passphrase, or damaged.", "密钥无法打开：口令错误或文件损坏。"),
  "not-in-the-table": say("Keys here are P-256 or Ed25519.", "仅支持 P-256 或 Ed25519 密钥。"),
  "no-ed25519": say("This browser can not sign with Ed25519; sign with the command line.", "此浏览器不支持 Ed25519，请使用命令行签署。"),
};
const PROOF_NEEDED = "prove who you are again"; // the title of that problem
const ALGORITHMS = { ES256: [-7, -9], Ed25519: [-8, -19] };

for (const form of document.querySelectorAll("form[data-sign-here]")) wire(form);

function wire(form) {
  const part = (name) => form.querySelector(`[data-sign="${name}"]`);
  const [file, passphrase, read, sign, panel, status] = ["file", "passphrase", "read", "sign", "panel", "status"].map(part);
  let key = null, toSign = null;

  part("whole").hidden = false;
  const forget = () => {
    key = null;
    toSign = null;
    field(form, "signature").value = "";
    sign.hidden = true;
    panel.replaceChildren();
  };
  file.addEventListener("change", forget);
  form.addEventListener("input", (event) => { if (event.target !== passphrase) forget(); });

  read.addEventListener("click", async () => {
    forget();
    if (!form.reportValidity() || !file.files.length) return tell(status, say("Choose your key file.", "请选择密钥文件。"), true);
    read.disabled = true;
    try {
      tell(status, say("Opening the key in this page …", "正在本页打开密钥……"));
      key = await openSigningKey(await file.files[0].text(), passphrase.value);
      passphrase.value = "";
      const answer = await asked(form, toHex(key.publicKey.encoded));
      toSign = fromBase64(answer.to_sign);
      const said = signedBytes(toSign);
      mustBeFor(key, said);
      panel.replaceChildren(...told(said, answer.lines, toSign, key));
      field(form, "public_key").value = toHex(key.publicKey.encoded);
      field(form, "unsigned").value = answer.unsigned;
      sign.hidden = false;
      tell(status, say("Read what you sign, then sign.", "请核对签署内容后签署。"));
      panel.focus();
    } catch (error) {
      forget();
      tell(status, error instanceof KeyStoreError ? WHY[error.code] : error.message, true);
    } finally {
      read.disabled = false;
    }
  });

  form.addEventListener("submit", async (event) => {
    if (field(form, "signature").value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!key || !toSign) return read.click();
    field(form, "signature").value = toHex(await key.sign(toSign));
    key = null;
    form.submit();
  }, { capture: true });
}

async function asked(form, publicKey) {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
  body.set("public_key", publicKey);
  const answer = await fetch(form.dataset.signHere, { method: "POST", body, headers: { accept: "application/json" } });
  const told = await answer.json();
  if (answer.status === 403 && told.title === PROOF_NEEDED) return prove(form);
  if (!answer.ok) throw new Error(told.detail || told.title || String(answer.status));
  return told;
}

/** To the proof of who one is, with what was typed. Key file and passphrase have no names, so no form sends them. */
function prove(form) {
  if (form.dataset.again) {
    form.action = form.dataset.again;
    form.submit();
  } else {
    location.assign(form.querySelector("[data-prove]").dataset.prove);
  }
  return new Promise(() => {}); // the page is being left
}

/** The statement is one of the opened key, by its thumbprint (RFC 9679) and algorithm. Throws Error. */
function mustBeFor(key, said) {
  if (!(said.kid instanceof Uint8Array) || !equal(said.kid, key.publicKey.kid) || !ALGORITHMS[key.algorithm].includes(said.algorithm)) {
    throw new Error(say("What came to be signed is not for this key: nothing was signed.", "待签内容与该密钥不符，未签署。"));
  }
}

function told(said, lines, toSign, key) {
  const list = document.createElement("dl");
  list.className = "facts";
  const rows = [
    [say("Kind", "类型"), said.kind],
    [say("About", "对象"), said.subject],
    [say("At", "时间"), new Date(said.issuedAt * 1000).toISOString()],
    [say("Your key", "您的密钥"), toHex(said.kid)],
    ...lines,
  ];
  for (const [name, text] of rows) {
    const row = document.createElement("div"), term = document.createElement("dt"), value = document.createElement("dd");
    term.textContent = name;
    value.textContent = text;
    row.append(term, value);
    list.append(row);
  }
  const whole = document.createElement("details"), summary = document.createElement("summary"), text = document.createElement("pre");
  summary.textContent = say(`All that is signed, as this page decoded it (${toSign.length} bytes, ${key.algorithm})`, `本页解码的全部签署内容（${toSign.length} 字节，${key.algorithm}）`);
  text.textContent = shown(said.payload).trim();
  whole.append(summary, text);
  return [list, whole];
}

function field(form, name) {
  return form.querySelector(`input[type="hidden"][name="${name}"]`);
}

function tell(status, words, isWrong = false) {
  status.textContent = words;
  status.className = isWrong ? "note bad" : "note";
}
