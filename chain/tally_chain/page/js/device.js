/** What a device says besides readings: settlements (日冻结, 月冻结) and gaps. Mirrors `tally_edge/device.py`. */

import { COUNT, DIGEST, NUMBER, OPTIONAL, TIME, array, codes, nested, oneOf, record, text } from "./wire.js";

export const MAX_REGISTERS = 64;
export const REGISTER = text(64);
export const UNIT = text(16);
export const SERIAL = text(64);
/** What `previous` holds in the first settlement of a metering point on a stream. */
export const NO_SETTLEMENT = new Uint8Array(32);

export const Boundary = codes("Boundary", "day", "month", "reading_day", "opening", "closing");

export const REGISTER_VALUE = record("RegisterValue", { register: [1, REGISTER], value: [2, NUMBER], unit: [3, UNIT] });

export const COUNTS = record("Counts", {
  exchanges: [1, COUNT],
  resets: [2, COUNT],
  rollovers: [3, COUNT],
  gaps: [4, COUNT],
});

export const SETTLEMENT = record("Settlement", {
  boundary: [1, oneOf(Boundary)],
  at: [2, TIME],
  local: [3, text(40)],
  registers: [4, array(nested(REGISTER_VALUE), MAX_REGISTERS)],
  serial: [5, SERIAL],
  multiplier: [6, NUMBER],
  facts: [7, DIGEST],
  counts: [8, nested(COUNTS)],
  previous: [9, DIGEST],
  read_at: [10, TIME, OPTIONAL],
});

export const GapReason = codes(
  "GapReason",
  "outbox_full",
  "meter_silent",
  "agent_down",
  "clock_unset",
  "reading_invalid",
  "state_lost",
  "storage_full",
);

export const GAP = record("Gap", {
  after: [1, TIME],
  before: [2, TIME],
  reason: [3, oneOf(GapReason)],
  registers: [4, array(REGISTER, MAX_REGISTERS)],
  missing: [5, COUNT],
  kept_every_s: [6, COUNT, OPTIONAL],
  note: [7, text(200), OPTIONAL],
});
