/* One metering point: when it is read, what is made of a reading, and what is said when there is none. Per slot:
 *
 *   1  the clock is unset, or no room            left out
 *   2  read                                      silent, or impossible: left out
 *   3  an open gap                               declared, before the reading that ends it
 *   4  the reading                               counted (rollover, reset, exchange), packed; a full pack is said
 *   5  a boundary since the last settlement      the pack is said, then the settlement
 *
 * What is left out opens a gap in RAM. A power cut before it is declared leaves the time of the last reading on the flash,
 * and the next start takes the whole as agent down. */
#ifndef TALLY_METER_H
#define TALLY_METER_H

#include "stream.h"
#include "variant.h"
#include "zone.h"

/* RECORD_BYTES: what a record takes at most, its name of 23 characters, its unit, and the bytes of an event. */
enum { PACK_RECORDS = 64, PACK_BYTES = 3000, RECORD_BYTES = 48 + HAL_EVENT_BYTES / 2, ROLLOVER_SHARE = 10 };

struct meter_config {
    const char *point;
    const struct variant *variant;
    struct zone zone;
    unsigned reading_day; /* 1..28 */
    uint32_t cadence_s, pack_s, pack_readings;
    struct number multiplier;
    uint8_t facts[DIGEST_BYTES];
};

/* A record that is not said yet. `register_index` or, from HAL_REGISTERS on, an event. */
struct packed {
    uint64_t at;
    uint8_t what;
    int64_t mantissa;
    struct shown_event event;
};

struct open_gap {
    bool is_open;
    enum gap_reason reason;
    uint64_t after, missing;
};

struct meter {
    const struct meter_config *config;
    struct stream *stream;
    struct point_state view; /* what will be so once the pack is said */
    uint64_t next;           /* the slot that comes next; 0: none chosen yet */
    bool opens, failed, was_unset;
    struct open_gap gap;
    struct shown boundary; /* what the meter showed at the last boundary that was read, */
    uint64_t boundary_at;  /* which is this one, and may have found no room or no power for its settlement; 0: none */
    unsigned packed_count, packed_readings;
    size_t packed_bytes;
    struct packed packed[PACK_RECORDS];
    uint8_t payload[ENTRY_MAX_BYTES];
};

/* Takes up what the stream remembers. */
void meter_open(struct meter *meter, const struct meter_config *config, struct stream *stream, enum stream_start start);

/* Does what is due; returns when it wants to run next, Unix seconds. `failed` is set when the flash failed. */
uint64_t meter_run(struct meter *meter);

/* 停用: reads the meter once more and says the closing settlement. False where that can not be done now. */
bool meter_close(struct meter *meter);

/* Says what is packed: before a stop, and in a brown-out. False: no room. */
bool meter_flush(struct meter *meter);

/* Parts of a slot's work, in meter_say.c. Each that can find no room says so by false. */

/* Whether one more reading does not fit beside those that are packed. */
bool meter_pack_is_full(const struct meter *meter);

/* Puts a reading into the pack, behind one that is full. */
bool meter_add(struct meter *meter, const struct shown *shown, uint64_t at);

/* Declares the open gap, which ends at `before`. */
bool meter_declare_open(struct meter *meter, uint64_t before);

/* So many slots from `slot` on have no reading: opens a gap, or goes on with the open one. */
void meter_leave_out(struct meter *meter, enum gap_reason reason, uint64_t slot, uint64_t missing);

/* Settles as closing, opening or any other boundary. */
bool meter_settle(struct meter *meter, enum boundary kind, uint64_t at, const struct shown *shown, uint64_t read_at);

/* Settles a boundary that was read and is owed: with the registers of then. */
void meter_settle_read(struct meter *meter);

/* Settles the opening, or the last boundary since the settlement before; without room it is owed at the next reading. */
void meter_settle_due(struct meter *meter, const struct shown *shown, uint64_t taken_at);

#endif
