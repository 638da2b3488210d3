#include "scale_sim.h"

#include <stdio.h>
#include <string.h>

#include "sha256.h"

/* In the order of the variant's events. */
enum { TICKET, PLATE, FIRST, SECOND, NET, STABLE, ALIBI, MOISTURE };

/* One weighing, from its number since the scale stood at zero. */
struct weighing {
    int64_t first_kg, second_kg, moisture_permille;
    bool came, was_read; /* the plate */
};

static struct weighing weighing_of(uint64_t seed, uint64_t number) {
    uint64_t chance = (seed * UINT64_C(1000003) + number + 1) * UINT64_C(6364136223846793005);
    int64_t empty = 14000 + 20 * (int64_t)(chance >> 40) % 2000, load = 10000 + 20 * (int64_t)((chance >> 20) % 1000);
    bool came = number % 3 != 2;
    return (struct weighing){.first_kg = came ? empty + load : empty,
                             .second_kg = came ? empty : empty + load,
                             .moisture_permille = 120 + (int64_t)(chance >> 50) % 30,
                             .came = came,
                             .was_read = number % 5 != 4};
}

static struct shown_event *add(struct shown *shown, unsigned name) {
    struct shown_event *event = &shown->events[shown->event_count++];
    *event = (struct shown_event){.name = (uint8_t)name};
    return event;
}

static void add_number(struct shown *shown, unsigned name, int64_t mantissa) {
    add(shown, name)->mantissa = mantissa;
}

/* 车牌: what is signed of a plate is a hash over a salt and the plate (readings.md). */
static void add_plate(struct shown *shown, uint64_t seed, uint64_t number) {
    char salted[64];
    struct shown_event *event = add(shown, PLATE);
    int length = snprintf(salted, sizeof salted, "%08lx%08lxPLATE-%05lu", (unsigned long)(seed & 0xffffffff),
                          (unsigned long)(number & 0xffffffff), (unsigned long)(number % 40));
    event->length = DIGEST_BYTES;
    (void)mbedtls_sha256((const unsigned char *)salted, (size_t)length, event->bytes, 0);
}

static void add_weighing(struct shown *shown, uint64_t seed, uint64_t number, uint64_t alibi) {
    struct weighing one = weighing_of(seed, number);
    struct shown_event *ticket = add(shown, TICKET);
    ticket->length = (uint8_t)snprintf((char *)ticket->bytes, sizeof ticket->bytes, "W%07lu", (unsigned long)alibi);
    if (one.was_read) add_plate(shown, seed, number);
    add_number(shown, FIRST, one.first_kg);
    add_number(shown, SECOND, one.second_kg);
    add_number(shown, NET, one.first_kg - one.second_kg);
    add(shown, STABLE)->flag = true;
    add_number(shown, ALIBI, (int64_t)alibi);
    if (one.came) add_number(shown, MOISTURE, one.moisture_permille);
}

static void count(struct scale_sim *scale, uint64_t seed) {
    struct weighing one = weighing_of(seed, scale->told++);
    if (one.came) {
        scale->kg_in += one.first_kg - one.second_kg;
    } else {
        scale->kg_out += one.second_kg - one.first_kg;
    }
}

void scale_sim_show(struct scale_sim *scale, uint64_t seed, uint64_t zero_at, uint64_t now, struct shown *shown) {
    uint64_t done = now > zero_at ? (now - zero_at) / SCALE_TRUCK_S : 0;
    if (scale->alibi == 0 || scale->zero_at != zero_at) {
        *scale = (struct scale_sim){.zero_at = zero_at, .alibi = scale->alibi > 0 ? scale->alibi : SCALE_FIRST_ALIBI};
        while (scale->told < done) count(scale, seed);
    } else if (scale->told < done) {
        add_weighing(shown, seed, scale->told, scale->alibi++);
        count(scale, seed);
    }
    shown->values[0] = scale->kg_in;
    shown->values[1] = scale->kg_out;
}
