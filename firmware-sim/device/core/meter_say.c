/* What a metering point says: packs, gaps, settlements, each with the state that must be remembered with it. */
#include "meter.h"

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

bool meter_pack_is_full(const struct meter *meter) {
    unsigned records = meter->config->variant->register_count + HAL_EVENTS;
    return meter->packed_count + records > PACK_RECORDS || meter->packed_bytes + RECORD_BYTES * records > PACK_BYTES;
}

bool meter_add(struct meter *meter, const struct shown *shown, uint64_t at) {
    const struct variant *variant = meter->config->variant;
    unsigned records = variant->register_count + shown->event_count;
    if (meter_pack_is_full(meter) && !meter_flush(meter)) return false;
    for (unsigned i = 0; i < variant->register_count; i++) {
        meter->packed[meter->packed_count++] = (struct packed){.at = at, .what = (uint8_t)i, .mantissa = shown->values[i]};
    }
    for (unsigned i = 0; i < shown->event_count; i++) {
        meter->packed[meter->packed_count++] = (struct packed){
            .at = at, .what = (uint8_t)(HAL_REGISTERS + shown->events[i].name), .event = shown->events[i]};
    }
    meter->packed_bytes += RECORD_BYTES * records;
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

bool meter_declare_open(struct meter *meter, uint64_t before) {
    struct open_gap *gap = &meter->gap;
    if (gap->is_open && !declare(meter, gap->after, before, gap->reason, gap->missing)) return false;
    gap->is_open = false;
    return true;
}

void meter_leave_out(struct meter *meter, enum gap_reason reason, uint64_t slot, uint64_t missing) {
    struct open_gap *gap = &meter->gap;
    uint64_t last = meter->view.last_at;
    if (last == 0) return; /* nothing is promised before the first reading */
    uint64_t after = last < slot ? last : slot - 1;
    if (gap->is_open && gap->reason != reason) {
        /* Two gaps where there is room to say so; else one for both, under the reason that came first. */
        if (meter_declare_open(meter, slot)) after = slot - 1;
    }
    if (gap->is_open) {
        gap->missing += missing;
    } else {
        *gap = (struct open_gap){.is_open = true, .reason = reason, .after = after, .missing = missing};
    }
}

/* Settlements */

bool meter_settle(struct meter *meter, enum boundary kind, uint64_t at, const struct shown *shown, uint64_t read_at) {
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
                              .previous = meter->stream->state.point.previous,
                              .read_at = read_at == at ? 0 : read_at};
    cbor_start(&out, meter->payload, sizeof meter->payload);
    settlement_write(&out, &said);
    state.settled_at = at;
    state.closed = kind == BOUNDARY_CLOSING;
    return say_aside(meter, KIND_SETTLEMENT, &out, state);
}

/* The first boundary that is not settled. */
static uint64_t next_owed(const struct meter *meter, uint64_t after, enum boundary *kind) {
    return zone_next_boundary(&meter->config->zone, meter->config->reading_day, after, kind);
}

void meter_settle_read(struct meter *meter) {
    enum boundary kind;
    uint64_t owed = meter->view.settled_at;
    if (meter->opens || meter->boundary_at <= owed) return;
    while (owed < meter->boundary_at) owed = next_owed(meter, owed, &kind);
    if (owed == meter->boundary_at) (void)meter_settle(meter, kind, owed, &meter->boundary, owed);
}

/* Where there is no room for a settlement, it is owed at the next reading. */
void meter_settle_due(struct meter *meter, const struct shown *shown, uint64_t taken_at) {
    enum boundary kind = BOUNDARY_DAY, next_kind;
    uint64_t owed = 0;
    if (meter->opens) {
        uint64_t since = meter->stream->lost_since;
        if (since > 0 && !declare(meter, since, taken_at, GAP_STATE_LOST, 0)) return;
        meter->stream->lost_since = 0;
        meter->opens = !meter_settle(meter, BOUNDARY_OPENING, taken_at, shown, taken_at);
        return;
    }
    meter_settle_read(meter);
    uint64_t next = next_owed(meter, meter->view.settled_at, &next_kind);
    while (next <= taken_at) { /* the boundaries before lie in the gap that is declared */
        owed = next;
        kind = next_kind;
        next = next_owed(meter, owed, &next_kind);
    }
    /* One that was read and had no room waits for room: with the registers of now it would contradict its reading. */
    if (owed > 0 && owed != meter->boundary_at) (void)meter_settle(meter, kind, owed, shown, taken_at);
}
