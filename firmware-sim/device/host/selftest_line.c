/* What comes from the gateway, and from whoever pretends to be one. */
#include <string.h>

#include "se_soft.h"
#include "selftest.h"
#include "verdict.h"

static struct bench bench;
static uint8_t message[64 * 1024], forged[64 * 1024];

static unsigned waiting(void) {
    return ring_waiting(&bench.board.stream.ring);
}

/* A confirmation of the last statements, none of them freed yet. */
static size_t confirmation(unsigned count) {
    CHECK(bench_make(&bench, "electricity"));
    bench_run(&bench, 2);
    bench.is_deaf = true;
    bench_run(&bench, 16);
    uint64_t first = bench.board.stream.state.next_seq - count;
    CHECK(waiting() >= count);
    return log_sim_confirm(&bench.log, bench.board.stream.kid, first, count, message, sizeof message);
}

/* Every byte of a confirmation changed, and every cut of it: nothing is freed. Whole, it frees what it covers. */
static void test_forged_confirmations(void) {
    size_t length = confirmation(3);
    unsigned before = waiting();
    CHECK(length > 0);
    for (size_t at = 0; at < length; at++) {
        memcpy(forged, message, length);
        forged[at] ^= (uint8_t)(1 << at % 8);
        uplink_receive(&bench.board.uplink, forged, length);
        if (at % 16 == 0) uplink_receive(&bench.board.uplink, message, at);
        CHECK(waiting() == before);
    }
    CHECK(bench.board.uplink.confirmed > 0 && bench.board.uplink.not_holding > length / 2);
    uint64_t confirmed = bench.board.uplink.confirmed;
    uplink_receive(&bench.board.uplink, message, length);
    CHECK(waiting() == before - 3 && bench.board.uplink.confirmed == confirmed + 3);
    uplink_receive(&bench.board.uplink, message, length);
    CHECK(waiting() == before - 3 && bench.board.uplink.confirmed == confirmed + 3);
    bench_end(&bench);
}

/* A proof of another log's key is worth nothing. */
static void test_another_log(void) {
    size_t length = confirmation(2);
    unsigned before = waiting();
    struct public_key key = bench.board.uplink.log_key;
    CHECK(se_generate(9) && se_public_key(9, &bench.board.uplink.log_key));
    uplink_receive(&bench.board.uplink, message, length);
    CHECK(waiting() == before);
    bench.board.uplink.log_key = key;
    uplink_receive(&bench.board.uplink, message, length);
    CHECK(waiting() == before - 2);
    bench_end(&bench);
}

static void test_refusals(void) {
    CHECK(confirmation(1) > 0);
    struct entry *entry = &bench.board.stream.ring.entries[bench.board.stream.ring.count - 1];
    static uint8_t statement[ENTRY_MAX_BYTES + SIGNATURE_BYTES];
    size_t length = ring_read(&bench.board.stream.ring, entry, statement, sizeof statement);
    unsigned before = waiting();
    CHECK(se_generate(9));
    size_t of_stranger = log_sim_refuse(9, statement, length, true, forged, sizeof forged);
    uplink_receive(&bench.board.uplink, forged, of_stranger);
    CHECK(of_stranger > 0 && !entry->refused && bench.board.uplink.refused == 0);
    size_t of_log = log_sim_refuse(LOG_SIM_SE_SLOT, statement, length, true, forged, sizeof forged);
    uplink_receive(&bench.board.uplink, forged, of_log);
    CHECK(entry->refused && bench.board.uplink.refused == 1 && waiting() == before); /* a dead letter stays */
    uplink_connected(&bench.board.uplink);
    CHECK(entry->due_ms == 0); /* and has another chance when the line is new */
    size_t proof = log_sim_confirm(&bench.log, bench.board.stream.kid, entry->seq, 1, message, sizeof message);
    uplink_receive(&bench.board.uplink, message, proof); /* the cause was mended */
    CHECK(!entry->refused && waiting() == before - 1);
    bench_end(&bench);
}

/* The log's own notices are named as beacons; nobody else's are. */
static void test_beacons(void) {
    static const uint8_t root[DIGEST_BYTES] = {0xbe, 0xac};
    struct sign1 parts;
    struct header header;
    CHECK(confirmation(1) > 0 && se_generate(9));
    size_t length = log_sim_notice(9, root, forged, sizeof forged);
    uplink_receive(&bench.board.uplink, forged, length);
    CHECK(length > 0 && !bench.board.stream.has_beacon);
    length = log_sim_notice(LOG_SIM_SE_SLOT, root, forged, sizeof forged);
    uplink_receive(&bench.board.uplink, forged, length);
    CHECK(bench.board.stream.has_beacon);
    bench_run(&bench, 8);
    const struct log_entry *last = log_sim_last(&bench.log, bench.board.stream.kid);
    CHECK(last != NULL && sign1_open(last->bytes, last->length, &parts));
    CHECK(header_check(parts.header, parts.header_length, &header) == VERDICT_OK && header.beacon != NULL);
    CHECK(header.beacon != NULL && memcmp(header.beacon, root, sizeof root) == 0);
    bench_end(&bench);
}

/* A log that was lost is filled again with what still lies in the ring, confirmed or not. */
static void test_refill(void) {
    CHECK(bench_make(&bench, "electricity"));
    bench_run(&bench, 30);
    unsigned held = bench.board.stream.ring.count, had = bench.log.size;
    CHECK(waiting() <= 1 && held > 5);
    log_sim_end(&bench.log);
    bench_restart(&bench);
    bench_run(&bench, 4);
    CHECK(bench.log.size >= held && bench.log.size <= had + 2);
    CHECK(waiting() <= 1 && !bench.board.uplink.behind);
    bench_end(&bench);
}

/* A flash that was set back to an older copy: the log knows better, and the device never signs again. */
static void test_set_back(void) {
    static uint8_t copy[14 * FLASH_SECTOR_BYTES];
    CHECK(bench_make(&bench, "electricity"));
    bench_run(&bench, 9);
    memcpy(copy, bench.board.flash.bytes, sizeof copy);
    bench_run(&bench, 9);
    memcpy(bench.board.flash.bytes, copy, sizeof copy);
    bench_restart(&bench);
    uint64_t next = bench.board.stream.state.next_seq;
    bench_run(&bench, 9);
    CHECK(bench.board.uplink.behind && !bench.board.stream.may_sign);
    CHECK(bench.board.stream.state.next_seq == next && bench.log.forks == 0);
    bench_end(&bench);
}

/* An answer with a statement of somebody else moves nothing, and stops nothing. */
static void test_false_answers(void) {
    CHECK(bench_make(&bench, "electricity"));
    bench_run(&bench, 9);
    size_t length = log_sim_answer(&bench.log, bench.board.stream.kid, message, sizeof message);
    bench_restart(&bench);
    uplink_receive(&bench.board.uplink, message, length); /* before anybody has asked */
    CHECK(!bench.board.uplink.answered && !bench.board.stream.may_sign);
    uplink_run(&bench.board.uplink);
    CHECK(bench.asked);
    bench.asked = false;
    for (size_t at = 0; at < length; at += 3) {
        memcpy(forged, message, length);
        forged[at] ^= (uint8_t)(1 << at % 8);
        uplink_receive(&bench.board.uplink, forged, length);
        CHECK(!bench.board.uplink.answered && !bench.board.uplink.behind);
    }
    uplink_receive(&bench.board.uplink, message, length);
    CHECK(bench.board.uplink.answered);
    bench_end(&bench);
}

/* Not taken: again after seconds; taken and not confirmed: after half a minute, then later and later. */
static void test_deadlines(void) {
    CHECK(confirmation(1) > 0);
    struct uplink *uplink = &bench.board.uplink;
    struct entry *entry = &bench.board.stream.ring.entries[bench.board.stream.ring.count - 1];
    uint64_t now = bench.board.up_ms;
    entry->attempts = 1;
    uplink_acknowledged(uplink, entry->at, 0x97);
    CHECK(entry->due_ms >= now + NOT_TAKEN_MS * 3 / 4 && entry->due_ms <= now + NOT_TAKEN_MS * 5 / 4);
    unsigned sent = bench.sent;
    bench.board.up_ms = entry->due_ms;
    uplink_run(uplink);
    CHECK(bench.sent > sent && entry->attempts == 2);
    CHECK(entry->due_ms >= bench.board.up_ms + FIRST_DEADLINE_MS * 3 / 2);
    sent = bench.sent;
    uplink_disconnected(uplink);
    bench.board.up_ms = entry->due_ms;
    uplink_run(uplink);
    CHECK(bench.sent == sent);
    bench_end(&bench);
}

void test_line(void) {
    test_forged_confirmations();
    test_another_log();
    test_refusals();
    test_beacons();
    test_refill();
    test_set_back();
    test_false_answers();
    test_deadlines();
}
