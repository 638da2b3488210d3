/* The whole encoder. A head is written in its shortest form because there is no other way to write one here; maps are in
 * order because their writers name the labels in order. */
#include "cbor.h"

#include <string.h>

void cbor_start(struct cbor_writer *out, uint8_t *bytes, size_t room) {
    *out = (struct cbor_writer){.bytes = bytes, .room = room};
}

void cbor_raw(struct cbor_writer *out, const void *bytes, size_t length) {
    if (out->full || length > out->room - out->used) {
        out->full = true;
        return;
    }
    if (length > 0) memcpy(out->bytes + out->used, bytes, length);
    out->used += length;
}

void cbor_head(struct cbor_writer *out, enum cbor_major major, uint64_t argument) {
    uint8_t head[9];
    unsigned width = argument < 24 ? 0 : argument <= 0xff ? 1 : argument <= 0xffff ? 2 : argument <= 0xffffffff ? 4 : 8;
    unsigned low = width == 0 ? (unsigned)argument : width == 1 ? 24 : width == 2 ? 25 : width == 4 ? 26 : 27;
    head[0] = (uint8_t)((unsigned)major << 5 | low);
    for (unsigned i = 0; i < width; i++) head[1 + i] = (uint8_t)(argument >> (8 * (width - 1 - i)));
    cbor_raw(out, head, 1 + width);
}

void cbor_int(struct cbor_writer *out, int64_t value) {
    if (value >= 0) {
        cbor_head(out, CBOR_UINT, (uint64_t)value);
    } else {
        cbor_head(out, CBOR_NINT, (uint64_t)(-(value + 1)));
    }
}

void cbor_number(struct cbor_writer *out, struct number value) {
    if (value.places > 0) {
        cbor_head(out, CBOR_TAG, 4);
        cbor_head(out, CBOR_ARRAY, 2);
        cbor_int(out, -(int64_t)value.places);
    }
    cbor_head(out, value.negative ? CBOR_NINT : CBOR_UINT, value.magnitude);
}

void cbor_bytes(struct cbor_writer *out, const void *bytes, size_t length) {
    cbor_head(out, CBOR_BYTES, length);
    cbor_raw(out, bytes, length);
}

void cbor_text(struct cbor_writer *out, const char *text) {
    size_t length = strlen(text);
    cbor_head(out, CBOR_TEXT, length);
    cbor_raw(out, text, length);
}

void cbor_flag(struct cbor_writer *out, bool flag) {
    cbor_raw(out, flag ? "\xf5" : "\xf4", 1);
}

struct number number_of(int64_t mantissa, uint8_t places) {
    bool negative = mantissa < 0;
    uint64_t magnitude = negative ? (uint64_t)(-(mantissa + 1)) : (uint64_t)mantissa;
    return (struct number){.negative = negative, .places = places, .magnitude = magnitude};
}
