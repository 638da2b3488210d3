#include "stream.h"

#include <string.h>

#include "p256.h"

_Static_assert(sizeof(struct stream_state) <= SLOTS_MAX_BYTES && sizeof(struct head_state) <= SLOTS_MAX_BYTES, "fit");

/* Takes over what the ring knows and the state does not: its number is the next one, and it is signed. */
static bool adopt(struct stream *stream, const struct entry *entry) {
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
        if (entry->generation == stream->state.generation && entry->seq == stream->state.next_seq) return i;
    }
    return stream->ring.count;
}

static struct entry *entry_of_next(struct stream *stream) {
    unsigned i = index_of_next(stream);
    return i < stream->ring.count ? &stream->ring.entries[i] : NULL;
}

/* A stream that can not be continued: a new key. What the ring still holds of the old one is sent on. */
static bool begin_anew(struct stream *stream) {
    stream->state.generation = 1;
    for (unsigned i = 0; i < stream->ring.count; i++) {
        struct point_state point;
        const struct entry *entry = &stream->ring.entries[i];
        if (entry->generation >= stream->state.generation) stream->state.generation = entry->generation + 1;
        if (ring_read_state(&stream->ring, entry, &point) && point.last_at > stream->state.point.lost_since) {
            stream->state.point.lost_since = point.last_at;
        }
    }
    return se_generate(stream->se_slot);
}

enum stream_start stream_open(struct stream *stream, const struct hal *hal, unsigned se_slot, const char *device) {
    const struct flash *flash = &hal->flash;
    uint32_t before_ring = STATE_SECTORS + HEAD_SECTORS;
    enum stream_start start = STREAM_CONTINUED;
    memset(stream, 0, sizeof *stream);
    stream->hal = hal;
    stream->se_slot = se_slot;
    stream->device = device;
    if (!ring_open(&stream->ring, flash, before_ring, flash->sector_count - before_ring)) return STREAM_FAILED;
    bool found = slots_open(&stream->state_slots, flash, 0, &stream->state, sizeof stream->state);
    if (!found) {
        memset(&stream->state, 0, sizeof stream->state);
        start = stream->state_slots.blank && !se_was_used(se_slot) ? STREAM_FRESH : STREAM_LOST;
        stream->state.generation = 1;
        if (start == STREAM_LOST && !begin_anew(stream)) return STREAM_FAILED;
        if (!se_has_key(se_slot) && !se_generate(se_slot)) return STREAM_FAILED;
    }
    stream->has_head = slots_open(&stream->head_slots, flash, STATE_SECTORS, &stream->head, sizeof stream->head);
    if (!se_public_key(se_slot, &stream->key)) return STREAM_FAILED;
    p256_kid(&stream->key, stream->kid);
    for (struct entry *entry = entry_of_next(stream); entry != NULL && entry->is_signed; entry = entry_of_next(stream)) {
        if (!adopt(stream, entry)) return STREAM_FAILED;
    }
    stream->state.boot_count += 1;
    return slots_write(&stream->state_slots, &stream->state) ? start : STREAM_FAILED;
}

/* The steps from "sign" on, for the entry of the next number. */
static enum ring_result finish(struct stream *stream) {
    uint8_t digest[DIGEST_BYTES], signature[SIGNATURE_BYTES];
    struct entry *entry = entry_of_next(stream);
    if (entry == NULL) return RING_FAILED;
    size_t length = ring_read(&stream->ring, entry, stream->buffer, sizeof stream->buffer);
    if (length != entry->length || !statement_digest(stream->buffer, length, digest)) return RING_FAILED;
    if (!se_sign(stream->se_slot, digest, signature) || !ring_sign(&stream->ring, entry, signature)) return RING_FAILED;
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
    if (!stream->may_sign) return RING_FULL;
    size_t written = statement_unsigned(&claims, payload, length, stream->buffer, sizeof stream->buffer);
    if (written == 0) return RING_FAILED;
    struct entry entry = {.seq = claims.seq,
                          .generation = stream->state.generation,
                          .length = (uint16_t)written,
                          .kind = (uint8_t)kind};
    struct point_state state = *after;
    memcpy(state.previous, stream->state.point.previous, sizeof state.previous);
    enum ring_result put = ring_put(&stream->ring, &entry, &state, stream->buffer, kind != KIND_READINGS);
    return put == RING_DONE ? finish(stream) : put;
}

bool stream_allow(struct stream *stream) {
    stream->may_sign = true;
    return entry_of_next(stream) == NULL || finish(stream) == RING_DONE;
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
