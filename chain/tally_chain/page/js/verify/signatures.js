/**
 * Many signatures at once. WebCrypto checks them in threads of its own, so a chunk is asked for before any is waited for;
 * between chunks the page may draw.
 */

import { SignatureError, only } from "../errors.js";

const CHUNK = 256;
/** Milliseconds of work after which the page gets its turn. */
const TURN = 40;
let lastTurn = 0;

/** Let the page draw and answer, where it has waited long enough. */
export async function pause() {
  if (performance.now() - lastTurn < TURN) return;
  await turn();
  lastTurn = performance.now();
}

/** By a message and not by a timer: the timers of a page in the background are slowed to one a second. */
function turn() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/**
 * Run every check; the error of each in order, null where it held.
 *
 * @param {(() => Promise<void>)[]} checks   each may throw a SignatureError
 * @param {(done: number, of: number) => void} tell
 * @returns {Promise<(Error | null)[]>}
 */
export async function checkAll(checks, tell) {
  const results = [];
  for (let at = 0; at < checks.length; at += CHUNK) {
    const running = checks.slice(at, at + CHUNK).map((check) => outcome(check));
    results.push(...(await Promise.all(running)));
    tell(results.length, checks.length);
    await pause();
  }
  return results;
}

async function outcome(check) {
  try {
    await check();
    return null;
  } catch (error) {
    return only(error, SignatureError);
  }
}
