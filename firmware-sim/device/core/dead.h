/* Dead letters (死信): statements that the log has refused without hope. They are signed and have their numbers, so they are kept
 * (refusal.md), but apart from the ring, which would stop at them. On an order they wait again, until they are confirmed or
 * refused anew; that they do survives a restart. Letters are only ever added, until all are confirmed: then their sectors
 * may be erased. Where there is no room for another one, it stays in the ring, and the ring fills up. */
#ifndef TALLY_DEAD_H
#define TALLY_DEAD_H

#include "entry.h"

enum { DEAD_LETTERS = 24 }; /* more than the two sectors hold */

/* A letter is an entry: `is_dead` until it is ordered out again, `freed` once it is confirmed. */
struct dead {
    const struct flash *flash;
    uint32_t first_sector, start, end, fill; /* places on flash: of the first letter, behind the last room, of the next letter */
    bool unreadable; /* the flash did not answer once: nothing is erased */
    unsigned count;
    struct entry letters[DEAD_LETTERS]; /* in the order in which they were refused */
};

/* Finds what lies there. */
void dead_open(struct dead *dead, const struct flash *flash, uint32_t first_sector, uint32_t sector_count);

enum dead_result { DEAD_KEPT, DEAD_FULL, DEAD_FAILED };

/* Keeps the statement of `entry`, with its signature, and the reason of its refusal. One that is there already is not kept
 * twice: a power cut may have come before its mark. */
enum dead_result dead_keep(struct dead *dead, const struct entry *entry, const uint8_t *statement);

/* The statement of a letter with its signature; its length, 0 where it can not be read, or finds no room. */
size_t dead_read(struct dead *dead, const struct entry *letter, uint8_t *statement, size_t room);

/* A letter waits again, or is refused again and lies dead. False when the power went away. */
bool dead_turn(struct dead *dead, struct entry *letter, bool is_dead);

/* A letter was confirmed. False when the power went away. */
bool dead_free(struct dead *dead, struct entry *letter);

#endif
