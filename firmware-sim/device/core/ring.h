/* The store of statements: a ring of flash sectors. An entry is freed by a proof alone, and lies there on until its sector
 * is needed. The last sectors, and the last places in RAM, are kept for settlements and gaps. */
#ifndef TALLY_RING_H
#define TALLY_RING_H

#include "entry.h"

/* POINT_DECLARED: gaps that may pass by readings that wait. RING_ENTRIES: how many are known in RAM. All that wait are; of
 * the freed ones, which a lost log may want again, the newest. */
enum { POINT_DECLARED = 6, RING_ENTRIES = 256, RING_RESERVE = 2, RING_ENTRIES_RESERVE = 16, ENTRY_MAX_BYTES = 3500 };

/* What a flash must have: an entry lies in one sector, and beside the sectors kept one is written and one is read. */
enum { LEAST_SECTOR_BYTES = 4096, LEAST_RING_SECTORS = RING_RESERVE + 2 };

/* Sampling is thinned since `after`: one reading is kept every so many seconds, and so many were. */
struct thinned {
    uint64_t after;
    uint32_t every_s, kept; /* every_s is 0 while nothing is thinned */
};

/* A gap that was declared while readings before it, or kept in it, waited for room: so many of those in it still do. */
struct declared {
    uint64_t after, before;
    uint64_t unsaid;
};

/* What a metering point remembers: written with every statement, so that both are there or neither. */
struct point_state {
    uint64_t last_at;    /* of the last reading that was said; 0: none */
    uint64_t told_at;    /* up to here every slot was said or declared; 0: nothing is promised yet */
    uint64_t lost_since; /* the last reading of a stream that was lost, until that gap is declared; 0: none */
    struct declared declared[POINT_DECLARED]; /* oldest first */
    struct thinned thinned; /* as it was at told_at */
    uint64_t settled_at; /* the last boundary that was settled; 0: none */
    struct counts counts;
    uint8_t previous[DIGEST_BYTES]; /* id of the settlement before */
    int64_t registers[HAL_REGISTERS];
    uint64_t registers_at; /* when they showed this */
    uint32_t register_count; /* 0: nothing to compare the next reading with */
    uint32_t closed;         /* not 0: the closing settlement was said, and nothing follows it */
    uint32_t opens;          /* not 0: the opening settlement is owed */
    uint32_t declared_count;
    char serial[HAL_SERIAL_BYTES];
};

struct ring {
    const struct flash *flash;
    uint32_t first_sector, sector_count;
    uint32_t head, fill; /* the sector that is written, and how far */
    uint32_t erases, written;
    uint8_t kid[DIGEST_BYTES]; /* of the key that signs now */
    uint64_t own_past; /* no number from here on lies there signed, or spoilt so that nobody can tell, when it was opened */
    unsigned damaged;  /* statements that were signed, had no proof yet as far as anybody can tell, and can not be read any more */
    unsigned count;
    struct entry entries[RING_ENTRIES]; /* oldest first */
};

/* Finds what lies there, for the key `kid`. False when the flash can not be read, or holds more than RAM can know of. */
bool ring_open(struct ring *ring, const struct flash *flash, uint32_t first_sector, uint32_t sector_count,
               const uint8_t kid[DIGEST_BYTES]);

enum ring_result { RING_DONE, RING_FULL, RING_FAILED };

/* Stores an unsigned statement and the state that goes with it, both or neither. */
enum ring_result ring_put(struct ring *ring, const struct entry *entry, const struct point_state *state,
                          const uint8_t *statement, bool reserved);

/* Adds the signature to the entry. Writing the same signature again does no harm. */
bool ring_sign(struct ring *ring, struct entry *entry, const uint8_t signature[SIGNATURE_BYTES]);

/* The statement, with its signature where it has one; its length, 0 where it can not be read. What has gone bad on flash is found
 * here as well: a bad signature is one that it has not, and a bad statement is read no more and waits for nothing. */
size_t ring_read(struct ring *ring, struct entry *entry, uint8_t *bytes, size_t room);

bool ring_read_state(const struct ring *ring, const struct entry *entry, struct point_state *state);
bool ring_free(struct ring *ring, struct entry *entry);

/* How many entries wait for a proof. */
unsigned ring_waiting(const struct ring *ring);

/* Bytes that can not be written yet: from the sector of the oldest entry that waits up to the next place. */
uint32_t ring_used_bytes(const struct ring *ring);

/* How full the share of the readings is with what waits, in thousandths: of its bytes, or of its places in RAM. */
unsigned ring_pressure(const struct ring *ring);

#endif
