#include "dead.h"

#include <string.h>

#include "crc.h"

static const uint32_t MAGIC = 0x31444544; /* "DED1" */
enum { ALIGNMENT = 16 };

struct letter_head {
    uint32_t magic, length, crc; /* the CRC is over length and statement */
};

static uint32_t bytes_of(uint32_t length) {
    return ((uint32_t)sizeof(struct letter_head) + length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static bool read_at(const struct dead *dead, uint32_t at, void *bytes, size_t length) {
    return dead->flash->read(dead->flash->context, at, bytes, length);
}

/* Whether a whole letter lies at `at`, and is this one where `statement` is given; its head then. */
static bool is_letter(const struct dead *dead, uint32_t at, const uint8_t *statement, struct letter_head *head) {
    uint8_t part[64];
    if (dead->end - at < sizeof *head || !read_at(dead, at, head, sizeof *head) || head->magic != MAGIC) return false;
    if (head->length > dead->end - at - sizeof *head) return false;
    uint32_t crc = crc32_of(0, &head->length, sizeof head->length);
    for (uint32_t done = 0; done < head->length; done += sizeof part) {
        size_t some = head->length - done < sizeof part ? head->length - done : sizeof part;
        if (!read_at(dead, at + (uint32_t)sizeof *head + done, part, some)) return false;
        if (statement != NULL && memcmp(part, statement + done, some) != 0) return false;
        crc = crc32_of(crc, part, some);
    }
    return crc == head->crc;
}

/* The next letter from `at` on, past what torn writes have left. */
static bool next_letter(const struct dead *dead, uint32_t *at, struct letter_head *head) {
    for (; *at < dead->end; *at += ALIGNMENT) {
        if (is_letter(dead, *at, NULL, head)) return true;
    }
    return false;
}

/* Behind the last byte that was ever written. */
static uint32_t used_to(const struct dead *dead) {
    uint32_t fill = dead->start;
    uint8_t part[ALIGNMENT];
    for (uint32_t at = dead->start; at < dead->end; at += ALIGNMENT) {
        if (!read_at(dead, at, part, sizeof part)) return dead->end;
        for (unsigned i = 0; i < ALIGNMENT; i++) fill = part[i] != 0xff ? at + ALIGNMENT : fill;
    }
    return fill;
}

void dead_open(struct dead *dead, const struct flash *flash, uint32_t first_sector, uint32_t sector_count) {
    struct letter_head head;
    *dead = (struct dead){.flash = flash,
                          .start = first_sector * flash->sector_bytes,
                          .end = (first_sector + sector_count) * flash->sector_bytes};
    dead->fill = used_to(dead);
    for (uint32_t at = dead->start; next_letter(dead, &at, &head); at += bytes_of(head.length)) dead->count += 1;
}

enum dead_result dead_keep(struct dead *dead, const uint8_t *statement, size_t length) {
    struct letter_head head;
    const struct flash *flash = dead->flash;
    for (uint32_t at = dead->start; next_letter(dead, &at, &head); at += bytes_of(head.length)) {
        if (head.length == length && is_letter(dead, at, statement, &head)) return DEAD_KEPT;
    }
    head = (struct letter_head){.magic = MAGIC, .length = (uint32_t)length};
    if (dead->end - dead->fill < bytes_of(head.length)) return DEAD_FULL;
    head.crc = crc32_of(crc32_of(0, &head.length, sizeof head.length), statement, length);
    uint32_t at = dead->fill;
    dead->fill += bytes_of(head.length);
    if (!flash->write(flash->context, at, &head, sizeof head)) return DEAD_FAILED;
    if (!flash->write(flash->context, at + (uint32_t)sizeof head, statement, length)) return DEAD_FAILED;
    dead->count += 1;
    return DEAD_KEPT;
}

size_t dead_read(const struct dead *dead, unsigned index, uint8_t *statement, size_t room) {
    struct letter_head head;
    for (uint32_t at = dead->start; next_letter(dead, &at, &head); at += bytes_of(head.length)) {
        if (index-- > 0) continue;
        return head.length <= room && read_at(dead, at + (uint32_t)sizeof head, statement, head.length) ? head.length : 0;
    }
    return 0;
}
