// What pages do beyond what they do without scripts: ids are copied, forms go once, charts and fresh numbers come in.

/** Every id of a part gets a button that copies it whole; in a sentence the id is that button, and no word is put in. */
function copied(part) {
  const chinese = document.documentElement.lang === "zh-CN";
  const copy = chinese ? "复制" : "Copy", done = chinese ? "已复制" : "Copied";
  for (const code of part.querySelectorAll("code[data-copy]")) {
    const isWithin = code.classList.contains("within");
    const button = document.createElement("button"), word = document.createElement("span");
    const usual = word.textContent = isWithin ? "" : copy;
    button.type = "button";
    button.className = isWithin ? "copy within" : "second copy";
    button.setAttribute("aria-label", `${copy} ${code.dataset.copy}`);
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.dataset.copy);
      word.textContent = isWithin ? ` ${done}` : done;
      setTimeout(() => { word.textContent = usual; }, 1500);
    });
    code.after(button);
    button.append(...(isWithin ? [code, word] : [word]));
  }
}

// As they came: what scripts put in is no difference to what comes again.
const live = new Map([...document.querySelectorAll("[data-live][id]")].map((part) => [part, part.innerHTML]));
copied(document);

// Who reads in the dark by the system's own choice is offered the light.
const colours = document.querySelector("a[data-theme-switch]");
if (colours && !document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches) {
  colours.href = colours.href.replace("theme=dark", "theme=light");
  colours.textContent = document.documentElement.lang === "zh-CN" ? "浅色" : "Light";
}

// A second press of a button sends nothing: what is under way is under way. The server would do it once anyway.
for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(() => { delete form.dataset.sent; }, 8000);
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// A part of a page that says data-live="seconds" is fetched again while somebody looks, and changed where it differs:
// from the page's own address, or from data-from where the page may be the answer to a form.
// That is no use of a session: left open, a page does not keep its reader signed in.
for (const part of live.keys()) {
  const every = Math.max(2, Number(part.dataset.live)) * 1000;
  setInterval(async () => {
    if (document.hidden || part.contains(document.activeElement)) return;
    try {
      const answer = await fetch(part.dataset.from ?? location.href, { headers: { accept: "text/html", "x-by-itself": "1" }, redirect: "error" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(part.id);
      if (!fresh || fresh.innerHTML === live.get(part)) return;
      live.set(part, fresh.innerHTML);
      part.replaceChildren(...fresh.childNodes);
      copied(part);
    } catch { /* the next time */ }
  }, every);
}
