/* What a metering point does at a slot. */
#include "meter.h"

#include <string.h>

enum { CLOCK_STEP_S = 3601 }; /* beside a cadence: a next slot farther ahead means that the clock was set back */

static uint64_t clock_now(const struct meter *meter) {
    return meter->stream->hal->now(meter->stream->hal->context);
}

static bool is_possible(const struct variant *variant, const struct shown *shown) {
    for (unsigned i = 0; i < variant->register_count; i++) {
        int64_t modulus = variant->registers[i].modulus, value = shown->values[i];
        if (modulus > 0 && (value < 0 || value >= modulus)) return false;
    }
    return true;
}

/* Rollover (翻转) where the way forward through the modulus is plausible, reset (清零) otherwise. */
static void count_steps(struct meter *meter, const struct shown *shown, uint64_t at) {
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
    view->registers_at = at;
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

/* Whether a settlement is owed at `now`: it has room of its own where readings have none. */
static bool is_boundary(const struct meter *meter, uint64_t now) {
    enum boundary kind;
    return meter->opens || zone_next_boundary(&meter->config->zone, meter->config->reading_day, meter->view.settled_at,
                                              &kind) <= now;
}

/* Whether a boundary that is owed falls on `now` itself. */
static bool is_boundary_at(const struct meter *meter, uint64_t now) {
    enum boundary kind;
    return now > 0 && zone_next_boundary(&meter->config->zone, meter->config->reading_day, now - 1, &kind) == now;
}

static void pack(struct meter *meter, const struct shown *shown, uint64_t slot, uint64_t now) {
    const struct meter_config *config = meter->config;
    if (!meter_add(meter, shown, now)) {
        meter_leave_out(meter, GAP_STORAGE_FULL, slot, 1);
    } else if (meter->packed_readings >= config->pack_readings || meter->next > meter->packed[0].at + config->pack_s) {
        (void)meter_flush(meter);
    }
}

static void sample(struct meter *meter, uint64_t slot, uint64_t now) {
    const struct hal *hal = meter->stream->hal;
    struct shown shown;
    memset(&shown, 0, sizeof shown);
    /* What finds no room stays packed in RAM, as far as that goes; then reading stops. */
    bool full = meter_pack_is_full(meter) && !meter_flush(meter);
    meter_settle_read(meter);
    if (full && !is_boundary(meter, now)) {
        meter_leave_out(meter, GAP_STORAGE_FULL, slot, 1);
        return;
    }
    if (!hal->read_meter(hal->context, &shown)) {
        meter_leave_out(meter, GAP_METER_SILENT, slot, 1);
        return;
    }
    if (!is_possible(meter->config->variant, &shown)) {
        meter_leave_out(meter, GAP_READING_INVALID, slot, 1);
        return;
    }
    if (!meter_declare_open(meter, now)) { /* not even a gap has room, so this reading has none */
        meter->gap.missing += 1;
        return;
    }
    take_meter(meter, &shown);
    count_steps(meter, &shown, now);
    if (is_boundary_at(meter, now)) {
        meter->boundary = shown;
        meter->boundary_at = now;
    }
    if (full) {
        meter_leave_out(meter, GAP_STORAGE_FULL, slot, 1);
    } else {
        pack(meter, &shown, slot, now);
    }
    meter_settle_due(meter, &shown, now);
}

void meter_open(struct meter *meter, const struct meter_config *config, struct stream *stream, enum stream_start start) {
    memset(meter, 0, sizeof *meter);
    meter->config = config;
    meter->stream = stream;
    if (!stream_point(stream, &meter->view)) meter->failed = true;
    /* The last reading that was said may have been at a boundary, and the power went away before its settlement. */
    memcpy(meter->boundary.serial, meter->view.serial, sizeof meter->boundary.serial);
    memcpy(meter->boundary.values, meter->view.registers, sizeof meter->boundary.values);
    meter->boundary_at = is_boundary_at(meter, meter->view.registers_at) && meter->view.registers_at == meter->view.last_at
                             ? meter->view.registers_at
                             : 0;
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
    meter_leave_out(meter, reason, first_missed > 0 ? first_missed : meter->next - 1, missed);
}

uint64_t meter_run(struct meter *meter) {
    const struct hal *hal = meter->stream->hal;
    uint64_t now = clock_now(meter);
    if (!hal->power_good(hal->context) || meter->failed || meter->view.closed) return now + 1;
    if (hal->clock(hal->context) == CLOCK_UNSET) { /* nothing can be dated: declared when it is set */
        meter->was_unset = true;
        return now + 1;
    }
    if (meter->opens && !meter->stream->may_sign) return now + 1; /* nothing is promised before the log has answered */
    if (meter->next == 0 || meter->was_unset) {
        account_for_absence(meter, now, meter->was_unset ? GAP_CLOCK_UNSET : GAP_AGENT_DOWN);
        meter->was_unset = false;
    }
    if (meter->next > now + meter->config->cadence_s + CLOCK_STEP_S) follow_clock_back(meter, now);
    if (meter->next > now) return meter->next;
    uint64_t slot = meter->next;
    if (following(meter, slot) <= now) { /* slots went by unread: the device stood still, or the clock was set ahead */
        uint64_t missed = zone_slots_between(&meter->config->zone, slot - 1, now, meter->config->cadence_s);
        if (missed > 0) meter_leave_out(meter, GAP_AGENT_DOWN, slot, missed);
        slot = now;
    }
    meter->next = following(meter, slot);
    sample(meter, slot, now);
    return meter->next;
}

bool meter_close(struct meter *meter) {
    const struct hal *hal = meter->stream->hal;
    struct shown shown;
    (void)meter_run(meter); /* what is due comes before */
    memset(&shown, 0, sizeof shown);
    uint64_t now = clock_now(meter);
    if (meter->view.closed) return true;
    if (meter->opens || meter->next == 0 || hal->clock(hal->context) == CLOCK_UNSET || !hal->power_good(hal->context)) return false;
    if (!hal->read_meter(hal->context, &shown) || !is_possible(meter->config->variant, &shown)) return false;
    if (strcmp(shown.serial, meter->view.serial) != 0 || !meter_declare_open(meter, now)) return false;
    count_steps(meter, &shown, now);
    if (meter->view.last_at < now && !meter_add(meter, &shown, now)) return false;
    return meter_flush(meter) && meter_settle(meter, BOUNDARY_CLOSING, now, &shown, now);
}
