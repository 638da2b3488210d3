/* One record that is replaced again and again and survives a power cut at any moment: two sectors (A and B), into which
 * numbered copies with a CRC are written one behind the other. The newest whole copy counts. A sector is erased only while
 * the newest copy lies in the other, and only once for a sector full of copies, which is what its wear is. */
#ifndef TALLY_SLOTS_H
#define TALLY_SLOTS_H

#include "hal.h"

enum { SLOTS_MAX_BYTES = 512 };

struct slots {
    const struct flash *flash;
    uint32_t first_sector;
    uint32_t stride;  /* bytes from copy to copy */
    uint32_t length;  /* of the record */
    uint32_t number;  /* of the newest copy, 0 while there is none */
    uint32_t sector, index;
    bool unreadable; /* the flash did not answer: nothing can be said of what it holds */
};

/* Finds the newest copy and reads it into `record`. False where there is none, and where `unreadable` is set. */
bool slots_open(struct slots *slots, const struct flash *flash, uint32_t first_sector, void *record, size_t length);

/* Replaces the record. False when the power went away: then the old one counts, or the new one. */
bool slots_write(struct slots *slots, const void *record);

#endif
