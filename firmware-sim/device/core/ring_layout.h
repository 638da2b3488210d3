/* How an entry lies on flash:  head | state of the point | statement without signature || signature | its CRC | freed
 *
 * The head has a CRC of its own, so that a scan finds the way past a body that has gone bad. Its `body_crc` is over state and
 * statement. What stands before the || is stored in one go; the rest is written later, into bytes that are still erased.
 * `freed` is all ones until a proof has come, then zero. Only ring.c and ring_scan.c need this. */
#ifndef TALLY_RING_LAYOUT_H
#define TALLY_RING_LAYOUT_H

#include "ring.h"

#define ENTRY_MAGIC UINT32_C(0x33544e45) /* "ENT3" */
enum { ENTRY_ALIGNMENT = 16 };

/* `written` counts every entry that was ever stored here: the highest one lies in the sector that is open. */
struct entry_head {
    uint32_t magic, generation;
    uint64_t seq;
    uint8_t kid[DIGEST_BYTES];
    uint16_t length, kind;
    uint32_t written, body_crc, crc;
};

struct entry_tail {
    uint8_t signature[SIGNATURE_BYTES];
    uint32_t crc, freed;
};

uint32_t entry_bytes(uint32_t length);
uint32_t entry_body(const struct entry *entry); /* where the statement begins */
uint32_t entry_tail(const struct entry *entry);
uint32_t entry_head_crc(const struct entry_head *head);

bool ring_read_at(const struct ring *ring, uint32_t at, void *bytes, size_t length);
bool ring_is_blank(const struct ring *ring, uint32_t at, uint32_t length);
uint32_t ring_sector_start(const struct ring *ring, uint32_t sector);
uint32_t ring_sector_of(const struct ring *ring, const struct entry *entry);

/* Takes the entry into RAM. Where that is full, the oldest that is freed goes; false where none is. */
bool ring_insert(struct ring *ring, const struct entry *entry);

#endif
