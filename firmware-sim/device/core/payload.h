/* What devices say: packs of readings, settlements, gaps, asks. By readings.md, settlement.md, gap.md and ask.md. */
#ifndef TALLY_PAYLOAD_H
#define TALLY_PAYLOAD_H

#include "cbor.h"
#include "se.h"

enum {
    MAX_RECORDS = 1024,
    MAX_REGISTERS = 64,
    MAX_TEXT_CHARS = 128,
    MAX_NAME_CHARS = 320,
    MAX_REGISTER_CHARS = 64,
    MAX_UNIT_CHARS = 16,
    MAX_SERIAL_CHARS = 64,
    MAX_LOCAL_CHARS = 40,
    MAX_NOTE_CHARS = 200,
    MAX_HEAD_BYTES = 2048,
    BVER_SECONDARY = 26,
};
#define MAX_TIME UINT64_C(1099511627776)
#define MIN_TIME UINT64_C(268435456)

/* Labels of a SenML record (RFC 8428, table 4). */
enum { SENML_N, SENML_U, SENML_V, SENML_VS, SENML_VB, SENML_T = 6, SENML_VD = 8 };
enum { SENML_BVER = -1, SENML_BN = -2, SENML_BT = -3, SENML_BU = -4 };

enum value_kind { VALUE_NUMBER, VALUE_TEXT, VALUE_BYTES, VALUE_FLAG };

/* One reading. `unit` is empty for all but numbers; texts and bytes are `bytes` and `length`. */
struct reading {
    uint64_t at;
    const char *name;
    const char *unit;
    enum value_kind kind;
    struct number number;
    const uint8_t *bytes;
    size_t length;
    bool flag;
};

struct register_value {
    const char *name;
    struct number value;
    const char *unit;
};

enum boundary { BOUNDARY_DAY = 1, BOUNDARY_MONTH, BOUNDARY_READING_DAY, BOUNDARY_OPENING, BOUNDARY_CLOSING };

struct counts {
    uint64_t exchanges, resets, rollovers, gaps;
};

/* `read_at` 0: read at the boundary itself. */
struct settlement {
    enum boundary boundary;
    uint64_t at;
    const char *local;
    const struct register_value *registers;
    size_t register_count;
    const char *serial;
    struct number multiplier;
    const uint8_t *facts;
    struct counts counts;
    const uint8_t *previous;
    uint64_t read_at;
};

enum gap_reason {
    GAP_OUTBOX_FULL = 1,
    GAP_METER_SILENT,
    GAP_AGENT_DOWN,
    GAP_CLOCK_UNSET,
    GAP_READING_INVALID,
    GAP_STATE_LOST,
    GAP_STORAGE_FULL,
};

/* `kept_every_s` 0 and `note` NULL: left out. */
struct gap {
    uint64_t after, before;
    enum gap_reason reason;
    const char *const *registers;
    size_t register_count;
    uint64_t missing;
    uint64_t kept_every_s;
    const char *note;
};

/* The newest head confirmed to a stream, as an ask shows it. */
struct shown_head {
    const uint8_t *header;
    size_t header_length;
    const uint8_t *signature;
    const uint8_t *root;
};

/* Readings of one point, in the order given, times not before the first. */
void pack_write(struct cbor_writer *out, const char *point, const struct reading *readings, size_t count);
void settlement_write(struct cbor_writer *out, const struct settlement *said);
void gap_write(struct cbor_writer *out, const struct gap *said);

/* `head` may be NULL. */
void ask_write(struct cbor_writer *out, const struct shown_head *head);

#endif
