// Fields of 64 digits that need not be typed: the SHA-256 of a file, which is read here and never sent, and numbers
// drawn at random.

import { toHex } from "../verifier/octets.js";
import { addLines } from "./lines.js";

const BYTES = 32;
const CHINESE = document.documentElement.lang === "zh-CN";
const READING = CHINESE ? "正在读取文件，请稍候" : "The file is being read";

async function digest(file) {
  return "0x" + toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer())));
}

// Without a secure context there is no digest: then it is typed, as without scripts.
for (const chooser of crypto.subtle ? document.querySelectorAll("[data-digest-for]") : []) wire(chooser);

function wire(chooser) {
  const field = document.getElementById(chooser.dataset.digestFor), status = chooser.parentElement.querySelector("output");
  let newest = null;

  chooser.closest("label").hidden = false;
  chooser.addEventListener("change", async () => {
    const chosen = [...chooser.files], own = (newest = {});
    status.value = "";
    if (!chosen.length) return field.setCustomValidity("");
    // A form is not sent with the digest of the file before, and of two files the one chosen last counts.
    field.setCustomValidity(READING);
    try {
      const digests = await Promise.all(chosen.map(digest));
      if (own !== newest) return;
      if (field.tagName === "TEXTAREA") addLines(field, digests);
      else field.value = digests[0];
    } catch (error) {
      if (own !== newest) return;
      if (field.tagName !== "TEXTAREA") field.value = "";
      status.value = error.message;
    }
    field.setCustomValidity("");
  });
}

for (const button of document.querySelectorAll("[data-number-for]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    addLines(document.getElementById(button.dataset.numberFor), ["0x" + toHex(crypto.getRandomValues(new Uint8Array(BYTES)))]);
  });
}
