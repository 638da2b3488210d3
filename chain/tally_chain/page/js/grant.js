/** A grant: what the owner of evidence signs for one reader. Mirrors `tally_chain/grant.py`. */

import { DIGEST, OPTIONAL, TIME, URI, array, record, text } from "./wire.js";

export const GRANT = record("Grant", {
  owner: [1, text(128)],
  reader: [2, text(128)],
  purpose: [3, text(500)],
  points: [4, array(URI, 500)],
  from_at: [5, TIME],
  to_at: [6, TIME],
  expires_at: [7, TIME],
  evidence: [8, DIGEST],
  attachments: [9, array(DIGEST, 256)],
  reader_key: [10, DIGEST, OPTIONAL],
});
