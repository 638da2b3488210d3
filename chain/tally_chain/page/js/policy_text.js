/** A reader's policy as TOML, read. Mirrors `parse` of `tally_chain/policy_text.py`, where the text is described. */

import { Table } from "./config_table.js";
import { DecodeError, NoteError, PolicyError, only } from "./errors.js";
import { decodePublicKey } from "./keys.js";
import { decodeVerifierKey } from "./note.js";
import { toHex } from "./octets.js";
import { KEY_ROLES, Policy, SOURCES, TrustedLog, pinnedRoot } from "./policy.js";
import { HASH_BYTES, MAX_TREE_SIZE } from "./proof.js";
import * as toml from "./toml.js";
import { MAX_TIME } from "./wire.js";

const VERSION = 1;
const ADDRESS_BYTES = 20;
const MAX_CONFIRMATIONS = 1_000_000;

/**
 * Read a policy.
 *
 * @param {string} text
 * @param {string} name   what errors call it
 * @returns {Policy}
 * @throws {PolicyError} naming the table and key that is wrong
 */
export function parse(text, name = "policy") {
  let items;
  try {
    items = toml.parse(text);
  } catch (error) {
    throw new PolicyError(`${name}: ${only(error, PolicyError).message}`);
  }
  const root = new Table(items, name);
  const policy = policyOf(root);
  root.done();
  return policy;
}

function policyOf(root) {
  if (root.integer("version", 0, MAX_TREE_SIZE) !== VERSION) throw root.fault("version", `must be ${VERSION}`);
  return new Policy({
    authorities: root.tables("authority").map((table) => trusted(table, true)),
    persons: root.tables("person").map((table) => trusted(table, false)),
    owners: root.tables("owner").map((table) => trusted(table, false)),
    logs: root.tables("log").map((table) => log(table, false)),
    accept: accept(root.table("accept")),
    audited: root.text("audited"),
    reader: root.optionalText("reader") ?? "",
    chain: chain(root.table("chain")),
    maxHeadAge: root.optionalInteger("max_head_age_s", 1, MAX_TIME),
    aggregators: root.tables("aggregator").map((table) => log(table, true)),
    registry: registry(root.table("registry")),
  });
}

function trusted(table, withIssuer) {
  const found = {
    key: key(table, "key"),
    organisation: table.text("organisation"),
    issuer: withIssuer ? table.text("issuer") : "",
    registered: table.optionalOctets("registered", HASH_BYTES),
  };
  table.done();
  return found;
}

function key(table, name) {
  const encoded = table.octets(name);
  try {
    return decodePublicKey(encoded);
  } catch (error) {
    throw table.fault(name, `is not a COSE key in hex: ${only(error, DecodeError).message}`);
  }
}

function log(table, ofHeads) {
  const found = new TrustedLog({
    origin: table.text("origin"),
    proofKey: key(table, "proof_key"),
    checkpointKey: ofHeads ? (table.optionalText("checkpoint_key") ?? "") : table.text("checkpoint_key"),
    roots: table.tables("root").map(root),
    anchorOwner: table.optionalOctets("anchor_owner", ADDRESS_BYTES),
    registered: table.optionalOctets("registered", HASH_BYTES),
  });
  try {
    if (found.checkpointKey) decodeVerifierKey(found.checkpointKey);
  } catch (error) {
    throw table.fault("checkpoint_key", only(error, NoteError).message);
  }
  table.done();
  return found;
}

function root(table) {
  const [size, hash] = [table.integer("size", 1, MAX_TREE_SIZE), table.octets("root", HASH_BYTES)];
  const source = table.oneOf("source", SOURCES);
  const time = table.optionalInteger("time", 0, MAX_TIME);
  const chainId = table.optionalInteger("chain_id", 1, MAX_TREE_SIZE);
  table.done();
  return pinnedRoot(size, hash, source, { time, chainId });
}

function accept(table) {
  const found = {
    simulated: table.flag("simulated", false),
    selfEnrolled: table.flag("self_enrolled", false),
    selfAnchored: table.flag("self_anchored", false),
    byHand: table.flag("by_hand", false),
    withoutGrant: table.flag("without_grant", true),
  };
  table.done();
  return found;
}

function chain(table) {
  if (table.isEmpty()) return null;
  const found = {
    kind: table.oneOf("kind", SOURCES.filter((source) => source !== "out-of-band")),
    chainId: table.integer("chain_id", 1, MAX_TREE_SIZE),
    genesis: table.octets("genesis", HASH_BYTES),
    contract: table.octets("contract", ADDRESS_BYTES),
    codeHash: table.optionalOctets("code_hash", HASH_BYTES),
    members: table.texts("members"),
    confirmations: table.optionalInteger("confirmations", 0, MAX_CONFIRMATIONS, 0),
  };
  if (found.confirmations && found.kind === "public") {
    throw table.fault("confirmations", "on a public chain its finalised block counts");
  }
  if (found.members.length && found.kind !== "consortium") {
    throw table.fault("members", "only a consortium has members");
  }
  table.done();
  return found;
}

function registry(table) {
  if (table.isEmpty()) return null;
  const found = {
    organisations: table.octets("organisations", ADDRESS_BYTES),
    timelock: table.octets("timelock", ADDRESS_BYTES),
    readAt: table.optionalInteger("read_at", 0, MAX_TIME),
    keys: table.tables("key").map(registered),
  };
  if (found.keys.length && found.readAt === null) throw table.fault("read_at", "is missing: keys were read at some time");
  found.byId = new Map(found.keys.map((known) => [toHex(known.keyId), known]));
  if (found.byId.size !== found.keys.length) throw table.fault("key", "a key is bound once");
  table.done();
  return found;
}

function registered(table) {
  const found = {
    keyId: table.octets("id", HASH_BYTES),
    organisation: table.octets("organisation", HASH_BYTES),
    role: table.oneOf("role", KEY_ROLES),
    goodFrom: table.integer("good_from", 0, MAX_TIME),
    goodUntil: table.integer("good_until", 0, MAX_TIME),
  };
  table.done();
  return found;
}
