/* Deterministic CBOR (RFC 8949 4.2.1): a writer into memory that the caller gives. */
#ifndef TALLY_CBOR_H
#define TALLY_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cbor_major { CBOR_UINT, CBOR_NINT, CBOR_BYTES, CBOR_TEXT, CBOR_ARRAY, CBOR_MAP, CBOR_TAG, CBOR_SIMPLE };

/* An exact number: `magnitude`, or -1 - magnitude where negative, times 10^-places. No places: an integer. */
struct number {
    bool negative;
    uint8_t places;
    uint64_t magnitude;
};

/* `full` is set by the first thing that does not fit; from there on nothing is written. */
struct cbor_writer {
    uint8_t *bytes;
    size_t room;
    size_t used;
    bool full;
};

void cbor_start(struct cbor_writer *out, uint8_t *bytes, size_t room);
void cbor_raw(struct cbor_writer *out, const void *bytes, size_t length);
void cbor_head(struct cbor_writer *out, enum cbor_major major, uint64_t argument);
void cbor_int(struct cbor_writer *out, int64_t value);
void cbor_number(struct cbor_writer *out, struct number value);
void cbor_bytes(struct cbor_writer *out, const void *bytes, size_t length);
void cbor_text(struct cbor_writer *out, const char *text);
void cbor_flag(struct cbor_writer *out, bool flag);

/* `mantissa` times 10^-places. */
struct number number_of(int64_t mantissa, uint8_t places);

#endif
