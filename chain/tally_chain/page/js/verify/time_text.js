/** A time for people, as `time_text` of `verify/verdict.py` writes it. */

const LAST_SECOND = 253_402_300_799; // of the year 9999

/** @param {number} at Unix seconds */
export function timeText(at) {
  return at <= LAST_SECOND ? `${new Date(at * 1000).toISOString().slice(0, 16)}Z` : `second ${at}`;
}
