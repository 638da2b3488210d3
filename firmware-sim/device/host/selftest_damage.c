/* What must not stop a device for ever: bits that flip, a key that is gone, statements that no log takes. */
#include <string.h>

#include "se_soft.h"
#include "selftest.h"

static struct bench bench;
static uint8_t statement[ENTRY_MAX_BYTES + SIGNATURE_BYTES];

static struct ring *ring(void) {
    return &bench.board.stream.ring;
}

/* A device with statements that wait; the log has them and is not heard. */
static unsigned make_waiting(unsigned slots) {
    CHECK(bench_make(&bench, "electricity"));
    bench_run(&bench, 6);
    bench.is_deaf = true;
    bench_run(&bench, slots);
    bench.is_deaf = false;
    return ring_waiting(ring());
}

/* Where the statement of an entry lies in the flash. */
static uint8_t *on_flash(struct entry *entry, size_t *length) {
    uint8_t *bytes = bench.board.flash.bytes + entry->at;
    *length = ring_read(ring(), entry, statement, sizeof statement);
    CHECK(*length > 0);
    while (memcmp(bytes, statement, *length) != 0) bytes += 1;
    return bytes;
}

/* The device goes on as if nothing had been: for longer than its ring lasts. */
static void check_going_on(unsigned gaps) {
    uint64_t next = bench.board.stream.state.next_seq;
    bench_run(&bench, 400);
    CHECK(ring_waiting(ring()) <= 1 && bench.board.stream.state.next_seq > next + 90 && ring()->erases > ring()->sector_count);
    CHECK(!bench.board.meter.gap.is_open && bench.board.stream.state.point.counts.gaps == gaps && bench.log.forks == 0);
}

/* A bit of a stored signature: it is made again, to the same bytes. With a restart, and without. */
static void test_signature_gone_bad(void) {
    for (int restart = 0; restart < 2; restart++) {
        size_t length;
        unsigned waiting = make_waiting(12);
        struct entry *entry = &ring()->entries[ring()->count - 2];
        uint8_t *bytes = on_flash(entry, &length);
        bytes[length - 7] ^= 1;
        CHECK(waiting >= 3 && !entry->freed);
        if (restart) {
            bench_restart(&bench);
        } else {
            CHECK(stream_read(&bench.board.stream, entry) == length);
            CHECK(memcmp(bench.board.stream.buffer, statement, length) == 0);
        }
        CHECK(ring_waiting(ring()) == waiting);
        check_going_on(0);
        bench_end(&bench);
    }
}

/* A bit of a stored statement, or of its head: that one is lost, and those behind it in the sector are not. */
static void test_statement_gone_bad(void) {
    for (int where = 0; where < 3; where++) {
        size_t length;
        unsigned waiting = make_waiting(16), first = 0;
        while (ring()->entries[first].freed) first += 1;
        struct entry *entry = &ring()->entries[first];
        uint8_t *bytes = on_flash(entry, &length);
        CHECK(waiting >= 4);
        if (where == 0) bench.board.flash.bytes[entry->at + 9] ^= 4; /* its number */
        if (where > 0) bytes[length / 2] ^= 4;
        if (where < 2) bench_restart(&bench);
        if (where < 2) CHECK(ring_waiting(ring()) == waiting - 1 && ring()->damaged == 1);
        uint64_t confirmed = bench.board.uplink.confirmed;
        check_going_on(0);
        CHECK(bench.board.uplink.confirmed >= confirmed + waiting - 1);
        bench_end(&bench);
    }
}

/* What has its proof may go bad: nothing is lost. The newest one's head is the place where only the state tells. */
static void test_damage_is_told(void) {
    for (int newest = 0; newest < 2; newest++) {
        size_t length;
        CHECK(make_waiting(8) >= 2);
        struct entry *entry = &ring()->entries[newest ? ring()->count - 1 : 1];
        CHECK(entry->freed != newest && ring()->damaged == 0);
        if (newest) {
            bench.board.flash.bytes[entry->at + 9] ^= 4;
        } else {
            on_flash(entry, &length)[length / 2] ^= 4;
        }
        bench_restart(&bench);
        CHECK(bench.board.start == STREAM_CONTINUED && ring()->damaged == (unsigned)newest);
        check_going_on(0);
        bench_end(&bench);
    }
}

/* The state is lost while a statement lies unsigned: its key is gone, nobody can sign it, and its readings are in the gap. */
static void test_unsigned_of_a_lost_key(void) {
    CHECK(bench_make(&bench, "electricity"));
    bench_run(&bench, 8);
    uint64_t last = bench.board.stream.state.point.last_at;
    se_soft_refuse(true);
    for (unsigned i = 0; i < 20 && !bench.board.meter.failed; i++) bench_step(&bench);
    se_soft_refuse(false);
    CHECK(bench.board.meter.failed && ring_waiting(ring()) == 1);
    memset(bench.board.flash.bytes, 0x5a, (size_t)STATE_SECTORS * FLASH_SECTOR_BYTES);
    bench_restart(&bench);
    CHECK(bench.board.start == STREAM_LOST && bench.board.stream.state.point.lost_since == last && ring_waiting(ring()) == 0);
    check_going_on(1);
    bench_end(&bench);
}

/* An older copy of the state alone: what the ring shows beyond it is taken up; where it does not reach back, all is lost. */
static void test_older_state(void) {
    static uint8_t copy[STATE_SECTORS * FLASH_SECTOR_BYTES];
    for (int far = 0; far < 2; far++) {
        CHECK(bench_make(&bench, "electricity"));
        bench_run(&bench, 9);
        memcpy(copy, bench.board.flash.bytes, sizeof copy);
        bench_run(&bench, far ? 400 : 9);
        uint64_t next = bench.board.stream.state.next_seq;
        memcpy(bench.board.flash.bytes, copy, sizeof copy);
        bench_restart(&bench);
        CHECK(bench.board.start == (far ? STREAM_LOST : STREAM_CONTINUED));
        CHECK(bench.board.stream.state.next_seq == (far ? 0 : next));
        check_going_on(far ? 1 : 0);
        bench_end(&bench);
    }
}

void test_damage(void) {
    test_signature_gone_bad();
    test_statement_gone_bad();
    test_damage_is_told();
    test_unsigned_of_a_lost_key();
    test_older_state();
}
