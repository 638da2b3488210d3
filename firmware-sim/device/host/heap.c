/* Debian's mbedTLS calls calloc and free and can not be told otherwise (MBEDTLS_PLATFORM_MEMORY is off), so the linker is
 * told: its static archive is bound to the arena. A build for a board sets mbedtls_platform_set_calloc_free instead. */
#include "heap.h"

#include <stdbool.h>

#include "arena.h"

void *__real_malloc(size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

static size_t calls;

size_t heap_calls(void) {
    return calls;
}

void *__wrap_malloc(size_t size) {
    calls += 1;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return arena_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size) {
    calls += 1;
    return __real_realloc(memory, size);
}

void __wrap_free(void *memory) {
    if (!arena_free(memory)) __real_free(memory);
}
