/* Jobs on standard input, one a line, fields between tabs; the statement of each on standard output, in hex.
 *
 *   readings    KEY ISS SUB IAT BOOT SEQ PREV CLOCK BEACON POINT  (TIME NAME UNIT VALUE)*
 *   settlement  KEY ISS SUB IAT BOOT SEQ PREV CLOCK BEACON BOUNDARY AT LOCAL SERIAL MULTIPLIER FACTS EXCHANGES RESETS
 *               ROLLOVERS GAPS PREVIOUS READ_AT  (NAME VALUE UNIT)*
 *   gap         KEY ISS SUB IAT BOOT SEQ PREV CLOCK BEACON AFTER BEFORE REASON MISSING KEPT NOTE  (NAME)*
 *   ask         KEY ISS SUB IAT HEADER SIGNATURE ROOT
 *
 * KEY is the scalar in hex. BEACON, READ_AT, KEPT, NOTE and HEADER are "-" where absent. A VALUE is +ARGUMENT/PLACES or
 * -ARGUMENT/PLACES with the argument that stands on the wire, or t:TEXT, x:HEX, b:0, b:1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hex.h"
#include "p256.h"
#include "payload.h"
#include "se_soft.h"
#include "statement.h"
#include "tools.h"

enum { MAX_FIELDS = 32 + 4 * MAX_RECORDS };

static char *fields[MAX_FIELDS];
static size_t field_count, next_field;
static struct reading readings[MAX_RECORDS];
static struct register_value registers[MAX_REGISTERS];
static const char *names[MAX_REGISTERS];
static uint8_t payload[MAX_STATEMENT_BYTES], encoded[MAX_STATEMENT_BYTES];
static uint8_t octets[MAX_RECORDS][MAX_TEXT_CHARS];
static bool wrong;

static const char *take(void) {
    if (next_field < field_count) return fields[next_field++];
    wrong = true;
    return "";
}

static bool is_absent(const char *field) {
    return strcmp(field, "-") == 0;
}

static uint64_t take_count(void) {
    const char *field = take();
    return is_absent(field) ? 0 : strtoull(field, NULL, 10);
}

static const uint8_t *take_digest(uint8_t *digest) {
    const char *field = take();
    if (is_absent(field)) return NULL;
    if (!hex_read_exactly(field, digest, DIGEST_BYTES)) wrong = true;
    return digest;
}

static struct number number_in(const char *field) {
    char *end;
    struct number value = {.negative = field[0] == '-'};
    value.magnitude = strtoull(field + 1, &end, 10);
    if (*end != '/') wrong = true;
    value.places = (uint8_t)strtoul(end + (*end != '\0'), NULL, 10);
    return value;
}

static void take_value(struct reading *reading, uint8_t *room) {
    const char *field = take();
    if (field[0] == '+' || field[0] == '-') {
        reading->kind = VALUE_NUMBER;
        reading->number = number_in(field);
    } else if (field[0] == 't') {
        reading->kind = VALUE_TEXT;
        reading->bytes = (const uint8_t *)field + 2;
        reading->length = strlen(field + 2);
    } else if (field[0] == 'x') {
        long length = hex_read(field + 2, room, MAX_TEXT_CHARS);
        if (length < 0) wrong = true;
        reading->kind = VALUE_BYTES;
        reading->bytes = room;
        reading->length = length < 0 ? 0 : (size_t)length;
    } else {
        reading->kind = VALUE_FLAG;
        reading->flag = strcmp(field, "b:1") == 0;
    }
}

static void write_readings(struct cbor_writer *out) {
    const char *point = take();
    size_t count = 0;
    for (; next_field < field_count && count < MAX_RECORDS; count++) {
        readings[count] = (struct reading){.at = take_count()};
        readings[count].name = take();
        readings[count].unit = take();
        take_value(&readings[count], octets[count]);
    }
    pack_write(out, point, readings, count);
}

static void write_settlement(struct cbor_writer *out) {
    static uint8_t facts[DIGEST_BYTES], previous[DIGEST_BYTES];
    struct settlement said = {.registers = registers};
    said.boundary = (enum boundary)take_count();
    said.at = take_count();
    said.local = take();
    said.serial = take();
    said.multiplier = number_in(take());
    said.facts = take_digest(facts);
    said.counts.exchanges = take_count();
    said.counts.resets = take_count();
    said.counts.rollovers = take_count();
    said.counts.gaps = take_count();
    said.previous = take_digest(previous);
    said.read_at = take_count();
    for (; next_field < field_count && said.register_count < MAX_REGISTERS; said.register_count++) {
        registers[said.register_count].name = take();
        registers[said.register_count].value = number_in(take());
        registers[said.register_count].unit = take();
    }
    if (!wrong) settlement_write(out, &said);
}

static void write_gap(struct cbor_writer *out) {
    struct gap said = {.registers = names};
    said.after = take_count();
    said.before = take_count();
    said.reason = (enum gap_reason)take_count();
    said.missing = take_count();
    said.kept_every_s = take_count();
    const char *note = take();
    said.note = is_absent(note) ? NULL : note;
    for (; next_field < field_count && said.register_count < MAX_REGISTERS; said.register_count++) {
        names[said.register_count] = take();
    }
    gap_write(out, &said);
}

static void write_ask(struct cbor_writer *out) {
    static uint8_t header[MAX_HEAD_BYTES], signature[SIGNATURE_BYTES], root[DIGEST_BYTES];
    const char *shown = take();
    if (is_absent(shown)) {
        ask_write(out, NULL);
        return;
    }
    long length = hex_read(shown, header, sizeof header);
    if (length < 0 || !hex_read_exactly(take(), signature, sizeof signature)) wrong = true;
    (void)take_digest(root);
    struct shown_head head = {
        .header = header, .header_length = length < 0 ? 0 : (size_t)length, .signature = signature, .root = root};
    ask_write(out, &head);
}

/* The length of the statement in `encoded`, 0 where the job can not be done. */
static size_t do_job(void) {
    static uint8_t kid[DIGEST_BYTES], prev[DIGEST_BYTES], beacon[DIGEST_BYTES];
    uint8_t scalar[32], digest[DIGEST_BYTES];
    static const char *const kinds[] = {"readings", "settlement", "gap", "ask"};
    struct claims claims = {.kid = kid};
    struct cbor_writer out;
    const char *kind = take();
    while (claims.kind < KIND_ASK && strcmp(kinds[claims.kind], kind) != 0) claims.kind = (enum kind)(claims.kind + 1);
    if (!hex_read_exactly(take(), scalar, sizeof scalar) || !se_soft_load(0, scalar)) return 0;
    struct public_key key;
    if (!se_public_key(0, &key)) return 0;
    p256_kid(&key, kid);
    claims.issuer = take();
    claims.subject = take();
    claims.issued_at = take_count();
    if (claims.kind != KIND_ASK) {
        claims.boot_count = take_count();
        claims.seq = take_count();
        claims.prev = take_digest(prev);
        claims.clock = (enum clock_state)take_count();
        claims.beacon = take_digest(beacon);
        if (claims.prev == NULL) return 0;
    }
    cbor_start(&out, payload, sizeof payload);
    static void (*const writers[])(struct cbor_writer *) = {write_readings, write_settlement, write_gap, write_ask};
    writers[claims.kind](&out);
    if (wrong || out.full) return 0;
    size_t length = statement_unsigned(&claims, payload, out.used, encoded, sizeof encoded);
    if (length == 0 || !statement_digest(encoded, length, digest) || !se_sign(0, digest, encoded + length)) return 0;
    return length + SIGNATURE_BYTES;
}

int tool_differential(int count, char **arguments) {
    static char line[1 << 20];
    (void)count;
    (void)arguments;
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        field_count = next_field = 0;
        wrong = false;
        for (char *at = line; at != NULL && field_count < MAX_FIELDS;) {
            fields[field_count++] = at;
            at = strchr(at, '\t');
            if (at != NULL) *at++ = '\0';
        }
        size_t length = do_job();
        if (length == 0) {
            puts("refused");
        } else {
            hex_write(stdout, encoded, length);
            puts("");
        }
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
