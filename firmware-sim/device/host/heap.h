/* How often this program took memory from the heap: the linker leads its calls here (--wrap). */
#ifndef TALLY_HEAP_H
#define TALLY_HEAP_H

#include <stddef.h>

size_t heap_calls(void);

#endif
