/* The secure element of the host: keys in memory. Only this may put a key in from outside, and tell what it signed. */
#ifndef TALLY_SE_SOFT_H
#define TALLY_SE_SOFT_H

#include "se.h"

enum { SE_SLOTS = 2048 };

/* Puts a key of known scalar into the slot: for comparisons and simulations, where a run must be repeatable. */
bool se_soft_load(unsigned slot, const uint8_t scalar[32]);

/* The next keys that `se_generate` makes in the slot follow from `seed`; without a seed they are random. */
void se_soft_seed(unsigned slot, uint64_t seed);

/* Called with every digest that is signed; NULL for nobody. */
typedef void (*se_soft_witness)(unsigned slot, const uint8_t digest[DIGEST_BYTES]);
void se_soft_watch(se_soft_witness witness);

/* From here on it signs nothing, as an element that is busy or broken; or signs again. */
void se_soft_refuse(bool refuses);

void se_soft_erase(unsigned slot);

#endif
