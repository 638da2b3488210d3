/** Policies read in the page. */

import { PolicyError } from "./js/errors.js";
import { toHex } from "./js/octets.js";
import { parse } from "./js/policy_text.js";

const hex = (bytes) => (bytes === null ? null : toHex(bytes));

/** @param {string[]} texts @returns {{ refused?: string, read?: object }[]} */
export function policies(texts) {
  return texts.map((text) => {
    try {
      return { read: plain(parse(text)) };
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      return { refused: error.message };
    }
  });
}

function plain(policy) {
  const trusted = ({ key, organisation, issuer, registered }) => [key.kidHex, organisation, issuer, hex(registered)];
  const root = ({ size, root: hash, source, time, chainId }) => [String(size), hex(hash), source, time, chainId && String(chainId)];
  const log = (one) => [
    one.origin, one.proofKey.kidHex, one.checkpointKey, one.roots.map(root), hex(one.anchorOwner), hex(one.registered),
  ];
  const { accept, chain, registry } = policy;
  return {
    parties: [policy.authorities, policy.persons, policy.owners].map((some) => some.map(trusted)),
    logs: [policy.logs, policy.aggregators].map((some) => some.map(log)),
    accept: [accept.simulated, accept.selfEnrolled, accept.selfAnchored, accept.byHand, accept.withoutGrant],
    said: [policy.audited, policy.reader, policy.maxHeadAge],
    chain: chain && [String(chain.chainId), chain.kind, chain.members, chain.confirmations, hex(chain.contract)],
    registry: registry && [registry.readAt, registry.keys.map((key) => [hex(key.keyId), key.role, key.goodFrom, key.goodUntil])],
  };
}
