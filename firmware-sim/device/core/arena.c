/* First fit over blocks that lie one behind the other, each with a head that says how long it is. A dozen blocks are in use
 * at a time, so nothing cleverer is worth its bytes. */
#include "arena.h"

#include <stdint.h>
#include <string.h>

enum { ALIGNMENT = 16 };

struct head {
    size_t length; /* with the head itself, a multiple of ALIGNMENT */
    size_t used;
};

_Static_assert(sizeof(struct head) <= ALIGNMENT, "a head fits into one unit");

static union {
    uint8_t bytes[ARENA_BYTES];
    long double aligned;
} memory_of;
static size_t in_use, peak;

static struct head *head_at(size_t offset) {
    return (struct head *)(void *)(memory_of.bytes + offset);
}

void *arena_calloc(size_t count, size_t size) {
    if (size != 0 && count > (ARENA_BYTES - 2 * ALIGNMENT) / size) return NULL;
    size_t length = ALIGNMENT + (count * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (head_at(0)->length == 0) *head_at(0) = (struct head){.length = ARENA_BYTES};
    for (size_t offset = 0; offset < ARENA_BYTES; offset += head_at(offset)->length) {
        struct head *block = head_at(offset);
        if (block->used) continue;
        size_t behind = offset + block->length;
        while (behind < ARENA_BYTES && !head_at(behind)->used) { /* join what was given back */
            block->length += head_at(behind)->length;
            behind = offset + block->length;
        }
        if (block->length < length) continue;
        if (block->length > length) {
            *head_at(offset + length) = (struct head){.length = block->length - length};
            block->length = length;
        }
        block->used = 1;
        in_use += length;
        if (in_use > peak) peak = in_use;
        memset(memory_of.bytes + offset + ALIGNMENT, 0, length - ALIGNMENT);
        return memory_of.bytes + offset + ALIGNMENT;
    }
    return NULL;
}

bool arena_free(void *memory) {
    uint8_t *at = memory;
    if (at < memory_of.bytes || at >= memory_of.bytes + ARENA_BYTES) return false;
    struct head *block = head_at((size_t)(at - memory_of.bytes) - ALIGNMENT);
    in_use -= block->length;
    block->used = 0;
    return true;
}

size_t arena_peak(void) {
    return peak;
}

size_t arena_in_use(void) {
    return in_use;
}
