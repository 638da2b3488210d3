/* tally-device: the reference firmware on a host, and the tools that compare it with another implementation. */
#include <stdio.h>
#include <string.h>

#include "tools.h"

static const struct {
    const char *name;
    int (*run)(int count, char **arguments);
    const char *what;
} TOOLS[] = {
    {"differential", tool_differential, "jobs on standard input, a statement in hex for each"},
    {"check", tool_check, "XY: statements in hex on standard input, a verdict for each"},
    {"prove", tool_prove, "XY: proofs and their entries on standard input, a verdict for each"},
    {"zone", tool_zone, "RULE READINGDAY CADENCE: boundaries and slots after instants on standard input"},
    {"selftest", tool_selftest, "the firmware's own tests"},
    {"powercut", tool_powercut, "STEPS VARIANT BESIDE, and more: the power goes away at every write and erase"},
    {"fleet", tool_fleet, "DEVICES LOGKEY HOST PORT CA STATEMENTS SECONDS SPEED [console]: many devices against a gateway"},
};

int main(int count, char **arguments) {
    for (size_t i = 0; count > 1 && i < sizeof TOOLS / sizeof *TOOLS; i++) {
        if (strcmp(TOOLS[i].name, arguments[1]) == 0) return TOOLS[i].run(count - 2, arguments + 2);
    }
    fputs("tally-device TOOL ...\n\n", stderr);
    for (size_t i = 0; i < sizeof TOOLS / sizeof *TOOLS; i++) {
        fprintf(stderr, "  %-14s %s\n", TOOLS[i].name, TOOLS[i].what);
    }
    return 2;
}
