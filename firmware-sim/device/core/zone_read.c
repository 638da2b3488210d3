/* POSIX TZ strings, as far as sites need them: names, offsets with minutes, rules of the form Mm.w.d[/time]. */
#include "zone.h"

static bool read_name(const char **at) {
    const char *start = *at;
    if (**at == '<') {
        while (**at != '>') {
            if (**at == '\0') return false;
            *at += 1;
        }
        *at += 1;
        return true;
    }
    while ((**at >= 'A' && **at <= 'Z') || (**at >= 'a' && **at <= 'z')) *at += 1;
    return *at - start >= 3;
}

static bool read_number(const char **at, int32_t most, int32_t *value) {
    if (**at < '0' || **at > '9') return false;
    for (*value = 0; **at >= '0' && **at <= '9'; *at += 1) {
        *value = *value * 10 + (**at - '0');
        if (*value > most) return false;
    }
    return true;
}

/* [+-]hh[:mm], in seconds. */
static bool read_time(const char **at, int32_t *seconds) {
    int32_t sign = **at == '-' ? -1 : 1, hours, minutes = 0;
    if (**at == '-' || **at == '+') *at += 1;
    if (!read_number(at, 167, &hours)) return false;
    if (**at == ':') {
        *at += 1;
        if (!read_number(at, 59, &minutes)) return false;
    }
    *seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

static bool read_rule(const char **at, struct zone_rule *rule) {
    int32_t month, week, weekday;
    if ((*at)[0] != ',' || (*at)[1] != 'M') return false;
    *at += 2;
    if (!read_number(at, 12, &month) || *(*at)++ != '.' || !read_number(at, 5, &week) || *(*at)++ != '.' ||
        !read_number(at, 6, &weekday) || month < 1 || week < 1) {
        return false;
    }
    *rule = (struct zone_rule){
        .month = (uint8_t)month, .week = (uint8_t)week, .weekday = (uint8_t)weekday, .time_s = 2 * 3600};
    if (**at != '/') return true;
    *at += 1;
    return read_time(at, &rule->time_s);
}

bool zone_read(struct zone *zone, const char *text) {
    int32_t behind;
    *zone = (struct zone){0};
    if (!read_name(&text) || !read_time(&text, &behind)) return false;
    zone->standard_s = -behind; /* POSIX counts what must be added to get UTC */
    zone->summer_s = zone->standard_s;
    if (*text == '\0') return true;
    zone->has_summer = true;
    zone->summer_s = zone->standard_s + 3600;
    if (!read_name(&text)) return false;
    if (*text != ',' && *text != '\0') {
        if (!read_time(&text, &behind)) return false;
        zone->summer_s = -behind;
    }
    return read_rule(&text, &zone->begins) && read_rule(&text, &zone->ends) && *text == '\0';
}
