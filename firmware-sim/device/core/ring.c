/* On flash:  head | state of the point | statement without signature || signature | its CRC | freed
 * The CRC in the head is over the three parts of the first half and makes them one write; the second half is written later,
 * into bytes that are still erased. `freed` is all ones until a proof has come, then zero. */
#include "ring.h"

#include <string.h>

#include "crc.h"

static const uint32_t MAGIC = 0x31544e45; /* "ENT1" */
enum { ALIGNMENT = 16 };

struct entry_head {
    uint32_t magic, generation;
    uint64_t seq;
    uint16_t length, kind;
    uint32_t crc;
    uint32_t reserved[2];
};

struct entry_tail {
    uint8_t signature[SIGNATURE_BYTES];
    uint32_t crc, freed;
};

static uint32_t bytes_of(uint32_t length) {
    uint32_t whole = (uint32_t)(sizeof(struct entry_head) + sizeof(struct point_state) + sizeof(struct entry_tail)) + length;
    return (whole + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static uint32_t place_of_body(const struct entry *entry) {
    return entry->at + (uint32_t)(sizeof(struct entry_head) + sizeof(struct point_state));
}

static uint32_t place_of_tail(const struct entry *entry) {
    return place_of_body(entry) + entry->length;
}

static bool read_at(const struct ring *ring, uint32_t at, void *bytes, size_t length) {
    return ring->flash->read(ring->flash->context, at, bytes, length);
}

static uint32_t sector_of(const struct ring *ring, const struct entry *entry) {
    return entry->at / ring->flash->sector_bytes - ring->first_sector;
}

static uint32_t start_of(const struct ring *ring, uint32_t sector) {
    return (ring->first_sector + sector) * ring->flash->sector_bytes;
}

static bool is_blank(const struct ring *ring, uint32_t at, uint32_t length) {
    uint8_t bytes[64];
    for (uint32_t done = 0; done < length; done += sizeof bytes) {
        size_t part = length - done < sizeof bytes ? length - done : sizeof bytes;
        if (!read_at(ring, at + done, bytes, part)) return false;
        for (size_t i = 0; i < part; i++) {
            if (bytes[i] != 0xff) return false;
        }
    }
    return true;
}

static uint32_t crc_of(const struct entry_head *head) {
    struct entry_head plain = *head;
    plain.crc = 0;
    return crc32_of(0, &plain, sizeof plain);
}

/* Reads the entry at `at`, up to `end`; false where there is no whole one. */
static bool scan_entry(const struct ring *ring, uint32_t at, uint32_t end, struct entry *entry) {
    struct entry_head head;
    struct entry_tail tail;
    uint8_t part[64];
    if (end - at < bytes_of(0) || !read_at(ring, at, &head, sizeof head) || head.magic != MAGIC) return false;
    if (head.length > ENTRY_MAX_BYTES || end - at < bytes_of(head.length)) return false;
    *entry = (struct entry){
        .seq = head.seq, .generation = head.generation, .at = at, .length = head.length, .kind = (uint8_t)head.kind};
    uint32_t crc = crc_of(&head), length = (uint32_t)sizeof(struct point_state) + head.length;
    for (uint32_t done = 0; done < length; done += sizeof part) {
        size_t some = length - done < sizeof part ? length - done : sizeof part;
        if (!read_at(ring, at + (uint32_t)sizeof head + done, part, some)) return false;
        crc = crc32_of(crc, part, some);
    }
    if (crc != head.crc || !read_at(ring, place_of_tail(entry), &tail, sizeof tail)) return false;
    entry->is_signed = tail.crc == crc32_of(0, tail.signature, sizeof tail.signature);
    entry->freed = entry->is_signed && tail.freed == 0; /* a torn mark counts as none: it is sent, and freed, again */
    return true;
}

static bool is_before(const struct entry *a, const struct entry *b) {
    return a->generation != b->generation ? a->generation < b->generation : a->seq < b->seq;
}

static void insert(struct ring *ring, const struct entry *entry) {
    if (ring->count == RING_ENTRIES) { /* the oldest is freed then, and need not be known any more: has_room sees to it */
        if (is_before(entry, &ring->entries[0])) return;
        memmove(ring->entries, ring->entries + 1, (RING_ENTRIES - 1) * sizeof *ring->entries);
        ring->count -= 1;
    }
    unsigned place = ring->count;
    while (place > 0 && is_before(entry, &ring->entries[place - 1])) {
        ring->entries[place] = ring->entries[place - 1];
        place -= 1;
    }
    ring->entries[place] = *entry;
    ring->count += 1;
}

/* The entries of a sector; returns how far it is used, the whole of it where a write was torn. */
static uint32_t scan_sector(struct ring *ring, uint32_t sector) {
    uint32_t start = start_of(ring, sector), end = start + ring->flash->sector_bytes, at = start;
    struct entry entry;
    while (at < end && scan_entry(ring, at, end, &entry)) {
        insert(ring, &entry);
        at += bytes_of(entry.length);
    }
    return at < end && is_blank(ring, at, end - at) ? at - start : ring->flash->sector_bytes;
}

bool ring_open(struct ring *ring, const struct flash *flash, uint32_t first_sector, uint32_t sector_count) {
    uint8_t probe;
    memset(ring, 0, sizeof *ring);
    ring->flash = flash;
    ring->first_sector = first_sector;
    ring->sector_count = sector_count;
    for (uint32_t sector = 0; sector < sector_count; sector++) (void)scan_sector(ring, sector);
    if (ring->count > 0) { /* the newest entry lies in the sector that was written last */
        struct ring another = *ring;
        ring->head = sector_of(ring, &ring->entries[ring->count - 1]);
        ring->fill = scan_sector(&another, ring->head);
    } else {
        ring->fill = is_blank(ring, start_of(ring, 0), flash->sector_bytes) ? 0 : flash->sector_bytes;
    }
    return read_at(ring, start_of(ring, 0), &probe, 1);
}

static bool holds_waiting(const struct ring *ring, uint32_t sector) {
    for (unsigned i = 0; i < ring->count; i++) {
        if (!ring->entries[i].freed && sector_of(ring, &ring->entries[i]) == sector) return true;
    }
    return false;
}

static uint32_t free_sectors(const struct ring *ring) {
    uint32_t count = 0;
    for (uint32_t step = 1; step < ring->sector_count; step++) {
        if (holds_waiting(ring, (ring->head + step) % ring->sector_count)) break; /* the ring is written in its order */
        count += 1;
    }
    return count;
}

static bool has_room(const struct ring *ring, uint32_t length, bool reserved) {
    uint32_t sectors = free_sectors(ring), kept = reserved ? 0 : RING_RESERVE;
    if (ring->count == RING_ENTRIES && !ring->entries[0].freed) return false;
    if (sectors > kept) return true;
    /* Readings may fill the sector that is open, as long as the ones kept are whole. */
    return sectors == kept && ring->fill + bytes_of(length) <= ring->flash->sector_bytes;
}

static void forget_sector(struct ring *ring, uint32_t sector) {
    unsigned kept = 0;
    for (unsigned i = 0; i < ring->count; i++) {
        if (sector_of(ring, &ring->entries[i]) != sector) ring->entries[kept++] = ring->entries[i];
    }
    ring->count = kept;
}

/* Makes the next sector the one that is written. Everything in it is freed, or there would have been no room. */
static bool turn(struct ring *ring) {
    uint32_t next = (ring->head + 1) % ring->sector_count;
    forget_sector(ring, next);
    if (!is_blank(ring, start_of(ring, next), ring->flash->sector_bytes)) {
        ring->erases += 1;
        if (!ring->flash->erase(ring->flash->context, ring->first_sector + next)) return false;
    }
    ring->head = next;
    ring->fill = 0;
    return true;
}

enum ring_result ring_put(struct ring *ring, const struct entry *entry, const struct point_state *state,
                          const uint8_t *statement, bool reserved) {
    struct entry_head head = {.magic = MAGIC,
                              .generation = entry->generation,
                              .seq = entry->seq,
                              .length = entry->length,
                              .kind = entry->kind};
    uint8_t first[sizeof head + sizeof *state];
    if (entry->length > ENTRY_MAX_BYTES || !has_room(ring, entry->length, reserved)) return RING_FULL;
    if (ring->fill + bytes_of(entry->length) > ring->flash->sector_bytes && !turn(ring)) return RING_FAILED;
    struct entry stored = *entry;
    stored.at = start_of(ring, ring->head) + ring->fill;
    head.crc = crc32_of(crc32_of(crc_of(&head), state, sizeof *state), statement, entry->length);
    memcpy(first, &head, sizeof head);
    memcpy(first + sizeof head, state, sizeof *state);
    ring->fill += bytes_of(entry->length);
    if (!ring->flash->write(ring->flash->context, stored.at, first, sizeof first)) return RING_FAILED;
    if (!ring->flash->write(ring->flash->context, place_of_body(&stored), statement, stored.length)) return RING_FAILED;
    insert(ring, &stored);
    return RING_DONE;
}

bool ring_sign(struct ring *ring, struct entry *entry, const uint8_t signature[SIGNATURE_BYTES]) {
    uint8_t bytes[SIGNATURE_BYTES + sizeof(uint32_t)];
    uint32_t crc = crc32_of(0, signature, SIGNATURE_BYTES);
    memcpy(bytes, signature, SIGNATURE_BYTES);
    memcpy(bytes + SIGNATURE_BYTES, &crc, sizeof crc);
    if (!ring->flash->write(ring->flash->context, place_of_tail(entry), bytes, sizeof bytes)) return false;
    entry->is_signed = true;
    return true;
}

size_t ring_read(const struct ring *ring, const struct entry *entry, uint8_t *bytes, size_t room) {
    size_t whole = entry->length + (entry->is_signed ? SIGNATURE_BYTES : 0U);
    return whole <= room && read_at(ring, place_of_body(entry), bytes, whole) ? whole : 0;
}

bool ring_read_state(const struct ring *ring, const struct entry *entry, struct point_state *state) {
    return read_at(ring, entry->at + (uint32_t)sizeof(struct entry_head), state, sizeof *state);
}

bool ring_free(struct ring *ring, struct entry *entry) {
    const uint32_t mark = 0;
    uint32_t at = place_of_tail(entry) + (uint32_t)(SIGNATURE_BYTES + sizeof(uint32_t));
    if (entry->freed) return true;
    if (!ring->flash->write(ring->flash->context, at, &mark, sizeof mark)) return false;
    entry->freed = true;
    return true;
}

unsigned ring_waiting(const struct ring *ring) {
    unsigned waiting = 0;
    for (unsigned i = 0; i < ring->count; i++) waiting += !ring->entries[i].freed;
    return waiting;
}
