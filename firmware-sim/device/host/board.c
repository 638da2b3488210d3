#include "board.h"

#include <stdio.h>
#include <string.h>

static uint64_t board_now(void *context) {
    const struct board *board = context;
    int64_t passed = (int64_t)board->true_now - (int64_t)board->rtc_set_at;
    return (uint64_t)((int64_t)board->rtc_base + passed + passed * board->drift_ppm / 1000000);
}

static enum clock_state board_clock(void *context) {
    const struct board *board = context;
    return board->clock;
}

static uint64_t board_monotonic(void *context) {
    const struct board *board = context;
    return board->up_ms;
}

static uint32_t board_random(void *context) {
    struct board *board = context;
    board->chance = board->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(board->chance >> 33);
}

static bool board_power_good(void *context) {
    const struct board *board = context;
    return !board->brown_out;
}

/* An event now and then, its contents from the time. */
static void show_events(const struct board *board, struct shown *shown) {
    const struct variant *variant = board->config.variant;
    for (unsigned i = 0; i < variant->event_count; i++) {
        struct shown_event *event = &shown->events[shown->event_count];
        if ((board->true_now / 60 + board->seed) % (3 + i) != 0) continue;
        *event = (struct shown_event){.name = (uint8_t)i, .flag = board->true_now % 2 == 0};
        if (variant->events[i].kind != VALUE_FLAG) {
            int length = snprintf((char *)event->bytes, sizeof event->bytes, "%s-%08lu", variant->events[i].name,
                                  (unsigned long)(board->true_now + board->seed));
            event->length = (uint8_t)length;
        }
        shown->event_count += 1;
    }
}

/* Registers that rise with the time, or wander. */
static void show_registers(const struct board *board, struct shown *shown) {
    const struct variant *variant = board->config.variant;
    int64_t passed = (int64_t)(board->true_now - board->zero_at);
    for (unsigned i = 0; i < variant->register_count; i++) {
        int64_t modulus = variant->registers[i].modulus, speed = 1 + (int64_t)((board->seed + i) % 7);
        int64_t value = board->added + passed * speed / (i == 0 ? 1 : 9);
        shown->values[i] = modulus > 0 ? value % modulus : 1000 + value % 500;
    }
}

static bool is_scale(const struct board *board) {
    return strcmp(board->config.variant->name, "weighbridge") == 0;
}

static bool board_read_meter(void *context, struct shown *shown) {
    struct board *board = context;
    if (board->is_silent) return false;
    memcpy(shown->serial, board->serial, sizeof shown->serial);
    if (board->is_impossible) { /* noise: what was weighed is still to be shown */
        shown->values[0] = -1;
    } else if (is_scale(board)) {
        scale_sim_show(&board->scale, board->seed, board->zero_at, board->true_now, shown);
    } else {
        show_registers(board, shown);
        show_events(board, shown);
    }
    return true;
}

static bool board_transmit(void *context, uint32_t place, const uint8_t *bytes, size_t length) {
    struct board *board = context;
    return board->send != NULL && board->send(board->line, board, place, bytes, length);
}

bool board_make(struct board *board, unsigned number, uint64_t seed, const char *variant, uint32_t sectors) {
    memset(board, 0, sizeof *board);
    if (!flash_sim_make(&board->flash, sectors)) return false;
    board->seed = seed;
    board->chance = seed * 2 + 1;
    board->se_slot = number;
    board->hal = (struct hal){.context = board,
                              .flash = flash_sim_interface(&board->flash),
                              .now = board_now,
                              .clock = board_clock,
                              .monotonic_ms = board_monotonic,
                              .random = board_random,
                              .power_good = board_power_good,
                              .read_meter = board_read_meter,
                              .transmit = board_transmit};
    (void)snprintf(board->device, sizeof board->device, "urn:dev:org:32473-sim:device-%u", number);
    (void)snprintf(board->point, sizeof board->point, "urn:dev:org:32473-sim:point-%u", number);
    (void)snprintf(board->client, sizeof board->client, "device-%u", number);
    (void)snprintf(board->serial, sizeof board->serial, "SN-%08u", number);
    board->config = (struct meter_config){.point = board->point,
                                          .variant = variant_named(variant),
                                          .zone = {.standard_s = 8 * 3600, .summer_s = 8 * 3600},
                                          .reading_day = 25,
                                          .cadence_s = 900,
                                          .pack_s = 3600,
                                          .pack_readings = 4,
                                          .multiplier = number_of(1, 0)};
    if (board->config.variant == NULL) return false;
    if (is_scale(board)) board->config.pack_readings = 1; /* a weighing is signed when it is read: nobody can repeat it */
    return true;
}

void board_end(struct board *board) {
    flash_sim_end(&board->flash);
}

bool board_start(struct board *board, const struct public_key *log_key) {
    flash_sim_power_on(&board->flash);
    board->start = stream_open(&board->stream, &board->hal, board->se_slot, board->device);
    if (board->start == STREAM_FAILED) return false;
    meter_open(&board->meter, &board->config, &board->stream, board->start);
    uplink_open(&board->uplink, &board->stream, board->client, log_key);
    return true;
}

bool board_stop(struct board *board) {
    return !board->brown_out && meter_flush(&board->meter);
}

void board_set_clock(struct board *board, uint64_t shown, enum clock_state state) {
    board->rtc_base = shown;
    board->rtc_set_at = board->true_now;
    board->clock = state;
}

bool board_run(struct board *board, uint64_t seconds) {
    board->true_now += seconds;
    board->up_ms += seconds * 1000;
    (void)meter_run(&board->meter);
    if (!board->meter.failed) uplink_run(&board->uplink);
    return !board->meter.failed && !board->uplink.failed;
}
