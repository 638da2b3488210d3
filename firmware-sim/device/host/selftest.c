#include "selftest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "se_soft.h"
#include "tools.h"

unsigned long checks, failures;

void check_that(bool holds, const char *what, const char *file, int line) {
    checks += 1;
    if (holds) return;
    failures += 1;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
}

static bool bench_send(void *line, struct board *board, uint32_t place, const uint8_t *bytes, size_t length) {
    struct bench *bench = line;
    struct bench_got got = {.place = place};
    (void)board;
    bench->sent += 1;
    if (place == NO_PLACE) {
        bench->asked = true;
        return true;
    }
    CHECK(log_sim_append(&bench->log, bytes, length, NULL) && log_sim_number(bytes, length, got.kid, &got.seq));
    if (bench->got_count < 256) bench->got[bench->got_count++] = got;
    return true;
}

bool bench_make(struct bench *bench, const char *variant) {
    return bench_make_large(bench, variant, 14);
}

bool bench_make_large(struct bench *bench, const char *variant, uint32_t sectors) {
    memset(bench, 0, sizeof *bench);
    se_soft_erase(0);
    se_soft_seed(0, 11);
    if (!log_sim_make(&bench->log) || !board_make(&bench->board, 0, 11, variant, sectors)) return false;
    bench->board.true_now = 1767261600;
    bench->board.zero_at = bench->board.true_now - 86400;
    bench->board.line = bench;
    bench->board.send = bench_send;
    board_set_clock(&bench->board, bench->board.true_now, CLOCK_SYNCHRONISED);
    bench_restart(bench);
    return bench->board.start == STREAM_FRESH;
}

void bench_restart(struct bench *bench) {
    CHECK(board_start(&bench->board, &bench->log.key));
    bench->asked = false;
    bench->got_count = 0;
    uplink_connected(&bench->board.uplink);
}

void bench_end(struct bench *bench) {
    log_sim_end(&bench->log);
    board_end(&bench->board);
}

void bench_answer(struct bench *bench) {
    static uint8_t bytes[64 * 1024];
    struct uplink *uplink = &bench->board.uplink;
    if (bench->asked) {
        size_t length = log_sim_answer(&bench->log, bench->board.stream.kid, bytes, sizeof bytes);
        uplink_receive(uplink, bytes, length);
    }
    for (unsigned i = 0; i < bench->got_count && !bench->is_deaf; i++) {
        const struct bench_got *got = &bench->got[i];
        uplink_acknowledged(uplink, got->place, 0);
        size_t length = log_sim_confirm(&bench->log, got->kid, got->seq, 1, bytes, sizeof bytes);
        uplink_receive(uplink, bytes, length);
    }
    bench->asked = false;
    bench->got_count = 0;
}

void bench_step(struct bench *bench) {
    (void)board_run(&bench->board, 900 - bench->board.true_now % 900);
}

void bench_run(struct bench *bench, unsigned slots) {
    for (unsigned i = 0; i < slots; i++) {
        bench_step(bench);
        CHECK(!bench->board.meter.failed && !bench->board.uplink.failed);
        bench_answer(bench);
    }
}

int tool_selftest(int count, char **arguments) {
    (void)count;
    (void)arguments;
    test_device();
    test_line();
    test_meter();
    test_stream();
    test_damage();
    test_refused();
    test_letters();
    test_thin();
    size_t peak = arena_peak(); /* of signing and verifying; the arena's own test fills it */
    test_parts();
    printf("%lu checks, %lu failed; the arena's peak in a device was %lu of %d bytes\n", checks, failures, (unsigned long)peak,
           ARENA_BYTES);
    return failures == 0 ? 0 : 1;
}
