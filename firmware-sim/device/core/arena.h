/* Static memory under mbedTLS: what its big numbers take while a signature is made or checked comes from here, and never
 * from a heap. */
#ifndef TALLY_ARENA_H
#define TALLY_ARENA_H

#include <stdbool.h>
#include <stddef.h>

/* Twice what signing and verifying were seen to need on a machine of 64 bits (the self tests print it). */
enum { ARENA_BYTES = 12 * 1024 };

/* Zeroed memory for `count` members of `size` bytes, or NULL where none is left. */
void *arena_calloc(size_t count, size_t size);

/* Gives back what `arena_calloc` gave; false where the pointer is none of its own. */
bool arena_free(void *memory);

/* The most that was ever in use at once, in bytes, heads included; and what is in use now. */
size_t arena_peak(void);
size_t arena_in_use(void);

#endif
