/* The encoders. What decides the shape of a pack stands in readings.md, "The shape that writers use". */
#include "payload.h"

#include <string.h>

#include "units.h"

/* The one unit of all numbers, or "" where there is none or more than one. */
static const char *only_unit(const struct reading *readings, size_t count) {
    const char *unit = "";
    for (size_t i = 0; i < count; i++) {
        if (readings[i].unit[0] == '\0') continue;
        if (unit[0] != '\0' && strcmp(unit, readings[i].unit) != 0) return "";
        unit = readings[i].unit;
    }
    return unit;
}

static bool all_of_one_name(const struct reading *readings, size_t count) {
    for (size_t i = 1; i < count; i++) {
        if (strcmp(readings[0].name, readings[i].name) != 0) return false;
    }
    return true;
}

static bool any_secondary(const struct reading *readings, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (unit_is_secondary(readings[i].unit, strlen(readings[i].unit))) return true;
    }
    return false;
}

static void write_value(struct cbor_writer *out, const struct reading *reading) {
    switch (reading->kind) {
    case VALUE_NUMBER:
        cbor_int(out, SENML_V);
        cbor_number(out, reading->number);
        break;
    case VALUE_TEXT:
        cbor_int(out, SENML_VS);
        cbor_head(out, CBOR_TEXT, reading->length);
        cbor_raw(out, reading->bytes, reading->length);
        break;
    case VALUE_FLAG:
        cbor_int(out, SENML_VB);
        cbor_flag(out, reading->flag);
        break;
    default: /* bytes stand behind the time: write_record */
        break;
    }
}

static void write_base(struct cbor_writer *out, const char *point, const struct reading *first, bool single,
                       bool secondary, const char *unit) {
    if (secondary) {
        cbor_int(out, SENML_BVER);
        cbor_int(out, BVER_SECONDARY);
    }
    cbor_int(out, SENML_BN);
    cbor_head(out, CBOR_TEXT, strlen(point) + 1 + (single ? strlen(first->name) : 0));
    cbor_raw(out, point, strlen(point));
    cbor_raw(out, "/", 1);
    if (single) cbor_raw(out, first->name, strlen(first->name));
    cbor_int(out, SENML_BT);
    cbor_head(out, CBOR_UINT, first->at);
    if (unit[0] != '\0') {
        cbor_int(out, SENML_BU);
        cbor_text(out, unit);
    }
}

void pack_write(struct cbor_writer *out, const char *point, const struct reading *readings, size_t count) {
    if (count == 0 || count > MAX_RECORDS) {
        out->full = true;
        return;
    }
    bool single = all_of_one_name(readings, count), secondary = any_secondary(readings, count);
    const char *unit = only_unit(readings, count);
    cbor_head(out, CBOR_ARRAY, count);
    for (size_t i = 0; i < count; i++) {
        const struct reading *one = &readings[i];
        bool own_unit = one->unit[0] != '\0' && strcmp(one->unit, unit) != 0, later = one->at != readings[0].at;
        unsigned base = i > 0 ? 0 : 2 + (unsigned)secondary + (unit[0] != '\0');
        if (one->at < readings[0].at) out->full = true;
        cbor_head(out, CBOR_MAP, 1U + !single + own_unit + later + base);
        if (!single) {
            cbor_int(out, SENML_N);
            cbor_text(out, one->name);
        }
        if (own_unit) {
            cbor_int(out, SENML_U);
            cbor_text(out, one->unit);
        }
        write_value(out, one);
        if (later) {
            cbor_int(out, SENML_T);
            cbor_head(out, CBOR_UINT, one->at - readings[0].at);
        }
        if (one->kind == VALUE_BYTES) {
            cbor_int(out, SENML_VD);
            cbor_bytes(out, one->bytes, one->length);
        }
        if (i == 0) write_base(out, point, one, single, secondary, unit);
    }
}

static void write_counts(struct cbor_writer *out, const struct counts *counts) {
    const uint64_t values[] = {counts->exchanges, counts->resets, counts->rollovers, counts->gaps};
    cbor_head(out, CBOR_MAP, 4);
    for (int i = 0; i < 4; i++) {
        cbor_int(out, i + 1);
        cbor_head(out, CBOR_UINT, values[i]);
    }
}

void settlement_write(struct cbor_writer *out, const struct settlement *said) {
    cbor_head(out, CBOR_MAP, said->read_at > 0 ? 10 : 9);
    cbor_int(out, 1);
    cbor_int(out, (int64_t)said->boundary);
    cbor_int(out, 2);
    cbor_head(out, CBOR_UINT, said->at);
    cbor_int(out, 3);
    cbor_text(out, said->local);
    cbor_int(out, 4);
    cbor_head(out, CBOR_ARRAY, said->register_count);
    for (size_t i = 0; i < said->register_count; i++) {
        cbor_head(out, CBOR_MAP, 3);
        cbor_int(out, 1);
        cbor_text(out, said->registers[i].name);
        cbor_int(out, 2);
        cbor_number(out, said->registers[i].value);
        cbor_int(out, 3);
        cbor_text(out, said->registers[i].unit);
    }
    cbor_int(out, 5);
    cbor_text(out, said->serial);
    cbor_int(out, 6);
    cbor_number(out, said->multiplier);
    cbor_int(out, 7);
    cbor_bytes(out, said->facts, DIGEST_BYTES);
    cbor_int(out, 8);
    write_counts(out, &said->counts);
    cbor_int(out, 9);
    cbor_bytes(out, said->previous, DIGEST_BYTES);
    if (said->read_at > 0) {
        cbor_int(out, 10);
        cbor_head(out, CBOR_UINT, said->read_at);
    }
}

void gap_write(struct cbor_writer *out, const struct gap *said) {
    cbor_head(out, CBOR_MAP, 5U + (said->kept_every_s > 0) + (said->note != NULL));
    cbor_int(out, 1);
    cbor_head(out, CBOR_UINT, said->after);
    cbor_int(out, 2);
    cbor_head(out, CBOR_UINT, said->before);
    cbor_int(out, 3);
    cbor_int(out, (int64_t)said->reason);
    cbor_int(out, 4);
    cbor_head(out, CBOR_ARRAY, said->register_count);
    for (size_t i = 0; i < said->register_count; i++) cbor_text(out, said->registers[i]);
    cbor_int(out, 5);
    cbor_head(out, CBOR_UINT, said->missing);
    if (said->kept_every_s > 0) {
        cbor_int(out, 6);
        cbor_head(out, CBOR_UINT, said->kept_every_s);
    }
    if (said->note != NULL) {
        cbor_int(out, 7);
        cbor_text(out, said->note);
    }
}

void ask_write(struct cbor_writer *out, const struct shown_head *head) {
    cbor_head(out, CBOR_MAP, head == NULL ? 0 : 1);
    if (head == NULL) return;
    cbor_int(out, 1);
    cbor_head(out, CBOR_MAP, 3);
    cbor_int(out, 1);
    cbor_bytes(out, head->header, head->header_length);
    cbor_int(out, 2);
    cbor_bytes(out, head->signature, SIGNATURE_BYTES);
    cbor_int(out, 3);
    cbor_bytes(out, head->root, DIGEST_BYTES);
}
