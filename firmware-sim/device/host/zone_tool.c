/* The site's clock, for comparison: zone RULE READINGDAY CADENCE, instants on standard input, one a line. For each: offset,
 * local time, next boundary and its kind, next slot, slots up to the boundary. */
#include <stdio.h>
#include <stdlib.h>

#include "tools.h"
#include "zone.h"

int tool_zone(int count, char **arguments) {
    char line[64], local[LOCAL_TEXT_BYTES];
    struct zone zone;
    if (count != 3 || !zone_read(&zone, arguments[0])) return 2;
    unsigned reading_day = (unsigned)strtoul(arguments[1], NULL, 10);
    uint32_t cadence = (uint32_t)strtoul(arguments[2], NULL, 10);
    while (fgets(line, sizeof line, stdin) != NULL) {
        enum boundary kind;
        uint64_t after = strtoull(line, NULL, 10), boundary = zone_next_boundary(&zone, reading_day, after, &kind);
        zone_local_text(&zone, after, local);
        printf("%d %s %llu %d %llu %llu\n", (int)zone_offset_s(&zone, after), local, (unsigned long long)boundary, (int)kind,
               (unsigned long long)zone_next_slot(&zone, after, cadence),
               (unsigned long long)zone_slots_between(&zone, after, boundary, cadence));
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
