/* What the core needs of the board, and nothing else. Many devices may run in one process: each has a board of its own. */
#ifndef TALLY_HAL_H
#define TALLY_HAL_H

#include "payload.h"
#include "statement.h"

enum { HAL_REGISTERS = 8, HAL_EVENTS = 8, HAL_EVENT_BYTES = 40, HAL_SERIAL_BYTES = 32 };

/* Something shown beside the registers: a ticket, what a scale weighed, a serial that a gate has read, a stable flag. */
struct shown_event {
    uint8_t name; /* which of the variant's events */
    bool flag;
    int64_t mantissa; /* of a number, in the variant's places */
    uint8_t length;
    uint8_t bytes[HAL_EVENT_BYTES];
};

/* One reading of a meter: mantissas, in the order of the variant's registers; what happened since the reading before, in its
 * order. A weighbridge shows one weighing (磅单) at a time, whole, and its registers are the sums of those that were shown: the
 * next waits for the next reading. */
struct shown {
    char serial[HAL_SERIAL_BYTES];
    int64_t values[HAL_REGISTERS];
    unsigned event_count;
    struct shown_event events[HAL_EVENTS];
};

/* NOR flash: a write only ever clears bits, an erase sets those of a whole sector. Each returns false when the power went
 * away meanwhile; what was under way is then undefined. */
struct flash {
    void *context;
    uint32_t sector_bytes, sector_count;
    bool (*read)(void *context, uint32_t at, void *bytes, size_t length);
    bool (*write)(void *context, uint32_t at, const void *bytes, size_t length);
    bool (*erase)(void *context, uint32_t sector);
};

struct hal {
    void *context;
    struct flash flash;
    uint64_t (*now)(void *context);          /* the RTC, Unix seconds; means nothing while `clock` says unset */
    enum clock_state (*clock)(void *context);
    uint64_t (*monotonic_ms)(void *context); /* since some start, never set */
    uint32_t (*random)(void *context);
    bool (*power_good)(void *context);       /* false: brown-out, nothing new may be begun */
    bool (*read_meter)(void *context, struct shown *shown); /* false: the meter is silent */
    bool (*transmit)(void *context, uint32_t place, const uint8_t *bytes, size_t length); /* false: not now */
};

/* What a message is known by until the transport has answered for it: where it lies on flash; or this, of an ask. */
#define NO_PLACE UINT32_MAX

#endif
