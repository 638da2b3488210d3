// The steps of an opened statement once more, from its bytes, by the verifier's own modules in the browser.
//
// What is computed here: the statement's form and key id, its signature, its leaf, the path to the root, the head's
// signature over that root, and whether an anchored head of the reader is this root or is linked to it (RFC 9162).
// What is not: who enrolled the key, the link of the stream, and the verification of the whole bundle.

import { PlatformError } from "../verifier/errors.js";
import { ED25519, P256, PublicKey } from "../verifier/keys.js";
import { equal, fromHex, toHex } from "../verifier/octets.js";
import { decodeHead, leafHash, rootOfPath } from "../verifier/proof.js";
import { decode } from "../verifier/statement.js";
import { verifyConsistency } from "../verifier/tree.js";

/** What the server calls a key, as the verifier has it; throws where its id is another's. */
function keyOf({ curve, raw, kid }) {
  const bytes = fromHex(raw);
  const key = curve === "P-256" ? new PublicKey(P256, bytes.subarray(1, 33), bytes.subarray(33)) : new PublicKey(ED25519, bytes);
  if (key.kidHex !== kid) throw new Error("the key has another id");
  return key;
}

async function isSigned(statement, signer) {
  const key = keyOf(signer);
  if (statement.claims.kidHex !== key.kidHex) return false;
  await statement.verify(key);
  return true;
}

async function isHead(told, root) {
  const head = decodeHead(fromHex(told.head.protected), fromHex(told.head.signature));
  if (head.origin !== told.log || head.size !== told.size) return false;
  await head.verify(root, keyOf(told.head.key));
  return true;
}

/** Null where the two are linked by the chain's own history alone, which its contract compared. */
function isAnchored(told, root) {
  const [first] = told.anchors;
  const other = fromHex(first.root), link = first.link.map(fromHex);
  if (first.size === told.size) return equal(other, root);
  if (!link.length) return null;
  if (first.size < told.size) verifyConsistency(first.size, other, told.size, root, link);
  else verifyConsistency(told.size, root, first.size, other, link);
  return true;
}

/**
 * Every step that a browser can make, by its name: true, false, or null where it is the server's alone.
 * @param {object} told the answer of …/steps.json
 */
export async function check(told) {
  const found = { statement: null, key: null, signature: null, link: null, leaf: null, path: null, head: null, anchor: null, bundle: null };
  const encoded = fromHex(told.encoded), leaf = leafHash(encoded);
  const attempt = async (name, work) => {
    try {
      found[name] = await work();
    } catch (error) {
      found[name] = error instanceof PlatformError ? null : false; // a browser that lacks an algorithm has found nothing wrong
      console.info(`step ${name}: ${error.message}`);
    }
  };
  let statement = null, root = null;
  await attempt("statement", () => { statement = decode(encoded); return true; });
  if (statement && told.signer) await attempt("signature", () => isSigned(statement, told.signer.key));
  found.leaf = toHex(leaf) === told.leaf;
  await attempt("path", () => { root = rootOfPath(leaf, told.entry, told.size, told.path.map(fromHex)); return toHex(root) === told.root; });
  if (root && told.head?.key) await attempt("head", () => isHead(told, root));
  if (root && told.anchors.length) await attempt("anchor", () => isAnchored(told, root));
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
