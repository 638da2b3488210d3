/* Dead letters (死信): statements that the log has refused without hope. They are signed and have their numbers, so they are kept
 * (refusal.md), but apart from the ring, which would stop at them. Letters are only ever added, and read out by whoever comes
 * to see what is wrong: where there is no room for another one, it stays in the ring, and the ring fills up. */
#ifndef TALLY_DEAD_H
#define TALLY_DEAD_H

#include "hal.h"

struct dead {
    const struct flash *flash;
    uint32_t start, end, fill; /* places on flash: of the first letter, behind the last room, of the next letter */
    unsigned count;
};

/* Finds what lies there. */
void dead_open(struct dead *dead, const struct flash *flash, uint32_t first_sector, uint32_t sector_count);

enum dead_result { DEAD_KEPT, DEAD_FULL, DEAD_FAILED };

/* Keeps a signed statement. One that is there already is not kept twice: a power cut may have come before its mark. */
enum dead_result dead_keep(struct dead *dead, const uint8_t *statement, size_t length);

/* The letter `index` from 0 on; its length, 0 where there is none, or no room. */
size_t dead_read(const struct dead *dead, unsigned index, uint8_t *statement, size_t room);

#endif
