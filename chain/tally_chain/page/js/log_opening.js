/** The first entry of a log: who it is, under which keys, what it continues. Mirrors `tally_edge/log_opening.py`. */

import { COUNT, DIGEST, OPTIONAL, TIME, nested, octets, record, text } from "./wire.js";

const PREDECESSOR = record("Predecessor", { log_id: [1, DIGEST], size: [2, COUNT], root: [3, DIGEST] });

export const LOG_OPENING = record("LogOpening", {
  log_id: [1, DIGEST],
  origin: [2, text(255)],
  checkpoint_key: [3, text(400)],
  proof_key: [4, octets(1, 128)],
  opened_at: [5, TIME],
  predecessor: [6, nested(PREDECESSOR), OPTIONAL],
});
