/* What the log refuses without hope, what it says unasked, and what a device with little power leaves alone. */
#include <string.h>

#include "mqtt.h"
#include "p256.h"
#include "se_soft.h"
#include "selftest.h"

static struct bench bench;
static uint8_t statement[ENTRY_MAX_BYTES + SIGNATURE_BYTES], letter[ENTRY_MAX_BYTES + SIGNATURE_BYTES], message[16 * 1024];

static struct ring *ring(void) {
    return &bench.board.stream.ring;
}

static struct dead *dead(void) {
    return &bench.board.stream.dead;
}

static void make_waiting(unsigned slots) {
    CHECK(bench_make(&bench, "electricity"));
    bench_run(&bench, 6);
    bench.is_deaf = true;
    bench_run(&bench, slots);
    bench.is_deaf = false;
}

/* The newest entry that waits is refused; returns the length of its statement, which is in `statement` then. */
static size_t refuse_newest(bool mendable) {
    unsigned newest = ring()->count - 1;
    while (newest > 0 && ring()->entries[newest].freed) newest -= 1;
    struct entry *entry = &ring()->entries[newest];
    size_t length = ring_read(ring(), entry, statement, sizeof statement);
    size_t refusal = log_sim_refuse(LOG_SIM_SE_SLOT, statement, length, mendable, message, sizeof message);
    CHECK(entry->attempts > 0 && !entry->freed && refusal > 0);
    uplink_receive(&bench.board.uplink, message, refusal);
    return length;
}

/* Refused without hope: it is kept apart, also behind a restart, and the ring goes on for ever. */
static void test_dead_letter(void) {
    make_waiting(12);
    unsigned waiting = ring_waiting(ring());
    size_t length = refuse_newest(false);
    CHECK(ring_waiting(ring()) == waiting - 1 && bench.board.uplink.refused == 1);
    uint64_t next = bench.board.stream.state.next_seq;
    bench_run(&bench, 400);
    bench_restart(&bench);
    CHECK(dead()->count == 1 && dead()->letters[0].is_dead && dead()->letters[0].reason == 3);
    CHECK(dead_read(dead(), &dead()->letters[0], letter, sizeof letter) == length && memcmp(letter, statement, length) == 0);
    CHECK(ring_waiting(ring()) <= 1 && bench.board.stream.state.next_seq > next + 90);
    CHECK(!bench.board.meter.gap.is_open && bench.board.stream.state.point.counts.gaps == 0);
    bench_end(&bench);
}

/* The power goes away in every operation of it: the letter is kept once, or the statement still waits. */
static void test_dead_letter_and_cuts(void) {
    for (unsigned cut = 1; cut < 12; cut++) {
        make_waiting(6);
        unsigned waiting = ring_waiting(ring());
        bench.board.flash.cut_at = bench.board.flash.operations + 1 + cut / 4;
        bench.board.flash.torn = (enum torn)(cut % 4);
        (void)refuse_newest(false);
        bool was_cut = bench.board.flash.is_dark;
        bench_restart(&bench);
        CHECK(dead()->count + ring_waiting(ring()) >= waiting);
        uplink_run(&bench.board.uplink);
        bench_answer(&bench);
        uplink_run(&bench.board.uplink);
        if (ring_waiting(ring()) == waiting) (void)refuse_newest(false);
        CHECK((was_cut || cut > 3) && dead()->count == 1 && ring_waiting(ring()) == waiting - 1);
        bench_end(&bench);
    }
}

/* So many are refused that no letter has room any more: the rest stays in the ring. Nothing of what is signed is thrown away. */
static void test_no_room_for_letters(void) {
    unsigned kept = 0, refused = 0;
    make_waiting(200);
    for (unsigned i = ring()->count; i > 0; i--) {
        struct entry *entry = &ring()->entries[i - 1];
        if (entry->freed) continue;
        size_t length = ring_read(ring(), entry, statement, sizeof statement);
        entry->attempts = 1;
        uplink_receive(&bench.board.uplink, message,
                       log_sim_refuse(LOG_SIM_SE_SLOT, statement, length, false, message, sizeof message));
        refused += 1;
        kept += entry->freed;
        CHECK(entry->freed || (entry->refused && entry->is_dead));
    }
    CHECK(kept >= 10 && refused > kept && dead()->count == kept && ring_waiting(ring()) == refused - kept);
    bench_end(&bench);
}

/* A PUBACK behind a refusal moves nothing; and one is of the message that it answers, not of its number. */
static void test_pubacks(void) {
    make_waiting(8);
    (void)refuse_newest(true);
    struct entry *entry = &ring()->entries[ring()->count - 1];
    uint64_t due = entry->due_ms;
    uplink_acknowledged(&bench.board.uplink, entry->at, 0x99);
    CHECK(entry->refused && entry->due_ms == due && due > bench.board.up_ms + FIRST_DEADLINE_MS);
    bench_end(&bench);
    CHECK(bench_make(&bench, "electricity"));
    bench.is_deaf = true;
    bench_run(&bench, 12);
    memset(bench.board.flash.bytes, 0x5a, (size_t)STATE_SECTORS * FLASH_SECTOR_BYTES);
    bench_restart(&bench);
    bench_run(&bench, 12);
    unsigned same = 0;
    for (unsigned i = 0; i < ring()->count; i++) {
        struct entry *of_old = &ring()->entries[i];
        for (unsigned k = i + 1; k < ring()->count; k++) {
            struct entry *of_new = &ring()->entries[k];
            if (of_new->seq != of_old->seq) continue;
            same += 1;
            of_old->unacknowledged = of_new->unacknowledged = true;
            CHECK(of_old->attempts > 0 && of_new->attempts > 0);
            uplink_acknowledged(&bench.board.uplink, of_old->at, 0);
            CHECK(!of_old->unacknowledged && of_new->unacknowledged);
        }
    }
    CHECK(same >= 3);
    bench_end(&bench);
}

/* "There is nothing of this stream" has no signature: unasked it moves nothing, and asked for it is believed once. */
static void test_unsigned_answer(void) {
    struct cbor_writer out;
    CHECK(bench_make(&bench, "electricity"));
    bench_run(&bench, 12);
    cbor_start(&out, message, sizeof message);
    cbor_head(&out, CBOR_MAP, 1);
    cbor_int(&out, 1);
    cbor_bytes(&out, bench.board.stream.kid, DIGEST_BYTES);
    for (int asked = 0; asked < 3; asked++) {
        unsigned refills = 0;
        if (asked == 1) bench_restart(&bench);
        if (asked == 2) uplink_run(&bench.board.uplink);
        uplink_receive(&bench.board.uplink, message, out.used);
        for (unsigned i = 0; i < ring()->count; i++) refills += ring()->entries[i].refill;
        CHECK((refills > 0) == (asked == 2));
        CHECK(bench.board.stream.may_sign == (asked != 1) && bench.board.uplink.answered == (asked != 1));
    }
    bench_end(&bench);
}

/* In a brown-out nothing is begun: neither flash, nor element, nor line. What came in meanwhile comes again. */
static void test_line_in_a_brown_out(void) {
    make_waiting(12);
    unsigned waiting = ring_waiting(ring()), sent = bench.sent;
    const struct entry *entry = &ring()->entries[ring()->count - 1];
    size_t length = log_sim_confirm(&bench.log, bench.board.stream.kid, entry->seq, 1, message, sizeof message);
    uint64_t operations = bench.board.flash.operations;
    bench.board.brown_out = true;
    uplink_receive(&bench.board.uplink, message, length);
    bench.board.up_ms += LONGEST_DEADLINE_MS * 2;
    uplink_connected(&bench.board.uplink);
    uplink_run(&bench.board.uplink);
    CHECK(length > 0 && bench.board.flash.operations == operations && ring_waiting(ring()) == waiting && bench.sent == sent);
    bench.board.brown_out = false;
    bench_run(&bench, 3);
    CHECK(ring_waiting(ring()) <= 1 && bench.board.uplink.not_holding == 0);
    bench_end(&bench);
}

/* A token goes in the clear to this machine alone. */
static void test_no_token_in_the_clear(void) {
    static const struct {
        const char *host;
        bool is_here;
    } hosts[] = {{"127.0.0.1", true}, {"127.9.9.9", true}, {"::1", true}, {"192.0.2.7", false}, {"0.0.0.0", false},
                 {"127.0.0.1.example", false}, {"localhost", false}, {"::", false}, {"", false}};
    struct mqtt line;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        struct mqtt_gateway gateway = {.host = hosts[i].host, .prefix = "tally/1", .port = 1};
        CHECK(mqtt_may_connect(&gateway) == hosts[i].is_here);
        gateway.ca_file = "ca.pem";
        CHECK(mqtt_may_connect(&gateway));
    }
    CHECK(bench_make(&bench, "electricity"));
    struct mqtt_gateway gateway = {.host = "192.0.2.7", .prefix = "tally/1", .port = 1883};
    mqtt_make(&line, &gateway, &bench.board, "token");
    mqtt_connect(&line, 1000);
    CHECK(line.client == NULL && line.state == MQTT_DOWN && line.retry_at_ms > 1000 && mqtt_socket(&line) == -1);
    bench_end(&bench);
}

void test_refused(void) {
    test_dead_letter();
    test_dead_letter_and_cuts();
    test_no_room_for_letters();
    test_pubacks();
    test_unsigned_answer();
    test_line_in_a_brown_out();
    test_no_token_in_the_clear();
}
