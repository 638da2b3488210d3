/* What a metering point says of bad shows, lost lines, clocks that are set and states that are lost. */
#include <string.h>

#include "cbor_read.h"
#include "heap.h"
#include "selftest.h"
#include "verdict.h"

enum { MIDNIGHT = 1767283200, ROLLOVERS = 3, READ_AT = 10, GAP_MISSING = 5 };

static struct bench bench;

/* The value under `label` of the payload of log entry `index`, 0 where it is of another kind or has none; `inner` is a label
 * inside of that one, or 0. */
static uint64_t field(unsigned index, enum kind kind, int64_t label, int64_t inner) {
    struct sign1 parts;
    struct header header;
    struct cbor_item map, key, value;
    int64_t found;
    if (!sign1_open(bench.log.entries[index].bytes, bench.log.entries[index].length, &parts)) return 0;
    if (header_check(parts.header, parts.header_length, &header) != VERDICT_OK || header.kind != kind) return 0;
    struct cbor_reader reader = {.bytes = parts.payload, .length = parts.payload_length};
    if (!cbor_next(&reader, &map)) return 0;
    for (uint64_t i = 0; i < map.count; i++) {
        if (!cbor_next(&reader, &key) || !cbor_is_label(&key, &found) || !cbor_next(&reader, &value)) return 0;
        if (found == label && value.kind == ITEM_MAP && inner > 0) {
            map = value;
            label = inner;
            inner = 0;
            i = UINT64_MAX; /* from the first pair of the inner map on */
            continue;
        }
        if (found == label) return value.value.magnitude;
        if (!cbor_skip_inside(&reader, &value)) return 0;
    }
    return 0;
}

static unsigned gaps_of(enum gap_reason reason) {
    unsigned count = 0;
    for (unsigned i = 0; i < bench.log.size; i++) count += field(i, KIND_GAP, 3, 0) == reason;
    return count;
}

/* The first log entry that settles `at`, read there and then; the log's size where there is none. */
static unsigned settled(uint64_t at) {
    unsigned i = 0;
    while (i < bench.log.size && (field(i, KIND_SETTLEMENT, 2, 0) != at || field(i, KIND_SETTLEMENT, READ_AT, 0) > 0)) i += 1;
    return i;
}

static bool all_are_taken(void) {
    for (unsigned i = 0; i < bench.log.size; i++) {
        const struct log_entry *entry = &bench.log.entries[i];
        if (statement_check(entry->bytes, entry->length, &bench.board.stream.key) != VERDICT_OK) return false;
    }
    return true;
}

/* A start without a line: nothing may be signed. */
static void start_offline(void) {
    CHECK(board_start(&bench.board, &bench.log.key));
}

static void run_offline(unsigned slots) {
    for (unsigned i = 0; i < slots; i++) CHECK(board_run(&bench.board, 900 - bench.board.true_now % 900));
}

static void go_online(unsigned slots) {
    bench.got_count = 0;
    uplink_connected(&bench.board.uplink);
    bench_run(&bench, slots);
}

static struct shown bad_show;

static bool show_badly(void *context, struct shown *shown) {
    (void)context;
    *shown = bad_show;
    return true;
}

/* Noise on the wire: each is left out as invalid, and everything that was signed is what a reader takes. */
static void test_bad_shows(void) {
    enum { KINDS = 7 };
    for (unsigned kind = 0; kind < KINDS; kind++) {
        CHECK(bench_make(&bench, "rfid-gate"));
        bench_run(&bench, 9);
        bool (*good)(void *, struct shown *) = bench.board.hal.read_meter;
        bad_show = (struct shown){.serial = "SN-00000000", .event_count = 1};
        bad_show.events[0] = (struct shown_event){.length = 3, .bytes = "tag"};
        if (kind == 0) memcpy(bad_show.events[0].bytes, "\xff\xfe", 2);
        if (kind == 1) bad_show.events[0].bytes[1] = 7;
        if (kind == 2) bad_show.events[0].name = 2; /* a gate has two */
        if (kind == 3) bad_show.events[0].length = HAL_EVENT_BYTES + 1;
        if (kind == 4) bad_show.event_count = HAL_EVENTS + 1;
        if (kind == 5) bad_show.serial[0] = '\0';
        if (kind == 6) memset(bad_show.serial, 'S', sizeof bad_show.serial);
        bench.board.hal.read_meter = show_badly;
        bench_run(&bench, 3);
        bench.board.hal.read_meter = good;
        bench_run(&bench, 9);
        CHECK(gaps_of(GAP_READING_INVALID) == 1 && bench.board.stream.state.point.counts.exchanges == 0);
        CHECK(all_are_taken() && bench.log.size > 5);
        bench_end(&bench);
    }
}

/* A clock that says it is set and shows 1970 is not. */
static void test_impossible_times(void) {
    CHECK(bench_make(&bench, "water"));
    bench_run(&bench, 9);
    board_set_clock(&bench.board, 0, CLOCK_SYNCHRONISED);
    bench_run(&bench, 4);
    board_set_clock(&bench.board, bench.board.true_now, CLOCK_SYNCHRONISED);
    bench_run(&bench, 8);
    CHECK(gaps_of(GAP_CLOCK_UNSET) == 1 && all_are_taken() && !bench.board.meter.failed);
    bench_end(&bench);
}

/* Nothing is signed that a reader refuses, also where the configuration is what is wrong. */
static void test_wrong_configuration(void) {
    CHECK(bench_make(&bench, "water"));
    memcpy(bench.board.point, "urn:x:a b", 10);
    for (unsigned i = 0; i < 6; i++) {
        (void)board_run(&bench.board, 900);
        if (i == 0) go_online(0);
    }
    CHECK(bench.board.stream.state.next_seq == 0);
    bench_end(&bench);
}

/* No cadence: it stands still, and divides by nothing. More owed than there are places for: it stands still as well. */
static void test_what_can_not_be_done(void) {
    CHECK(bench_make(&bench, "water"));
    bench.board.config.cadence_s = 0;
    bench_restart(&bench);
    CHECK(!board_run(&bench.board, 900) && bench.board.meter.failed && bench.board.stream.state.next_seq == 0);
    bench.board.config.cadence_s = 900;
    bench_restart(&bench);
    for (unsigned i = 0; i <= OWED_MOST; i++) {
        CHECK(!bench.board.meter.failed && bench.board.meter.owed_count == i);
        meter_owe_settlement(&bench.board.meter, BOUNDARY_DAY, 1767283200, 1767283200);
    }
    CHECK(bench.board.meter.failed && bench.board.meter.owed_count == OWED_MOST);
    bench_end(&bench);
}

/* Offline, and then the time comes: what was packed with the old time and what is packed with the new one are two packs. */
static void test_clock_back_offline(void) {
    CHECK(bench_make(&bench, "electricity"));
    board_set_clock(&bench.board, bench.board.true_now + 86400, CLOCK_INFORMATIVE);
    bench_run(&bench, 8);
    start_offline();
    run_offline(3);
    board_set_clock(&bench.board, bench.board.true_now, CLOCK_SYNCHRONISED);
    run_offline(3);
    CHECK(bench.board.meter.packed_readings >= 5);
    go_online(8);
    CHECK(!bench.board.meter.failed && bench.board.meter.packed_readings < 4 && all_are_taken());
    CHECK(bench.board.stream.state.point.last_at > bench.board.true_now - 3600);
    bench_end(&bench);
}

/* Two starts before the line is there: the new stream still says since when the old one is lost. */
static void test_state_lost_twice_started(void) {
    CHECK(bench_make(&bench, "electricity"));
    bench_run(&bench, 12);
    uint64_t last = bench.board.stream.state.point.last_at;
    memset(bench.board.flash.bytes, 0x5a, (size_t)STATE_SECTORS * FLASH_SECTOR_BYTES);
    bench_restart(&bench);
    start_offline();
    CHECK(bench.board.start == STREAM_CONTINUED && bench.board.stream.state.point.lost_since == last);
    go_online(8);
    CHECK(gaps_of(GAP_STATE_LOST) == 1 && bench.board.stream.state.point.lost_since == 0);
    bench_end(&bench);
}

/* Slots were missed, and the line is down: what is read since is kept, behind the gap. */
static void test_kept_offline(void) {
    CHECK(bench_make(&bench, "electricity"));
    bench_run(&bench, 12);
    uint64_t told = bench.board.stream.state.point.told_at;
    bench.board.true_now += 3600;
    start_offline();
    run_offline(10);
    CHECK(bench.board.meter.packed_readings == 10 && !bench.board.meter.gap.is_open);
    uint64_t first = bench.board.meter.packed[0].at;
    go_online(4);
    CHECK(gaps_of(GAP_AGENT_DOWN) == 1 && bench.board.stream.state.point.counts.gaps == 1);
    for (unsigned i = 0; i < bench.log.size; i++) {
        uint64_t before = field(i, KIND_GAP, 2, 0);
        CHECK(before == 0 || (before == first && field(i, KIND_GAP, GAP_MISSING, 0) == (first - told) / 900 - 1));
    }
    bench_end(&bench);
}

/* A settlement that had to wait says the counts of its boundary, not those of when it was said. */
static void test_counts_of_the_boundary(void) {
    CHECK(bench_make(&bench, "electricity"));
    bench.board.added = 100000000 - 86400 * 5 - 23 * 900 * 5 - 2 * 900 * 5; /* close below the modulus at midnight */
    bench_run(&bench, 20);
    start_offline();
    run_offline(8);
    CHECK(bench.board.meter.view.counts.rollovers == 1);
    go_online(4);
    CHECK(settled(MIDNIGHT) < bench.log.size && field(settled(MIDNIGHT), KIND_SETTLEMENT, 8, ROLLOVERS) == 0);
    bench_run(&bench, 96);
    CHECK(field(settled(MIDNIGHT + 86400), KIND_SETTLEMENT, 8, ROLLOVERS) == 1);
    bench_end(&bench);
}

/* A clock that was a day ahead over a midnight, and is set right: the true midnight is settled, when it comes. */
static void test_midnight_after_a_clock_ahead(void) {
    CHECK(bench_make(&bench, "electricity"));
    bench_run(&bench, 6);
    board_set_clock(&bench.board, bench.board.true_now + 86400, CLOCK_INFORMATIVE);
    bench_run(&bench, 18);
    CHECK(settled(MIDNIGHT) == bench.log.size);
    bench.board.true_now -= 3600;
    board_set_clock(&bench.board, bench.board.true_now, CLOCK_SYNCHRONISED);
    bench_run(&bench, 12);
    CHECK(settled(MIDNIGHT) < bench.log.size);
    bench_end(&bench);
}

/* A stop that is announced leaves nothing packed; in a brown-out nothing is begun. */
static void test_stop(void) {
    CHECK(bench_make(&bench, "electricity"));
    for (unsigned i = 0; i < 16 && (i < 9 || bench.board.meter.packed_count == 0); i++) bench_run(&bench, 1);
    uint64_t next = bench.board.stream.state.next_seq, read = bench.board.meter.view.last_at;
    CHECK(bench.board.meter.packed_count > 0 && bench.board.stream.state.point.last_at < read);
    bench.board.brown_out = true;
    CHECK(!board_stop(&bench.board) && bench.board.stream.state.next_seq == next);
    bench.board.brown_out = false;
    CHECK(board_stop(&bench.board) && bench.board.stream.state.next_seq == next + 1);
    bench_restart(&bench);
    bench_run(&bench, 8);
    CHECK(bench.board.stream.state.point.counts.gaps == 0 && bench.board.stream.state.point.last_at > read);
    bench_end(&bench);
}

void test_meter(void) {
    test_bad_shows();
    test_impossible_times();
    test_wrong_configuration();
    test_what_can_not_be_done();
    test_clock_back_offline();
    test_state_lost_twice_started();
    test_kept_offline();
    test_counts_of_the_boundary();
    test_midnight_after_a_clock_ahead();
    test_stop();
}
