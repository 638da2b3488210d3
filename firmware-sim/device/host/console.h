/* A service console, as a board has one on a serial line: one order a line, for all devices or for one.
 *
 *   status [CLIENT]   how it stands, a line of JSON for each device
 *   dead [CLIENT]     the statements that were refused and wait for somebody, a line of JSON for each
 *   resend [CLIENT]   sends those again, once the cause is mended; says how many
 *   end               no more orders: the run ends when nothing is left to do */
#ifndef TALLY_CONSOLE_H
#define TALLY_CONSOLE_H

#include <stdio.h>

#include "board.h"

enum console_answer { CONSOLE_DONE, CONSOLE_END, CONSOLE_UNKNOWN };

/* Obeys one line, as far as it is for this device. */
enum console_answer console_obey(const char *line, struct board *board, FILE *out);

/* The line of `status`. */
void console_status(struct board *board, FILE *out);

#endif
