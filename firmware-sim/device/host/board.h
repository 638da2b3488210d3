/* A board that is not there: an RTC that drifts and may lose its time, a meter whose registers follow from time and seed,
 * a flash, and one device that runs on it. */
#ifndef TALLY_BOARD_H
#define TALLY_BOARD_H

#include "flash_sim.h"
#include "meter.h"
#include "scale_sim.h"
#include "uplink.h"

enum { POINT_BYTES = 128, CLIENT_BYTES = 72 };

struct board {
    /* the world */
    uint64_t true_now;      /* Unix seconds */
    uint64_t passed_s;      /* of it, since the board was made */
    uint64_t up_ms;         /* monotonic */
    uint64_t seed, chance;
    /* the RTC */
    uint64_t rtc_base, rtc_set_at; /* it showed rtc_base at rtc_set_at */
    int64_t drift_ppm;
    enum clock_state clock;
    bool brown_out;
    /* the meter */
    bool is_silent, is_impossible;
    uint64_t zero_at;       /* its registers count since then: an exchanged or reset meter counts from later */
    int64_t added;          /* to every register */
    struct scale_sim scale; /* of a weighbridge */
    char serial[HAL_SERIAL_BYTES];
    /* the device */
    struct flash_sim flash;
    struct hal hal;
    struct meter_config config;
    char device[POINT_BYTES], point[POINT_BYTES], client[CLIENT_BYTES];
    unsigned se_slot;
    enum stream_start start;
    struct stream stream;
    struct meter meter;
    struct uplink uplink;
    /* the line */
    void *line;
    bool (*send)(void *line, struct board *board, uint32_t place, const uint8_t *bytes, size_t length);
};

/* A board whose device has never started. `number` and `seed` give names, registers and chances. */
bool board_make(struct board *board, unsigned number, uint64_t seed, const char *variant, uint32_t sectors);
void board_end(struct board *board);

/* Power on: what was in RAM is gone. False when the power went away again meanwhile. */
bool board_start(struct board *board, const struct public_key *log_key);

/* A stop that is announced: says what is packed. False where that finds no room, or no power. */
bool board_stop(struct board *board);

/* The clock is set from outside. */
void board_set_clock(struct board *board, uint64_t shown, enum clock_state state);

/* Time goes by; the device does what is due. False when its flash failed: the power is away. */
bool board_run(struct board *board, uint64_t seconds);

#endif
