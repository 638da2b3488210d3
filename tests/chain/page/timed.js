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
