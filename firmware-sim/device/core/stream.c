#include "stream.h"

#include <string.h>

#include "p256.h"

_Static_assert(sizeof(struct stream_state) <= SLOTS_MAX_BYTES && sizeof(struct head_state) <= SLOTS_MAX_BYTES, "fit");

/* Takes over what the ring knows and the state does not: its number is the next one, and it is signed. */
static bool adopt(struct stream *stream, struct entry *entry) {
    uint8_t id[DIGEST_BYTES];
    struct point_state point;
    size_t length = ring_read(&stream->ring, entry, stream->buffer, sizeof stream->buffer);
    if (length == 0 || !statement_id(stream->buffer, length, id)) return false;
    if (!ring_read_state(&stream->ring, entry, &point)) return false;
    if (entry->kind == KIND_SETTLEMENT) memcpy(point.previous, id, sizeof id);
    stream->state.point = point;
    stream->state.next_seq = entry->seq + 1;
    memcpy(stream->state.prev, id, sizeof id);
    return true;
}

static unsigned index_of_next(const struct stream *stream) {
    unsigned i = stream->ring.count;
    while (i > 0) {
        const struct entry *entry = &stream->ring.entries[--i];
        if (entry->own && entry->seq == stream->state.next_seq) return i;
    }
    return stream->ring.count;
}

static struct entry *entry_of_next(struct stream *stream) {
    unsigned i = index_of_next(stream);
    return i < stream->ring.count ? &stream->ring.entries[i] : NULL;
}

static bool identify(struct stream *stream) {
    const struct flash *flash = &stream->hal->flash;
    uint32_t before_ring = STATE_SECTORS + HEAD_SECTORS + DEAD_SECTORS;
    if (flash->sector_bytes < LEAST_SECTOR_BYTES || flash->sector_count < before_ring + LEAST_RING_SECTORS) return false;
    if (!se_public_key(stream->se_slot, &stream->key)) return false;
    p256_kid(&stream->key, stream->kid);
    return ring_open(&stream->ring, flash, before_ring, flash->sector_count - before_ring, stream->kid);
}

/* Takes up what the ring knows beyond the state. Where a number beyond the next one may have been signed, nobody can tell what
 * comes next: lost. */
static enum stream_start go_on(struct stream *stream) {
    struct entry *entry = entry_of_next(stream);
    for (; entry != NULL && entry->is_signed; entry = entry_of_next(stream)) {
        if (!adopt(stream, entry)) return STREAM_FAILED;
    }
    uint64_t past = stream->ring.own_past, next = stream->state.next_seq;
    if (past < next) stream->ring.damaged += past == 0 ? 1 : (unsigned)(next - past); /* the newest is always there: it has gone bad */
    return past <= next ? STREAM_CONTINUED : STREAM_LOST;
}

/* The last reading that other streams signed: what the ring still shows of them. */
static uint64_t last_of_others(const struct stream *stream) {
    uint64_t last = 0;
    for (unsigned i = 0; i < stream->ring.count; i++) {
        struct point_state point;
        const struct entry *entry = &stream->ring.entries[i];
        if (entry->own || !entry->is_signed || !ring_read_state(&stream->ring, entry, &point)) continue;
        if (point.last_at > last) last = point.last_at;
    }
    return last;
}

/* A stream of its own, from number 0 on. What the ring still holds of others is sent on. Until the new state is stored, a
 * start after a power cut comes here again, and finds a key that has not signed: that is kept, also where it was enrolled. */
static enum stream_start begin(struct stream *stream, bool found) {
    bool was_used = se_was_used(stream->se_slot), is_first = !found && !was_used && stream->ring.count == 0;
    uint32_t generation = found ? stream->state.generation : 0;
    uint64_t last = found ? stream->state.point.last_at : 0;
    for (unsigned i = 0; i < stream->ring.count; i++) {
        if (stream->ring.entries[i].generation > generation) generation = stream->ring.entries[i].generation;
        was_used = was_used || stream->ring.entries[i].own;
    }
    if (was_used && (!se_generate(stream->se_slot) || !identify(stream))) return STREAM_FAILED;
    uint64_t undeclared = found ? stream->state.point.lost_since : 0, of_others = last_of_others(stream);
    if (of_others > last) last = of_others;
    memset(&stream->state, 0, sizeof stream->state);
    stream->state.point.lost_since = last > undeclared ? last : undeclared; /* until the new stream has declared it */
    stream->state.generation = generation + 1;
    memcpy(stream->state.kid, stream->kid, sizeof stream->kid);
    return is_first ? STREAM_FRESH : STREAM_LOST;
}

enum stream_start stream_open(struct stream *stream, const struct hal *hal, unsigned se_slot, const char *device) {
    const struct flash *flash = &hal->flash;
    enum stream_start start = STREAM_LOST;
    memset(stream, 0, sizeof *stream);
    stream->hal = hal;
    stream->se_slot = se_slot;
    stream->device = device;
    if (!se_has_key(se_slot) && !se_generate(se_slot)) return STREAM_FAILED;
    if (!identify(stream)) return STREAM_FAILED;
    bool found = slots_open(&stream->state_slots, flash, 0, &stream->state, sizeof stream->state);
    if (stream->state_slots.unreadable) return STREAM_FAILED;
    if (found && memcmp(stream->state.kid, stream->kid, sizeof stream->kid) == 0) start = go_on(stream);
    if (start == STREAM_LOST) start = begin(stream, found);
    if (start == STREAM_FAILED) return start;
    stream->has_head = slots_open(&stream->head_slots, flash, STATE_SECTORS, &stream->head, sizeof stream->head);
    dead_open(&stream->dead, flash, STATE_SECTORS + HEAD_SECTORS, DEAD_SECTORS);
    stream->state.boot_count += 1;
    return slots_write(&stream->state_slots, &stream->state) ? start : STREAM_FAILED;
}

/* The steps from "sign" on, for the entry of the next number. RING_FULL: the element refused. */
static enum ring_result finish(struct stream *stream) {
    uint8_t digest[DIGEST_BYTES], signature[SIGNATURE_BYTES];
    struct entry *entry = entry_of_next(stream);
    if (entry == NULL) return RING_FAILED;
    size_t length = ring_read(&stream->ring, entry, stream->buffer, sizeof stream->buffer);
    if (length != entry->length || !statement_digest(stream->buffer, length, digest)) return RING_FAILED;
    if (!se_sign(stream->se_slot, digest, signature)) return RING_FULL;
    if (!ring_sign(&stream->ring, entry, signature)) return RING_FAILED;
    if (!adopt(stream, entry)) return RING_FAILED;
    return slots_write(&stream->state_slots, &stream->state) ? RING_DONE : RING_FAILED;
}

bool stream_point(const struct stream *stream, struct point_state *point) {
    unsigned i = index_of_next(stream);
    *point = stream->state.point;
    return i == stream->ring.count || ring_read_state(&stream->ring, &stream->ring.entries[i], point);
}

enum ring_result stream_say(struct stream *stream, enum kind kind, const char *point, const uint8_t *payload, size_t length,
                            const struct point_state *after) {
    const struct hal *hal = stream->hal;
    struct claims claims = {.kind = kind,
                            .kid = stream->kid,
                            .issuer = stream->device,
                            .subject = point,
                            .issued_at = hal->now(hal->context),
                            .boot_count = stream->state.boot_count,
                            .seq = stream->state.next_seq,
                            .prev = stream->state.prev,
                            .beacon = stream->has_beacon ? stream->beacon : NULL,
                            .clock = hal->clock(hal->context)};
    /* What is stored under the next number is signed before anything else is: or one number had two contents. */
    if (!stream->may_sign || entry_of_next(stream) != NULL) return RING_FULL;
    size_t written = statement_unsigned(&claims, payload, length, stream->buffer, sizeof stream->buffer);
    if (written == 0) return RING_FAILED;
    struct entry entry = {.seq = claims.seq,
                          .generation = stream->state.generation,
                          .length = (uint16_t)written,
                          .kind = (uint8_t)kind};
    struct point_state state = *after;
    memcpy(state.previous, stream->state.point.previous, sizeof state.previous);
    enum ring_result put = ring_put(&stream->ring, &entry, &state, stream->buffer, kind != KIND_READINGS);
    if (put != RING_DONE) return put;
    if (finish(stream) == RING_DONE) return RING_DONE;
    stream->may_sign = false;
    return RING_FAILED;
}

enum ring_result stream_allow(struct stream *stream) {
    enum ring_result finished = entry_of_next(stream) == NULL ? RING_DONE : finish(stream);
    stream->may_sign = finished == RING_DONE;
    return finished;
}

struct entry *stream_entry(struct stream *stream, unsigned index) {
    unsigned in_ring = stream->ring.count;
    if (index < in_ring) return &stream->ring.entries[index];
    return index - in_ring < stream->dead.count ? &stream->dead.letters[index - in_ring] : NULL;
}

static bool is_letter(const struct stream *stream, const struct entry *entry) {
    return entry->at >= stream->dead.start && entry->at < stream->dead.end;
}

bool stream_free(struct stream *stream, struct entry *entry) {
    return is_letter(stream, entry) ? dead_free(&stream->dead, entry) : ring_free(&stream->ring, entry);
}

bool stream_bury(struct stream *stream, struct entry *entry) {
    entry->refused = entry->is_dead = true;
    if (is_letter(stream, entry)) return dead_turn(&stream->dead, entry, true);
    enum dead_result kept = dead_keep(&stream->dead, entry, stream->buffer);
    return kept == DEAD_FULL || (kept == DEAD_KEPT && ring_free(&stream->ring, entry));
}

bool stream_revive(struct stream *stream, struct entry *entry) {
    entry->refused = entry->is_dead = false;
    return !is_letter(stream, entry) || dead_turn(&stream->dead, entry, false);
}

bool stream_is_refused(const struct entry *entry) {
    return entry->refused && !entry->freed;
}

unsigned stream_refused(struct stream *stream) {
    const struct entry *entry;
    unsigned count = 0;
    for (unsigned i = 0; (entry = stream_entry(stream, i)) != NULL; i++) count += stream_is_refused(entry);
    return count;
}

size_t stream_read(struct stream *stream, struct entry *entry) {
    uint8_t digest[DIGEST_BYTES];
    if (is_letter(stream, entry)) {
        size_t read = dead_read(&stream->dead, entry, stream->buffer, sizeof stream->buffer);
        if (read > 0 || stream->dead.unreadable || entry->freed) return read;
        stream->ring.damaged += 1;
        entry->freed = true; /* it has gone bad, and does not hold up the others */
        return 0;
    }
    size_t length = ring_read(&stream->ring, entry, stream->buffer, sizeof stream->buffer);
    if (length == 0 || entry->is_signed) return length;
    if (!entry->own) entry->freed = true; /* nobody can sign it any more */
    if (!entry->own || entry->seq >= stream->state.next_seq) return 0;
    if (!statement_digest(stream->buffer, length, digest)) return 0;
    return se_sign(stream->se_slot, digest, stream->buffer + length) ? length + SIGNATURE_BYTES : 0;
}

void stream_forbid(struct stream *stream) {
    stream->may_sign = false;
}

void stream_set_beacon(struct stream *stream, const uint8_t root[DIGEST_BYTES]) {
    memcpy(stream->beacon, root, DIGEST_BYTES);
    stream->has_beacon = true;
}

bool stream_set_head(struct stream *stream, const struct head_state *head) {
    if (stream->has_head && head->size <= stream->head.size) return true;
    if (!slots_write(&stream->head_slots, head)) return false;
    stream->head = *head;
    stream->has_head = true;
    return true;
}
