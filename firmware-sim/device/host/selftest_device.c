/* A whole device: memory, clocks, brown-out, what a meter shows, and a state that is lost. */
#include <string.h>

#include "arena.h"
#include "heap.h"
#include "se_soft.h"
#include "selftest.h"

static struct bench bench;

/* What is remembered of the point. */
static const struct point_state *point(void) {
    return &bench.board.stream.state.point;
}

/* From the meter to the stored signature, and a proof checked: not one call to the heap, nothing left in the arena. */
static void test_no_heap(void) {
    CHECK(bench_make(&bench, "electricity"));
    bench_run(&bench, 8);
    bench.is_deaf = true;
    bench_run(&bench, 8);
    static uint8_t proof[4096];
    uint64_t first = bench.board.stream.state.next_seq - 2, confirmed = bench.board.uplink.confirmed;
    size_t length = log_sim_confirm(&bench.log, bench.board.stream.kid, first, 2, proof, sizeof proof);
    bench.board.send = NULL; /* the log of the bench has a heap */
    size_t before = heap_calls();
    uint64_t signed_before = bench.board.stream.state.next_seq;
    for (unsigned i = 0; i < 40; i++) CHECK(board_run(&bench.board, 900));
    CHECK(bench.board.stream.state.next_seq >= signed_before + 10);
    uplink_receive(&bench.board.uplink, proof, length);
    CHECK(bench.board.uplink.confirmed == confirmed + 2);
    CHECK(heap_calls() == before);
    CHECK(arena_in_use() == 0);
    bench_end(&bench);
}

static void test_boot_count(void) {
    CHECK(bench_make(&bench, "water"));
    for (uint64_t boot = 2; boot < 40; boot++) {
        bench_restart(&bench);
        CHECK(bench.board.stream.state.boot_count == boot && bench.board.start == STREAM_CONTINUED);
    }
    bench_end(&bench);
}

static void test_counts(void) {
    CHECK(bench_make(&bench, "electricity"));
    bench.board.added = 100000000 - 86400 * 5 - 50000; /* the first register is close below its modulus */
    bench_run(&bench, 40);
    CHECK(point()->counts.rollovers == 1 && point()->counts.resets == 0);
    bench.board.zero_at = bench.board.true_now; /* both registers begin again: the second from so near its modulus that */
    bench.board.added = 0;                      /* nobody can tell, and it counts as a rollover */
    bench_run(&bench, 5);
    CHECK(point()->counts.rollovers == 2 && point()->counts.resets == 1 && point()->counts.exchanges == 0);
    memcpy(bench.board.serial, "SN-ANOTHER", 11);
    bench.board.zero_at = bench.board.true_now;
    bench_run(&bench, 5);
    CHECK(point()->counts.exchanges == 1 && point()->counts.resets == 1); /* another meter's registers are no reset */
    CHECK(point()->counts.gaps == 0);
    bench.board.is_silent = true;
    bench_run(&bench, 3);
    bench.board.is_silent = false;
    bench.board.is_impossible = true; /* the reason changes: two gaps */
    bench_run(&bench, 3);
    bench.board.is_impossible = false;
    bench_run(&bench, 5);
    CHECK(point()->counts.gaps == 2);
    bench_end(&bench);
}

/* The closing settlement is the last word, also after a restart. */
static void test_closing(void) {
    CHECK(bench_make(&bench, "electricity"));
    CHECK(!meter_close(&bench.board.meter)); /* what was never opened */
    bench_run(&bench, 9);
    bench.board.true_now += 400;
    bench.board.is_silent = true;
    CHECK(!meter_close(&bench.board.meter));
    bench.board.is_silent = false;
    uint64_t before = bench.board.stream.state.next_seq, now = bench.board.true_now;
    CHECK(meter_close(&bench.board.meter) && point()->closed != 0);
    uint64_t next = bench.board.stream.state.next_seq;
    CHECK(next == before + 2 && point()->last_at == now && point()->settled_at == now && point()->counts.gaps == 0);
    bench_run(&bench, 9);
    bench_restart(&bench);
    bench_run(&bench, 9);
    CHECK(bench.board.stream.state.next_seq == next && meter_close(&bench.board.meter));
    bench_end(&bench);
}

static void test_clocks(void) {
    CHECK(bench_make(&bench, "electricity"));
    bench.board.drift_ppm = 100;
    bench_run(&bench, 12);
    uint64_t last = point()->last_at;
    CHECK(last > 0 && point()->counts.gaps == 0);
    board_set_clock(&bench.board, 0, CLOCK_UNSET);
    bench_run(&bench, 8);
    CHECK(point()->last_at == last || point()->last_at < last + 900);
    board_set_clock(&bench.board, bench.board.true_now, CLOCK_SYNCHRONISED);
    bench_run(&bench, 8);
    CHECK(point()->counts.gaps == 1 && point()->last_at > last + 7200);
    board_set_clock(&bench.board, bench.board.true_now + 86400, CLOCK_SYNCHRONISED); /* set ahead by a day */
    bench_run(&bench, 8);
    CHECK(point()->counts.gaps == 2 && point()->last_at > last + 86400);
    uint64_t settled = point()->settled_at;
    board_set_clock(&bench.board, bench.board.true_now, CLOCK_SYNCHRONISED); /* and back */
    bench_run(&bench, 8);
    CHECK(point()->settled_at <= bench.board.true_now && settled > bench.board.true_now);
    bench_end(&bench);
}

static void test_brown_out(void) {
    CHECK(bench_make(&bench, "silo"));
    bench_run(&bench, 9);
    uint64_t next = bench.board.stream.state.next_seq, operations = bench.board.flash.operations;
    bench.board.brown_out = true;
    bench.board.send = NULL;
    for (unsigned i = 0; i < 9; i++) CHECK(board_run(&bench.board, 900));
    CHECK(bench.board.stream.state.next_seq == next && bench.board.flash.operations == operations);
    bench.board.brown_out = false;
    for (unsigned i = 0; i < 9; i++) CHECK(board_run(&bench.board, 900));
    CHECK(bench.board.stream.state.next_seq > next && point()->counts.gaps == 1);
    bench_end(&bench);
}

/* Both slots are bad: another key, another stream from 0 on, and what the ring holds of the old one still gets there. */
static void test_state_lost(void) {
    struct public_key old_key;
    CHECK(bench_make(&bench, "electricity"));
    bench_run(&bench, 12);
    bench.is_deaf = true;
    bench_run(&bench, 8);
    bench.is_deaf = false;
    unsigned waiting = ring_waiting(&bench.board.stream.ring);
    uint64_t last = bench.board.stream.state.point.last_at;
    old_key = bench.board.stream.key;
    CHECK(waiting >= 2);
    memset(bench.board.flash.bytes, 0x5a, (size_t)STATE_SECTORS * FLASH_SECTOR_BYTES);
    bench_restart(&bench);
    CHECK(bench.board.start == STREAM_LOST && bench.board.stream.state.next_seq == 0);
    CHECK(memcmp(&old_key, &bench.board.stream.key, sizeof old_key) != 0);
    CHECK(point()->lost_since == last);
    bench_run(&bench, 8);
    CHECK(ring_waiting(&bench.board.stream.ring) <= 1 && bench.board.uplink.confirmed >= waiting);
    CHECK(point()->counts.gaps == 1 && bench.board.uplink.not_holding == 0 && bench.log.forks == 0);
    /* A flash that was wiped under a key that has signed is a lost state as well. */
    flash_sim_blank(&bench.board.flash);
    bench_restart(&bench);
    CHECK(bench.board.start == STREAM_LOST);
    bench_end(&bench);
}

/* A flash that holds more entries than are known in RAM: the newest are, also after a restart. */
static void test_large_flash(void) {
    CHECK(bench_make_large(&bench, "electricity", 100));
    bench.board.config.pack_readings = 1;
    bench_run(&bench, RING_ENTRIES + 60);
    uint64_t next = bench.board.stream.state.next_seq;
    CHECK(next > RING_ENTRIES + 50 && bench.board.stream.ring.count == RING_ENTRIES);
    bench_restart(&bench);
    const struct ring *ring = &bench.board.stream.ring;
    CHECK(ring->count == RING_ENTRIES && ring->entries[RING_ENTRIES - 1].seq == next - 1);
    bench_run(&bench, 6);
    CHECK(bench.board.stream.state.next_seq > next && bench.log.forks == 0 && bench.board.flash.misuses == 0);
    CHECK(ring_waiting(ring) == 0 && !bench.board.uplink.behind);
    bench_end(&bench);
}

static void test_wear(void) {
    CHECK(bench_make(&bench, "weighbridge"));
    bench_run(&bench, 400);
    CHECK(bench.board.flash.misuses == 0 && bench.board.stream.ring.erases > 3);
    CHECK(flash_sim_worst_wear(&bench.board.flash) * 10 < bench.board.stream.state.next_seq);
    CHECK(bench.log.forks == 0 && point()->counts.gaps == 0);
    bench_end(&bench);
}

void test_device(void) {
    test_no_heap();
    test_boot_count();
    test_counts();
    test_closing();
    test_clocks();
    test_brown_out();
    test_state_lost();
    test_large_flash();
    test_wear();
}
