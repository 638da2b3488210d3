#include "variant.h"

#include <string.h>

#define SIX_DIGITS INT64_C(1000000)

static const struct variant VARIANTS[] = {
    {.name = "electricity", /* 正向有功, 反向有功: six digits before the point */
     .registers = {{"energy_import", "kWh", 2, 100 * SIX_DIGITS}, {"energy_export", "kWh", 2, 100 * SIX_DIGITS}},
     .register_count = 2},
    {.name = "water",
     .registers = {{"volume", "m3", 3, 1000 * SIX_DIGITS}, {"volume_reverse", "m3", 3, 1000 * SIX_DIGITS}},
     .register_count = 2,
     .events = {{"tamper", VALUE_FLAG, "", 0}},
     .event_count = 1},
    {.name = "weighbridge", /* 汽车衡: what came in and went out, and the ticket (磅单) of each weighing */
     .registers = {{"kg_in", "kg", 0, INT64_C(1000000000000)}, {"kg_out", "kg", 0, INT64_C(1000000000000)}},
     .register_count = 2,
     .events = {{"ticket", VALUE_TEXT, "", 0},
                {"plate", VALUE_BYTES, "", 0}, /* 车牌: a salted commitment */
                {"first", VALUE_NUMBER, "kg", 0},
                {"second", VALUE_NUMBER, "kg", 0},
                {"net", VALUE_NUMBER, "kg", 0}, /* below zero where goods left */
                {"stable", VALUE_FLAG, "", 0},
                {"alibi", VALUE_NUMBER, "count", 0},
                {"moisture", VALUE_NUMBER, "/", 3}}, /* 水分: of the load, where a sample was taken */
     .event_count = 8},
    {.name = "silo",
     .registers = {{"level", "m", 3, 0}, {"mass", "kg", 0, 0}, {"temperature", "Cel", 1, 0}},
     .register_count = 3},
    {.name = "rfid-gate", /* serials, not a count; the register says how many passed since the gate was built */
     .registers = {{"passages", "count", 0, INT64_C(1000000000)}},
     .register_count = 1,
     .events = {{"serial_in", VALUE_TEXT, "", 0}, {"serial_out", VALUE_TEXT, "", 0}},
     .event_count = 2},
};

const struct variant *variant_numbered(unsigned number) {
    return number < sizeof VARIANTS / sizeof *VARIANTS ? &VARIANTS[number] : NULL;
}

const struct variant *variant_named(const char *name) {
    for (unsigned i = 0; variant_numbered(i) != NULL; i++) {
        if (strcmp(VARIANTS[i].name, name) == 0) return &VARIANTS[i];
    }
    return NULL;
}
