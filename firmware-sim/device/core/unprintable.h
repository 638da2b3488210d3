/* Characters that no text of a statement may hold (docs/formats/statement.md): of the Unicode categories Other and
 * Separator, the space excepted. */
#ifndef TALLY_UNPRINTABLE_H
#define TALLY_UNPRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool is_unprintable(uint32_t character);

#endif
