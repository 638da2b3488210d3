#include "script.h"

#include <string.h>

#include "p256.h"
#include "se_soft.h"
#include "verdict.h"

enum { STEP_S = 900, BEGINS = 1767261600, CALM_STEPS = 60, ROOM = 64 * 1024, CALM_STARTS = 14 };

struct run run;

static void witness(unsigned slot, const uint8_t digest[DIGEST_BYTES]) {
    if (slot == 0 && run.signed_count < MAX_DIGESTS) memcpy(run.signed_digests[run.signed_count++], digest, DIGEST_BYTES);
}

/* The line: refuses while it is down, loses every fifth message while it is bad. */
static bool carry(void *line, struct board *board, uint32_t place, const uint8_t *bytes, size_t length) {
    struct run *of = line;
    if (board->flash.is_dark) return false;
    if (place == NO_PLACE && of->asked_count < MAX_DIGESTS) {
        (void)statement_digest(bytes, length, of->asked_digests[of->asked_count++]);
    }
    if (!of->line_is_up) return false;
    of->messages += 1;
    if (of->loses && of->messages % 5 == 0) return true;
    if (place == NO_PLACE) {
        of->asked = true;
    } else if (of->refuses) {
        of->refused += 1;
        of->refusal_length = log_sim_refuse(LOG_SIM_SE_SLOT, bytes, length, false, of->refusal, sizeof of->refusal);
    } else if (of->received_count < MAX_RECEIVED && log_sim_append(&of->log, bytes, length, NULL)) {
        struct received *one = &of->received[of->received_count++];
        one->place = place;
        return log_sim_number(bytes, length, one->kid, &one->seq);
    }
    return true;
}

static bool is_next_in_row(const struct received *first, unsigned row) {
    return first[row].seq == first->seq + row && memcmp(first[row].kid, first->kid, DIGEST_BYTES) == 0;
}

/* What the gateway says to what came in since: the answer to an ask, and one confirmation for each row of numbers. */
static void answer(struct run *of) {
    static uint8_t bytes[ROOM];
    struct board *board = &of->board;
    if (of->asked && !board->flash.is_dark) {
        uplink_acknowledged(&board->uplink, NO_PLACE, 0);
        size_t length = log_sim_answer(&of->log, board->stream.kid, bytes, sizeof bytes);
        uplink_receive(&board->uplink, bytes, length);
        of->asked = false;
    }
    if (of->refusal_length > 0) uplink_receive(&board->uplink, of->refusal, of->refusal_length);
    of->refusal_length = 0;
    for (unsigned i = 0; i < of->received_count && !board->flash.is_dark;) {
        const struct received *first = &of->received[i];
        unsigned row = 1;
        while (i + row < of->received_count && is_next_in_row(first, row)) row += 1;
        for (unsigned k = 0; k < row; k++) uplink_acknowledged(&board->uplink, first[k].place, 0);
        size_t length = log_sim_confirm(&of->log, first->kid, first->seq, row, bytes, sizeof bytes);
        if (length > 0 && !of->loses) uplink_receive(&board->uplink, bytes, length);
        i += row;
    }
    of->received_count = 0;
}

static void power_on(struct run *of) {
    do {
        of->starts += 1;
        of->board.true_now += 7;
    } while (!board_start(&of->board, &of->log.key) && of->starts < 20);
    of->received_count = 0;
    of->refusal_length = 0;
    of->asked = false;
    uplink_connected(&of->board.uplink);
}

/* What happens at a step, in the order of a bad day. */
static void happen(struct run *of, unsigned step, unsigned steps) {
    struct board *board = &of->board;
    unsigned tenth = steps / 10 > 0 ? steps / 10 : 1, part = step / tenth;
    board->is_silent = part == 2;                      /* the cable is unplugged */
    board->is_impossible = part == 2 && step % 3 == 0; /* and in between it shows nonsense */
    of->line_is_up = part < 4 || part > 6;
    of->loses = part == 1 || part == 7;
    of->refuses = part == 3; /* the log knows nothing of the key, and says that this can not be mended */
    if (step == 8 * tenth) (void)uplink_resend(&board->uplink);
    if (step == 5 * tenth) memcpy(board->serial, "SN-EXCHANGED", 13);
    if (step == 5 * tenth) board->zero_at = board->true_now - 7000;
    if (step == 8 * tenth) board->zero_at = board->true_now; /* 清零 */
    if (of->script->loses_state && step == 3 * tenth) {
        memset(board->flash.bytes, step % 2 == 0 ? 0x5a : 0xff, (size_t)STATE_SECTORS * FLASH_SECTOR_BYTES);
        of->has_lost_state = true;
        power_on(of);
    }
    if (part == 9 && step % tenth == 0) board_set_clock(board, 0, CLOCK_UNSET);
    if (part == 9 && step % tenth == tenth / 2) board_set_clock(board, board->true_now, CLOCK_SYNCHRONISED);
}

unsigned unproven(struct stream *stream) {
    const struct entry *entry;
    unsigned count = 0;
    for (unsigned i = 0; (entry = stream_entry(stream, i)) != NULL; i++) count += !entry->freed;
    return count;
}

static void step_on(struct run *of) {
    uint64_t seconds = STEP_S - (of->board.true_now - BEGINS) % STEP_S;
    if (of->step_count < MAX_STEPS) {
        of->pressures[of->step_count].now = of->board.true_now + seconds;
        of->pressures[of->step_count++].permille = ring_pressure(&of->board.stream.ring);
    }
    bool alive = board_run(&of->board, seconds);
    if (alive) answer(of);
    if (of->board.flash.is_dark) power_on(of);
}

/* A key that was enrolled before its device ever started; or a device that has started often, so that its slots are nearly full,
 * and are erased within the run. */
static bool prepare(const struct script *script) {
    struct public_key key;
    memset(&run, 0, sizeof run);
    run.script = script;
    se_soft_erase(0);
    se_soft_seed(0, 7);
    uint32_t sectors = script->is_outage ? OUTAGE_SECTORS : SCRIPT_SECTORS;
    if (!log_sim_make(&run.log) || !board_make(&run.board, 0, 7, script->variant, sectors)) return false;
    run.board.true_now = BEGINS;
    run.board.zero_at = BEGINS - 86400;
    if (run.board.config.pack_readings > 2) run.board.config.pack_readings = 2;
    if (script->facts != NULL) memcpy(run.board.config.facts, script->facts, DIGEST_BYTES);
    run.board.line = &run;
    run.board.send = carry;
    if (!se_generate(0) || !se_public_key(0, &key)) return false;
    p256_kid(&key, run.first_kid);
    for (unsigned i = 0; i < CALM_STARTS && !script->from_the_first; i++) (void)board_start(&run.board, &run.log.key);
    run.board.flash.operations = 0;
    run.board.flash.cut_at = script->cut_at;
    run.board.flash.torn = script->torn;
    run.board.flash.before = script->before;
    return true;
}

bool script_play(const struct script *script) {
    if (!prepare(script)) return false;
    board_set_clock(&run.board, BEGINS, CLOCK_SYNCHRONISED);
    se_soft_watch(witness);
    run.line_is_up = true;
    power_on(&run);
    for (unsigned step = 0; step < script->steps; step++) {
        if (script->facts == NULL && !script->is_outage) happen(&run, step, script->steps);
        if (script->is_outage) run.line_is_up = step < 8;
        step_on(&run);
    }
    run.line_is_up = true; /* and then all is well */
    run.loses = run.refuses = run.board.is_silent = run.board.is_impossible = false;
    board_set_clock(&run.board, run.board.true_now, CLOCK_SYNCHRONISED);
    for (unsigned step = 0; step < CALM_STEPS; step++) {
        (void)uplink_resend(&run.board.uplink); /* the power may have gone away within the order */
        step_on(&run);
        if (unproven(&run.board.stream) == 0 && !run.board.meter.gap.is_open && step > 3) break;
    }
    se_soft_watch(NULL);
    return true;
}

void script_end(void) {
    log_sim_end(&run.log);
    board_end(&run.board);
}
