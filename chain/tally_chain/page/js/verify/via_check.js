/**
 * Step 2.4, for a log that is anchored in a log of heads. Mirrors `verify/via_check.py`.
 *
 *     1  the section shows a head entry of its log, signed by the log's own proof key
 *     2  the policy knows the log of heads, and its proof key signed the head of it that the entry stands under
 *     3  that head of the log of heads is one that the reader holds, or is consistent with one
 *     4  so the entry's head is one that the reader holds too, from the same source and by the same block
 */

import { Code } from "../codes.js";
import { CoseError, EdgeError, only } from "../errors.js";
import * as headEntry from "../head_entry.js";
import { checkStanding } from "../head_rules.js";
import { pinnedRoot } from "../policy.js";
import * as proof from "../proof.js";
import { checkContradictions, checkRoots, dated, strongestOf } from "./root_check.js";

/**
 * The head of `log` that its log of heads vouches for; nothing where none does, which is told.
 *
 * @returns {Promise<import("../policy.js").PinnedRoot[]>}
 */
export async function checkVia(section, log, policy, ledger) {
  const { via } = section;
  if (via === null) return [];
  const touches = `log ${section.origin}`;
  try {
    const [entry, shown] = [headEntry.decode(via.entry), proof.decode(via.proof)];
    if (entry.head.origin !== section.origin) throw new CoseError(`it shows a head of ${entry.head.origin}`);
    await entry.head.verify(entry.root, log.proofKey);
    const aggregator = policy.aggregator(shown.head.origin);
    if (aggregator === undefined) {
      const detail = `the policy does not know the log of heads ${shown.head.origin}`;
      ledger.add(Code.VIA_UNUSED, touches, detail);
      return [];
    }
    const root = await checkStanding(via.entry, shown, aggregator.origin, aggregator.proofKey);
    return vouched(touches, via, { entry, shown, root }, aggregator, ledger);
  } catch (error) {
    ledger.add(Code.VIA_WRONG, touches, only(error, EdgeError).message);
    return [];
  }
}

/** Steps 3 and 4. */
function vouched(touches, via, { entry, shown, root }, aggregator, ledger) {
  const ofHeads = `log of heads ${aggregator.origin}`;
  const links = new Map((via.links ?? []).map((link) => [link.size, link.path]));
  checkContradictions(aggregator.roots, ofHeads, ledger);
  const vouching = checkRoots({ touches: ofHeads, size: shown.head.size, root, links }, aggregator.roots, ledger);
  const [{ index }] = shown.paths;
  const covering = vouching.filter((pinned) => pinned.size > index);
  if (!covering.length) {
    ledger.add(Code.VIA_UNUSED, touches, `the reader holds no head of the ${ofHeads} that covers it`);
    return [];
  }
  const best = strongestOf(covering);
  const times = dated(covering).map((pinned) => pinned.time);
  // The contract has compared heads of the log of heads, not of this log: so no history of a chain is claimed for it.
  const time = times.length ? Math.min(...times) : best.time;
  ledger.add(Code.AGGREGATED, touches, `${aggregator.origin}, entry ${index}`);
  return [pinnedRoot(entry.head.size, entry.root, best.source, { time, via: aggregator.origin })];
}
