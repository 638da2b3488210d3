#include "ring.h"

#include <string.h>

#include "crc.h"
#include "ring_layout.h"

enum { BESIDE_STATEMENT = sizeof(struct entry_head) + sizeof(struct point_state) + sizeof(struct entry_tail) };
_Static_assert((int)BESIDE_STATEMENT + (int)ENTRY_MAX_BYTES <= (int)LEAST_SECTOR_BYTES, "the largest entry fits a sector");

uint32_t entry_bytes(uint32_t length) {
    uint32_t whole = (uint32_t)BESIDE_STATEMENT + length;
    return (whole + ENTRY_ALIGNMENT - 1) / ENTRY_ALIGNMENT * ENTRY_ALIGNMENT;
}

uint32_t entry_body(const struct entry *entry) {
    return entry->at + (uint32_t)(sizeof(struct entry_head) + sizeof(struct point_state));
}

uint32_t entry_tail(const struct entry *entry) {
    return entry_body(entry) + entry->length;
}

uint32_t entry_head_crc(const struct entry_head *head) {
    struct entry_head plain = *head;
    plain.crc = 0;
    return crc32_of(0, &plain, sizeof plain);
}

bool ring_read_at(const struct ring *ring, uint32_t at, void *bytes, size_t length) {
    return ring->flash->read(ring->flash->context, at, bytes, length);
}

uint32_t ring_sector_of(const struct ring *ring, const struct entry *entry) {
    return entry->at / ring->flash->sector_bytes - ring->first_sector;
}

uint32_t ring_sector_start(const struct ring *ring, uint32_t sector) {
    return (ring->first_sector + sector) * ring->flash->sector_bytes;
}

bool ring_is_blank(const struct ring *ring, uint32_t at, uint32_t length) {
    uint8_t bytes[64];
    for (uint32_t done = 0; done < length; done += sizeof bytes) {
        size_t part = length - done < sizeof bytes ? length - done : sizeof bytes;
        if (!ring_read_at(ring, at + done, bytes, part)) return false;
        for (size_t i = 0; i < part; i++) {
            if (bytes[i] != 0xff) return false;
        }
    }
    return true;
}

static bool is_before(const struct entry *a, const struct entry *b) {
    return a->generation != b->generation ? a->generation < b->generation : a->seq < b->seq;
}

bool ring_insert(struct ring *ring, const struct entry *entry) {
    if (ring->count == RING_ENTRIES) {
        unsigned i = 0;
        while (i < ring->count && !ring->entries[i].freed) i += 1;
        if (i == ring->count || (entry->freed && is_before(entry, &ring->entries[i]))) return entry->freed;
        ring->count -= 1;
        memmove(ring->entries + i, ring->entries + i + 1, (ring->count - i) * sizeof *ring->entries);
    }
    unsigned place = ring->count;
    while (place > 0 && is_before(entry, &ring->entries[place - 1])) {
        ring->entries[place] = ring->entries[place - 1];
        place -= 1;
    }
    ring->entries[place] = *entry;
    ring->count += 1;
    return true;
}

static bool holds_waiting(const struct ring *ring, uint32_t sector) {
    for (unsigned i = 0; i < ring->count; i++) {
        if (!ring->entries[i].freed && ring_sector_of(ring, &ring->entries[i]) == sector) return true;
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
    if (ring_waiting(ring) + (reserved ? 0 : RING_ENTRIES_RESERVE) >= RING_ENTRIES) return false;
    if (sectors > kept) return true;
    /* Readings may fill the sector that is open, as long as the ones kept are whole. */
    return sectors == kept && ring->fill + entry_bytes(length) <= ring->flash->sector_bytes;
}

uint32_t ring_used_bytes(const struct ring *ring) {
    if (ring_waiting(ring) == 0) return 0;
    return (ring->sector_count - 1 - free_sectors(ring)) * ring->flash->sector_bytes + ring->fill;
}

unsigned ring_pressure(const struct ring *ring) {
    uint64_t room = (uint64_t)(ring->sector_count - RING_RESERVE) * ring->flash->sector_bytes;
    unsigned of_bytes = (unsigned)((uint64_t)ring_used_bytes(ring) * 1000 / room);
    unsigned of_places = ring_waiting(ring) * 1000 / (RING_ENTRIES - RING_ENTRIES_RESERVE);
    return of_bytes > of_places ? of_bytes : of_places;
}

static void forget_sector(struct ring *ring, uint32_t sector) {
    unsigned kept = 0;
    for (unsigned i = 0; i < ring->count; i++) {
        if (ring_sector_of(ring, &ring->entries[i]) != sector) ring->entries[kept++] = ring->entries[i];
    }
    ring->count = kept;
}

/* Makes the next sector the one that is written. Everything in it is freed, or there would have been no room. */
static bool turn(struct ring *ring) {
    uint32_t next = (ring->head + 1) % ring->sector_count;
    forget_sector(ring, next);
    if (!ring_is_blank(ring, ring_sector_start(ring, next), ring->flash->sector_bytes)) {
        ring->erases += 1;
        if (!ring->flash->erase(ring->flash->context, ring->first_sector + next)) return false;
    }
    ring->head = next;
    ring->fill = 0;
    return true;
}

enum ring_result ring_put(struct ring *ring, const struct entry *entry, const struct point_state *state,
                          const uint8_t *statement, bool reserved) {
    struct entry_head head = {.magic = ENTRY_MAGIC,
                              .generation = entry->generation,
                              .seq = entry->seq,
                              .length = entry->length,
                              .kind = entry->kind,
                              .written = ring->written + 1};
    uint8_t first[sizeof head + sizeof *state];
    if (entry->length > ENTRY_MAX_BYTES || !has_room(ring, entry->length, reserved)) return RING_FULL;
    if (ring->fill + entry_bytes(entry->length) > ring->flash->sector_bytes && !turn(ring)) return RING_FAILED;
    struct entry stored = *entry;
    stored.own = true;
    stored.at = ring_sector_start(ring, ring->head) + ring->fill;
    memcpy(head.kid, ring->kid, sizeof head.kid);
    head.body_crc = crc32_of(crc32_of(0, state, sizeof *state), statement, entry->length);
    head.crc = entry_head_crc(&head);
    memcpy(first, &head, sizeof head);
    memcpy(first + sizeof head, state, sizeof *state);
    ring->fill += entry_bytes(entry->length);
    ring->written += 1;
    if (!ring->flash->write(ring->flash->context, stored.at, first, sizeof first)) return RING_FAILED;
    if (!ring->flash->write(ring->flash->context, entry_body(&stored), statement, stored.length)) return RING_FAILED;
    return ring_insert(ring, &stored) ? RING_DONE : RING_FAILED;
}

bool ring_sign(struct ring *ring, struct entry *entry, const uint8_t signature[SIGNATURE_BYTES]) {
    uint8_t bytes[SIGNATURE_BYTES + sizeof(uint32_t)];
    uint32_t crc = crc32_of(0, signature, SIGNATURE_BYTES);
    memcpy(bytes, signature, SIGNATURE_BYTES);
    memcpy(bytes + SIGNATURE_BYTES, &crc, sizeof crc);
    if (!ring->flash->write(ring->flash->context, entry_tail(entry), bytes, sizeof bytes)) return false;
    entry->is_signed = true;
    return true;
}

size_t ring_read(struct ring *ring, struct entry *entry, uint8_t *bytes, size_t room) {
    struct entry_head head;
    struct point_state state;
    struct entry_tail tail;
    size_t whole = entry->length + (entry->is_signed ? SIGNATURE_BYTES : 0U);
    if (whole > room || !ring_read_at(ring, entry->at, &head, sizeof head) || !ring_read_state(ring, entry, &state)) return 0;
    if (!ring_read_at(ring, entry_body(entry), bytes, entry->length)) return 0;
    if (head.body_crc != crc32_of(crc32_of(0, &state, sizeof state), bytes, entry->length)) {
        ring->damaged += !entry->freed;
        entry->freed = true; /* there is nothing to wait for any more */
        return 0;
    }
    if (!entry->is_signed) return whole;
    if (!ring_read_at(ring, entry_tail(entry), &tail, sizeof tail)) return 0;
    entry->is_signed = tail.crc == crc32_of(0, tail.signature, sizeof tail.signature);
    if (!entry->is_signed) return entry->length;
    memcpy(bytes + entry->length, tail.signature, SIGNATURE_BYTES);
    return whole;
}

bool ring_read_state(const struct ring *ring, const struct entry *entry, struct point_state *state) {
    return ring_read_at(ring, entry->at + (uint32_t)sizeof(struct entry_head), state, sizeof *state);
}

bool ring_free(struct ring *ring, struct entry *entry) {
    const uint32_t mark = 0;
    uint32_t at = entry_tail(entry) + (uint32_t)(SIGNATURE_BYTES + sizeof(uint32_t));
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
