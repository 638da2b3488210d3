#include "meter.h"

#include <string.h>

enum { CLOCK_STEP_S = 3601 }; /* beside a cadence: a next slot farther ahead means that the clock was set back */

static uint64_t clock_now(const struct meter *meter) {
    return meter->stream->hal->now(meter->stream->hal->context);
}

static bool say(struct meter *meter, enum kind kind, const struct cbor_writer *payload, const struct point_state *after) {
    enum ring_result said = payload->full ? RING_FAILED
                                          : stream_say(meter->stream, kind, meter->config->point, payload->bytes,
                                                       payload->used, after);
    if (said == RING_FAILED) meter->failed = true;
    return said == RING_DONE;
}

/* Packs */

bool meter_flush(struct meter *meter) {
    const struct variant *variant = meter->config->variant;
    struct reading readings[PACK_RECORDS];
    struct cbor_writer out;
    if (meter->packed_count == 0) return true;
    for (unsigned i = 0; i < meter->packed_count; i++) {
        const struct packed *one = &meter->packed[i];
        readings[i] = (struct reading){.at = one->at, .unit = ""};
        if (one->what < HAL_REGISTERS) {
            const struct variant_register *of = &variant->registers[one->what];
            readings[i].name = of->name;
            readings[i].unit = of->unit;
            readings[i].kind = VALUE_NUMBER;
            readings[i].number = number_of(one->mantissa, of->places);
        } else {
            const struct variant_event *of = &variant->events[one->what - HAL_REGISTERS];
            readings[i].name = of->name;
            readings[i].kind = of->kind;
            readings[i].bytes = one->event.bytes;
            readings[i].length = one->event.length;
            readings[i].flag = one->event.flag;
        }
    }
    cbor_start(&out, meter->payload, sizeof meter->payload);
    pack_write(&out, meter->config->point, readings, meter->packed_count);
    if (!say(meter, KIND_READINGS, &out, &meter->view)) return false;
    meter->view = meter->stream->state.point;
    meter->packed_count = meter->packed_readings = 0;
    meter->packed_bytes = 0;
    return true;
}

/* Says something beside a pack that may still be here: the flash must not believe that the pack was said. */
static bool say_aside(struct meter *meter, enum kind kind, const struct cbor_writer *payload, struct point_state state) {
    uint64_t last_at = state.last_at;
    if (meter->packed_count > 0) state.last_at = meter->stream->state.point.last_at;
    if (!say(meter, kind, payload, &state)) return false;
    meter->view = meter->stream->state.point; /* with the id of a settlement */
    meter->view.last_at = last_at;
    return true;
}

static bool add(struct meter *meter, const struct shown *shown, uint64_t at) {
    const struct variant *variant = meter->config->variant;
    unsigned records = variant->register_count + shown->event_count;
    size_t bytes = 48 * variant->register_count + (48 + HAL_EVENT_BYTES) * shown->event_count;
    if (meter->packed_count + records > PACK_RECORDS || meter->packed_bytes + bytes > PACK_BYTES) {
        if (!meter_flush(meter)) return false;
    }
    for (unsigned i = 0; i < variant->register_count; i++) {
        meter->packed[meter->packed_count++] = (struct packed){.at = at, .what = (uint8_t)i, .mantissa = shown->values[i]};
    }
    for (unsigned i = 0; i < shown->event_count; i++) {
        meter->packed[meter->packed_count++] = (struct packed){
            .at = at, .what = (uint8_t)(HAL_REGISTERS + shown->events[i].name), .event = shown->events[i]};
    }
    meter->packed_bytes += bytes;
    meter->packed_readings += 1;
    meter->view.last_at = at;
    return true;
}

/* Gaps */

static bool declare(struct meter *meter, uint64_t after, uint64_t before, enum gap_reason reason, uint64_t missing) {
    struct gap said = {.after = after, .before = before, .reason = reason, .missing = missing};
    struct point_state state;
    struct cbor_writer out;
    if (before <= after + 1) return true;
    (void)meter_flush(meter); /* where readings have no room, a gap still has */
    state = meter->view;
    state.counts.gaps += 1;
    cbor_start(&out, meter->payload, sizeof meter->payload);
    gap_write(&out, &said);
    return say_aside(meter, KIND_GAP, &out, state);
}

static bool declare_open(struct meter *meter, uint64_t before) {
    struct open_gap *gap = &meter->gap;
    if (gap->is_open && !declare(meter, gap->after, before, gap->reason, gap->missing)) return false;
    gap->is_open = false;
    return true;
}

static void leave_out(struct meter *meter, enum gap_reason reason, uint64_t slot, uint64_t missing) {
    struct open_gap *gap = &meter->gap;
    uint64_t last = meter->view.last_at;
    if (last == 0) return; /* nothing is promised before the first reading */
    uint64_t after = last < slot ? last : slot - 1;
    if (gap->is_open && gap->reason != reason) {
        /* Two gaps where there is room to say so; else one for both, under the reason that came first. */
        if (declare_open(meter, slot)) after = slot - 1;
    }
    if (gap->is_open) {
        gap->missing += missing;
    } else {
        *gap = (struct open_gap){.is_open = true, .reason = reason, .after = after, .missing = missing};
    }
}

/* Settlements */

static bool settle(struct meter *meter, enum boundary kind, uint64_t at, const struct shown *shown, uint64_t read_at) {
    const struct variant *variant = meter->config->variant;
    struct register_value registers[HAL_REGISTERS];
    char local[LOCAL_TEXT_BYTES];
    struct cbor_writer out;
    (void)meter_flush(meter);
    for (unsigned i = 0; i < variant->register_count; i++) {
        const struct variant_register *of = &variant->registers[i];
        registers[i] = (struct register_value){of->name, number_of(shown->values[i], of->places), of->unit};
    }
    zone_local_text(&meter->config->zone, at, local);
    struct point_state state = meter->view;
    struct settlement said = {.boundary = kind,
                              .at = at,
                              .local = local,
                              .registers = registers,
                              .register_count = variant->register_count,
                              .serial = shown->serial,
                              .multiplier = meter->config->multiplier,
                              .facts = meter->config->facts,
                              .counts = state.counts,
                              .previous = state.previous,
                              .read_at = read_at == at ? 0 : read_at};
    cbor_start(&out, meter->payload, sizeof meter->payload);
    settlement_write(&out, &said);
    state.settled_at = at;
    return say_aside(meter, KIND_SETTLEMENT, &out, state);
}

/* Where there is no room for a settlement, it is owed at the next reading. */
static void settle_what_is_due(struct meter *meter, const struct shown *shown, uint64_t taken_at) {
    enum boundary kind = BOUNDARY_DAY, next_kind;
    uint64_t owed = 0, next;
    if (meter->opens) {
        uint64_t since = meter->stream->lost_since;
        if (since > 0 && !declare(meter, since, taken_at, GAP_STATE_LOST, 0)) return;
        meter->stream->lost_since = 0;
        meter->opens = !settle(meter, BOUNDARY_OPENING, taken_at, shown, taken_at);
        return;
    }
    next = zone_next_boundary(&meter->config->zone, meter->config->reading_day, meter->view.settled_at, &next_kind);
    while (next <= taken_at) { /* the boundaries before lie in the gap that is declared */
        owed = next;
        kind = next_kind;
        next = zone_next_boundary(&meter->config->zone, meter->config->reading_day, owed, &next_kind);
    }
    if (owed > 0) (void)settle(meter, kind, owed, shown, taken_at);
}

/* Readings */

static bool is_possible(const struct variant *variant, const struct shown *shown) {
    for (unsigned i = 0; i < variant->register_count; i++) {
        int64_t modulus = variant->registers[i].modulus, value = shown->values[i];
        if (modulus > 0 && (value < 0 || value >= modulus)) return false;
    }
    return true;
}

/* Rollover (翻转) where the way forward through the modulus is plausible, reset (清零) otherwise. */
static void count_steps(struct meter *meter, const struct shown *shown) {
    const struct variant *variant = meter->config->variant;
    struct point_state *view = &meter->view;
    for (unsigned i = 0; i < view->register_count; i++) {
        int64_t before = view->registers[i], after = shown->values[i], modulus = variant->registers[i].modulus;
        if (modulus == 0 || after >= before) continue;
        if (after - before + modulus <= modulus / ROLLOVER_SHARE) {
            view->counts.rollovers += 1;
        } else {
            view->counts.resets += 1;
        }
    }
    view->register_count = variant->register_count;
    memcpy(view->registers, shown->values, sizeof view->registers);
}

static void take_meter(struct meter *meter, const struct shown *shown) {
    struct point_state *view = &meter->view;
    if (strcmp(view->serial, shown->serial) == 0) return;
    if (view->serial[0] != '\0') { /* 换表: another one hangs there */
        (void)meter_flush(meter);
        view->counts.exchanges += 1;
        view->register_count = 0;
        meter->opens = true;
    }
    memcpy(view->serial, shown->serial, sizeof view->serial);
}

static void sample(struct meter *meter, uint64_t slot, uint64_t now) {
    const struct hal *hal = meter->stream->hal;
    const struct meter_config *config = meter->config;
    struct shown shown;
    memset(&shown, 0, sizeof shown);
    if (!hal->read_meter(hal->context, &shown)) {
        leave_out(meter, GAP_METER_SILENT, slot, 1);
        return;
    }
    if (!is_possible(config->variant, &shown)) {
        leave_out(meter, GAP_READING_INVALID, slot, 1);
        return;
    }
    if (meter->packed_readings >= config->pack_readings && !meter_flush(meter)) {
        leave_out(meter, GAP_STORAGE_FULL, slot, 1);
        return;
    }
    if (!declare_open(meter, now)) { /* not even a gap has room, so this reading has none */
        meter->gap.missing += 1;
        return;
    }
    take_meter(meter, &shown);
    count_steps(meter, &shown);
    if (!add(meter, &shown, now)) {
        leave_out(meter, GAP_STORAGE_FULL, slot, 1);
    } else if (meter->packed_readings >= config->pack_readings || meter->next > meter->packed[0].at + config->pack_s) {
        (void)meter_flush(meter);
    }
    settle_what_is_due(meter, &shown, now);
}

void meter_open(struct meter *meter, const struct meter_config *config, struct stream *stream, enum stream_start start) {
    memset(meter, 0, sizeof *meter);
    meter->config = config;
    meter->stream = stream;
    meter->view = stream->state.point;
    meter->opens = start != STREAM_CONTINUED || meter->view.settled_at == 0;
}

static uint64_t following(const struct meter *meter, uint64_t after) {
    enum boundary kind;
    uint64_t slot = zone_next_slot(&meter->config->zone, after, meter->config->cadence_s);
    uint64_t boundary = zone_next_boundary(&meter->config->zone, meter->config->reading_day, after, &kind);
    return slot < boundary ? slot : boundary;
}

/* The clock was set back: times inside a pack do not fall, and what was settled ahead settles nothing of what comes. */
static void follow_clock_back(struct meter *meter, uint64_t now) {
    (void)meter_flush(meter);
    meter->next = following(meter, now);
    if (meter->view.settled_at > now) meter->view.settled_at = now;
}

/* All between the last reading and the first slot of this start, or of a clock that was set again. */
static void account_for_absence(struct meter *meter, uint64_t now, enum gap_reason reason) {
    uint64_t last = meter->view.last_at, first_missed = meter->next;
    meter->next = meter->opens ? now : following(meter, last > now ? last : now - 1);
    if (last == 0 || last >= meter->next) return;
    uint64_t missed = zone_slots_between(&meter->config->zone, last, meter->next, meter->config->cadence_s);
    if (missed == 0) return;
    missed -= meter->gap.is_open && meter->gap.missing < missed ? meter->gap.missing : 0;
    leave_out(meter, reason, first_missed > 0 ? first_missed : meter->next - 1, missed);
}

uint64_t meter_run(struct meter *meter) {
    const struct hal *hal = meter->stream->hal;
    uint64_t now = clock_now(meter);
    if (!hal->power_good(hal->context) || meter->failed) return now + 1;
    if (hal->clock(hal->context) == CLOCK_UNSET) { /* nothing can be dated: declared when it is set */
        meter->was_unset = true;
        return now + 1;
    }
    if (meter->next == 0 && !meter->stream->may_sign) return now + 1; /* nothing is promised before the log has answered */
    if (meter->next == 0 || meter->was_unset) {
        account_for_absence(meter, now, meter->was_unset ? GAP_CLOCK_UNSET : GAP_AGENT_DOWN);
        meter->was_unset = false;
    }
    if (meter->next > now + meter->config->cadence_s + CLOCK_STEP_S) follow_clock_back(meter, now);
    if (meter->next > now) return meter->next;
    uint64_t slot = meter->next;
    if (following(meter, slot) <= now) { /* slots went by unread: the device stood still, or the clock was set ahead */
        uint64_t missed = zone_slots_between(&meter->config->zone, slot - 1, now, meter->config->cadence_s);
        if (missed > 0) leave_out(meter, GAP_AGENT_DOWN, slot, missed);
        slot = now;
    }
    meter->next = following(meter, slot);
    sample(meter, slot, now);
    return meter->next;
}
