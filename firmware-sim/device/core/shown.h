/* What a board shows is checked before anything is made of it: a line carries noise, and what is signed stays. */
#ifndef TALLY_SHOWN_H
#define TALLY_SHOWN_H

#include "variant.h"

/* Whether a meter of this variant can show this: registers below their modulus, a serial, events that it has, and texts
 * that a reader takes. */
bool shown_is_possible(const struct variant *variant, const struct shown *shown);

/* A board's clock may say what it likes: times of statements lie between MIN_TIME and MAX_TIME. */
bool time_is_possible(uint64_t at);

#endif
