/* A scripted run in which the power goes away at every single write and erase, in every way of tearing it:
 *
 *   powercut STEPS VARIANT BESIDE      every cut, so many at once; a line for each run that went wrong, and a summary
 *   powercut STEPS VARIANT CUT TORN    one run (CUT 0: none); its log in hex, for another reader to judge
 *   powercut STEPS VARIANT CUT TORN FACTS    the same on a calm day: nothing happens but the cut; FACTS go into settlements
 *
 * After a cut the device starts again and the run goes on to its end. Then it is asked of each run: is every statement that
 * was ever signed in the log, in one row and linked; and is nothing left in the ring. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "hex.h"
#include "log_sim.h"
#include "se_soft.h"
#include "tools.h"
#include "verdict.h"

#include <sys/wait.h>
#include <unistd.h>

enum { STEP_S = 900, BEGINS = 1767261600, SECTORS = 8, MAX_DIGESTS = 2048, CALM_STEPS = 60, ROOM = 64 * 1024 };

struct run {
    struct board board;
    struct log_sim log;
    bool line_is_up, loses, asked, is_calm;
    unsigned messages, received_count;
    uint64_t received[64];
    unsigned starts;
};

static struct run run;
static uint8_t signed_digests[MAX_DIGESTS][DIGEST_BYTES], asked_digests[MAX_DIGESTS][DIGEST_BYTES];
static unsigned signed_count, asked_count;

static void witness(unsigned slot, const uint8_t digest[DIGEST_BYTES]) {
    if (slot == 0 && signed_count < MAX_DIGESTS) memcpy(signed_digests[signed_count++], digest, DIGEST_BYTES);
}

/* The line: refuses while it is down, loses every fifth message while it is bad. */
static bool carry(void *line, struct board *board, uint64_t seq, const uint8_t *bytes, size_t length) {
    struct run *of = line;
    if (board->flash.is_dark) return false;
    if (seq == NO_SEQ && asked_count < MAX_DIGESTS) {
        (void)statement_digest(bytes, length, asked_digests[asked_count++]);
    }
    if (!of->line_is_up) return false;
    of->messages += 1;
    if (of->loses && of->messages % 5 == 0) return true;
    if (seq == NO_SEQ) {
        of->asked = true;
    } else if (of->received_count < 64 && log_sim_append(&of->log, bytes, length, NULL)) {
        of->received[of->received_count++] = seq;
    }
    return true;
}

/* What the gateway says to what came in since: the answer to an ask, and one confirmation for each row of numbers. */
static void answer(struct run *of) {
    static uint8_t bytes[ROOM];
    struct board *board = &of->board;
    const uint8_t *kid = board->stream.kid;
    if (of->asked && !board->flash.is_dark) {
        uplink_acknowledged(&board->uplink, NO_SEQ, 0);
        size_t length = log_sim_answer(&of->log, kid, bytes, sizeof bytes);
        uplink_receive(&board->uplink, bytes, length);
        of->asked = false;
    }
    for (unsigned i = 0; i < of->received_count && !board->flash.is_dark;) {
        unsigned row = 1;
        while (i + row < of->received_count && of->received[i + row] == of->received[i] + row) row += 1;
        for (unsigned k = 0; k < row; k++) uplink_acknowledged(&board->uplink, of->received[i + k], 0);
        size_t length = log_sim_confirm(&of->log, kid, of->received[i], row, bytes, sizeof bytes);
        if (length > 0 && !of->loses) uplink_receive(&board->uplink, bytes, length);
        i += row;
    }
    of->received_count = 0;
}

/* What happens at a step, in the order of a bad day. */
static void happen(struct run *of, unsigned step, unsigned steps) {
    struct board *board = &of->board;
    unsigned tenth = steps / 10 > 0 ? steps / 10 : 1, part = step / tenth;
    board->is_silent = part == 2;                      /* the cable is unplugged */
    board->is_impossible = part == 2 && step % 3 == 0; /* and in between it shows nonsense */
    of->line_is_up = part < 4 || part > 6;
    of->loses = part == 1 || part == 7;
    if (step == 5 * tenth) memcpy(board->serial, "SN-EXCHANGED", 13);
    if (step == 5 * tenth) board->zero_at = board->true_now - 7000;
    if (step == 8 * tenth) board->zero_at = board->true_now; /* 清零 */
    if (part == 9 && step % tenth == 0) board_set_clock(board, 0, CLOCK_UNSET);
    if (part == 9 && step % tenth == tenth / 2) board_set_clock(board, board->true_now, CLOCK_SYNCHRONISED);
}

static void power_on(struct run *of) {
    do {
        of->starts += 1;
        of->board.true_now += 7;
    } while (!board_start(&of->board, &of->log.key) && of->starts < 20);
    of->received_count = 0;
    of->asked = false;
    uplink_connected(&of->board.uplink);
}

static void step_on(struct run *of) {
    bool alive = board_run(&of->board, STEP_S - (of->board.true_now - BEGINS) % STEP_S);
    if (alive) answer(of);
    if (of->board.flash.is_dark) power_on(of);
}

static bool play(unsigned steps, const char *variant, uint64_t cut_at, enum torn torn, const uint8_t *facts,
                 void (*before)(struct flash_sim *)) {
    memset(&run, 0, sizeof run);
    run.is_calm = facts != NULL;
    signed_count = asked_count = 0;
    se_soft_erase(0);
    se_soft_seed(0, 7);
    if (!log_sim_make(&run.log) || !board_make(&run.board, 0, 7, variant, SECTORS)) return false;
    run.board.true_now = BEGINS;
    run.board.zero_at = BEGINS - 86400;
    run.board.config.pack_readings = 2;
    if (facts != NULL) memcpy(run.board.config.facts, facts, DIGEST_BYTES);
    run.board.line = &run;
    run.board.send = carry;
    /* A device that has started before: so its slots are nearly full, and are erased within the run. */
    for (unsigned i = 0; i < 14; i++) (void)board_start(&run.board, &run.log.key);
    run.board.flash.operations = 0;
    run.board.flash.cut_at = cut_at;
    run.board.flash.torn = torn;
    run.board.flash.before = before;
    board_set_clock(&run.board, BEGINS, CLOCK_SYNCHRONISED);
    se_soft_watch(witness);
    run.line_is_up = true;
    power_on(&run);
    for (unsigned step = 0; step < steps; step++) {
        if (!run.is_calm) happen(&run, step, steps);
        step_on(&run);
    }
    run.line_is_up = true; /* and then all is well */
    run.loses = run.board.is_silent = run.board.is_impossible = false;
    board_set_clock(&run.board, run.board.true_now, CLOCK_SYNCHRONISED);
    for (unsigned step = 0; step < CALM_STEPS; step++) {
        step_on(&run);
        if (ring_waiting(&run.board.stream.ring) == 0 && !run.board.meter.gap.is_open && step > 3) break;
    }
    se_soft_watch(NULL);
    return true;
}

static bool is_known(const uint8_t *digest) {
    uint8_t of_entry[DIGEST_BYTES];
    for (unsigned i = 0; i < asked_count; i++) {
        if (memcmp(asked_digests[i], digest, DIGEST_BYTES) == 0) return true;
    }
    for (unsigned i = 0; i < run.log.size; i++) {
        const struct log_entry *entry = &run.log.entries[i];
        if (!statement_digest(entry->bytes, entry->length, of_entry)) continue;
        if (memcmp(of_entry, digest, DIGEST_BYTES) == 0) return true;
    }
    return false;
}

/* One row of numbers from 0 on, each linked to the one before. */
static bool is_linked(void) {
    uint8_t prev[DIGEST_BYTES] = {0};
    for (uint64_t seq = 0; seq < run.board.stream.state.next_seq; seq++) {
        const struct log_entry *entry = NULL;
        struct sign1 parts;
        struct header header;
        for (unsigned i = 0; i < run.log.size; i++) {
            if (run.log.entries[i].seq == seq) entry = &run.log.entries[i];
        }
        if (entry == NULL || !sign1_open(entry->bytes, entry->length, &parts)) return false;
        if (header_check(parts.header, parts.header_length, &header) != VERDICT_OK) return false;
        if (memcmp(header.prev, prev, DIGEST_BYTES) != 0) return false;
        if (!statement_id(entry->bytes, entry->length, prev)) return false;
    }
    return true;
}

static const char *judge(void) {
    if (run.board.flash.misuses > 0) return "a write would have had to set a bit";
    if (run.log.forks > 0) return "one number with two contents was sent";
    for (unsigned i = 0; i < signed_count; i++) {
        if (!is_known(signed_digests[i])) return "something was signed that the log never got";
    }
    if (!is_linked()) return "numbers or links are missing";
    if (ring_waiting(&run.board.stream.ring) > 0) return "something still waits";
    if (run.board.uplink.behind || run.board.uplink.not_holding > 0) return "the log was not believed";
    return NULL;
}

static void print_log(void) {
    printf("# operations %lu starts %u next %lu erases %u worst wear %u\n", (unsigned long)run.board.flash.operations,
           run.starts, (unsigned long)run.board.stream.state.next_seq, run.board.stream.ring.erases,
           flash_sim_worst_wear(&run.board.flash));
    hex_write(stdout, run.board.stream.key.x, COORDINATE_BYTES);
    hex_write(stdout, run.board.stream.key.y, COORDINATE_BYTES);
    puts("");
    for (uint64_t seq = 0; seq < run.log.size; seq++) {
        for (unsigned i = 0; i < run.log.size; i++) {
            if (run.log.entries[i].seq != seq) continue;
            hex_write(stdout, run.log.entries[i].bytes, run.log.entries[i].length);
            puts("");
        }
    }
}

static unsigned erased(void) {
    unsigned sum = 0;
    for (uint32_t i = 0; i < SECTORS; i++) sum += run.board.flash.wear[i];
    return sum;
}

static void end(void) {
    log_sim_end(&run.log);
    board_end(&run.board);
}

/* The children: each goes on from one operation, with the power cut in one way. */
static unsigned long runs, wrong;
static unsigned children, most_children;
static bool is_child;

static void wait_for_one(void) {
    int status;
    if (wait(&status) < 0) return;
    children -= 1;
    wrong += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static void fork_here(struct flash_sim *flash) {
    for (int torn = TORN_NOTHING; torn < TORN_KINDS; torn++) {
        while (children >= most_children) wait_for_one();
        (void)fflush(stdout);
        pid_t child = fork();
        runs += 1;
        if (child > 0) {
            children += 1;
            continue;
        }
        wrong += child < 0;
        if (child < 0) return;
        is_child = true;
        flash->before = NULL;
        flash->cut_at = flash->operations;
        flash->torn = (enum torn)torn;
        return;
    }
}

/* Every cut: the run itself is played once, and at each operation children take over from there. */
static int cut_everywhere(unsigned steps, const char *variant, unsigned beside) {
    most_children = beside;
    if (!play(steps, variant, 0, TORN_NOTHING, NULL, fork_here)) return 2;
    const char *fault = judge();
    if (is_child) {
        const struct flash_sim *flash = &run.board.flash;
        if (fault != NULL) printf("WRONG cut %lu torn %d: %s\n", (unsigned long)flash->cut_at, (int)flash->torn, fault);
        (void)fflush(stdout);
        _exit(fault == NULL && run.starts > 1 ? 0 : 1);
    }
    while (children > 0) wait_for_one();
    if (fault != NULL) printf("WRONG without a cut: %s\n", fault);
    printf("%lu flash operations, %u sectors erased, %u statements; each operation cut in %d ways: %lu runs, %lu wrong\n",
           (unsigned long)run.board.flash.operations, erased(), run.log.size, TORN_KINDS, runs, wrong);
    end();
    return wrong == 0 && fault == NULL ? 0 : 1;
}

int tool_powercut(int count, char **arguments) {
    if (count < 3) return 2;
    unsigned steps = (unsigned)strtoul(arguments[0], NULL, 10);
    uint64_t third = strtoull(arguments[2], NULL, 10);
    if (count == 3) return cut_everywhere(steps, arguments[1], (unsigned)third);
    uint8_t facts[DIGEST_BYTES];
    if (count > 4 && !hex_read_exactly(arguments[4], facts, sizeof facts)) return 2;
    enum torn torn = (enum torn)strtoul(arguments[3], NULL, 10);
    if (!play(steps, arguments[1], third, torn, count > 4 ? facts : NULL, NULL)) return 2;
    const char *fault = judge();
    print_log();
    if (fault != NULL) printf("WRONG: %s\n", fault);
    end();
    return fault == NULL ? 0 : 1;
}
