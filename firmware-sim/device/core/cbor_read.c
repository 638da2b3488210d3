/* The rules of docs/formats/statement.md, "The frame", 2: checked while walking, because encoding again would cost more. */
#include "cbor_read.h"

#include <string.h>

bool cbor_read_head(struct cbor_reader *reader, enum cbor_major *major, uint64_t *argument) {
    if (reader->at >= reader->length) return false;
    uint8_t initial = reader->bytes[reader->at];
    unsigned low = initial & 0x1fU;
    *major = (enum cbor_major)(initial >> 5);
    if (low < 24) {
        *argument = low;
        reader->at += 1;
        return true;
    }
    if (low > 27) return false;
    size_t width = (size_t)1 << (low - 24);
    if (width > reader->length - reader->at - 1) return false;
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++) value = value << 8 | reader->bytes[reader->at + 1 + i];
    /* A width of n bytes is only for what n/2 bytes can not hold. */
    if (value < 24 || (low > 24 && value >> (4 * width) == 0)) return false;
    *argument = value;
    reader->at += 1 + width;
    return true;
}

static bool is_utf8(const uint8_t *text, size_t length) {
    for (size_t i = 0; i < length;) {
        uint8_t first = text[i];
        size_t more = first < 0x80 ? 0 : first < 0xc2 ? 4 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : 4;
        if (more == 4 || more > length - i - 1) return false;
        for (size_t k = 1; k <= more; k++) {
            if ((text[i + k] & 0xc0) != 0x80) return false;
        }
        if (more == 2 && ((first == 0xe0 && text[i + 1] < 0xa0) || (first == 0xed && text[i + 1] >= 0xa0))) return false;
        if (more == 3 && ((first == 0xf0 && text[i + 1] < 0x90) || (first == 0xf4 && text[i + 1] >= 0x90))) return false;
        i += 1 + more;
    }
    return true;
}

static bool walk(struct cbor_reader *reader, unsigned depth);

static bool walk_string(struct cbor_reader *reader, enum cbor_major major, uint64_t length) {
    if (length > reader->length - reader->at) return false;
    const uint8_t *text = reader->bytes + reader->at;
    reader->at += (size_t)length;
    return major == CBOR_BYTES || is_utf8(text, (size_t)length);
}

/* Keys are integers or text; each stands bytewise behind the one before. */
static bool walk_map(struct cbor_reader *reader, uint64_t pairs, unsigned depth) {
    const uint8_t *last = NULL;
    size_t last_length = 0;
    for (uint64_t i = 0; i < pairs; i++) {
        size_t start = reader->at;
        if (!walk(reader, depth + 1)) return false;
        const uint8_t *key = reader->bytes + start;
        size_t length = reader->at - start;
        unsigned major = key[0] >> 5;
        if (major != CBOR_UINT && major != CBOR_NINT && major != CBOR_TEXT) return false;
        if (last != NULL) {
            int order = memcmp(last, key, last_length < length ? last_length : length);
            if (order > 0 || (order == 0 && last_length >= length)) return false;
        }
        last = key;
        last_length = length;
        if (!walk(reader, depth + 1)) return false;
    }
    return true;
}

/* Tag 4, a pair: exponent -1..-18, mantissa within 64 bits. */
static bool walk_decimal(struct cbor_reader *reader) {
    enum cbor_major major;
    uint64_t argument;
    if (reader->at >= reader->length || reader->bytes[reader->at] != 0x82) return false;
    reader->at += 1;
    if (!cbor_read_head(reader, &major, &argument) || major != CBOR_NINT || argument >= CBOR_MAX_PLACES) return false;
    return cbor_read_head(reader, &major, &argument) && major <= CBOR_NINT && argument <= INT64_MAX;
}

static bool walk(struct cbor_reader *reader, unsigned depth) {
    enum cbor_major major;
    uint64_t argument;
    if (reader->at >= reader->length) return false;
    if (reader->bytes[reader->at] >= 0xe0) {
        uint8_t simple = reader->bytes[reader->at++];
        return simple >= 0xf4 && simple <= 0xf6;
    }
    if (!cbor_read_head(reader, &major, &argument)) return false;
    if (major <= CBOR_NINT) return true;
    if (major <= CBOR_TEXT) return walk_string(reader, major, argument);
    if (depth >= CBOR_MAX_DEPTH) return false;
    if (major == CBOR_MAP) return walk_map(reader, argument, depth);
    if (major == CBOR_TAG) return argument == 4 && walk_decimal(reader);
    for (uint64_t i = 0; i < argument; i++) {
        if (!walk(reader, depth + 1)) return false;
    }
    return true;
}

bool cbor_is_strict(const uint8_t *bytes, size_t length) {
    struct cbor_reader reader = {.bytes = bytes, .length = length};
    return walk(&reader, 0) && reader.at == length;
}

bool cbor_next(struct cbor_reader *reader, struct cbor_item *item) {
    enum cbor_major major;
    uint64_t argument;
    *item = (struct cbor_item){.kind = ITEM_NULL};
    if (reader->at >= reader->length) return false;
    uint8_t initial = reader->bytes[reader->at];
    if (initial >= 0xe0) {
        reader->at += 1;
        item->kind = initial == 0xf6 ? ITEM_NULL : ITEM_FLAG;
        item->flag = initial == 0xf5;
        return true;
    }
    if (!cbor_read_head(reader, &major, &argument)) return false;
    item->count = argument;
    item->at = reader->bytes + reader->at;
    switch (major) {
    case CBOR_UINT:
    case CBOR_NINT:
        item->kind = ITEM_INTEGER;
        item->value = (struct number){.negative = major == CBOR_NINT, .magnitude = argument};
        return true;
    case CBOR_BYTES:
    case CBOR_TEXT:
        item->kind = major == CBOR_BYTES ? ITEM_BYTES : ITEM_TEXT;
        reader->at += (size_t)argument;
        return true;
    case CBOR_TAG: {
        uint64_t places;
        reader->at += 1;
        if (!cbor_read_head(reader, &major, &places) || !cbor_read_head(reader, &major, &argument)) return false;
        item->kind = ITEM_DECIMAL;
        item->value =
            (struct number){.negative = major == CBOR_NINT, .places = (uint8_t)(places + 1), .magnitude = argument};
        return true;
    }
    default:
        item->kind = major == CBOR_ARRAY ? ITEM_ARRAY : ITEM_MAP;
        return true;
    }
}

bool cbor_skip_inside(struct cbor_reader *reader, const struct cbor_item *item) {
    uint64_t left = item->kind == ITEM_ARRAY ? item->count : item->kind == ITEM_MAP ? 2 * item->count : 0;
    while (left > 0) {
        struct cbor_item member;
        if (!cbor_next(reader, &member)) return false;
        left -= 1;
        if (member.kind == ITEM_ARRAY) left += member.count;
        if (member.kind == ITEM_MAP) left += 2 * member.count;
    }
    return true;
}

bool cbor_is_count(const struct cbor_item *item, uint64_t *value) {
    *value = item->value.magnitude;
    return item->kind == ITEM_INTEGER && !item->value.negative;
}

bool cbor_is_label(const struct cbor_item *item, int64_t *label) {
    if (item->kind != ITEM_INTEGER || item->value.magnitude > INT64_MAX) return false;
    *label = item->value.negative ? -1 - (int64_t)item->value.magnitude : (int64_t)item->value.magnitude;
    return true;
}

bool cbor_is_text(const struct cbor_item *item, const char *text) {
    size_t length = strlen(text);
    return item->kind == ITEM_TEXT && item->count == length && memcmp(item->at, text, length) == 0;
}

size_t cbor_text_chars(const struct cbor_item *item) {
    size_t chars = 0;
    for (size_t i = 0; i < item->count; i++) chars += (item->at[i] & 0xc0) != 0x80;
    return chars;
}
