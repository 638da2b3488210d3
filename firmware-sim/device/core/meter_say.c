/* Says what waits in the row, each with the state that must be remembered with it. */
#include "meter.h"

#include <string.h>

#include "verdict.h"

static bool say(struct meter *meter, enum kind kind, const struct cbor_writer *payload, const struct point_state *after,
                uint64_t moment) {
    enum ring_result said = RING_FAILED;
    /* Nothing is signed that a reader would refuse: the configuration is wrong, and no restart will mend it. */
    if (!payload->full && payload_check(kind, payload->bytes, payload->used) == VERDICT_OK) {
        said = stream_say(meter->stream, kind, meter->config->point, payload->bytes, payload->used, after);
    }
    if (said == RING_FAILED) meter->failed = true;
    if (said == RING_DONE && moment > meter->said_moment) meter->said_moment = moment;
    return said == RING_DONE;
}

/* What the flash knows now. */
static const struct point_state *durable(const struct meter *meter) {
    return &meter->stream->state.point;
}

/* Gaps that `told_at` has reached need not be remembered any more, and tell of what lies in them once all that was kept there
 * is said. */
static void join_declared(struct point_state *state) {
    unsigned kept = 0;
    for (unsigned i = 0; i < state->declared_count; i++) {
        struct declared one = state->declared[i];
        if (one.before - 1 <= state->told_at) continue;
        if (one.after > state->told_at || one.unsaid > 0) {
            state->declared[kept++] = one;
        } else {
            state->told_at = one.before - 1;
        }
    }
    state->declared_count = kept;
}

static void keep_declared(const struct meter *meter, struct point_state *state) {
    memcpy(state->declared, durable(meter)->declared, sizeof state->declared);
    state->declared_count = durable(meter)->declared_count;
}

/* The reading of `at` is said: one less that waits, where it was kept in a gap that is declared. */
static void note_said(struct point_state *state, uint64_t at) {
    for (unsigned i = 0; i < state->declared_count; i++) {
        struct declared *one = &state->declared[i];
        if (one->after < at && at < one->before && one->unsaid > 0) one->unsaid -= 1;
    }
}

/* How many of the first `count` records are of readings that were kept in the gap; each has the first register. */
static uint64_t kept_in(const struct meter *meter, unsigned count, const struct gap *gap) {
    uint64_t kept = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct packed *one = &meter->packed[i];
        kept += one->what == 0 && gap->after < one->at && one->at < gap->before;
    }
    return kept;
}

/* A gap that overtakes readings is remembered beside `told_at`. Where there is no place for it, a power cut before the readings
 * are said lets it be declared once more: too much rather than too little. */
static void remember_declared(struct point_state *state, const struct gap *gap, uint64_t unsaid) {
    unsigned count = state->declared_count;
    if (count > 0 && state->declared[count - 1].before > gap->after && state->declared[count - 1].before <= gap->before) {
        state->declared[count - 1].before = gap->before;
        state->declared[count - 1].unsaid += unsaid;
    } else if (count < POINT_DECLARED) {
        state->declared[count] = (struct declared){.after = gap->after, .before = gap->before, .unsaid = unsaid};
        state->declared_count = count + 1;
    }
}

static struct reading reading_of(const struct variant *variant, const struct packed *one) {
    struct reading reading = {.at = one->at, .unit = ""};
    if (one->what < HAL_REGISTERS) {
        const struct variant_register *of = &variant->registers[one->what];
        reading.name = of->name;
        reading.unit = of->unit;
        reading.kind = VALUE_NUMBER;
        reading.number = number_of(one->mantissa, of->places);
    } else {
        const struct variant_event *of = &variant->events[one->what - HAL_REGISTERS];
        reading.name = of->name;
        reading.unit = of->unit;
        reading.kind = of->kind;
        reading.number = number_of(one->event.mantissa, of->places);
        reading.bytes = one->event.bytes;
        reading.length = one->event.length;
        reading.flag = one->event.flag;
    }
    return reading;
}

static void drop_packed(struct meter *meter, unsigned count) {
    meter->packed_count -= count;
    memmove(meter->packed, meter->packed + count, meter->packed_count * sizeof *meter->packed);
    for (unsigned i = 0; i < meter->owed_count; i++) meter->owed[i].behind -= count;
    meter->packed_readings = 0;
    meter->packed_bytes = 0;
    for (unsigned i = 0; i < meter->packed_count; i++) {
        bool is_register = meter->packed[i].what < HAL_REGISTERS;
        meter->packed_readings += meter->packed[i].what == 0; /* every reading has the first register */
        meter->packed_bytes += is_register ? NUMBER_BYTES : EVENT_BYTES;
    }
}

/* Says the first `count` records; `then` is what was so behind them. */
static bool say_pack(struct meter *meter, unsigned count, const struct point_state *then, uint64_t moment) {
    struct cbor_writer out;
    if (count == 0) return true;
    for (unsigned i = 0; i < count; i++) meter->said[i] = reading_of(meter->config->variant, &meter->packed[i]);
    cbor_start(&out, meter->payload, sizeof meter->payload);
    pack_write(&out, meter->config->point, meter->said, count);
    /* What has overtaken these readings is newer than they are. */
    struct point_state state = moment < meter->said_moment ? *durable(meter) : *then;
    state.last_at = then->last_at;
    state.told_at = then->told_at;
    keep_declared(meter, &state);
    for (unsigned i = 0; i < count; i++) {
        if (meter->packed[i].what == 0) note_said(&state, meter->packed[i].at);
    }
    join_declared(&state);
    if (!say(meter, KIND_READINGS, &out, &state, moment)) return false;
    drop_packed(meter, count);
    return true;
}

static void write_settlement(struct meter *meter, const struct owed *owed, struct cbor_writer *out) {
    const struct variant *variant = meter->config->variant;
    struct register_value registers[HAL_REGISTERS];
    char local[LOCAL_TEXT_BYTES];
    for (unsigned i = 0; i < variant->register_count; i++) {
        const struct variant_register *of = &variant->registers[i];
        registers[i] = (struct register_value){of->name, number_of(owed->state.registers[i], of->places), of->unit};
    }
    zone_local_text(&meter->config->zone, owed->at, local);
    struct settlement said = {.boundary = owed->boundary,
                              .at = owed->at,
                              .local = local,
                              .registers = registers,
                              .register_count = variant->register_count,
                              .serial = owed->state.serial,
                              .multiplier = meter->config->multiplier,
                              .facts = meter->config->facts,
                              .counts = owed->state.counts,
                              .previous = durable(meter)->previous,
                              .read_at = owed->read_at};
    settlement_write(out, &said);
}

/* Says a gap or a settlement, in its turn or past readings that find no room: the flash must not believe that those were
 * said. */
static bool say_one(struct meter *meter, const struct owed *owed) {
    struct cbor_writer out;
    struct point_state state = owed->state;
    cbor_start(&out, meter->payload, sizeof meter->payload);
    keep_declared(meter, &state);
    meter_take_effect(owed, &state);
    if (owed->behind > 0) {
        state.last_at = durable(meter)->last_at;
        state.told_at = durable(meter)->told_at;
        if (owed->kind == OWED_GAP) remember_declared(&state, &owed->gap, kept_in(meter, owed->behind, &owed->gap));
    }
    join_declared(&state);
    if (owed->kind == OWED_GAP) {
        gap_write(&out, &owed->gap);
        return say(meter, KIND_GAP, &out, &state, owed->moment);
    }
    write_settlement(meter, owed, &out);
    return say(meter, KIND_SETTLEMENT, &out, &state, owed->moment);
}

bool meter_say_owed(struct meter *meter) {
    bool has_room = true;
    for (unsigned i = 0; i < meter->owed_count;) {
        struct owed *owed = &meter->owed[i];
        if (has_room && owed->behind > 0) has_room = say_pack(meter, owed->behind, &owed->state, owed->moment);
        if (meter->failed) return false;
        if (owed->kind == OWED_NEW_PACK && owed->behind > 0) {
            i += 1; /* what comes behind must not join the pack before */
            continue;
        }
        if (owed->kind != OWED_NEW_PACK && !say_one(meter, owed)) return false;
        meter->owed_count -= 1;
        memmove(owed, owed + 1, (meter->owed_count - i) * sizeof *owed);
    }
    return meter->owed_count == 0 && has_room;
}

bool meter_flush(struct meter *meter) {
    return meter_say_owed(meter) && say_pack(meter, meter->packed_count, &meter->view, meter->moment);
}
