/* Dead letters: sent again on an order, kept until a proof comes, and their sectors used again. */
#include <string.h>

#include "se_soft.h"
#include "selftest.h"

static struct bench bench;
static uint8_t statement[ENTRY_MAX_BYTES + SIGNATURE_BYTES], message[16 * 1024];

static struct dead *dead(void) {
    return &bench.board.stream.dead;
}

static struct entry *entry_at(unsigned i) {
    return stream_entry(&bench.board.stream, i);
}

static unsigned refused(void) {
    return stream_refused(&bench.board.stream);
}

/* How many statements wait for a proof. */
static unsigned unproven(void) {
    unsigned count = 0;
    for (unsigned i = 0; entry_at(i) != NULL; i++) count += !entry_at(i)->freed;
    return count;
}

/* The log refuses the entry, which it was sent. */
static void refuse(struct entry *entry, bool mendable) {
    size_t length = stream_read(&bench.board.stream, entry);
    memcpy(statement, bench.board.stream.buffer, length);
    CHECK(length > 0 && entry->attempts > 0 && !entry->freed);
    length = log_sim_refuse(LOG_SIM_SE_SLOT, statement, length, mendable, message, sizeof message);
    uplink_receive(&bench.board.uplink, message, length);
}

/* Whatever waits in the ring is refused, but for the last `but`; returns how many were. */
static unsigned refuse_waiting(unsigned but) {
    unsigned count = 0, waiting = ring_waiting(&bench.board.stream.ring);
    for (unsigned i = 0; i < bench.board.stream.ring.count && count + but < waiting; i++) {
        struct entry *entry = &bench.board.stream.ring.entries[i];
        if (entry->freed) continue;
        entry->attempts = 1; /* more than go out at once */
        refuse(entry, false);
        count += 1;
    }
    return count;
}

static void make_waiting(unsigned slots) {
    CHECK(bench_make(&bench, "electricity"));
    bench_run(&bench, 6);
    bench.is_deaf = true;
    bench_run(&bench, slots);
    bench.is_deaf = false;
    bench.got_count = 0;
}

/* Nothing goes out by itself; on an order all of it does, what was thought mendable too; and a proof ends it for good. */
static void test_sent_again(void) {
    make_waiting(12);
    unsigned letters = refuse_waiting(1);
    refuse(&bench.board.stream.ring.entries[bench.board.stream.ring.count - 1], true);
    CHECK(letters >= 2 && dead()->count == letters && refused() == letters + 1);
    unsigned sent = bench.sent;
    uplink_run(&bench.board.uplink);
    CHECK(bench.sent == sent);
    CHECK(uplink_resend(&bench.board.uplink) == letters + 1 && refused() == 0 && unproven() == letters + 1);
    uplink_run(&bench.board.uplink);
    CHECK(bench.sent == sent + letters + 1);
    uint64_t confirmed = bench.board.uplink.confirmed;
    bench_answer(&bench);
    CHECK(unproven() == 0 && bench.board.uplink.confirmed == confirmed + letters + 1);
    bench_restart(&bench);
    CHECK(dead()->count == letters && unproven() == 0 && refused() == 0 && uplink_resend(&bench.board.uplink) == 0);
    bench_end(&bench);
}

/* The order outlives a restart, and so does another refusal; as often as somebody orders. */
static void test_order_and_restart(void) {
    make_waiting(8);
    unsigned letters = refuse_waiting(0);
    for (unsigned round = 0; round < 20; round++) {
        bool is_marked = round < 16; /* a letter's word of marks has 32 bits, and then it lies dead at every start */
        CHECK(uplink_resend(&bench.board.uplink) == letters && refused() == 0);
        bench_restart(&bench);
        CHECK(dead()->count == letters && refused() == (is_marked ? 0 : letters));
        CHECK(is_marked || uplink_resend(&bench.board.uplink) == letters);
        bench.is_deaf = true;
        uplink_run(&bench.board.uplink); /* asks */
        bench_answer(&bench);
        uplink_run(&bench.board.uplink);
        bench.is_deaf = false;
        for (unsigned i = 0; i < letters; i++) refuse(&dead()->letters[i], false);
        CHECK(refused() == letters);
        bench_restart(&bench);
        CHECK(refused() == letters && dead()->letters[0].reason == 3);
    }
    CHECK(bench.board.flash.misuses == 0);
    bench_end(&bench);
}

/* The power goes away in every operation from the order to the proofs: ordered anew, all of it is confirmed. */
static void test_order_and_cuts(void) {
    bool was_cut = true;
    for (unsigned cut = 0; was_cut; cut++) {
        make_waiting(8);
        unsigned letters = refuse_waiting(0);
        bench.board.flash.cut_at = bench.board.flash.operations + 1 + cut / TORN_KINDS;
        bench.board.flash.torn = (enum torn)(cut % TORN_KINDS);
        (void)uplink_resend(&bench.board.uplink);
        uplink_run(&bench.board.uplink);
        bench_answer(&bench);
        was_cut = bench.board.flash.is_dark;
        bench.board.flash.cut_at = 0;
        CHECK(letters >= 2 && (was_cut || unproven() == 0));
        bench_restart(&bench);
        (void)uplink_resend(&bench.board.uplink);
        for (unsigned i = 0; i < 2; i++) {
            uplink_run(&bench.board.uplink);
            bench_answer(&bench);
        }
        CHECK(unproven() == 0 && dead()->count == letters && bench.board.flash.misuses == 0 && bench.log.forks == 0);
        bench_end(&bench);
    }
}

/* The letters have no room left, and all of them are confirmed: their sectors are used again, whenever the power goes away. */
static void test_sectors_used_again(void) {
    bool was_cut = true;
    for (unsigned cut = 0; was_cut; cut++) {
        make_waiting(200);
        unsigned all = refuse_waiting(0), letters = dead()->count;
        CHECK(all > letters && letters >= 10 && ring_waiting(&bench.board.stream.ring) == all - letters);
        (void)uplink_resend(&bench.board.uplink);
        for (unsigned i = 0; i < letters; i++) CHECK(stream_free(&bench.board.stream, &dead()->letters[i]));
        struct entry *entry = entry_at(0);
        for (unsigned i = 0; entry_at(i)->freed; i++) entry = entry_at(i + 1);
        bench.board.flash.cut_at = bench.board.flash.operations + 1 + cut / TORN_KINDS;
        bench.board.flash.torn = (enum torn)(cut % TORN_KINDS);
        refuse(entry, false);
        was_cut = bench.board.flash.is_dark;
        bench.board.flash.cut_at = 0;
        CHECK(was_cut || (dead()->count == 1 && entry->freed));
        uint64_t seq = entry->seq;
        bench_restart(&bench);
        for (unsigned i = 0; i < bench.board.stream.ring.count; i++) {
            entry = &bench.board.stream.ring.entries[i];
            entry->attempts = 1;
            if (entry->seq == seq && !entry->freed) refuse(entry, false);
        }
        bool is_kept = false;
        for (unsigned i = 0; i < dead()->count; i++) is_kept = is_kept || (dead()->letters[i].seq == seq && refused() == 1);
        CHECK(is_kept && unproven() == all - letters && bench.board.flash.misuses == 0);
        bench_end(&bench);
    }
}

/* Statements that end in what an erased flash shows too, at every place in a unit; and a flash that does not answer. */
static void test_last_byte_looks_erased(void) {
    for (uint16_t length = 200; length < 216; length++) {
        struct entry entry = {.seq = 5, .length = length, .reason = 1};
        CHECK(bench_make(&bench, "water"));
        memset(statement, 0x11, sizeof statement);
        memset(statement + length + SIGNATURE_BYTES - 15, 0xff, 15);
        CHECK(dead_keep(dead(), &entry, statement) == DEAD_KEPT);
        bench_restart(&bench);
        memset(statement, 0x22, sizeof statement);
        CHECK(dead_keep(dead(), &entry, statement) == DEAD_KEPT);
        bench_restart(&bench);
        CHECK(dead()->count == 2 && dead_read(dead(), &dead()->letters[0], message, sizeof message) == length + 64U);
        CHECK(message[0] == 0x11 && message[length + 63] == 0xff && bench.board.flash.misuses == 0);
        bench_end(&bench);
    }
    CHECK(bench_make(&bench, "water"));
    struct entry entry = {.seq = 5, .length = ENTRY_MAX_BYTES};
    for (unsigned i = 0; i < 2; i++) {
        statement[0] = (uint8_t)i;
        CHECK(dead_keep(dead(), &entry, statement) == DEAD_KEPT && dead_free(dead(), &dead()->letters[i]));
    }
    statement[0] = 9;
    dead()->unreadable = true;
    CHECK(dead_keep(dead(), &entry, statement) == DEAD_FULL && dead()->count == 2);
    dead()->unreadable = false;
    CHECK(dead_keep(dead(), &entry, statement) == DEAD_KEPT && dead()->count == 1);
    bench_end(&bench);
}

/* A letter goes bad on flash: that one is lost, and told; the others go out. */
static void test_letter_gone_bad(void) {
    make_waiting(12);
    unsigned letters = refuse_waiting(0);
    bench.board.flash.bytes[dead()->letters[0].at + 100] ^= 1;
    CHECK(uplink_resend(&bench.board.uplink) == letters && letters >= 3);
    uplink_run(&bench.board.uplink);
    bench_answer(&bench);
    CHECK(unproven() == 0 && bench.board.stream.ring.damaged == 1 && bench.board.uplink.confirmed >= letters - 1);
    bench_end(&bench);
}

/* In a brown-out an order is not begun. */
static void test_order_in_a_brown_out(void) {
    make_waiting(8);
    unsigned letters = refuse_waiting(0);
    bench.board.brown_out = true;
    CHECK(uplink_resend(&bench.board.uplink) == 0 && refused() == letters);
    bench.board.brown_out = false;
    CHECK(uplink_resend(&bench.board.uplink) == letters);
    bench_end(&bench);
}

void test_letters(void) {
    test_sent_again();
    test_order_and_restart();
    test_order_and_cuts();
    test_sectors_used_again();
    test_last_byte_looks_erased();
    test_letter_gone_bad();
    test_order_in_a_brown_out();
}
