// A field that names one of many (data-choices): the first of them stand in the page, all come once somebody is at it.

async function fill(field) {
  const answer = await fetch(field.dataset.choices, { headers: { accept: "application/json" } });
  if (!answer.ok) return;
  const every = await answer.json();
  field.list.replaceChildren(...every.map(([id, words]) => new Option(words, id)));
}

for (const field of document.querySelectorAll("input[data-choices]")) {
  if (field === document.activeElement) fill(field);
  else field.addEventListener("focus", () => fill(field), { once: true });
}
