/** The way from a statement to the root of its tree (RFC 9162 §2.1.3.2), each hash computed where the reader sees it. */

import { hex, unhex } from "./shown.js";

/** SHA-256 over several runs of bytes. */
export async function sha256(...parts) {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined));
}

/**
 * Climb from the statement's own bytes to a root.
 * @param {Uint8Array} statement
 * @param {{index: number | bigint, size: number | bigint, path: string[]}} proof
 * @returns {Promise<{leaf: string, steps: {left: string, right: string, mine: "left" | "right", made: string}[], root: string | null}>}
 *   `root` is null where the path is not one of that tree
 */
export async function climb(statement, proof) {
  let node = BigInt(proof.index);
  let last = BigInt(proof.size) - 1n;
  let made = await sha256(Uint8Array.of(0), statement);
  const leaf = hex(made);
  const steps = [];
  let whole = node <= last;
  for (const text of proof.path) {
    const other = unhex(text);
    if (last === 0n || other === null || other.length !== 32) {
      whole = false;
      break;
    }
    const mine = node % 2n === 1n || node === last ? "right" : "left";
    const [left, right] = mine === "right" ? [other, made] : [made, other];
    if (mine === "right") {
      while (node % 2n === 0n && node !== 0n) [node, last] = [node / 2n, last / 2n];
    }
    made = await sha256(Uint8Array.of(1), left, right);
    steps.push({ left: hex(left), right: hex(right), mine, made: hex(made) });
    [node, last] = [node / 2n, last / 2n];
  }
  return { leaf, steps, root: whole && last === 0n ? hex(made) : null };
}
