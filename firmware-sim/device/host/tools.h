/* The modes of the program, one file each. Each returns an exit code. */
#ifndef TALLY_TOOLS_H
#define TALLY_TOOLS_H

int tool_differential(int count, char **arguments);
int tool_check(int count, char **arguments);
int tool_prove(int count, char **arguments);
int tool_zone(int count, char **arguments);
int tool_selftest(int count, char **arguments);
int tool_powercut(int count, char **arguments);
int tool_fleet(int count, char **arguments);

#endif
