#include "slots.h"

#include <string.h>

#include "crc.h"

enum { ALIGNMENT = 16 };
static const uint32_t MAGIC = 0x31534c54; /* "TLS1" */

struct copy_head {
    uint32_t magic, number, crc;
};

static uint32_t place(const struct slots *slots, uint32_t sector, uint32_t index) {
    return (slots->first_sector + sector) * slots->flash->sector_bytes + index * slots->stride;
}

static uint32_t copies_in_sector(const struct slots *slots) {
    return slots->flash->sector_bytes / slots->stride;
}

static uint32_t crc_of(const struct slots *slots, uint32_t number, const void *record) {
    return crc32_of(crc32_of(0, &number, sizeof number), record, slots->length);
}

static bool is_blank(const struct slots *slots, uint32_t at, uint32_t length, bool *blank) {
    uint8_t bytes[64];
    *blank = true;
    for (uint32_t done = 0; done < length; done += sizeof bytes) {
        size_t part = length - done < sizeof bytes ? length - done : sizeof bytes;
        if (!slots->flash->read(slots->flash->context, at + done, bytes, part)) return false;
        for (size_t i = 0; i < part; i++) *blank = *blank && bytes[i] == 0xff;
    }
    return true;
}

static bool read_copy(struct slots *slots, uint32_t sector, uint32_t index, struct copy_head *head, void *record) {
    uint32_t at = place(slots, sector, index);
    const struct flash *flash = slots->flash;
    if (!flash->read(flash->context, at, head, sizeof *head) ||
        !flash->read(flash->context, at + (uint32_t)sizeof *head, record, slots->length)) {
        slots->unreadable = true;
        return false;
    }
    return head->magic == MAGIC && head->crc == crc_of(slots, head->number, record);
}

bool slots_open(struct slots *slots, const struct flash *flash, uint32_t first_sector, void *record, size_t length) {
    uint8_t candidate[SLOTS_MAX_BYTES];
    struct copy_head head;
    *slots = (struct slots){.flash = flash, .first_sector = first_sector, .length = (uint32_t)length};
    slots->stride = (uint32_t)((sizeof head + length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    if (length > sizeof candidate) return false;
    for (uint32_t sector = 0; sector < 2; sector++) {
        for (uint32_t index = 0; index < copies_in_sector(slots); index++) {
            if (!read_copy(slots, sector, index, &head, candidate) || head.number <= slots->number) continue;
            slots->number = head.number;
            slots->sector = sector;
            slots->index = index;
            memcpy(record, candidate, length);
        }
    }
    return slots->number > 0 && !slots->unreadable;
}

/* The next place for a copy: behind the newest in its sector, past what a torn write has spoilt; or the other sector. */
static bool find_place(const struct slots *slots, uint32_t *sector, uint32_t *index) {
    bool blank;
    *sector = slots->sector;
    for (*index = slots->number == 0 ? 0 : slots->index + 1; *index < copies_in_sector(slots); *index += 1) {
        if (!is_blank(slots, place(slots, *sector, *index), slots->stride, &blank)) return false;
        if (blank) return true;
    }
    *sector = slots->number == 0 ? 0 : 1 - slots->sector;
    *index = 0;
    if (!is_blank(slots, place(slots, *sector, 0), slots->flash->sector_bytes, &blank)) return false;
    return blank || slots->flash->erase(slots->flash->context, slots->first_sector + *sector);
}

bool slots_write(struct slots *slots, const void *record) {
    uint8_t bytes[sizeof(struct copy_head) + SLOTS_MAX_BYTES];
    uint32_t sector, index;
    struct copy_head head = {.magic = MAGIC, .number = slots->number + 1};
    if (!find_place(slots, &sector, &index)) return false;
    head.crc = crc_of(slots, head.number, record);
    memcpy(bytes, &head, sizeof head);
    memcpy(bytes + sizeof head, record, slots->length);
    uint32_t at = place(slots, sector, index);
    if (!slots->flash->write(slots->flash->context, at, bytes, sizeof head + slots->length)) return false;
    slots->number = head.number;
    slots->sector = sector;
    slots->index = index;
    return true;
}
