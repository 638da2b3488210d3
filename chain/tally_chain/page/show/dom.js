/** Elements, made of text alone: nothing that a file says is ever parsed as markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Text of another party on one line, with nothing in it that hides or reorders what stands around it.
 * @param {unknown} text
 * @param {number} [most] characters shown
 */
export function printable(text, most = 400) {
  const all = Array.from(String(text));
  const shown = all.length <= most ? all : [...all.slice(0, most - 1), "…"];
  return shown.join("").replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\ufffd");
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
  return node;
}

/** An HTML element. Attributes that begin with `on` are listeners; strings among the children are text. */
export function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** An SVG element. */
export function shape(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

/** Somebody else's name, isolated from the text around it. */
export function name(text, most) {
  return el("bdi", {}, printable(text, most));
}

/** A table in a room that scrolls by itself. `rows` hold cells: text, a node, or {text, class}. */
export function table(label, heads, rows, rowClass = () => null) {
  const cell = (tag, one, extra = {}) => {
    const plain = one instanceof Node || typeof one !== "object" || one === null;
    return plain ? el(tag, extra, one) : el(tag, { ...extra, class: one.class }, one.text);
  };
  return el(
    "div",
    { class: "table", tabindex: "0", role: "region", "aria-label": label },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, heads.map((one) => cell("th", one, { scope: "col" })))),
      el("tbody", {}, rows.map((row, at) => el("tr", { class: rowClass(at) }, row.map((one) => cell("td", one))))),
    ),
  );
}

/** A coloured mark: its class puts a sign before the word. */
export function mark(kind, word) {
  return el("span", { class: `mark ${kind}` }, word);
}

/** Offer bytes as a file to keep. */
export function download(bytes, fileName) {
  const address = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  const link = el("a", { href: address, download: fileName });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
