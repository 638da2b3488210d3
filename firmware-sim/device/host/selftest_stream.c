/* Whose numbers are whose: keys that are new, exchanged or lost, a ring that holds more than RAM, an element that refuses. */
#include <string.h>

#include "p256.h"
#include "se_soft.h"
#include "selftest.h"
#include "verdict.h"

static struct bench bench;

static uint64_t next_seq(void) {
    return bench.board.stream.state.next_seq;
}

static bool is_same_key(const struct public_key *key) {
    return memcmp(key, &bench.board.stream.key, sizeof *key) == 0;
}

/* Every number of the key that signs now is in the log, from 0 on and linked to nothing of another key. */
static void check_own_stream(void) {
    uint8_t prev[DIGEST_BYTES] = {0};
    for (uint64_t seq = 0; seq < next_seq(); seq++) {
        const struct log_entry *entry = log_sim_find(&bench.log, bench.board.stream.kid, seq);
        struct sign1 parts;
        struct header header;
        CHECK(entry != NULL && sign1_open(entry->bytes, entry->length, &parts));
        if (entry == NULL) return;
        CHECK(header_check(parts.header, parts.header_length, &header) == VERDICT_OK);
        CHECK(memcmp(header.prev, prev, sizeof prev) == 0);
        CHECK(statement_id(entry->bytes, entry->length, prev));
    }
    CHECK(bench.log.forks == 0);
}

/* The power goes away in every operation of the very first start, in every way: the key that was enrolled stays. */
static void test_first_start(void) {
    for (int torn = TORN_NOTHING; torn < TORN_KINDS; torn++) {
        struct public_key key;
        CHECK(bench_make_sized(&bench, "water", 12));
        flash_sim_blank(&bench.board.flash);
        CHECK(se_generate(0) && se_public_key(0, &key));
        bench.board.flash.cut_at = 1;
        bench.board.flash.torn = (enum torn)torn;
        CHECK(!board_start(&bench.board, &bench.log.key));
        CHECK(board_start(&bench.board, &bench.log.key));
        CHECK(is_same_key(&key) && bench.board.start != STREAM_LOST);
        bench_end(&bench);
    }
}

/* The state is gone, and the power goes away between the new key and the new state. */
static void test_cut_behind_a_new_key(void) {
    static const uint8_t spoilt[] = {0xff, 0x5a};
    for (unsigned i = 0; i < 2; i++) {
        struct public_key old, new;
        CHECK(bench_make(&bench, "electricity"));
        bench_run(&bench, 12);
        old = bench.board.stream.key;
        uint64_t last = bench.board.stream.state.point.last_at;
        memset(bench.board.flash.bytes, spoilt[i], (size_t)STATE_SECTORS * FLASH_SECTOR_BYTES);
        bench.board.flash.cut_at = bench.board.flash.operations + 1;
        CHECK(!board_start(&bench.board, &bench.log.key) && se_public_key(0, &new));
        bench_restart(&bench);
        CHECK(bench.board.start == STREAM_LOST && next_seq() == 0 && is_same_key(&new) && !is_same_key(&old));
        CHECK(bench.board.stream.lost_since == last && bench.board.stream.state.generation == 2);
        bench_run(&bench, 12);
        CHECK(next_seq() > 3 && bench.board.stream.state.point.counts.gaps == 1);
        check_own_stream();
        bench_end(&bench);
    }
}

/* Another element hangs on the old flash: its key begins a stream of its own, and is not replaced while it never signed. */
static void test_element_exchanged(void) {
    struct public_key key;
    CHECK(bench_make(&bench, "electricity"));
    bench_run(&bench, 12);
    uint64_t last = bench.board.stream.state.point.last_at;
    bench.is_deaf = true;
    bench_run(&bench, 8);
    bench.is_deaf = false;
    unsigned waiting = ring_waiting(&bench.board.stream.ring);
    se_soft_seed(0, 99);
    CHECK(se_generate(0) && se_public_key(0, &key) && waiting >= 2);
    bench_restart(&bench);
    CHECK(bench.board.start == STREAM_LOST && next_seq() == 0 && is_same_key(&key));
    CHECK(bench.board.stream.lost_since > last);
    bench_run(&bench, 12);
    CHECK(bench.board.uplink.confirmed >= waiting && ring_waiting(&bench.board.stream.ring) <= 1);
    check_own_stream();
    uint64_t boot = bench.board.stream.state.boot_count;
    bench_restart(&bench);
    CHECK(bench.board.start == STREAM_CONTINUED && bench.board.stream.state.boot_count == boot + 1);
    bench_end(&bench);
}

void test_stream(void) {
    test_first_start();
    test_cut_behind_a_new_key();
    test_element_exchanged();
}
