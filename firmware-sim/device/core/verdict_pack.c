/* A pack of readings as a reader takes it: readings.md and statement.md, "Readings". Records are read one by one; what
 * spans them is kept in `struct pack`. */
#include <string.h>

#include "cbor_read.h"
#include "payload.h"
#include "units.h"
#include "verdict.h"

struct pack {
    struct cbor_item base_name, base_unit;
    uint64_t base_time;
    bool secondary_version, secondary_used;
    uint8_t point[MAX_NAME_CHARS]; /* of the first record, without the slash */
    size_t point_length;
};

struct record {
    struct cbor_item name, unit, value;
    int64_t value_label;
    uint64_t offset;
    unsigned values;
    bool has_name, has_unit, has_time;
};

static bool is_name_char(uint8_t c, bool first) {
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return true;
    return !first && c != '\0' && strchr("-:./_", c) != NULL;
}

/* Base name and name together are <point>/<register>, and the point is that of the first record. */
static bool name_fits(struct pack *pack, const struct record *record, bool first) {
    uint8_t name[MAX_NAME_CHARS];
    uint64_t own = record->has_name ? record->name.count : 0;
    if (pack->base_name.count > MAX_NAME_CHARS || own > MAX_NAME_CHARS - pack->base_name.count) return false;
    size_t before = (size_t)pack->base_name.count, length = before + (size_t)own;
    if (before > 0) memcpy(name, pack->base_name.at, before);
    if (own > 0) memcpy(name + before, record->name.at, (size_t)own);
    size_t slash = 0;
    for (size_t i = 0; i < length; i++) {
        if (!is_name_char(name[i], i == 0)) return false;
        if (name[i] == '/') slash = i;
    }
    if (slash == 0 || slash + 1 == length) return false;
    if (first) {
        memcpy(pack->point, name, slash);
        pack->point_length = slash;
    }
    return pack->point_length == slash && memcmp(pack->point, name, slash) == 0;
}

static bool read_base(struct pack *pack, int64_t label, const struct cbor_item *item) {
    uint64_t value;
    switch (label) {
    case SENML_BVER:
        pack->secondary_version = true;
        return cbor_is_count(item, &value) && value == BVER_SECONDARY;
    case SENML_BN:
        pack->base_name = *item;
        return item->kind == ITEM_TEXT;
    case SENML_BT:
        return cbor_is_count(item, &pack->base_time) && pack->base_time >= MIN_TIME;
    case SENML_BU:
        pack->base_unit = *item;
        return item->kind == ITEM_TEXT;
    default:
        return false;
    }
}

static bool read_member(struct record *record, int64_t label, const struct cbor_item *item) {
    switch (label) {
    case SENML_N:
        record->name = *item;
        record->has_name = true;
        return item->kind == ITEM_TEXT;
    case SENML_U:
        record->unit = *item;
        record->has_unit = true;
        return item->kind == ITEM_TEXT;
    case SENML_T:
        record->has_time = true;
        return cbor_is_count(item, &record->offset);
    case SENML_V:
    case SENML_VS:
    case SENML_VB:
    case SENML_VD:
        record->value = *item;
        record->value_label = label;
        record->values += 1;
        return true;
    default:
        return false;
    }
}

static bool value_fits(struct pack *pack, const struct record *record) {
    const struct cbor_item *value = &record->value, *unit = record->has_unit ? &record->unit : &pack->base_unit;
    switch (record->value_label) {
    case SENML_V:
        if (value->kind != ITEM_INTEGER && value->kind != ITEM_DECIMAL) return false;
        if (unit_is_secondary(unit->at, (size_t)unit->count)) {
            pack->secondary_used = true;
            return true;
        }
        return unit_is_primary(unit->at, (size_t)unit->count);
    case SENML_VS:
        return value->kind == ITEM_TEXT && cbor_text_chars(value) <= MAX_TEXT_CHARS && text_is_printable(value);
    case SENML_VD:
        return value->kind == ITEM_BYTES && value->count <= MAX_TEXT_CHARS;
    default:
        return value->kind == ITEM_FLAG;
    }
}

static bool record_check(struct pack *pack, struct cbor_reader *reader, bool first) {
    struct cbor_item map, key, value;
    struct record record = {0};
    int64_t label;
    if (!cbor_next(reader, &map) || map.kind != ITEM_MAP) return false;
    for (uint64_t i = 0; i < map.count; i++) {
        if (!cbor_next(reader, &key) || !cbor_is_label(&key, &label) || !cbor_next(reader, &value)) return false;
        if (value.kind == ITEM_ARRAY || value.kind == ITEM_MAP) return false;
        bool is_base = label < 0;
        if (is_base ? !first || !read_base(pack, label, &value) : !read_member(&record, label, &value)) return false;
    }
    if (record.values != 1 || pack->base_time == 0 || !name_fits(pack, &record, first)) return false;
    if (record.offset > MAX_TIME || pack->base_time > MAX_TIME || pack->base_time + record.offset > MAX_TIME) return false;
    return value_fits(pack, &record);
}

enum verdict pack_check(const uint8_t *bytes, size_t length) {
    struct cbor_reader reader = {.bytes = bytes, .length = length};
    struct pack pack = {0};
    struct cbor_item array;
    pack.base_unit.at = bytes; /* an empty text */
    if (!cbor_next(&reader, &array) || array.kind != ITEM_ARRAY || array.count == 0 || array.count > MAX_RECORDS) {
        return VERDICT_WRONG_PAYLOAD;
    }
    for (uint64_t i = 0; i < array.count; i++) {
        if (!record_check(&pack, &reader, i == 0)) return VERDICT_WRONG_PAYLOAD;
    }
    bool secondary = pack.secondary_used || unit_is_secondary(pack.base_unit.at, (size_t)pack.base_unit.count);
    return secondary == pack.secondary_version ? VERDICT_OK : VERDICT_WRONG_PAYLOAD;
}
