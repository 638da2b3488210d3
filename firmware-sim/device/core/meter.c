/* What a metering point does at a slot. */
#include "meter.h"

#include <string.h>

/* From this share of the readings' room on, in thousandths, one slot in so many is kept: as the agent does. */
static const struct {
    unsigned permille, keep;
} THIN_FROM[] = {{750, 16}, {500, 4}};

enum { CLOCK_STEP_S = 3601 }; /* beside a cadence: a next slot farther ahead means that the clock was set back */

static uint64_t clock_now(const struct meter *meter) {
    return meter->stream->hal->now(meter->stream->hal->context);
}

static uint64_t slots_between(const struct meter *meter, uint64_t after, uint64_t before) {
    return zone_slots_between(&meter->config->zone, after, before, meter->config->cadence_s);
}

static uint64_t following(const struct meter *meter, uint64_t after) {
    enum boundary kind;
    uint64_t slot = zone_next_slot(&meter->config->zone, after, meter->config->cadence_s);
    uint64_t boundary = meter_next_boundary(meter, after, &kind);
    return slot < boundary ? slot : boundary;
}

/* What is left out */

/* The open gap ends at `before`, where `slot` is read or begins another gap. */
static void end_gap(struct meter *meter, uint64_t before, uint64_t slot) {
    struct open_gap *gap = &meter->gap;
    if (!gap->is_open) return;
    meter_owe_gap(meter, gap->reason, gap->after, before, slots_between(meter, gap->after, slot));
    gap->is_open = false;
}

/* What is thinned ends at `before`, where `slot` is read or begins another gap. */
static void end_thinning(struct meter *meter, uint64_t before, uint64_t slot) {
    const struct thinned *thinned = &meter->view.thinned;
    if (thinned->every_s == 0) return;
    uint64_t slots = slots_between(meter, thinned->after, slot);
    meter_owe_thinned(meter, before, slots > thinned->kept ? slots - thinned->kept : 0);
}

/* `slot` has no reading. Two gaps where the reason changes, as long as the row has room for both; else one, under the reason
 * that came first. */
static void leave_out(struct meter *meter, enum gap_reason reason, uint64_t slot) {
    struct open_gap *gap = &meter->gap;
    if (meter->view.told_at == 0) return; /* nothing is promised before the first reading */
    if (gap->is_open && gap->reason != reason && gap->after + 1 < slot && meter_owed_room(meter) > OWED_PER_SLOT) {
        end_gap(meter, slot, slot);
        (void)meter_say_owed(meter);
    }
    if (gap->is_open) return;
    if (meter->view.thinned.every_s > 0) {
        if (meter_owed_room(meter) <= OWED_PER_SLOT) return;
        end_thinning(meter, slot, slot);
        (void)meter_say_owed(meter);
    }
    uint64_t told = meter->view.told_at;
    *gap = (struct open_gap){.is_open = true, .reason = reason, .after = told < slot ? told : slot - 1};
}

/* One slot in how many is read. */
static unsigned thinning(const struct meter *meter) {
    unsigned pressure = ring_pressure(&meter->stream->ring);
    for (size_t i = 0; i < sizeof THIN_FROM / sizeof *THIN_FROM; i++) {
        if (pressure >= THIN_FROM[i].permille) return THIN_FROM[i].keep;
    }
    return 1;
}

/* Whether thinning keeps the slot: every n-th on the site's clock. */
static bool is_kept(const struct meter *meter, uint64_t slot, unsigned keep) {
    int64_t local = (int64_t)slot + zone_offset_s(&meter->config->zone, slot);
    return local / meter->config->cadence_s % keep == 0;
}

/* `slot` is thinned out. It lies in the gap that is open, or in what is thinned at this rate. */
static void thin_out(struct meter *meter, uint64_t slot, unsigned keep) {
    struct thinned *thinned = &meter->view.thinned;
    uint32_t every_s = keep * meter->config->cadence_s;
    if (meter->gap.is_open || thinned->every_s == every_s) return;
    if (thinned->every_s > 0) {
        if (meter_owed_room(meter) <= OWED_PER_SLOT) return;
        end_thinning(meter, slot, slot);
        (void)meter_say_owed(meter);
    }
    uint64_t told = meter->view.told_at;
    *thinned = (struct thinned){.after = told < slot ? told : slot - 1, .every_s = every_s};
}

/* What a reading says */

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
        meter_begin_pack(meter);
        view->counts.exchanges += 1;
        view->register_count = 0;
        view->opens = 1;
    }
    memset(view->serial, 0, sizeof view->serial);
    memcpy(view->serial, shown->serial, strlen(shown->serial));
}

/* Whether a settlement is owed at `now`: it has room of its own where readings have none. */
static bool is_boundary(const struct meter *meter, uint64_t now) {
    enum boundary kind;
    return meter->view.opens || meter_next_boundary(meter, meter->view.settled_at, &kind) <= now;
}

/* With what was shown at `at`: the opening, or the last boundary since; those before lie in the gap that is declared. */
static void settle(struct meter *meter, uint64_t at) {
    enum boundary kind = BOUNDARY_OPENING, next_kind;
    uint64_t owed = 0;
    if (meter->view.opens) {
        uint64_t since = meter->view.lost_since;
        if (since > 0) meter_owe_gap(meter, GAP_STATE_LOST, since, at, 0);
        meter_owe_settlement(meter, BOUNDARY_OPENING, at, at);
        return;
    }
    for (uint64_t next = meter_next_boundary(meter, meter->view.settled_at, &next_kind); next <= at;
         next = meter_next_boundary(meter, owed, &next_kind)) {
        owed = next;
        kind = next_kind;
    }
    if (owed > 0) meter_owe_settlement(meter, kind, owed, at);
}

static void sample(struct meter *meter, uint64_t slot, uint64_t now) {
    const struct hal *hal = meter->stream->hal;
    const struct meter_config *config = meter->config;
    struct shown shown;
    unsigned keep = thinning(meter);
    memset(&shown, 0, sizeof shown);
    meter->moment += 1;
    /* What finds no room stays in RAM, as far as that goes; then reading stops. */
    (void)meter_say_owed(meter);
    bool full = meter_pack_is_full(meter) && !meter_flush(meter) && meter_pack_is_full(meter);
    bool is_owed = is_boundary(meter, now);
    if ((full && !is_owed) || meter_owed_room(meter) < OWED_PER_SLOT) {
        leave_out(meter, GAP_STORAGE_FULL, slot);
    } else if (!is_owed && !is_kept(meter, slot, keep)) {
        thin_out(meter, slot, keep);
    } else if (!hal->read_meter(hal->context, &shown)) {
        leave_out(meter, GAP_METER_SILENT, slot);
    } else if (!shown_is_possible(config->variant, &shown)) {
        leave_out(meter, GAP_READING_INVALID, slot);
    } else {
        if (keep == 1 || is_owed || strcmp(meter->view.serial, shown.serial) != 0) end_thinning(meter, now, slot);
        end_gap(meter, now, slot);
        take_meter(meter, &shown);
        count_steps(meter, &shown, now);
        if (full) {
            leave_out(meter, GAP_STORAGE_FULL, slot);
        } else {
            meter_add(meter, &shown, now);
        }
        settle(meter, now);
        (void)meter_say_owed(meter);
        bool is_due = meter->packed_count > 0 && meter->next > meter->packed[0].at + config->pack_s;
        if (is_due || meter->packed_readings >= config->pack_readings) (void)meter_flush(meter);
    }
}

void meter_open(struct meter *meter, const struct meter_config *config, struct stream *stream, enum stream_start start) {
    struct point_state *view = &meter->view;
    enum boundary kind;
    memset(meter, 0, sizeof *meter);
    meter->config = config;
    meter->stream = stream;
    if (config->cadence_s == 0 || !stream_point(stream, view)) meter->failed = true;
    if (meter->failed) return;
    if (start != STREAM_CONTINUED || view->settled_at == 0) view->opens = 1;
    end_thinning(meter, view->told_at, view->told_at + 1); /* what was thinned behind it lies in the gap of this start */
    /* The last reading that was said was to be settled, and the power went away before: with the registers of then. */
    if (view->register_count == 0 || view->registers_at == 0 || view->registers_at != view->last_at) return;
    bool at_boundary = meter_next_boundary(meter, view->last_at - 1, &kind) == view->last_at && view->settled_at < view->last_at;
    if (view->opens || at_boundary) settle(meter, view->last_at);
}

/* The clock was set back: what was settled and told ahead says nothing of what comes. */
static void follow_clock_back(struct meter *meter, uint64_t now) {
    if (meter_owed_room(meter) > 0) end_gap(meter, meter->next, meter->next);
    if (meter_owed_room(meter) > 0) end_thinning(meter, meter->next, meter->next);
    meter->gap.after = meter->gap.after < now ? meter->gap.after : now - 1;
    (void)meter_flush(meter);
    meter->next = following(meter, now);
    if (meter->view.settled_at > now) meter->view.settled_at = now;
    if (meter->view.told_at > now) meter->view.told_at = now;
}

/* What was neither said nor declared before the gaps that overtook it, when the power went away. */
static void account_for_lost_packs(struct meter *meter, uint64_t now) {
    struct point_state *view = &meter->view;
    unsigned count = view->declared_count;
    view->declared_count = 0;
    for (unsigned i = 0; i < count && view->declared[i].after < now && meter_owed_room(meter) > OWED_PER_SLOT; i++) {
        const struct declared *one = &view->declared[i];
        uint64_t until = one->after + 1, missing = slots_between(meter, view->told_at, until);
        if (missing > 0) meter_owe_gap(meter, GAP_AGENT_DOWN, view->told_at, until, missing);
        uint64_t since = one->after > view->told_at ? one->after : view->told_at;
        if (one->unsaid > 0) meter_owe_gap(meter, GAP_AGENT_DOWN, since, one->before, one->unsaid); /* kept there, and lost */
        if (one->before - 1 > view->told_at) view->told_at = one->before - 1;
    }
}

/* All between what was told last and the first slot of this start, or of a clock that was set again. */
static void account_for_absence(struct meter *meter, uint64_t now, enum gap_reason reason) {
    uint64_t missed_from = meter->next;
    if (missed_from == 0) account_for_lost_packs(meter, now);
    uint64_t told = meter->view.told_at;
    if (meter->view.settled_at > now) meter->view.settled_at = now;
    meter->next = meter->view.opens ? now : following(meter, told > now ? told : now - 1);
    if (told == 0 || told >= meter->next || slots_between(meter, told, meter->next) == 0) return;
    leave_out(meter, reason, missed_from > told && missed_from < meter->next ? missed_from : told + 1);
}

/* Whether `now` can be used to date anything. */
static bool can_date(const struct meter *meter, uint64_t now) {
    return meter->stream->hal->clock(meter->stream->hal->context) != CLOCK_UNSET && time_is_possible(now);
}

uint64_t meter_run(struct meter *meter) {
    const struct hal *hal = meter->stream->hal;
    uint64_t now = clock_now(meter);
    if (!hal->power_good(hal->context) || meter->failed || meter->view.closed) return now + 1;
    if (!can_date(meter, now)) { /* declared when the clock is set */
        meter->was_unset = true;
        return now + 1;
    }
    if (meter->view.opens && !meter->stream->may_sign) return now + 1; /* nothing is promised before the log has answered */
    if (meter->next == 0 || meter->was_unset) {
        account_for_absence(meter, now, meter->was_unset ? GAP_CLOCK_UNSET : GAP_AGENT_DOWN);
        meter->was_unset = false;
    }
    if (meter->next > now + meter->config->cadence_s + CLOCK_STEP_S) follow_clock_back(meter, now);
    if (meter->next > now) return meter->next;
    uint64_t slot = meter->next;
    bool is_late = (now - slot) * 2 > meter->config->cadence_s; /* to a reader there is a hole from here on */
    if (is_late || following(meter, slot) <= now) { /* the device stood still, or the clock was set ahead */
        if (slots_between(meter, slot - 1, now) > 0) leave_out(meter, GAP_AGENT_DOWN, slot);
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
    if (meter->view.opens || meter->next == 0 || !can_date(meter, now) || !hal->power_good(hal->context)) return false;
    if (!meter_flush(meter)) return false;
    if (meter->view.registers_at == now) { /* what was read stands: a second look could show another number */
        end_thinning(meter, now, now + 1);
    } else {
        if (!hal->read_meter(hal->context, &shown) || !shown_is_possible(meter->config->variant, &shown)) return false;
        if (strcmp(shown.serial, meter->view.serial) != 0) return false;
        meter->moment += 1;
        end_thinning(meter, now, now);
        end_gap(meter, now, now);
        count_steps(meter, &shown, now);
        meter_add(meter, &shown, now);
    }
    meter_owe_settlement(meter, BOUNDARY_CLOSING, now, now);
    return meter_say_owed(meter);
}
