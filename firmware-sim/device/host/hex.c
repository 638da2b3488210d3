#include "hex.h"

#include <string.h>

static int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

long hex_read(const char *text, uint8_t *bytes, size_t room) {
    size_t length = strlen(text);
    if (length % 2 != 0 || length / 2 > room) return -1;
    for (size_t i = 0; i < length / 2; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0) return -1;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return (long)(length / 2);
}

bool hex_read_exactly(const char *text, uint8_t *bytes, size_t length) {
    return hex_read(text, bytes, length) == (long)length;
}

void hex_write(FILE *file, const uint8_t *bytes, size_t length) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        (void)putc(digits[bytes[i] >> 4], file);
        (void)putc(digits[bytes[i] & 15], file);
    }
}
