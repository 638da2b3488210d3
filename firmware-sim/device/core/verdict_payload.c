/* Settlements, gaps, asks, refusals and notices: maps of small labels. `known` has a bit for each label that was seen. */
#include <string.h>

#include "cbor_read.h"
#include "payload.h"
#include "verdict.h"

static bool is_number(const struct cbor_item *item) {
    return item->kind == ITEM_INTEGER || item->kind == ITEM_DECIMAL;
}

static bool is_digest(const struct cbor_item *item) {
    return item->kind == ITEM_BYTES && item->count == DIGEST_BYTES;
}

static bool is_at_most(const struct cbor_item *item, uint64_t most) {
    uint64_t value;
    return cbor_is_count(item, &value) && value <= most;
}

static bool is_code(const struct cbor_item *item, uint64_t last) {
    uint64_t value;
    return cbor_is_count(item, &value) && value >= 1 && value <= last;
}

/* Checks the value under a label; goes past what is inside it. */
typedef bool (*field_check)(struct cbor_reader *reader, int64_t label, const struct cbor_item *item);

/* Every label known to `check`, the `needed` ones there. */
static bool map_check(struct cbor_reader *reader, const struct cbor_item *map, field_check check, uint32_t needed) {
    uint32_t known = 0;
    if (map->kind != ITEM_MAP) return false;
    for (uint64_t i = 0; i < map->count; i++) {
        struct cbor_item key, value;
        int64_t label;
        if (!cbor_next(reader, &key) || !cbor_is_label(&key, &label) || label < 1 || label > 10) return false;
        if (!cbor_next(reader, &value) || !check(reader, label, &value)) return false;
        known |= 1U << label;
    }
    return (known & needed) == needed;
}

static bool register_field(struct cbor_reader *reader, int64_t label, const struct cbor_item *item) {
    (void)reader;
    switch (label) {
    case 1:
        return text_fits(item, MAX_REGISTER_CHARS);
    case 2:
        return is_number(item);
    case 3:
        return text_fits(item, MAX_UNIT_CHARS);
    default:
        return false;
    }
}

static bool count_field(struct cbor_reader *reader, int64_t label, const struct cbor_item *item) {
    (void)reader;
    return label <= 4 && is_at_most(item, MAX_SEQ);
}

static bool settlement_field(struct cbor_reader *reader, int64_t label, const struct cbor_item *item) {
    switch (label) {
    case 1:
        return is_code(item, BOUNDARY_CLOSING);
    case 3:
        return text_fits(item, MAX_LOCAL_CHARS);
    case 4:
        if (item->kind != ITEM_ARRAY || item->count > MAX_REGISTERS) return false;
        for (uint64_t i = 0; i < item->count; i++) {
            struct cbor_item member;
            if (!cbor_next(reader, &member) || !map_check(reader, &member, register_field, 0xe)) return false;
        }
        return true;
    case 5:
        return text_fits(item, MAX_SERIAL_CHARS);
    case 6:
        return is_number(item);
    case 7:
    case 9:
        return is_digest(item);
    case 8:
        return map_check(reader, item, count_field, 0x1e);
    default: /* 2 and 10 */
        return is_at_most(item, MAX_TIME);
    }
}

static bool gap_field(struct cbor_reader *reader, int64_t label, const struct cbor_item *item) {
    switch (label) {
    case 1:
    case 2:
        return is_at_most(item, MAX_TIME);
    case 3:
        return is_code(item, GAP_STORAGE_FULL);
    case 4:
        if (item->kind != ITEM_ARRAY || item->count > MAX_REGISTERS) return false;
        for (uint64_t i = 0; i < item->count; i++) {
            struct cbor_item name;
            if (!cbor_next(reader, &name) || !text_fits(&name, MAX_REGISTER_CHARS)) return false;
        }
        return true;
    case 5:
    case 6:
        return is_at_most(item, MAX_SEQ);
    case 7:
        return text_fits(item, MAX_NOTE_CHARS);
    default:
        return false;
    }
}

static bool head_field(struct cbor_reader *reader, int64_t label, const struct cbor_item *item) {
    (void)reader;
    switch (label) {
    case 1:
        return item->kind == ITEM_BYTES && item->count >= 1 && item->count <= MAX_HEAD_BYTES;
    case 2:
        return item->kind == ITEM_BYTES && item->count == SIGNATURE_BYTES;
    case 3:
        return is_digest(item);
    default:
        return false;
    }
}

static bool ask_field(struct cbor_reader *reader, int64_t label, const struct cbor_item *item) {
    return label == 1 && map_check(reader, item, head_field, 0xe);
}

static bool refusal_field(struct cbor_reader *reader, int64_t label, const struct cbor_item *item) {
    (void)reader;
    switch (label) {
    case 1:
        return is_digest(item);
    case 2:
        return is_code(item, 8);
    case 3:
        return text_fits(item, 300);
    case 4:
        return item->kind == ITEM_FLAG;
    default:
        return false;
    }
}

static bool notice_field(struct cbor_reader *reader, int64_t label, const struct cbor_item *item) {
    (void)reader;
    switch (label) {
    case 1:
        return is_at_most(item, MAX_SEQ);
    case 2:
        return is_digest(item);
    case 3:
        return is_at_most(item, MAX_TIME);
    default:
        return false;
    }
}

enum verdict payload_check(enum kind kind, const uint8_t *bytes, size_t length) {
    static const struct {
        field_check check;
        uint32_t needed;
    } kinds[] = {
        [KIND_SETTLEMENT] = {settlement_field, 0x3fe},
        [KIND_GAP] = {gap_field, 0x3e},
        [KIND_ASK] = {ask_field, 0},
        [KIND_REFUSAL] = {refusal_field, 0x1e},
        [KIND_ANCHOR_NOTICE] = {notice_field, 0xe},
    };
    struct cbor_reader reader = {.bytes = bytes, .length = length};
    struct cbor_item map;
    if (!cbor_is_strict(bytes, length)) return VERDICT_MALFORMED_CBOR;
    if (kind == KIND_READINGS) return pack_check(bytes, length);
    bool holds = cbor_next(&reader, &map) && map_check(&reader, &map, kinds[kind].check, kinds[kind].needed);
    return holds ? VERDICT_OK : VERDICT_WRONG_PAYLOAD;
}
