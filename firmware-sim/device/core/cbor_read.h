/* Reading CBOR of the same subset, strictly. First `cbor_is_strict` over all the bytes; then `cbor_next` item by item,
 * which relies on it. */
#ifndef TALLY_CBOR_READ_H
#define TALLY_CBOR_READ_H

#include "cbor.h"

enum { CBOR_MAX_DEPTH = 12, CBOR_MAX_PLACES = 18 };

enum cbor_kind { ITEM_INTEGER, ITEM_DECIMAL, ITEM_BYTES, ITEM_TEXT, ITEM_ARRAY, ITEM_MAP, ITEM_FLAG, ITEM_NULL };

/* `value` of numbers; `count` of bytes, members or pairs; `at` where bytes and texts begin; `flag` of true and false. */
struct cbor_item {
    enum cbor_kind kind;
    struct number value;
    uint64_t count;
    const uint8_t *at;
    bool flag;
};

struct cbor_reader {
    const uint8_t *bytes;
    size_t length;
    size_t at;
};

/* Reads the head at `reader->at`; false at the end, for a reserved or indefinite head, and for one not in its shortest
 * form. */
bool cbor_read_head(struct cbor_reader *reader, enum cbor_major *major, uint64_t *argument);

/* Whether one item of the subset fills the bytes. */
bool cbor_is_strict(const uint8_t *bytes, size_t length);

/* The next item. Members of an array or a map follow as items of their own. False at the end. */
bool cbor_next(struct cbor_reader *reader, struct cbor_item *item);

/* Goes past everything that is inside `item`, which was read last. */
bool cbor_skip_inside(struct cbor_reader *reader, const struct cbor_item *item);

/* Whether `item` is a number without a fraction and not below zero, and then its value. */
bool cbor_is_count(const struct cbor_item *item, uint64_t *value);

/* Whether `item` is an integer label that fits, and then its value. */
bool cbor_is_label(const struct cbor_item *item, int64_t *label);

/* Whether `item` is exactly this text. */
bool cbor_is_text(const struct cbor_item *item, const char *text);

/* How many characters a text of the subset has: its bytes that begin one. */
size_t cbor_text_chars(const struct cbor_item *item);

#endif
