// A field that names one of many (data-choices): the first of them stand in the page, all come once somebody is at it.
// A list (data-adds-to) takes what is chosen as one more line.

import { addLines } from "./lines.js";

async function fill(field) {
  const answer = await fetch(field.dataset.choices, { headers: { accept: "application/json" } });
  if (!answer.ok) return;
  const every = (await answer.json()).map(([id, words]) => new Option(words, id));
  if (field.list) field.list.replaceChildren(...every);
  else field.replaceChildren(field.options[0], ...every);
}

for (const field of document.querySelectorAll("[data-choices]")) {
  if (field === document.activeElement) fill(field);
  else field.addEventListener("focus", () => fill(field), { once: true });
}

for (const chooser of document.querySelectorAll("select[data-adds-to]")) {
  chooser.closest("label").hidden = false;
  chooser.addEventListener("change", () => {
    if (chooser.value) addLines(document.getElementById(chooser.dataset.addsTo), [chooser.value]);
    chooser.value = "";
  });
}
