/** A node of the reader's choice, asked by JSON-RPC. Its answers are checked for their form and nothing else. */

const MOST_BYTES = 32 << 20;
const PATIENCE_MS = 30_000;

/** What a node did wrong, or that it was not reached. */
export class NodeError extends Error {}

/** Opens an endpoint; `ask(method, ...parameters)` gives the result. */
export function nodeAt(endpoint) {
  const address = new URL(endpoint);
  let number = 0;
  return async function ask(method, ...params) {
    number += 1;
    let answer;
    try {
      const response = await fetch(address, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: number, method, params }),
        credentials: "omit",
        referrerPolicy: "no-referrer",
        redirect: "error",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const text = await response.text();
      if (text.length > MOST_BYTES) throw new NodeError("the answer is too large");
      answer = JSON.parse(text);
    } catch (error) {
      if (error instanceof NodeError) throw error;
      throw new NodeError(`${address.host} does not answer, or does not let pages ask it (CORS): ${error.message}`);
    }
    if (answer === null || typeof answer !== "object" || answer.id !== number) throw new NodeError("the answer is none of JSON-RPC");
    if (answer.error) throw new NodeError(`${method}: ${String(answer.error.message ?? "refused").slice(0, 200)}`);
    return answer.result;
  };
}

/** A quantity of a node (0x…) as a number. */
export function quantity(text) {
  if (typeof text !== "string" || !/^0x[0-9a-f]{1,16}$/i.test(text)) throw new NodeError("a quantity is none");
  return BigInt(text);
}

/** Bytes of a node (0x…) as hex in lower case; `length` in bytes where it is fixed. */
export function data(text, length = null) {
  const found = typeof text === "string" && /^0x((?:[0-9a-f]{2})*)$/i.exec(text);
  if (!found || (length !== null && found[1].length !== 2 * length)) throw new NodeError("bytes are none, or not as many as they must be");
  return found[1].toLowerCase();
}
