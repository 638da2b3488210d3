/**
 * The anchored heads of a policy's logs, read from a node: as `tally_chain/at_hand.py` and `anchoring/reading.py` do it.
 *
 *    1  the chain is the pinned one: id and genesis hash
 *    2  the contract's code is the pinned one, or the one that this version ships
 *    3  the log is registered, by the owner that the policy pins, if it pins one
 *    4  the history is whole: the newest event says what `head` says; each names the block and the size of the one before
 *    5  a head counts when its block does: finalised on a public chain, elsewhere after the confirmations asked for
 *    6  a head of this very chain that the policy holds is shown by its history, or disowned
 */

import { CONTRACT } from "../made/known.js";
import { keccak256 } from "./keccak.js";
import { NodeError, data, quantity } from "./node.js";
import { hex, unhex } from "./shown.js";
import { sha256 } from "./audit_path.js";

const MOST_ANCHORS = 20_000;
const SPAN = 1000n;
const WORD = 64;
/** FISCO BCOS counts in milliseconds unless told otherwise. */
const FIRST_MILLISECOND = 10n ** 11n;

/** A word of an answer as a number. */
const word = (answer, at) => BigInt(`0x${answer.slice(at * WORD, (at + 1) * WORD)}`);
const quoted = (value) => `0x${value.toString(16)}`;

/**
 * @param {(method: string, ...parameters: unknown[]) => Promise<unknown>} ask
 * @param {{chainId: number, genesis: string, contract: string, kind: string, codeHash: string | null, confirmations: number}} chain
 *   hex without 0x
 * @param {{origin: string, owner: string | null, roots: import("../js/policy.js").PinnedRoot[]}[]} logs   of the policy
 * @returns {Promise<import("../js/verify.js").HeldHead[]>}
 * @throws {NodeError}
 */
export async function readAnchors(ask, chain, logs) {
  await checkChain(ask, chain);
  const final = await finalBlock(ask, chain);
  const heads = [];
  for (const log of logs) {
    const logId = hex(await sha256(new TextEncoder().encode(log.origin)));
    const head = await readHead(ask, chain, logId, log);
    if (head === null) continue;
    const anchors = await history(ask, chain, logId, head);
    heads.push(...compared(log, chain, anchors));
    for (const anchor of anchors) {
      if (anchor.block <= final) {
        heads.push({ origin: log.origin, size: shortened(anchor.size), root: anchor.root, source: chain.kind, time: Number(anchor.time), chain_id: chain.chainId, standing: "shown" });
      }
    }
  }
  return heads;
}

/** Step 6. A head past the history's end stays as the policy has it: the node may lag behind. */
function compared(log, chain, anchors) {
  const bySize = new Map(anchors.map((anchor) => [anchor.size, anchor.root]));
  const newest = anchors.length ? anchors[0].size : 0n;
  return log.roots
    .filter((held) => held.source === chain.kind && held.chainId === chain.chainId && BigInt(held.size) <= newest)
    .map((held) => ({ origin: log.origin, size: held.size, root: hex(held.root), source: held.source, time: held.time, chain_id: held.chainId, standing: bySize.get(BigInt(held.size)) === hex(held.root) ? "shown" : "disowned" }));
}

const shortened = (value) => (value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value);

/** Steps 1 and 2. */
async function checkChain(ask, chain) {
  const id = quantity(await ask("eth_chainId"));
  if (id === 0n || id !== BigInt(chain.chainId)) throw new NodeError(`the node is of chain ${id}, the policy pins ${chain.chainId}`);
  const genesis = await ask("eth_getBlockByNumber", "0x0", false);
  if (!genesis || data(genesis.hash, 32) !== chain.genesis) throw new NodeError("the chain's first block is not the one that the policy pins");
  const code = unhex(data(await ask("eth_getCode", `0x${chain.contract}`, "latest")));
  const found = hex(keccak256(code));
  const right = chain.codeHash === null ? CONTRACT.codeHashes.includes(found) : found === chain.codeHash;
  if (!right) throw new NodeError(`the code at 0x${chain.contract} is not the contract's (Keccak-256 ${found})`);
}

/** Step 5: the newest block that counts; -1 where none does. */
async function finalBlock(ask, chain) {
  const block = await ask("eth_getBlockByNumber", chain.kind === "public" ? "finalized" : "latest", false);
  if (!block) return -1n;
  return quantity(block.number) - (chain.kind === "public" ? 0n : BigInt(chain.confirmations));
}

/** Step 3; null where the log is not registered. */
async function readHead(ask, chain, logId, log) {
  let answer;
  try {
    answer = data(await ask("eth_call", { to: `0x${chain.contract}`, data: `0x${CONTRACT.head}${logId}` }, "latest"));
  } catch (error) {
    if (error instanceof NodeError && /revert/i.test(error.message)) return null;
    throw error;
  }
  if (answer.length !== 10 * WORD && answer.length !== 11 * WORD) throw new NodeError("the contract's head is not one");
  const owner = answer.slice(7 * WORD - 40, 7 * WORD);
  if (log.owner !== null && owner !== log.owner) throw new NodeError(`log ${log.origin} is owned by 0x${owner} on the contract, the policy pins 0x${log.owner}`);
  return { size: word(answer, 0), root: answer.slice(WORD, 2 * WORD), block: word(answer, 3), sequence: word(answer, 4) };
}

/** Step 4, from the newest event to the first. */
async function history(ask, chain, logId, head) {
  if (head.sequence > head.size || head.sequence > BigInt(MOST_ANCHORS)) throw new NodeError(`${head.sequence} heads are said to exist`);
  const anchors = [];
  const page = new Map();
  let [block, newer] = [head.block, null];
  for (let sequence = head.sequence; sequence > 0n; sequence--) {
    if (!page.has(sequence)) await fetchPage(ask, chain, logId, block, page, SPAN);
    if (!page.has(sequence)) await fetchPage(ask, chain, logId, block, page, 1n);
    const event = page.get(sequence);
    if (!event || event.block !== block) throw new NodeError(`the node does not show anchor ${sequence} in block ${block}`);
    if (newer === null ? event.size !== head.size || event.root !== head.root : event.size !== newer.previousSize) throw new NodeError(`anchor ${sequence} is not the one that follows`);
    if (event.size <= event.previousSize) throw new NodeError(`anchor ${sequence} does not grow`);
    if (sequence === 1n && (event.previousSize !== 0n || event.previousBlock !== 0n)) throw new NodeError("the first anchor names one before it");
    anchors.push({ ...event, time: await timeOf(ask, event) });
    [block, newer] = [event.previousBlock, event];
    page.delete(sequence);
  }
  return anchors;
}

async function fetchPage(ask, chain, logId, last, page, span) {
  const first = last + 1n > span ? last + 1n - span : 0n;
  const events = await ask("eth_getLogs", { address: `0x${chain.contract}`, topics: [`0x${CONTRACT.anchored}`, `0x${logId}`], fromBlock: quoted(first), toBlock: quoted(last) });
  if (!Array.isArray(events)) throw new NodeError("the events are no list");
  for (const event of events) {
    const topics = Array.isArray(event.topics) ? event.topics.map((topic) => data(topic, 32)) : [];
    if (data(event.address, 20) !== chain.contract || topics.length !== 3 || topics[0] !== CONTRACT.anchored || topics[1] !== logId) throw new NodeError("the node shows events that were not asked for");
    const said = data(event.data, 128);
    const sequence = word(topics[2], 0);
    page.set(sequence, { size: word(said, 0), root: said.slice(WORD, 2 * WORD), previousSize: word(said, 2), previousBlock: word(said, 3), block: quantity(event.blockNumber), blockHash: data(event.blockHash, 32) });
  }
}

async function timeOf(ask, event) {
  const block = await ask("eth_getBlockByNumber", quoted(event.block), false);
  if (!block || data(block.hash, 32) !== event.blockHash) throw new NodeError(`block ${event.block} is not the one that the event names; the chain moved`);
  const time = quantity(block.timestamp);
  return time < FIRST_MILLISECOND ? time : time / 1000n;
}
