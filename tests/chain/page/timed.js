/** One large bundle, timed. */

import { fromBase64 } from "./js/octets.js";
import { verify } from "./js/verify.js";

/** @returns {Promise<{ seconds: number, holds: boolean, told: number, marks: object, longest: number }>} */
export async function timed({ bundle, policy, at }) {
  const data = fromBase64(bundle);
  const marks = {};
  const start = performance.now();
  let [told, last, longest] = [0, start, 0];
  const ticking = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 5);
  const progress = ({ step }) => {
    told += 1;
    marks[step] ??= Math.round(performance.now() - start);
  };
  const { verdict } = await verify(data, policy, { at, progress });
  const seconds = (performance.now() - start) / 1000;
  clearInterval(ticking);
  return { seconds, holds: verdict.holds, told, marks, longest: Math.round(longest) };
}

/** Seconds of as many bare ES256 checks, asked for as the verifier does. @param {number} count */
export async function floor(count) {
  const algorithm = { name: "ECDSA", hash: "SHA-256" };
  const { publicKey, privateKey } = await crypto.subtle.generateKey({ ...algorithm, namedCurve: "P-256" }, false, [
    "sign", "verify",
  ]);
  const message = new Uint8Array(350);
  const signature = await crypto.subtle.sign(algorithm, privateKey, message);
  const start = performance.now();
  for (let done = 0; done < count; done += 256) {
    const running = Array.from({ length: Math.min(256, count - done) }, () =>
      crypto.subtle.verify(algorithm, publicKey, signature, message),
    );
    await Promise.all(running);
  }
  return (performance.now() - start) / 1000;
}
