/* The firmware's own tests: what is easier to provoke from inside. */
#ifndef TALLY_SELFTEST_H
#define TALLY_SELFTEST_H

#include "board.h"
#include "log_sim.h"

extern unsigned long checks, failures;

void check_that(bool holds, const char *what, const char *file, int line);
#define CHECK(holds) check_that((holds), #holds, __FILE__, __LINE__)

/* A device on a board with a log behind a perfect line. `hold` keeps back what the log says. */
struct bench {
    struct board board;
    struct log_sim log;
    bool is_deaf, asked;
    unsigned sent, got_count;
    struct bench_got {
        uint32_t place;
        uint64_t seq;
        uint8_t kid[DIGEST_BYTES];
    } got[256];
};

bool bench_make(struct bench *bench, const char *variant);
bool bench_make_large(struct bench *bench, const char *variant, uint32_t sectors);
void bench_end(struct bench *bench);

/* So many slots of a quarter of an hour, the log answering after each. */
void bench_run(struct bench *bench, unsigned slots);

/* The same in parts: up to the next slot, whatever comes of it; and what the log says to what it got. */
void bench_step(struct bench *bench);
void bench_answer(struct bench *bench);
void bench_restart(struct bench *bench);

void test_parts(void);
void test_device(void);
void test_line(void);
void test_meter(void);
void test_stream(void);
void test_damage(void);
void test_refused(void);
void test_letters(void);
void test_thin(void);

#endif
