/* Hex in lines of text, for the tools of the host. */
#ifndef TALLY_HEX_H
#define TALLY_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The bytes of `text`, at most `room`; -1 for anything that is not pairs of hex digits. */
long hex_read(const char *text, uint8_t *bytes, size_t room);

/* Exactly `length` bytes. */
bool hex_read_exactly(const char *text, uint8_t *bytes, size_t length);

void hex_write(FILE *file, const uint8_t *bytes, size_t length);

#endif
