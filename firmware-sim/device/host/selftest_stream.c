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
        CHECK(bench_make_large(&bench, "water", 14));
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
        CHECK(bench.board.stream.state.point.lost_since == last && bench.board.stream.state.generation == 2);
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
    CHECK(bench.board.stream.state.point.lost_since > last);
    bench_run(&bench, 12);
    CHECK(bench.board.uplink.confirmed >= waiting && ring_waiting(&bench.board.stream.ring) <= 1);
    check_own_stream();
    uint64_t boot = bench.board.stream.state.boot_count;
    bench_restart(&bench);
    CHECK(bench.board.start == STREAM_CONTINUED && bench.board.stream.state.boot_count == boot + 1);
    bench_end(&bench);
}

static uint8_t signed_digests[1024][DIGEST_BYTES];
static unsigned signed_count;

static void witness(unsigned slot, const uint8_t digest[DIGEST_BYTES]) {
    if (slot == 0 && signed_count < 1024) memcpy(signed_digests[signed_count++], digest, DIGEST_BYTES);
}

/* How many of the digests that were signed are of no statement in the log: the asks, and what must not be. */
static unsigned never_logged(void) {
    unsigned missing = 0;
    uint8_t digest[DIGEST_BYTES];
    for (unsigned i = 0; i < signed_count; i++) {
        bool found = false;
        for (unsigned k = 0; k < bench.log.size && !found; k++) {
            const struct log_entry *entry = &bench.log.entries[k];
            found = statement_digest(entry->bytes, entry->length, digest) && memcmp(digest, signed_digests[i], DIGEST_BYTES) == 0;
        }
        missing += !found;
    }
    return missing;
}

/* A flash on which far more entries lie than RAM knows of. */
static void make_full_index(void) {
    CHECK(bench_make_large(&bench, "electricity", 78));
    bench.board.config.pack_readings = 1;
    bench_restart(&bench);
    bench_run(&bench, 290);
    CHECK(next_seq() > RING_ENTRIES + 30 && bench.board.stream.ring.count == RING_ENTRIES);
}

static void test_restart_with_a_full_index(void) {
    make_full_index();
    uplink_disconnected(&bench.board.uplink);
    bench_run(&bench, 40);
    uint64_t next = next_seq();
    uint32_t head = bench.board.stream.ring.head, fill = bench.board.stream.ring.fill;
    unsigned waiting = ring_waiting(&bench.board.stream.ring);
    bench_restart(&bench);
    CHECK(waiting >= 40 && ring_waiting(&bench.board.stream.ring) == waiting && next_seq() == next);
    CHECK(bench.board.stream.ring.head == head && bench.board.stream.ring.fill == fill);
    bench_run(&bench, 60);
    CHECK(ring_waiting(&bench.board.stream.ring) <= 1);
    check_own_stream();
    bench_end(&bench);
}

/* RAM is full of what waits: readings stop, a gap and a settlement still have places, and a restart loses none of them. */
static void test_index_full_of_waiting(void) {
    make_full_index();
    uplink_disconnected(&bench.board.uplink);
    bench_run(&bench, 1600);
    unsigned waiting = ring_waiting(&bench.board.stream.ring);
    CHECK(waiting >= RING_ENTRIES - RING_ENTRIES_RESERVE && waiting < RING_ENTRIES);
    CHECK(bench.board.meter.gap.is_open && bench.board.meter.gap.reason == GAP_STORAGE_FULL);
    bench_restart(&bench);
    CHECK(ring_waiting(&bench.board.stream.ring) == waiting);
    CHECK(bench.board.stream.state.point.settled_at + 86400 > bench.board.true_now);
    log_sim_end(&bench.log); /* it keeps 512 at most: what was confirmed before is not needed for this */
    bench_end(&bench);
}

static void test_cuts_with_a_full_index(void) {
    unsigned signed_at_all = 0;
    for (unsigned cut = 3; cut < 12; cut++) {
        make_full_index();
        signed_count = 0;
        se_soft_watch(witness);
        bench.board.flash.cut_at = bench.board.flash.operations + cut;
        for (unsigned i = 0; i < 6 && !bench.board.flash.is_dark; i++) bench_step(&bench);
        CHECK(bench.board.flash.is_dark);
        se_soft_watch(NULL);
        bench_restart(&bench);
        bench_run(&bench, 3);
        CHECK(never_logged() == 0);
        signed_at_all += signed_count;
        check_own_stream();
        bench_end(&bench);
    }
    CHECK(signed_at_all > 3);
}

/* A flash that is too small for a ring does not start. */
static void test_small_flash(void) {
    const uint32_t least = STATE_SECTORS + HEAD_SECTORS + DEAD_SECTORS + LEAST_RING_SECTORS;
    CHECK(bench_make_large(&bench, "water", least));
    bench_run(&bench, 200);
    CHECK(next_seq() > 40 && bench.board.flash.misuses == 0);
    bench.board.hal.flash.sector_count = least - 1;
    CHECK(!board_start(&bench.board, &bench.log.key));
    bench_end(&bench);
}

/* Runs until the element refuses to sign a statement, which is stored then. */
static void leave_unsigned(void) {
    se_soft_refuse(true);
    for (unsigned i = 0; i < 20 && !bench.board.meter.failed; i++) bench_step(&bench);
    se_soft_refuse(false);
    CHECK(bench.board.meter.failed);
}

/* A statement lies unsigned in the ring's last sector, and the element refuses once more at the answer: nothing else is signed
 * under its number, whatever the order of sectors. */
static void test_element_refuses(void) {
    for (unsigned cut = 0; cut < 4; cut++) {
        CHECK(bench_make(&bench, "electricity"));
        const struct ring *ring = &bench.board.stream.ring;
        for (unsigned i = 0; i < 400 && !(ring->head + 1 == ring->sector_count && ring->fill > 2700); i++) bench_run(&bench, 1);
        CHECK(ring->head + 1 == ring->sector_count);
        leave_unsigned();
        uint64_t next = next_seq();
        bench_restart(&bench);
        signed_count = 0;
        uplink_run(&bench.board.uplink);
        se_soft_watch(witness);
        se_soft_refuse(true);
        bench_answer(&bench);
        se_soft_refuse(false);
        CHECK(!bench.board.uplink.answered && !bench.board.uplink.failed && !bench.board.stream.may_sign);
        if (cut > 0) bench.board.flash.cut_at = bench.board.flash.operations + cut;
        for (unsigned i = 0; i < 12 && !bench.board.flash.is_dark; i++) {
            bench_step(&bench);
            if (!bench.board.flash.is_dark) bench_answer(&bench);
        }
        CHECK(bench.board.flash.is_dark == (cut > 0));
        if (cut > 0) bench_restart(&bench);
        bench_run(&bench, 6);
        se_soft_watch(NULL);
        CHECK(next_seq() > next + 1 && never_logged() <= 2); /* the asks */
        check_own_stream();
        bench_end(&bench);
    }
}

void test_stream(void) {
    test_restart_with_a_full_index();
    test_index_full_of_waiting();
    test_cuts_with_a_full_index();
    test_element_refuses();
    test_first_start();
    test_small_flash();
    test_cut_behind_a_new_key();
    test_element_exchanged();
}
