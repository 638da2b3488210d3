/* That statements stand in a log: docs/formats/proof.md. */
#ifndef TALLY_PROOF_H
#define TALLY_PROOF_H

#include "cbor_read.h"
#include "statement.h"

enum { MAX_RUN = 1024, MAX_PATH = 63 };

/* An opened proof: views into its bytes, and `paths`, where the array of paths begins. `run_kid` is NULL without a run. */
struct proof {
    const uint8_t *header;
    size_t header_length;
    const uint8_t *signature;
    const uint8_t *kid;
    uint64_t size;
    struct cbor_reader paths;
    uint64_t path_count;
    const uint8_t *run_kid;
    uint64_t run_first;
};

/* Steps 1 to 4 of the page's list. */
bool proof_open(const uint8_t *bytes, size_t length, struct proof *proof);

/* Reads the next path and computes the root that it leads to from `leaf`; with `leaf` NULL only the path is read. Steps 4
 * to 6. */
bool proof_next_root(struct proof *proof, const uint8_t *leaf, uint8_t root[DIGEST_BYTES]);

/* Step 7: the signature over the root, by the log's proof key. */
bool proof_verify_root(const struct proof *proof, const uint8_t root[DIGEST_BYTES], const struct public_key *key);

/* RFC 9162 2.1.3.2. */
bool merkle_root(const uint8_t *leaf, uint64_t index, uint64_t size, const uint8_t (*path)[DIGEST_BYTES], size_t length,
                 uint8_t root[DIGEST_BYTES]);
void merkle_node(const uint8_t *left, const uint8_t *right, uint8_t node[DIGEST_BYTES]);

#endif
