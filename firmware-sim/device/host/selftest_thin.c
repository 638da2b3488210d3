/* What ends thinned sampling beside a log that answers: another reason, another meter, a clock that is set, a closing. */
#include <string.h>

#include "cbor_read.h"
#include "selftest.h"
#include "verdict.h"

enum { GAP_MISSING = 5, GAP_REASON = 3 };

static struct bench bench;

/* Readings in the log and slots that its gaps count. The registers are two, and there are no events. */
struct told {
    uint64_t read, missing, thinned, other;
};

static void tell_gap(struct cbor_reader *reader, struct told *told) {
    struct cbor_item map, key, value;
    uint64_t missing = 0, reason = 0;
    CHECK(cbor_next(reader, &map));
    for (uint64_t i = 0; i < map.count; i++) {
        int64_t label;
        CHECK(cbor_next(reader, &key) && cbor_is_label(&key, &label) && cbor_next(reader, &value));
        CHECK(cbor_skip_inside(reader, &value));
        if (label == GAP_MISSING) missing = value.value.magnitude;
        if (label == GAP_REASON) reason = value.value.magnitude;
    }
    told->missing += missing;
    told->thinned += reason == GAP_OUTBOX_FULL;
    told->other += reason != GAP_OUTBOX_FULL;
}

static struct told told(void) {
    struct told all = {0};
    for (unsigned i = 0; i < bench.log.size; i++) {
        struct sign1 parts;
        struct header header;
        struct cbor_item array;
        const struct log_entry *entry = &bench.log.entries[i];
        CHECK(statement_check(entry->bytes, entry->length, &bench.board.stream.key) == VERDICT_OK);
        CHECK(sign1_open(entry->bytes, entry->length, &parts));
        CHECK(header_check(parts.header, parts.header_length, &header) == VERDICT_OK);
        struct cbor_reader reader = {.bytes = parts.payload, .length = parts.payload_length};
        if (header.kind == KIND_GAP) tell_gap(&reader, &all);
        if (header.kind == KIND_READINGS && cbor_next(&reader, &array)) all.read += array.count / 2;
    }
    return all;
}

/* The line is down until sampling thins; 10 sectors of ring, of which 8 are the readings'. */
static uint64_t begin(void) {
    CHECK(bench_make_large(&bench, "electricity", 16));
    bench.board.config.pack_readings = 2;
    uint64_t first = bench.board.true_now + 900;
    bench_run(&bench, 3);
    uplink_disconnected(&bench.board.uplink);
    bench_run(&bench, 45);
    CHECK(bench.board.meter.view.thinned.every_s == 3600 && !bench.board.meter.gap.is_open);
    return first;
}

/* The line is back; every slot from the second one on was read, or is counted once. */
static void finish(uint64_t first, unsigned gaps) {
    uplink_connected(&bench.board.uplink);
    bench_run(&bench, 6);
    CHECK(bench.board.meter.view.thinned.every_s == 0 && ring_waiting(&bench.board.stream.ring) <= 1);
    struct told all = told();
    uint64_t slots = (bench.board.stream.state.point.last_at - first) / 900 + 1;
    /* In the first slot the log was asked. */
    CHECK(all.read + all.missing == slots - 1 && all.thinned + all.other == gaps);
    CHECK(bench.board.stream.state.point.counts.gaps == gaps);
    bench_end(&bench);
}

static void test_silent_meanwhile(void) {
    uint64_t first = begin();
    bench.board.is_silent = true;
    bench_run(&bench, 10);
    CHECK(bench.board.meter.gap.is_open && bench.board.meter.view.thinned.every_s == 0);
    bench.board.is_silent = false;
    bench_run(&bench, 10);
    finish(first, 3);
}

/* Another meter hangs there: its opening settlement stands behind what was thinned. */
static void test_exchanged_meanwhile(void) {
    uint64_t first = begin();
    memcpy(bench.board.serial, "SN-ANOTHER", 11);
    bench_run(&bench, 4);
    CHECK(bench.board.stream.state.point.counts.exchanges == 1 && bench.board.stream.state.point.counts.gaps == 1);
    bench_run(&bench, 10);
    finish(first, 2);
}

static void test_restarted_meanwhile(void) {
    uint64_t first = begin();
    bench_run(&bench, 20);
    uint64_t missing = told().missing;
    CHECK(missing == 0 && board_start(&bench.board, &bench.log.key));
    CHECK(bench.board.meter.owed_count == 1 && bench.board.meter.owed[0].gap.kept_every_s == 3600);
    finish(first, 2);
}

/* In the second of a reading that was kept, and later. */
static void test_closed_meanwhile(void) {
    for (int later = 0; later < 2; later++) {
        uint64_t first = begin();
        for (unsigned i = 0; i < 8 && bench.board.meter.view.registers_at != bench.board.true_now; i++) bench_run(&bench, 1);
        if (later) bench.board.true_now += 400;
        CHECK(meter_close(&bench.board.meter) && bench.board.stream.state.point.closed != 0);
        uplink_connected(&bench.board.uplink);
        bench_run(&bench, 4);
        struct told all = told();
        uint64_t slots = (bench.board.stream.state.point.last_at - first) / 900 + 1;
        CHECK(all.read - (unsigned)later + all.missing == slots - 1 && all.thinned == 1 && all.other == 0);
        bench_end(&bench);
    }
}

/* Set back by two days: what was thinned ends where the clock was, and what comes is thinned anew. */
static void test_clock_set_back_meanwhile(void) {
    (void)begin();
    board_set_clock(&bench.board, bench.board.true_now - 172800, CLOCK_SYNCHRONISED);
    bench_run(&bench, 2);
    CHECK(!bench.board.meter.failed && bench.board.meter.view.told_at < bench.board.true_now - 172800 + 1);
    bench_run(&bench, 10);
    uplink_connected(&bench.board.uplink);
    bench_run(&bench, 6);
    struct told all = told();
    CHECK(all.thinned == 2 && all.other == 0 && bench.board.stream.state.point.counts.gaps == 2);
    bench_end(&bench);
}

void test_thin(void) {
    test_silent_meanwhile();
    test_exchanged_meanwhile();
    test_restarted_meanwhile();
    test_closed_meanwhile();
    test_clock_set_back_meanwhile();
}
