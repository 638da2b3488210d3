/** The two languages of a page, and its two colour schemes. Nothing is kept beyond the page. */

let chinese = false;
/** @type {(() => void)[]} */
const listeners = [];

/** The English or the Chinese text, as the reader chose. */
export function t(english, inChinese) {
  return chinese ? inChinese : english;
}

/** A number and its word in English: one failure, two failures. */
export function several(number, word) {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

/** The language tag of what `t` gives. */
export function tag() {
  return chinese ? "zh-CN" : "en";
}

/** Call `redraw` whenever the language changes. */
export function onLanguage(redraw) {
  listeners.push(redraw);
}

function say() {
  document.documentElement.lang = tag();
  for (const node of document.querySelectorAll("[data-zh]")) {
    if (node.dataset.en === undefined) node.dataset.en = node.textContent.replace(/\s+/g, " ").trim();
    node.textContent = chinese ? node.dataset.zh : node.dataset.en;
  }
  const button = document.getElementById("language");
  button.textContent = chinese ? "English" : "中文";
  button.lang = chinese ? "en" : "zh-CN";
  for (const redraw of listeners) redraw();
}

function dark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function nameTheme() {
  const button = document.getElementById("theme");
  button.dataset.en = dark() ? "Light" : "Dark";
  button.dataset.zh = dark() ? "浅色" : "深色";
  button.textContent = chinese ? button.dataset.zh : button.dataset.en;
}

/** Make the two switches of the page work; the language begins as the browser's. */
export function startSwitches() {
  chinese = /^zh\b/i.test(navigator.language || "");
  document.getElementById("language").addEventListener("click", () => {
    chinese = !chinese;
    say();
  });
  document.getElementById("theme").addEventListener("click", () => {
    document.documentElement.dataset.theme = dark() ? "light" : "dark";
    nameTheme();
  });
  nameTheme();
  say();
}
