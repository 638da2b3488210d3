/* The row of what is to be said: `view` is always what will be so when all of it is. */
#include "meter.h"

bool meter_pack_is_full(const struct meter *meter) {
    const struct variant *variant = meter->config->variant;
    size_t bytes = NUMBER_BYTES * variant->register_count + (size_t)EVENT_BYTES * HAL_EVENTS * (variant->event_count > 0);
    return meter->packed_count + variant->register_count + HAL_EVENTS > PACK_RECORDS || meter->packed_bytes + bytes > PACK_BYTES;
}

unsigned meter_owed_room(const struct meter *meter) {
    return OWED_MOST - meter->owed_count;
}

void meter_take_effect(const struct owed *owed, struct point_state *state) {
    if (owed->kind == OWED_GAP) {
        state->counts.gaps += 1;
        state->lost_since = 0;
        if (owed->gap.reason == GAP_OUTBOX_FULL) state->thinned = (struct thinned){0};
        if (owed->gap.before - 1 > state->told_at) state->told_at = owed->gap.before - 1;
    } else if (owed->kind == OWED_SETTLEMENT) {
        state->settled_at = owed->at;
        state->opens = 0;
        state->closed = owed->boundary == BOUNDARY_CLOSING;
    }
}

static void owe(struct meter *meter, const struct owed *owed) {
    if (meter->owed_count == OWED_MOST) { /* whoever puts something here has counted wrong: better no word than a wild one */
        meter->failed = true;
        return;
    }
    struct owed *placed = &meter->owed[meter->owed_count++];
    *placed = *owed;
    placed->behind = meter->packed_count;
    placed->moment = meter->moment;
    placed->state = meter->view;
    meter_take_effect(owed, &meter->view);
}

void meter_begin_pack(struct meter *meter) {
    const struct owed owed = {.kind = OWED_NEW_PACK};
    if (meter->packed_count > 0) owe(meter, &owed);
}

/* The first record of the pack that is being filled. */
static const struct packed *begin_of_pack(const struct meter *meter) {
    unsigned begin = 0;
    for (unsigned i = 0; i < meter->owed_count; i++) {
        if (meter->owed[i].kind == OWED_NEW_PACK) begin = meter->owed[i].behind;
    }
    return begin < meter->packed_count ? &meter->packed[begin] : NULL;
}

void meter_add(struct meter *meter, const struct shown *shown, uint64_t at) {
    const struct variant *variant = meter->config->variant;
    const struct packed *begin = begin_of_pack(meter);
    if (begin != NULL && at < begin->at) meter_begin_pack(meter); /* the clock was set back: times in a pack do not fall */
    for (unsigned i = 0; i < shown->event_count; i++) { /* what happened comes before what the registers show of it */
        meter->packed[meter->packed_count++] = (struct packed){
            .at = at, .what = (uint8_t)(HAL_REGISTERS + shown->events[i].name), .event = shown->events[i]};
    }
    for (unsigned i = 0; i < variant->register_count; i++) {
        meter->packed[meter->packed_count++] = (struct packed){.at = at, .what = (uint8_t)i, .mantissa = shown->values[i]};
    }
    meter->packed_bytes += NUMBER_BYTES * variant->register_count + (size_t)EVENT_BYTES * shown->event_count;
    meter->packed_readings += 1;
    meter->view.last_at = meter->view.told_at = at;
    meter->view.thinned.kept += meter->view.thinned.every_s > 0;
}

void meter_owe_gap(struct meter *meter, enum gap_reason reason, uint64_t after, uint64_t before, uint64_t missing) {
    const struct owed owed = {
        .kind = OWED_GAP, .gap = {.after = after, .before = before, .reason = reason, .missing = missing}};
    if (before > after + 1) owe(meter, &owed);
}

void meter_owe_thinned(struct meter *meter, uint64_t before, uint64_t missing) {
    const struct thinned *thinned = &meter->view.thinned;
    struct owed owed = {.kind = OWED_GAP};
    owed.gap = (struct gap){.after = thinned->after,
                            .before = before,
                            .reason = GAP_OUTBOX_FULL,
                            .missing = missing,
                            .kept_every_s = thinned->every_s};
    if (before > thinned->after + 1 && missing > 0) owe(meter, &owed);
    meter->view.thinned = (struct thinned){0};
}

void meter_owe_settlement(struct meter *meter, enum boundary kind, uint64_t at, uint64_t read_at) {
    const struct owed owed = {
        .kind = OWED_SETTLEMENT, .boundary = kind, .at = at, .read_at = read_at == at ? 0 : read_at};
    owe(meter, &owed);
}

uint64_t meter_next_boundary(const struct meter *meter, uint64_t after, enum boundary *kind) {
    return zone_next_boundary(&meter->config->zone, meter->config->reading_day, after, kind);
}
