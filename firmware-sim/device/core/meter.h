/* One metering point: when it is read, what is made of a reading, and what is said when there is none. Per slot:
 *
 *   1  the clock is unset, or no room            left out
 *   2  the ring is nearly full (thinning)        all but every n-th left out, except at a boundary
 *   3  read                                      silent, or impossible: left out
 *   4  an open gap                               declared, before the reading that ends it
 *   5  the reading                               counted (rollover, reset, exchange), packed; a full pack is said
 *   6  a boundary since the last settlement      the pack is said, then the settlement
 *
 * What is to be said waits in one row: records of the pack, and between them what is `owed`. It is said in this order. While
 * readings find no room, gaps and settlements, which have room of their own, pass by them; nothing else overtakes.
 *
 * All that waits is in RAM. After a power cut the flash knows up to when everything was said or declared (`told_at`), and
 * which gaps beyond; the next start declares the rest as agent down. */
#ifndef TALLY_METER_H
#define TALLY_METER_H

#include "shown.h"
#include "stream.h"
#include "zone.h"

/* What a record takes at most, its name of 23 characters: a number with its unit and time; an event, whose text has two
 * bytes before it. Then a pack: what the longest header and base name leave of an entry. */
enum { NUMBER_BYTES = 1 + 25 + 7 + 15 + 10, EVENT_BYTES = 1 + 25 + 3 + HAL_EVENT_BYTES + 10 };
enum { BASE_BYTES = 3 + 282 + 10 + 7, HEADER_BYTES = 260 + 2 * MAX_URI_CHARS + 16 };
_Static_assert((int)HAL_EVENT_BYTES + 3 >= 7 + 15, "a number takes no more than a text");
enum { PACK_RECORDS = 64, PACK_BYTES = ENTRY_MAX_BYTES - BASE_BYTES - HEADER_BYTES, ROLLOVER_SHARE = 10 };

/* OWED_MOST: what may wait; OWED_PER_SLOT: what one slot may add: a gap, two packs that begin anew (an exchange, a clock), a
 * lost stream's gap, a settlement. */
enum { OWED_MOST = 12, OWED_PER_SLOT = 5 };

struct meter_config {
    const char *point;
    const struct variant *variant;
    struct zone zone;
    unsigned reading_day; /* 1..28 */
    uint32_t cadence_s, pack_s, pack_readings;
    struct number multiplier;
    uint8_t facts[DIGEST_BYTES];
};

/* A record that is not said yet: `what` is a register with its `mantissa` or, from HAL_REGISTERS on, an event. */
struct packed {
    uint64_t at;
    uint8_t what;
    int64_t mantissa;
    struct shown_event event;
};

struct open_gap {
    bool is_open;
    enum gap_reason reason;
    uint64_t after;
};

enum owed_kind { OWED_NEW_PACK, OWED_GAP, OWED_SETTLEMENT };

/* What is to be said behind so many records of the pack. `state` is what was so when it came up: a settlement says the
 * registers, the serial and the counts of then, whatever comes before it finds room. */
struct owed {
    enum owed_kind kind;
    unsigned behind;
    uint64_t moment;
    struct point_state state;
    struct gap gap;
    enum boundary boundary;
    uint64_t at, read_at;
};

struct meter {
    const struct meter_config *config;
    struct stream *stream;
    struct point_state view; /* what will be so once everything that waits is said */
    uint64_t next;           /* the slot that comes next; 0: none chosen yet */
    uint64_t moment, said_moment; /* counts slots; of the newest state that the flash knows */
    bool failed, was_unset;
    struct open_gap gap;
    unsigned packed_count, packed_readings, owed_count;
    size_t packed_bytes;
    struct packed packed[PACK_RECORDS];
    struct owed owed[OWED_MOST];
    struct reading said[PACK_RECORDS]; /* a pack on its way into `payload`: too much for a small stack */
    uint8_t payload[ENTRY_MAX_BYTES];
};

/* Takes up what the stream remembers. */
void meter_open(struct meter *meter, const struct meter_config *config, struct stream *stream, enum stream_start start);

/* Does what is due; returns when it wants to run next, Unix seconds. `failed` is set when the flash failed, or when what
 * should be said is nothing that a reader would take. */
uint64_t meter_run(struct meter *meter);

/* 停用: reads the meter once more and says the closing settlement. False where that can not be done now. */
bool meter_close(struct meter *meter);

/* Says all that waits; a stop that is announced must call it. Not in a brown-out: there nothing is begun. False: no room. */
bool meter_flush(struct meter *meter);

/* Parts of a slot's work, in meter_row.c: they put what is to be said into the row. */

/* Whether one more reading does not fit beside those that are packed. */
bool meter_pack_is_full(const struct meter *meter);

/* How much more may be owed. */
unsigned meter_owed_room(const struct meter *meter);

/* Puts a reading into the pack. */
void meter_add(struct meter *meter, const struct shown *shown, uint64_t at);

/* What comes now belongs into a pack of its own. */
void meter_begin_pack(struct meter *meter);

/* No reading at after < t < before, and so many slots left out. */
void meter_owe_gap(struct meter *meter, enum gap_reason reason, uint64_t after, uint64_t before, uint64_t missing);

/* The same, for what is thinned: it is not any more then. */
void meter_owe_thinned(struct meter *meter, uint64_t before, uint64_t missing);

/* Settles with what `view` shows. */
void meter_owe_settlement(struct meter *meter, enum boundary kind, uint64_t at, uint64_t read_at);

/* What is so once this is said. */
void meter_take_effect(const struct owed *owed, struct point_state *state);

/* In meter_say.c: says what is owed, and the packs before it. False where something still waits. */
bool meter_say_owed(struct meter *meter);

/* The next boundary behind `after`. */
uint64_t meter_next_boundary(const struct meter *meter, uint64_t after, enum boundary *kind);

#endif
