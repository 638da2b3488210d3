/* A scripted run in which the power goes away at every single write and erase, in every way of tearing it:
 *
 *   powercut STEPS VARIANT BESIDE          every cut, so many at once; a line for each run that went wrong, and a summary
 *   powercut STEPS VARIANT first BESIDE    the same from the very first start on, under a key that was enrolled before
 *   powercut STEPS VARIANT lost BESIDE     the same behind a state that was lost
 *   powercut STEPS VARIANT outage BESIDE   the same while the line is down for all but the first two hours, and the ring fills
 *   powercut STEPS VARIANT often RUNS      two to five cuts in each of so many runs
 *   powercut STEPS VARIANT CUT TORN        one run (CUT 0: none); its log in hex, for another reader to judge
 *   powercut STEPS VARIANT CUT TORN FACTS  the same on a calm day: nothing happens but the cut; FACTS is the id in settlements,
 *                                          or "outage"
 *
 * After a cut the device starts again and the run goes on to its end. Then script_judge.c judges it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hex.h"
#include "script.h"
#include "tools.h"

static void print_log(void) {
    printf("# operations %lu starts %u next %lu erases %u worst wear %u steps", (unsigned long)run.board.flash.operations,
           run.starts, (unsigned long)run.board.stream.state.next_seq, run.board.stream.ring.erases,
           flash_sim_worst_wear(&run.board.flash));
    for (unsigned i = 0; i < run.step_count; i++) {
        printf(" %lu:%u", (unsigned long)run.pressures[i].now, run.pressures[i].permille);
    }
    puts("");
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
    for (uint32_t i = 0; i < run.board.flash.sector_count; i++) sum += run.board.flash.wear[i];
    return sum;
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

/* Where a state is lost, what comes behind that is cut. A statement that was signed, and whose signature was not stored when its
 * key went, is nobody's fault. */
static bool may_be_cut(void) {
    return !run.script->loses_state || run.has_lost_state;
}

static void fork_here(struct flash_sim *flash) {
    if (!may_be_cut()) return;
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
static int cut_everywhere(struct script *script, unsigned beside) {
    most_children = beside;
    script->before = fork_here;
    if (!script_play(script)) return 2;
    const char *fault = script_judge();
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
    script_end();
    return wrong == 0 && fault == NULL ? 0 : 1;
}

/* Two to five cuts in one run, often close together: where chance says, which follows from the number of the run. */
static uint64_t chance, next_cut;
static unsigned cuts_left, cuts_made;

static uint32_t draw(uint32_t below) {
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return (uint32_t)(chance >> 32) % below;
}

static void cut_by_chance(struct flash_sim *flash) {
    if (!may_be_cut()) return;
    if (cuts_left == 0 || flash->operations < next_cut) return;
    cuts_left -= 1;
    cuts_made += 1;
    flash->cut_at = flash->operations;
    flash->torn = (enum torn)draw(TORN_KINDS);
    next_cut = flash->operations + 1 + draw(draw(3) > 0 ? 8 : 60);
}

static int cut_often(struct script *script, unsigned count) {
    script->before = cut_by_chance;
    for (unsigned number = 0; number < count; number++) {
        chance = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
        script->from_the_first = draw(2) == 0;
        script->loses_state = draw(3) == 0;
        cuts_left = 2 + draw(4);
        next_cut = 1 + draw(draw(2) == 0 ? 12 : 160);
        if (!script_play(script)) return 2;
        const char *fault = script_judge();
        if (fault != NULL) printf("WRONG run %u: %s\n", number, fault);
        wrong += fault != NULL;
        script_end();
    }
    printf("%u runs, %u cuts, %lu wrong\n", count, cuts_made, wrong);
    return wrong == 0 ? 0 : 1;
}

int tool_powercut(int count, char **arguments) {
    if (count < 3) return 2;
    struct script script = {.steps = (unsigned)strtoul(arguments[0], NULL, 10), .variant = arguments[1]};
    unsigned fourth = count > 3 ? (unsigned)strtoul(arguments[3], NULL, 10) : 0;
    uint8_t facts[DIGEST_BYTES];
    script.from_the_first = strcmp(arguments[2], "first") == 0;
    script.loses_state = strcmp(arguments[2], "lost") == 0;
    script.is_outage = strcmp(arguments[2], "outage") == 0 || (count > 4 && strcmp(arguments[4], "outage") == 0);
    if (count == 4 && (script.from_the_first || script.loses_state || script.is_outage)) return cut_everywhere(&script, fourth);
    if (count == 4 && strcmp(arguments[2], "often") == 0) return cut_often(&script, fourth);
    script.cut_at = strtoull(arguments[2], NULL, 10);
    if (count == 3) {
        unsigned beside = (unsigned)script.cut_at;
        script.cut_at = 0;
        return cut_everywhere(&script, beside);
    }
    if (count > 4 && !script.is_outage && !hex_read_exactly(arguments[4], facts, sizeof facts)) return 2;
    script.facts = count > 4 && !script.is_outage ? facts : NULL;
    script.torn = (enum torn)fourth;
    if (!script_play(&script)) return 2;
    const char *fault = script_judge();
    print_log();
    if (fault != NULL) printf("WRONG: %s\n", fault);
    script_end();
    return fault == NULL ? 0 : 1;
}
