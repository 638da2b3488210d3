/* What lies on flash, when the power comes. */
#include <string.h>

#include "crc.h"
#include "ring_layout.h"

enum found { FOUND_ENTRY, FOUND_DAMAGED, FOUND_NOTHING };

/* Whether anything was written behind the statement: then it may have been signed. */
static bool was_touched(const struct ring *ring, const struct entry *entry) {
    return !ring_is_blank(ring, entry_tail(entry), sizeof(struct entry_tail));
}

/* Reads the entry at `at`, up to `end`. */
static enum found scan_entry(const struct ring *ring, uint32_t at, uint32_t end, struct entry *entry, uint32_t *written) {
    struct entry_head head;
    struct entry_tail tail;
    uint8_t part[64];
    if (end - at < entry_bytes(0) || !ring_read_at(ring, at, &head, sizeof head)) return FOUND_NOTHING;
    if (head.magic != ENTRY_MAGIC || head.crc != entry_head_crc(&head)) return FOUND_NOTHING;
    if (head.length > ENTRY_MAX_BYTES || end - at < entry_bytes(head.length)) return FOUND_NOTHING;
    *entry = (struct entry){
        .seq = head.seq, .generation = head.generation, .at = at, .length = head.length, .kind = (uint8_t)head.kind};
    entry->own = memcmp(head.kid, ring->kid, DIGEST_BYTES) == 0;
    *written = head.written;
    uint32_t crc = 0, length = (uint32_t)sizeof(struct point_state) + head.length;
    for (uint32_t done = 0; done < length; done += sizeof part) {
        size_t some = length - done < sizeof part ? length - done : sizeof part;
        if (!ring_read_at(ring, at + (uint32_t)sizeof head + done, part, some)) return FOUND_DAMAGED;
        crc = crc32_of(crc, part, some);
    }
    if (!ring_read_at(ring, entry_tail(entry), &tail, sizeof tail)) return FOUND_DAMAGED;
    entry->freed = tail.freed == 0; /* a torn mark counts as none: it is sent, and freed, again */
    if (crc != head.body_crc) return FOUND_DAMAGED;
    entry->is_signed = tail.crc == crc32_of(0, tail.signature, sizeof tail.signature);
    /* Nobody can sign for a key that is gone: it was never sent, and nothing waits for it. */
    if (!entry->own && !entry->is_signed) entry->freed = true;
    return FOUND_ENTRY;
}

static void note_past(struct ring *ring, const struct entry *entry, bool may_be_signed) {
    uint64_t past = entry->seq + (may_be_signed ? 1 : 0);
    if (entry->own && past > ring->own_past) ring->own_past = past;
}

/* Entries whose body has gone bad: of statements that had their proof, and of those that had none. */
struct bad_bodies {
    uint64_t freed, lost;
};

/* The entries of a sector. Returns how far it is used: the whole of it where something else lies there, as torn writes do. */
static bool scan_sector(struct ring *ring, uint32_t sector, uint32_t *used, struct bad_bodies *bad) {
    uint32_t start = ring_sector_start(ring, sector), end = start + ring->flash->sector_bytes, at = start, written;
    bool is_clean = true;
    struct entry entry;
    while (at < end) {
        enum found found = scan_entry(ring, at, end, &entry, &written);
        if (found == FOUND_NOTHING) {
            if (ring_is_blank(ring, at, end - at)) break;
            is_clean = false;
            at += ENTRY_ALIGNMENT;
            continue;
        }
        bool may_be_signed = found == FOUND_ENTRY ? entry.is_signed : was_touched(ring, &entry);
        note_past(ring, &entry, may_be_signed);
        bad->lost += found == FOUND_DAMAGED && may_be_signed && !entry.freed;
        bad->freed += found == FOUND_DAMAGED && may_be_signed && entry.freed;
        if (found == FOUND_ENTRY && !ring_insert(ring, &entry)) return false;
        if (written > ring->written) {
            ring->written = written;
            ring->head = sector;
        }
        at += entry_bytes(entry.length);
    }
    *used = is_clean ? at - start : ring->flash->sector_bytes;
    return true;
}

/* Where a head has gone bad, nothing but a hole in the numbers tells of its statement. Holes say nothing once freed entries were
 * left out of RAM. */
static uint64_t bad_heads(const struct ring *ring, const struct bad_bodies *bad) {
    uint64_t holes = 0;
    for (unsigned i = 1; i < ring->count && ring->count < RING_ENTRIES; i++) {
        const struct entry *before = &ring->entries[i - 1], *entry = &ring->entries[i];
        if (before->generation == entry->generation && entry->seq > before->seq) holes += entry->seq - before->seq - 1;
    }
    return holes > bad->lost + bad->freed ? holes - bad->lost - bad->freed : 0;
}

bool ring_open(struct ring *ring, const struct flash *flash, uint32_t first_sector, uint32_t sector_count,
               const uint8_t kid[DIGEST_BYTES]) {
    struct bad_bodies bad = {0};
    uint8_t probe;
    memset(ring, 0, sizeof *ring);
    ring->flash = flash;
    ring->first_sector = first_sector;
    ring->sector_count = sector_count;
    memcpy(ring->kid, kid, DIGEST_BYTES);
    for (uint32_t sector = 0; sector < sector_count; sector++) {
        uint32_t used;
        if (!scan_sector(ring, sector, &used, &bad)) return false;
        if (sector == ring->head) ring->fill = used;
    }
    ring->damaged = (unsigned)(bad.lost + bad_heads(ring, &bad));
    return ring_read_at(ring, ring_sector_start(ring, 0), &probe, 1);
}
