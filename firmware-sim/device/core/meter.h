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

enum { PACK_RECORDS = 64, PACK_BYTES = 2600, ROLLOVER_SHARE = 10 };

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
    unsigned packed_count, packed_readings;
    size_t packed_bytes;
    struct packed packed[PACK_RECORDS];
    uint8_t payload[ENTRY_MAX_BYTES];
};

/* Takes up what the stream remembers. */
void meter_open(struct meter *meter, const struct meter_config *config, struct stream *stream, enum stream_start start);

/* Does what is due; returns when it wants to run next, Unix seconds. `failed` is set when the flash failed. */
uint64_t meter_run(struct meter *meter);

/* Says what is packed: before a stop, and in a brown-out. False: no room. */
bool meter_flush(struct meter *meter);

#endif
