#include "zone.h"

enum { DAY_S = 86400, HOUR_S = 3600, DAYS_BETWEEN_MOVES = 20 };

struct date {
    int64_t year;
    unsigned month, day;
};

/* Days since 1970-01-01, and back: the years of a 400-year era begin in March, so the leap day is a year's last. */
static int64_t days_of(int64_t year, unsigned month, unsigned day) {
    year -= month <= 2;
    int64_t era = year / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct date date_of(int64_t days) {
    days += 719468;
    int64_t era = days / 146097, of_era = days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    unsigned shifted = (unsigned)((5 * of_year + 2) / 153);
    unsigned day = (unsigned)(of_year - (153 * (int64_t)shifted + 2) / 5 + 1);
    unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
    return (struct date){.year = year + era * 400 + (month <= 2), .month = month, .day = day};
}

static int64_t floor_div(int64_t value, int64_t by) {
    return value >= 0 ? value / by : -((-value + by - 1) / by);
}

/* When the rule strikes in `year`, in seconds of local time that does not know of summer. */
static int64_t strikes(const struct zone_rule *rule, int64_t year) {
    int64_t first = days_of(year, rule->month, 1);
    unsigned weekday = (unsigned)((first + 4) % 7); /* 1970-01-01 was a Thursday */
    int64_t day = first + (rule->weekday + 7U - weekday) % 7 + 7 * (rule->week - 1);
    int64_t next_month = rule->month == 12 ? days_of(year + 1, 1, 1) : days_of(year, rule->month + 1U, 1);
    while (day >= next_month) day -= 7;
    return day * DAY_S + rule->time_s;
}

int32_t zone_offset_s(const struct zone *zone, uint64_t at) {
    if (!zone->has_summer) return zone->standard_s;
    int64_t year = date_of(floor_div((int64_t)at + zone->standard_s, DAY_S)).year;
    int64_t begins = strikes(&zone->begins, year) - zone->standard_s, ends = strikes(&zone->ends, year) - zone->summer_s;
    bool summer = begins < ends ? (int64_t)at >= begins && (int64_t)at < ends : (int64_t)at >= begins || (int64_t)at < ends;
    return summer ? zone->summer_s : zone->standard_s;
}

static int64_t local_day(const struct zone *zone, int64_t at) {
    return floor_div(at + zone_offset_s(zone, (uint64_t)at), DAY_S);
}

/* The first instant of a day on the site's clock: midnight, or where the clock jumps over it, the jump. */
static int64_t day_start(const struct zone *zone, int64_t day) {
    int64_t early = day * DAY_S - (zone->summer_s > zone->standard_s ? zone->summer_s : zone->standard_s);
    int64_t late = day * DAY_S - (zone->summer_s > zone->standard_s ? zone->standard_s : zone->summer_s);
    if (!zone->has_summer) return day * DAY_S - zone->standard_s;
    if (local_day(zone, early) == day) return early;
    while (early < late) { /* the clock moves once at most in between */
        int64_t middle = early + (late - early) / 2;
        if (local_day(zone, middle) == day) {
            late = middle;
        } else {
            early = middle + 1;
        }
    }
    return early;
}

static char *digits(char *at, uint64_t value, unsigned width) {
    for (unsigned i = width; i > 0; i--) {
        at[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + width;
}

void zone_local_text(const struct zone *zone, uint64_t at, char text[LOCAL_TEXT_BYTES]) {
    int32_t offset = zone_offset_s(zone, at);
    int64_t local = (int64_t)at + offset, day = floor_div(local, DAY_S), second = local - day * DAY_S;
    struct date date = date_of(day);
    uint32_t ahead = (uint32_t)(offset < 0 ? -offset : offset);
    text = digits(text, (uint64_t)date.year, 4);
    *text++ = '-';
    text = digits(text, date.month, 2);
    *text++ = '-';
    text = digits(text, date.day, 2);
    *text++ = 'T';
    text = digits(text, (uint64_t)second / HOUR_S, 2);
    *text++ = ':';
    text = digits(text, (uint64_t)second / 60 % 60, 2);
    *text++ = ':';
    text = digits(text, (uint64_t)second % 60, 2);
    *text++ = offset < 0 ? '-' : '+';
    text = digits(text, ahead / HOUR_S, 2);
    *text++ = ':';
    text = digits(text, ahead / 60 % 60, 2);
    *text = '\0';
}

uint64_t zone_next_boundary(const struct zone *zone, unsigned reading_day, uint64_t after, enum boundary *kind) {
    int64_t day = local_day(zone, (int64_t)after), at;
    do {
        day += 1;
        at = day_start(zone, day);
    } while (at <= (int64_t)after);
    unsigned of_month = date_of(day).day;
    *kind = of_month == reading_day ? BOUNDARY_READING_DAY : of_month == 1 ? BOUNDARY_MONTH : BOUNDARY_DAY;
    return (uint64_t)at;
}

/* The first instant in from < t <= to at which the clock has another offset than at `from`, or 0. No rule moves a clock twice
 * within DAYS_BETWEEN_MOVES, so no wider span may be asked about. */
static uint64_t next_move(const struct zone *zone, uint64_t from, uint64_t to) {
    int32_t offset = zone_offset_s(zone, from);
    if (zone_offset_s(zone, to) == offset) return 0;
    while (from + 1 < to) { /* `from` still has the offset, `to` has not */
        uint64_t middle = from + (to - from) / 2;
        if (zone_offset_s(zone, middle) == offset) {
            from = middle;
        } else {
            to = middle;
        }
    }
    return to;
}

/* The first instant at or after `from` at which a clock that stays `offset` ahead shows a whole multiple. */
static uint64_t first_multiple(uint64_t from, int32_t offset, uint32_t cadence_s) {
    int64_t local = (int64_t)from + offset, whole = floor_div(local + cadence_s - 1, cadence_s) * cadence_s;
    return (uint64_t)(whole - offset);
}

/* Whether the clock is set ahead over a multiple at `move`, and not onto one: then that instant is the slot. */
static bool jumps_over(const struct zone *zone, uint64_t move, uint32_t cadence_s) {
    int64_t before = (int64_t)move - 1 + zone_offset_s(zone, move - 1), shown = (int64_t)move + zone_offset_s(zone, move);
    int64_t passed = floor_div(shown, cadence_s);
    return passed > floor_div(before, cadence_s) && passed * cadence_s != shown;
}

uint64_t zone_next_slot(const struct zone *zone, uint64_t after, uint32_t cadence_s) {
    if (jumps_over(zone, after + 1, cadence_s)) return after + 1;
    uint64_t slot = first_multiple(after + 1, zone_offset_s(zone, after + 1), cadence_s);
    uint64_t move = next_move(zone, after + 1, slot);
    if (move == 0 || jumps_over(zone, move, cadence_s)) return move == 0 ? slot : move;
    return first_multiple(move, zone_offset_s(zone, move), cadence_s);
}

uint64_t zone_slots_between(const struct zone *zone, uint64_t after, uint64_t before, uint32_t cadence_s) {
    uint64_t count = 0;
    for (uint64_t at = after + 1; at < before;) { /* span by span, each with one offset */
        uint64_t last = before - 1 - at < DAYS_BETWEEN_MOVES * DAY_S ? before - 1 : at + DAYS_BETWEEN_MOVES * DAY_S;
        uint64_t move = next_move(zone, at, last);
        int32_t offset = zone_offset_s(zone, at);
        uint64_t end = move == 0 ? last + 1 : move;
        uint64_t first = first_multiple(at, offset, cadence_s), behind = first_multiple(end, offset, cadence_s);
        count += (behind - first) / cadence_s + jumps_over(zone, at, cadence_s);
        at = end;
    }
    return count;
}
