// What pages do beyond what they do without scripts: ids are copied, forms go once, charts and fresh numbers come in.

for (const code of document.querySelectorAll("code[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "second copy";
  const chinese = document.documentElement.lang === "zh-CN";
  button.textContent = chinese ? "复制" : "Copy";
  button.setAttribute("aria-label", `${button.textContent} ${code.dataset.copy}`);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.dataset.copy);
    button.textContent = chinese ? "已复制" : "Copied";
    setTimeout(() => { button.textContent = chinese ? "复制" : "Copy"; }, 1500);
  });
  code.after(button);
}

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

// A part of a page that says data-live="seconds" is fetched again while somebody looks, and changed where it differs.
// That is no use of a session: left open, a page does not keep its reader signed in.
for (const part of document.querySelectorAll("[data-live][id]")) {
  const every = Math.max(2, Number(part.dataset.live)) * 1000;
  setInterval(async () => {
    if (document.hidden || part.contains(document.activeElement)) return;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html", "x-by-itself": "1" }, redirect: "error" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(part.id);
      if (fresh && fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
    } catch { /* the next time */ }
  }, every);
}
