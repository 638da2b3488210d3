/* The units of docs/formats/readings.md. */
#ifndef TALLY_UNITS_H
#define TALLY_UNITS_H

#include <stdbool.h>
#include <stddef.h>

/* Texts are given with their length, as they stand in a message. */
bool unit_is_primary(const void *text, size_t length);
bool unit_is_secondary(const void *text, size_t length);

#endif
