// The steps of an opened statement once more, from its bytes, by the browser's own SHA-256, ES256 and Ed25519.
//
// What is computed here: the statement's frame and key id, its signature, its leaf, the path to the root, the head's
// signature over that root, and whether an anchored head of the reader is this root or is linked to it (RFC 9162).
// What is not: who enrolled the key, the link of the stream, and the verification of the whole bundle.

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const [CLAIM_SIZE, CURVES] = [-65541, { "P-256": ["ES256", "ESP256"], Ed25519: ["EdDSA", "Ed25519"] }];
const ALGORITHMS = { "-7": "P-256", "-9": "P-256", "-8": "Ed25519", "-19": "Ed25519" };

/** @param {string} text @returns {Uint8Array} */
export function bytesOf(text) {
  if (!/^([0-9a-f]{2})*$/.test(text)) throw new Error("not lower-case hex");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** @param {Uint8Array} bytes @returns {string} */
export function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { whole.set(part, at); at += part.length; }
  return whole;
}

async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
}

/** The head of a CBOR item: [major, argument, where what follows begins]. Shortest forms alone. */
function head(data, at) {
  const initial = data[at], short = initial & 31;
  if (initial === undefined) throw new Error("ends too early");
  if (short < 24) return [initial >> 5, short, at + 1];
  const length = { 24: 1, 25: 2, 26: 4, 27: 8 }[short];
  if (length === undefined || at + 1 + length > data.length) throw new Error("not a definite length");
  let value = 0n;
  for (let next = 0; next < length; next += 1) value = value * 256n + BigInt(data[at + 1 + next]);
  if (value < [24n, 256n, 65536n, 4294967296n][short - 24]) throw new Error("not the shortest form");
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Error("a number that is too large");
  return [initial >> 5, Number(value), at + 1 + length];
}

/** A CBOR item of the kinds that headers have: [value, where it ends]. Maps become Map. */
function item(data, at, depth = 0) {
  if (depth > 8) throw new Error("too deep");
  const [major, argument, start] = head(data, at);
  if (major === 0) return [argument, start];
  if (major === 1) return [-1 - argument, start];
  if (major === 2 || major === 3) {
    if (start + argument > data.length) throw new Error("runs past the end");
    const raw = data.slice(start, start + argument);
    return [major === 2 ? raw : new TextDecoder("utf-8", { fatal: true }).decode(raw), start + argument];
  }
  if (major === 4) {
    const list = [];
    let next = start;
    for (let count = 0; count < argument; count += 1) { let one; [one, next] = item(data, next, depth + 1); list.push(one); }
    return [list, next];
  }
  if (major === 5) {
    const map = new Map();
    let next = start;
    for (let count = 0; count < argument; count += 1) {
      let key, value;
      [key, next] = item(data, next, depth + 1);
      [value, next] = item(data, next, depth + 1);
      if (map.has(key)) throw new Error("a key stands twice");
      map.set(key, value);
    }
    return [map, next];
  }
  throw new Error("a kind of item that headers do not have");
}

function mapOf(data) {
  const [map, end] = item(data, 0);
  if (!(map instanceof Map) || end !== data.length) throw new Error("a header is one map");
  return map;
}

function byteString(data, at) {
  const [major, length, start] = head(data, at);
  if (major !== 2 || start + length > data.length) throw new Error("not a byte string");
  return [data.slice(start, start + length), start + length];
}

function framed(bytes) {
  const size = bytes.length;
  if (size < 24) return joined(Uint8Array.of(0x40 + size), bytes);
  if (size < 256) return joined(Uint8Array.of(0x58, size), bytes);
  if (size < 65536) return joined(Uint8Array.of(0x59, size >> 8, size & 255), bytes);
  throw new Error("too long");
}

/** The Sig_structure of RFC 9052, 4.4. */
export function toBeSigned(protectedHeader, payload) {
  return joined(Uint8Array.of(0x84, 0x6a), new TextEncoder().encode("Signature1"), framed(protectedHeader), Uint8Array.of(0x40), framed(payload));
}

/** A statement's protected header, payload and signature. */
export function parted(data) {
  if (data[0] !== 0xd2 || data[1] !== 0x84) throw new Error("does not begin with tag 18 and an array of four");
  let at = 2, header, payload, signature;
  [header, at] = byteString(data, at);
  if (data[at] !== 0xa0) throw new Error("the unprotected header is not empty");
  [payload, at] = byteString(data, at + 1);
  [signature, at] = byteString(data, at);
  if (at !== data.length || signature.length !== 64) throw new Error("bytes behind the signature, or it is no such");
  return { header, payload, signature };
}

async function kidOf(key) {
  const raw = bytesOf(key.raw);
  const member = (label, bytes) => joined(Uint8Array.of(label), framed(bytes));
  if (key.curve === "P-256") {
    if (raw.length !== 65 || raw[0] !== 4) throw new Error("not an uncompressed point");
    return sha256(Uint8Array.of(0xa4, 0x01, 0x02, 0x20, 0x01), member(0x21, raw.slice(1, 33)), member(0x22, raw.slice(33)));
  }
  return sha256(Uint8Array.of(0xa3, 0x01, 0x01, 0x20, 0x06), member(0x21, raw));
}

async function verified(key, header, payload, signature) {
  const map = mapOf(header);
  if (ALGORITHMS[String(map.get(1))] !== key.curve) return false;
  if (hexOf(map.get(4)) !== key.kid || hexOf(await kidOf(key)) !== key.kid) return false;
  if (!(key.curve in CURVES)) throw new Error(`no ${key.curve} here`);
  if (key.curve === "P-256" && BigInt(`0x${hexOf(signature.slice(32))}`) > P256_ORDER / 2n) return false;
  const algorithm = key.curve === "P-256" ? { name: "ECDSA", namedCurve: "P-256" } : { name: "Ed25519" };
  const loaded = await crypto.subtle.importKey("raw", bytesOf(key.raw), algorithm, false, ["verify"]);
  return crypto.subtle.verify({ ...algorithm, hash: "SHA-256" }, loaded, signature, toBeSigned(header, payload));
}

/** The root that a path leads to (RFC 9162, 2.1.3.2); throws where it has another length than its place allows. */
export async function rootOfPath(leaf, index, size, path) {
  if (!(index >= 0 && index < size)) throw new Error("the leaf is not in the tree");
  let [first, second, root] = [BigInt(index), BigInt(size) - 1n, leaf];
  for (const node of path) {
    if (second === 0n) throw new Error("the path is too long");
    if (first & 1n || first === second) {
      root = await sha256(Uint8Array.of(1), node, root);
      while (!(first & 1n) && first) { first >>= 1n; second >>= 1n; }
    } else root = await sha256(Uint8Array.of(1), root, node);
    first >>= 1n; second >>= 1n;
  }
  if (second) throw new Error("the path is too short");
  return root;
}

/** Whether a newer tree continues an older one (RFC 9162, 2.1.4.2). */
export async function continues(oldSize, oldRoot, newSize, newRoot, path) {
  if (!(oldSize > 0 && oldSize <= newSize)) return false;
  if (oldSize === newSize) return path.length === 0 && hexOf(oldRoot) === hexOf(newRoot);
  const nodes = [...path], old = BigInt(oldSize);
  if ((old & (old - 1n)) === 0n) nodes.unshift(oldRoot);
  if (!nodes.length || !path.length) return false;
  let [first, second] = [old - 1n, BigInt(newSize) - 1n];
  while (first & 1n) { first >>= 1n; second >>= 1n; }
  let [left, right] = [nodes[0], nodes[0]];
  for (const node of nodes.slice(1)) {
    if (second === 0n) return false;
    if (first & 1n || first === second) {
      left = await sha256(Uint8Array.of(1), node, left);
      right = await sha256(Uint8Array.of(1), node, right);
      while (!(first & 1n) && first) { first >>= 1n; second >>= 1n; }
    } else right = await sha256(Uint8Array.of(1), right, node);
    first >>= 1n; second >>= 1n;
  }
  return second === 0n && hexOf(left) === hexOf(oldRoot) && hexOf(right) === hexOf(newRoot);
}

/**
 * Every step that a browser can make, by its name: true, false, or null where it is the server's alone.
 * @param {object} told the answer of …/steps.json
 */
export async function check(told) {
  const found = { statement: null, key: null, signature: null, link: null, leaf: null, path: null, head: null, anchor: null, bundle: null };
  const encoded = bytesOf(told.encoded);
  const attempt = async (name, work) => {
    try { found[name] = await work(); } catch (error) { found[name] = false; console.info(`step ${name}: ${error.message}`); }
  };
  let parts = null, root = null;
  await attempt("statement", async () => { parts = parted(encoded); mapOf(parts.header); return true; });
  if (parts && told.signer) await attempt("signature", () => verified(told.signer.key, parts.header, parts.payload, parts.signature));
  const leaf = await sha256(Uint8Array.of(0), encoded);
  found.leaf = hexOf(leaf) === told.leaf;
  await attempt("path", async () => {
    root = await rootOfPath(leaf, told.entry, told.size, told.path.map(bytesOf));
    return hexOf(root) === told.root;
  });
  if (root && told.head?.key) {
    await attempt("head", async () => {
      const header = bytesOf(told.head.protected), claims = mapOf(header).get(15);
      if (claims.get(1) !== told.log || claims.get(CLAIM_SIZE) !== told.size) return false;
      return verified(told.head.key, header, root, bytesOf(told.head.signature));
    });
  }
  if (root && told.anchors.length) {
    await attempt("anchor", async () => {
      const [first] = told.anchors, other = bytesOf(first.root), link = first.link.map(bytesOf);
      if (first.size === told.size) return hexOf(other) === hexOf(root);
      if (!link.length) return null; // of the chain's own history, which its contract compared
      return first.size < told.size ? continues(first.size, other, told.size, root, link) : continues(told.size, root, first.size, other, link);
    });
  }
  return found;
}

async function show(says) {
  const answer = await fetch(says.dataset.steps, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const found = await check(await answer.json());
  const count = { held: 0, failed: 0, left: 0 };
  for (const step of document.querySelectorAll("[data-step]")) {
    const result = found[step.dataset.step], name = result === null ? "left" : result ? "held" : "failed";
    count[name] += 1;
    const line = step.querySelector(".browser");
    line.textContent = says.dataset[name];
    line.classList.add(name);
    line.hidden = false;
    if (name === "failed") step.className = "step bad";
  }
  says.textContent = says.dataset.all.replace(/\{(\w+)\}/g, (_, name) => String(count[name]));
  says.dataset.done = count.failed ? "failed" : "held";
}

const says = globalThis.document?.getElementById("browser-says");
if (says) show(says).catch((error) => { says.textContent = `${says.dataset.unable} ${error.message}`; says.dataset.done = "unable"; });
