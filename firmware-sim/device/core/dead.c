#include "dead.h"

#include <string.h>

#include "crc.h"

static const uint32_t MAGIC = 0x32444544; /* "DED2" */
enum { ALIGNMENT = 16 };

/* head | marks || statement, all but the marks under the CRC. The marks are erased at first. */
struct letter_head {
    uint32_t magic, crc;
    uint64_t seq;
    uint16_t length, kind, reason, reserved; /* the length is that of the statement with its signature */
};

/* `turns` loses one bit whenever the letter changes sides: it lies dead while the number of lost ones is even. One bit can not
 * tear. `freed` is all ones until the letter is confirmed, then zero. */
struct letter_marks {
    uint32_t turns, freed;
};

enum { STATEMENT_AT = sizeof(struct letter_head) + sizeof(struct letter_marks) };

static uint32_t bytes_of(uint32_t length) {
    return (STATEMENT_AT + length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static bool read_at(struct dead *dead, uint32_t at, void *bytes, size_t length) {
    if (dead->flash->read(dead->flash->context, at, bytes, length)) return true;
    dead->unreadable = true;
    return false;
}

static bool write_at(const struct dead *dead, uint32_t at, const void *bytes, size_t length) {
    return dead->flash->write(dead->flash->context, at, bytes, length);
}

static uint32_t crc_of_head(const struct letter_head *head) {
    struct letter_head plain = *head;
    plain.crc = 0;
    return crc32_of(0, &plain, sizeof plain);
}

static bool has_odd_losses(uint32_t turns) {
    bool odd = false;
    for (; turns != UINT32_MAX; turns |= turns + 1) odd = !odd; /* sets the lowest bit that is lost */
    return odd;
}

/* Whether a whole letter lies at `at`, and is this one where `statement` is given; its head then. */
static bool is_letter(struct dead *dead, uint32_t at, const uint8_t *statement, struct letter_head *head) {
    uint8_t part[64];
    if (dead->end - at < STATEMENT_AT || !read_at(dead, at, head, sizeof *head) || head->magic != MAGIC) return false;
    if (head->length <= SIGNATURE_BYTES || head->length > dead->end - at - STATEMENT_AT) return false;
    uint32_t crc = crc_of_head(head);
    for (uint32_t done = 0; done < head->length; done += sizeof part) {
        size_t some = head->length - done < sizeof part ? head->length - done : sizeof part;
        if (!read_at(dead, at + STATEMENT_AT + done, part, some)) return false;
        if (statement != NULL && memcmp(part, statement + done, some) != 0) return false;
        crc = crc32_of(crc, part, some);
    }
    return crc == head->crc;
}

/* Takes the letter at `at` into RAM, as its marks say. */
static void know(struct dead *dead, uint32_t at, const struct letter_head *head) {
    struct letter_marks marks;
    if (dead->count == DEAD_LETTERS || !read_at(dead, at + (uint32_t)sizeof *head, &marks, sizeof marks)) return;
    bool is_dead = !has_odd_losses(marks.turns);
    dead->letters[dead->count++] = (struct entry){.seq = head->seq,
                                                  .at = at,
                                                  .length = (uint16_t)(head->length - SIGNATURE_BYTES),
                                                  .kind = (uint8_t)head->kind,
                                                  .reason = (uint8_t)head->reason,
                                                  .is_signed = true,
                                                  .freed = marks.freed == 0,
                                                  .refused = is_dead,
                                                  .is_dead = is_dead};
}

/* Behind the last byte that was ever written. */
static uint32_t used_to(struct dead *dead) {
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
                          .first_sector = first_sector,
                          .start = first_sector * flash->sector_bytes,
                          .end = (first_sector + sector_count) * flash->sector_bytes};
    dead->fill = used_to(dead);
    for (uint32_t at = dead->start; at < dead->fill;) {
        bool found = is_letter(dead, at, NULL, &head);
        if (found) know(dead, at, &head);
        at += found ? bytes_of(head.length) : ALIGNMENT; /* past what a torn write has left */
    }
    /* The last bytes of a letter may happen to look erased. */
    if (dead->count > 0) {
        const struct entry *last = &dead->letters[dead->count - 1];
        uint32_t behind = last->at + bytes_of(last->length + SIGNATURE_BYTES);
        if (behind > dead->fill) dead->fill = behind;
    }
}

static bool all_are_freed(const struct dead *dead) {
    for (unsigned i = 0; i < dead->count; i++) {
        if (!dead->letters[i].freed) return false;
    }
    return !dead->unreadable; /* else there may be some that nobody saw */
}

/* Every letter has been confirmed: the log has them. */
static bool begin_anew(struct dead *dead) {
    uint32_t sectors = (dead->end - dead->start) / dead->flash->sector_bytes;
    for (uint32_t sector = 0; sector < sectors; sector++) {
        if (!dead->flash->erase(dead->flash->context, dead->first_sector + sector)) return false;
    }
    dead->count = 0;
    dead->fill = dead->start;
    return true;
}

static bool has_room(const struct dead *dead, uint32_t length) {
    return dead->count < DEAD_LETTERS && dead->end - dead->fill >= bytes_of(length);
}

enum dead_result dead_keep(struct dead *dead, const struct entry *entry, const uint8_t *statement) {
    struct letter_head head, known;
    uint32_t length = entry->length + (uint32_t)SIGNATURE_BYTES;
    for (unsigned i = 0; i < dead->count; i++) {
        const struct entry *letter = &dead->letters[i];
        if (letter->length == entry->length && is_letter(dead, letter->at, statement, &known)) return DEAD_KEPT;
    }
    if (!has_room(dead, length) && all_are_freed(dead) && !begin_anew(dead)) return DEAD_FAILED;
    if (!has_room(dead, length)) return DEAD_FULL;
    memset(&head, 0, sizeof head);
    head.magic = MAGIC;
    head.seq = entry->seq;
    head.length = (uint16_t)length;
    head.kind = entry->kind;
    head.reason = entry->reason;
    head.crc = crc32_of(crc_of_head(&head), statement, length);
    uint32_t at = dead->fill;
    dead->fill += bytes_of(length);
    if (!write_at(dead, at, &head, sizeof head)) return DEAD_FAILED;
    if (!write_at(dead, at + STATEMENT_AT, statement, length)) return DEAD_FAILED;
    know(dead, at, &head);
    return DEAD_KEPT;
}

size_t dead_read(struct dead *dead, const struct entry *letter, uint8_t *statement, size_t room) {
    struct letter_head head;
    if (!is_letter(dead, letter->at, NULL, &head) || head.length > room) return 0;
    return read_at(dead, letter->at + STATEMENT_AT, statement, head.length) ? head.length : 0;
}

bool dead_turn(struct dead *dead, struct entry *letter, bool is_dead) {
    uint32_t at = letter->at + (uint32_t)sizeof(struct letter_head), turns;
    letter->refused = letter->is_dead = is_dead;
    if (!read_at(dead, at, &turns, sizeof turns)) return false;
    if (has_odd_losses(turns) != is_dead || turns == 0) return true; /* without a bit left it lies dead at every start */
    turns &= turns - 1;
    return write_at(dead, at, &turns, sizeof turns);
}

bool dead_free(struct dead *dead, struct entry *letter) {
    const uint32_t mark = 0;
    uint32_t at = letter->at + (uint32_t)(sizeof(struct letter_head) + offsetof(struct letter_marks, freed));
    if (letter->freed) return true;
    if (!write_at(dead, at, &mark, sizeof mark)) return false;
    letter->freed = true;
    letter->refused = letter->is_dead = false;
    return true;
}
