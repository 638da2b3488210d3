/* RFC 8428's registry, and RFC 8798's, as far as readings may carry them. */
#include "units.h"

#include <string.h>

static const char *const PRIMARY[] = {"kg", "m3", "J", "W",  "Cel",  "/",  "count", "m",
                                      "%RH", "l", "V", "A", "Pa", "m3/s", "EL%"};
static const char *const SECONDARY[] = {"kWh", "Wh", "MWh", "kW", "kvarh", "varh", "t", "min", "h", "km", "mm", "hPa"};

static bool is_among(const char *const *units, size_t count, const void *text, size_t length) {
    for (size_t i = 0; i < count; i++) {
        if (strlen(units[i]) == length && memcmp(units[i], text, length) == 0) return true;
    }
    return false;
}

bool unit_is_primary(const void *text, size_t length) {
    return is_among(PRIMARY, sizeof PRIMARY / sizeof *PRIMARY, text, length);
}

bool unit_is_secondary(const void *text, size_t length) {
    return is_among(SECONDARY, sizeof SECONDARY / sizeof *SECONDARY, text, length);
}
