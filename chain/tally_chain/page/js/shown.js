/** What was verified, as plain data for a page to draw: points, statements, heads, and the proof of one statement. */

import { HEADER_RECEIPTS, encodeSign1 } from "./cose.js";
import { toHex } from "./octets.js";
import { Proof, decodeHead } from "./proof.js";
import { leafPath } from "./pruned.js";
import { dated, through } from "./verify/root_check.js";

/** By metering point: its registers with every sample, its settlements, its gaps. Values are text, exact. */
export function pointsOf({ points, facts }) {
  const planned = facts.everPlanned();
  return Array.from(points, ([point, evidence]) => ({
    point,
    cadence_s: planned.get(point)?.cadence_s ?? null,
    parent: planned.get(point)?.parent ?? null,
    registers: Array.from(evidence.samples, ([register, samples]) => ({
      register,
      unit: [...evidence.units.get(register)].join(", "),
      samples: samples.map(({ at, value, place }) => ({ at, value: plain(value), place })),
    })),
    settlements: evidence.settlements.map(({ logged, settlement }) => ({
      at: settlement.at,
      local: settlement.local,
      boundary: settlement.boundary.word,
      serial: settlement.serial,
      registers: settlement.registers.map(({ register, value, unit }) => ({ register, value: plain(value), unit })),
      place: logged.place,
    })),
    gaps: evidence.gaps.map(({ logged, gap }) => ({
      after: gap.after,
      before: gap.before,
      reason: gap.reason.word,
      registers: gap.registers,
      place: logged.place,
    })),
  }));
}

function plain(value) {
  return typeof value === "object" ? value.plain() : String(value);
}

/** Every statement that was read, in the order of the logs; made while it is walked, as often as it is walked. */
export function statementsOf({ statements }) {
  return {
    length: statements.length,
    *[Symbol.iterator]() {
      for (const { section, index, claims, statement, anchoredAt, place } of statements) {
        const { kind, kidHex, issuer, subject, issuedAt, seq, bootCount, clock } = claims;
        yield {
          section, index, kind, issuer, subject, seq, clock, place,
          key: kidHex,
          issued_at: issuedAt,
          boot_count: bootCount,
          anchored_at: anchoredAt,
          id: toHex(statement.id),
          bytes: statement.encoded,
        };
      }
    },
  };
}

/** By log: where it stands, when it was signed, how many of its entries are carried, and what vouches for it. */
export function headsOf({ checked }) {
  return checked.map((section) => ({
    section: section.number,
    origin: section.log.origin,
    size: section.size,
    root: toHex(section.root),
    signed_at: section.signedAt,
    stood_by: section.stoodBy(),
    carried: section.statements.length,
    vouched_by: section.vouching.map((pinned) => `${pinned.source} head of size ${pinned.size}${through(pinned)}`),
    vouching: section.vouching.map((pinned) => ({
      size: pinned.size,
      root: toHex(pinned.root),
      source: pinned.source,
      time: pinned.time,
      chain_id: pinned.chainId,
      via: pinned.via,
      dates: dated([pinned]).length > 0,
    })),
  }));
}

/**
 * The path from one statement to its section's head, and the statement with that proof in label 394 (a SCITT transparent
 * statement, RFC 9943); null where the section was not believed or does not carry the entry.
 */
export function proofOf(bundle, { checked }, index, number) {
  const believed = checked.find((section) => section.number === number);
  const section = bundle.sections[number];
  const at = section?.entries.findIndex((entry) => entry.index === index) ?? -1;
  const logged = believed?.statements.find((one) => one.index === index);
  if (at < 0 || logged === undefined) return null;
  const indexes = section.entries.map((entry) => entry.index);
  const path = leafPath(believed.leaves, indexes, section.size, section.hashes, index);
  const proof = new Proof(decodeHead(section.head_protected, section.head_signature), [{ index, path }]).encode();
  const unprotected = new Map([[HEADER_RECEIPTS, [proof]]]);
  return {
    index,
    size: section.size,
    leaf: toHex(believed.leaves[at]),
    path: path.map(toHex),
    root: toHex(believed.root),
    statement: logged.statement.encoded,
    proof,
    transparent: encodeSign1({ ...logged.statement.sign1, unprotected }),
  };
}
