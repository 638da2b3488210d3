/* The site's clock: a fixed offset, or one with summer time by rules like "the last Sunday of March at 2". All instants are
 * Unix seconds; years 1970 to 2400. */
#ifndef TALLY_ZONE_H
#define TALLY_ZONE_H

#include "payload.h"

enum { LOCAL_TEXT_BYTES = 32 };

/* The `week`-th (5: last) `weekday` (0: Sunday) of `month`, `time_s` after that day's local midnight. */
struct zone_rule {
    uint8_t month, week, weekday;
    int32_t time_s;
};

/* Offsets are seconds ahead of UTC. */
struct zone {
    int32_t standard_s, summer_s;
    bool has_summer;
    struct zone_rule begins, ends;
};

/* Reads a POSIX TZ string: "CST-8", "CET-1CEST,M3.5.0,M10.5.0/3". */
bool zone_read(struct zone *zone, const char *text);

int32_t zone_offset_s(const struct zone *zone, uint64_t at);

/* `at` as the site's clock reads it: 2026-10-26T00:00:00+01:00. */
void zone_local_text(const struct zone *zone, uint64_t at, char text[LOCAL_TEXT_BYTES]);

/* The first boundary later than `after`, and the widest that falls on it. */
uint64_t zone_next_boundary(const struct zone *zone, unsigned reading_day, uint64_t after, enum boundary *kind);

/* The first instant later than `after` at which local time is a whole multiple of the cadence. */
uint64_t zone_next_slot(const struct zone *zone, uint64_t after, uint32_t cadence_s);

/* How many slots lie in after < t < before: also where the clock is moved in between. */
uint64_t zone_slots_between(const struct zone *zone, uint64_t after, uint64_t before, uint32_t cadence_s);

#endif
