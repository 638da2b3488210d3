#include "shown.h"

#include <string.h>

#include "cbor_read.h"
#include "verdict.h"

enum { TEXT_ROOM = (int)HAL_EVENT_BYTES + (int)HAL_SERIAL_BYTES + 2 };
_Static_assert((int)HAL_EVENT_BYTES <= (int)MAX_TEXT_CHARS && (int)HAL_SERIAL_BYTES <= (int)MAX_SERIAL_CHARS, "fit");

/* As a reader will meet it: encoded, then read. */
static bool is_text(const void *bytes, size_t length) {
    uint8_t encoded[TEXT_ROOM];
    struct cbor_writer out;
    struct cbor_item item;
    cbor_start(&out, encoded, sizeof encoded);
    cbor_head(&out, CBOR_TEXT, length);
    cbor_raw(&out, bytes, length);
    struct cbor_reader reader = {.bytes = encoded, .length = out.used};
    return !out.full && cbor_is_strict(encoded, out.used) && cbor_next(&reader, &item) && text_is_printable(&item);
}

static bool is_event(const struct variant *variant, const struct shown_event *event) {
    if (event->name >= variant->event_count || event->length > HAL_EVENT_BYTES) return false;
    return variant->events[event->name].kind != VALUE_TEXT || is_text(event->bytes, event->length);
}

bool shown_is_possible(const struct variant *variant, const struct shown *shown) {
    const char *end = memchr(shown->serial, '\0', sizeof shown->serial);
    if (end == NULL || end == shown->serial || !is_text(shown->serial, (size_t)(end - shown->serial))) return false;
    if (shown->event_count > HAL_EVENTS) return false;
    for (unsigned i = 0; i < shown->event_count; i++) {
        if (!is_event(variant, &shown->events[i])) return false;
    }
    for (unsigned i = 0; i < variant->register_count; i++) {
        int64_t modulus = variant->registers[i].modulus, value = shown->values[i];
        if (modulus > 0 && (value < 0 || value >= modulus)) return false;
    }
    return true;
}

bool time_is_possible(uint64_t at) {
    return at >= MIN_TIME && at <= MAX_TIME;
}
