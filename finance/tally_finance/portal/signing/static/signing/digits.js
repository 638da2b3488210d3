// Fields of 64 digits that nobody types: the SHA-256 of a file, which is read here and never sent, and numbers at random.

import { toHex } from "../verifier/octets.js";

const BYTES = 32;

function put(field, texts) {
  const whole = texts.map((octets) => "0x" + toHex(octets)).join("\n");
  const before = field.tagName === "TEXTAREA" ? field.value.trimEnd() : "";
  field.value = before ? before + "\n" + whole : whole;
}

async function digest(file) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
}

// Without a secure context there is no digest: then it is typed, as without scripts.
for (const chooser of crypto.subtle ? document.querySelectorAll("[data-digest-for]") : []) {
  const field = document.getElementById(chooser.dataset.digestFor);
  chooser.closest("label").hidden = false;
  chooser.addEventListener("change", async () => {
    chooser.setCustomValidity("");
    try {
      const chosen = [...chooser.files];
      if (chosen.length) put(field, await Promise.all(chosen.map(digest)));
    } catch (error) {
      chooser.setCustomValidity(error.message);
      chooser.reportValidity();
    }
  });
}

for (const button of document.querySelectorAll("[data-number-for]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    put(document.getElementById(button.dataset.numberFor), [crypto.getRandomValues(new Uint8Array(BYTES))]);
  });
}
