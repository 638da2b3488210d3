/* What kind of instrument a device is: a table, not another program. */
#ifndef TALLY_VARIANT_H
#define TALLY_VARIANT_H

#include "hal.h"

/* `modulus` is the first mantissa that the register can not show; 0: it is a level, and may fall. */
struct variant_register {
    const char *name, *unit;
    uint8_t places;
    int64_t modulus;
};

/* A record beside the registers: text, bytes, a flag, or a number with its unit and places. */
struct variant_event {
    const char *name;
    enum value_kind kind;
    const char *unit;
    uint8_t places;
};

struct variant {
    const char *name;
    struct variant_register registers[HAL_REGISTERS];
    unsigned register_count;
    struct variant_event events[HAL_EVENTS];
    unsigned event_count;
};

/* NULL for a name that is not in the table. */
const struct variant *variant_named(const char *name);
const struct variant *variant_numbered(unsigned number); /* NULL behind the last */

#endif
