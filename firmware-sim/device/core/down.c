/* What the gateway says: confirmations, refusals, answers. Confirmations, refusals and notices are believed when the log's key has
 * signed them, the statement in an answer when this device's has. That the log has nothing of this stream is said without a
 * signature: it is believed while an ask is open, and costs no more than sending again what still lies here. */
#include <string.h>

#include "cbor_read.h"
#include "p256.h"
#include "proof.h"
#include "uplink.h"
#include "verdict.h"

/* The kid in a statement that this device wrote: behind {1: alg, 3: content type, 4: of the header. */
static bool is_of_key(const uint8_t *bytes, size_t length, const uint8_t *kid) {
    struct sign1 parts;
    return sign1_open(bytes, length, &parts) && parts.header_length > 41 && memcmp(parts.header + 9, kid, DIGEST_BYTES) == 0;
}

/* The entry of `seq` in the stream of `kid`; its statement is in the buffer then. */
static struct entry *entry_of(struct stream *stream, const uint8_t *kid, uint64_t seq, size_t *length) {
    struct entry *entry;
    for (unsigned i = 0; (entry = stream_entry(stream, i)) != NULL; i++) {
        if (entry->seq != seq) continue;
        *length = stream_read(stream, entry);
        if (*length > 0 && is_of_key(stream->buffer, *length, kid)) return entry;
    }
    return NULL;
}

static bool remember_head(struct stream *stream, const struct proof *proof, const uint8_t root[DIGEST_BYTES]) {
    struct head_state head = {.size = proof->size, .header_length = (uint32_t)proof->header_length};
    if (proof->header_length > HEAD_HEADER_BYTES) return true; /* an origin too long to be shown: asks go without it */
    memcpy(head.header, proof->header, proof->header_length);
    memcpy(head.signature, proof->signature, SIGNATURE_BYTES);
    memcpy(head.root, root, DIGEST_BYTES);
    return stream_set_head(stream, &head);
}

/* Frees the statement of `seq` wherever it lies: a dead letter may lie in the ring as well. */
static void free_all(struct uplink *uplink, const uint8_t *kid, uint64_t seq) {
    struct stream *stream = uplink->stream;
    struct entry *entry;
    for (unsigned i = 0; (entry = stream_entry(stream, i)) != NULL; i++) {
        if (entry->seq != seq) continue;
        size_t length = stream_read(stream, entry);
        if (length == 0 || !is_of_key(stream->buffer, length, kid)) continue;
        if (!entry->freed) uplink->confirmed += 1;
        if (!stream_free(stream, entry)) uplink->failed = true;
        entry->refused = entry->is_dead = entry->refill = false;
    }
}

/* All paths of entries that are held lead to one root, and the log's key has signed it: then they are freed. */
static bool take_confirmation(struct uplink *uplink, const uint8_t *bytes, size_t length) {
    struct stream *stream = uplink->stream;
    struct proof proof;
    uint8_t root[DIGEST_BYTES], another[DIGEST_BYTES], leaf[DIGEST_BYTES];
    unsigned held = 0;
    size_t size;
    if (!proof_open(bytes, length, &proof) || proof.run_kid == NULL) return false;
    for (uint64_t i = 0; i < proof.path_count; i++) {
        struct entry *entry = entry_of(stream, proof.run_kid, proof.run_first + i, &size);
        if (entry == NULL) {
            if (!proof_next_root(&proof, NULL, another)) return false;
            continue;
        }
        if (!statement_leaf(stream->buffer, size, leaf)) return false;
        if (!proof_next_root(&proof, leaf, held == 0 ? root : another)) return false;
        if (held > 0 && memcmp(root, another, DIGEST_BYTES) != 0) return false;
        held += 1;
    }
    if (held == 0) return true; /* of entries that were freed and overwritten long ago */
    if (!proof_verify_root(&proof, root, &uplink->log_key)) return false;
    for (uint64_t i = 0; i < proof.path_count; i++) {
        free_all(uplink, proof.run_kid, proof.run_first + i);
    }
    if (!uplink->failed && !remember_head(stream, &proof, root)) uplink->failed = true;
    return true;
}

/* refusal.md. What can be mended stays where it is, and is sent again after the longest deadline, or when the line is new; what can
 * not lies among the dead letters, and as long as those have no room, in the ring. The statement is in the buffer. */
static void refuse(struct uplink *uplink, struct entry *entry, uint64_t reason, bool mendable) {
    struct stream *stream = uplink->stream;
    entry->refill = false;
    if (entry->freed) return; /* a log that was lost does not take it back */
    if (!entry->refused) uplink->refused += 1;
    entry->refused = true;
    entry->reason = (uint8_t)reason;
    entry->unacknowledged = false;
    entry->due_ms = stream->hal->monotonic_ms(stream->hal->context) + LONGEST_DEADLINE_MS;
    if (!mendable && !stream_bury(stream, entry)) uplink->failed = true;
}

static bool take_refusal(struct uplink *uplink, const struct sign1 *parts) {
    struct stream *stream = uplink->stream;
    struct cbor_reader reader = {.bytes = parts->payload, .length = parts->payload_length};
    struct cbor_item map, label, digest, reason, mendable;
    struct entry *entry;
    uint8_t id[DIGEST_BYTES];
    if (!cbor_next(&reader, &map) || !cbor_next(&reader, &label) || !cbor_next(&reader, &digest)) return false;
    if (!cbor_next(&reader, &label) || !cbor_next(&reader, &reason)) return false;
    for (unsigned i = 0; i < 4; i++) { /* the explanation, then what is under the last label */
        if (!cbor_next(&reader, &mendable)) return false;
    }
    for (unsigned i = 0; (entry = stream_entry(stream, i)) != NULL; i++) {
        if (entry->attempts == 0 || (entry->freed && !entry->refill)) continue;
        size_t length = stream_read(stream, entry);
        if (length == 0 || !statement_id(stream->buffer, length, id) || memcmp(id, digest.at, DIGEST_BYTES) != 0) continue;
        refuse(uplink, entry, reason.value.magnitude, mendable.flag);
    }
    return true;
}

/* anchor-notice.md: {1: size, 2: root, 3: anchored_at} */
static bool take_notice(struct uplink *uplink, const struct sign1 *parts) {
    struct cbor_reader reader = {.bytes = parts->payload, .length = parts->payload_length};
    struct cbor_item root;
    for (unsigned i = 0; i < 5; i++) {
        if (!cbor_next(&reader, &root)) return false;
    }
    stream_set_beacon(uplink->stream, root.at);
    return true;
}

static bool take_signed(struct uplink *uplink, const uint8_t *bytes, size_t length) {
    struct sign1 parts;
    struct header header;
    uint8_t kid[DIGEST_BYTES];
    if (!sign1_open(bytes, length, &parts)) return take_confirmation(uplink, bytes, length);
    if (statement_check(bytes, length, &uplink->log_key) != VERDICT_OK) return false;
    if (header_check(parts.header, parts.header_length, &header) != VERDICT_OK) return false;
    p256_kid(&uplink->log_key, kid);
    if (memcmp(header.kid, kid, DIGEST_BYTES) != 0) return false;
    if (header.kind == KIND_ANCHOR_NOTICE) return take_notice(uplink, &parts);
    return header.kind == KIND_REFUSAL && take_refusal(uplink, &parts);
}

/* Where the log has seen this stream last: ask.md, the last two rules. */
static bool stands(struct uplink *uplink, const uint8_t *bytes, size_t length, uint64_t *missing_from,
                   bool *behind) {
    struct stream *stream = uplink->stream;
    struct sign1 parts;
    struct header header;
    uint8_t id[DIGEST_BYTES];
    size_t here;
    *behind = false;
    if (statement_check(bytes, length, &stream->key) != VERDICT_OK || !sign1_open(bytes, length, &parts)) return false;
    if (header_check(parts.header, parts.header_length, &header) != VERDICT_OK || header.kind > KIND_GAP) return false;
    if (memcmp(header.kid, stream->kid, DIGEST_BYTES) != 0) return false;
    *behind = true;
    *missing_from = header.seq + 1;
    if (header.seq >= stream->state.next_seq || !statement_id(bytes, length, id)) return false;
    if (header.seq + 1 == stream->state.next_seq && memcmp(id, stream->state.prev, DIGEST_BYTES) != 0) return false;
    struct entry *entry = entry_of(stream, stream->kid, header.seq, &here);
    return entry == NULL || (here == length && memcmp(stream->buffer, bytes, length) == 0);
}

/* {1: kid, ? 2: statement, ? 3: proof} */
static bool take_answer(struct uplink *uplink, const uint8_t *bytes, size_t length) {
    struct stream *stream = uplink->stream;
    struct cbor_reader reader = {.bytes = bytes, .length = length};
    struct cbor_item map, key, value, shown = {.kind = ITEM_NULL};
    bool mine = false;
    if (!cbor_is_strict(bytes, length) || !cbor_next(&reader, &map) || map.kind != ITEM_MAP) return false;
    for (uint64_t i = 0; i < map.count; i++) {
        int64_t label;
        if (!cbor_next(&reader, &key) || !cbor_is_label(&key, &label) || !cbor_next(&reader, &value)) return false;
        if (label < 1 || label > 3 || value.kind != ITEM_BYTES) return false;
        if (label == 1) mine = value.count == DIGEST_BYTES && memcmp(value.at, stream->kid, DIGEST_BYTES) == 0;
        if (label == 2) shown = value;
    }
    uint64_t missing_from = 0;
    if (!mine || !uplink->connected || uplink->ask_attempts == 0) return false; /* nobody has asked */
    if (uplink->answered) return true; /* an ask that was sent twice */
    if (shown.kind != ITEM_NULL) {
        bool behind, may_go_on = stands(uplink, shown.at, (size_t)shown.count, &missing_from, &behind);
        uplink->behind = uplink->behind || (!may_go_on && behind);
        if (uplink->behind) stream_forbid(stream);
        if (!may_go_on) return behind;
    }
    enum ring_result allowed = stream_allow(stream);
    if (allowed == RING_FAILED) uplink->failed = true;
    if (allowed != RING_DONE) return true; /* an element that is busy: it is asked again when that is due */
    for (unsigned i = 0; i < stream->ring.count; i++) { /* a log that was lost is filled again, as far as entries lie here */
        struct entry *entry = &stream->ring.entries[i];
        if (!entry->own || entry->seq < missing_from || !entry->freed) continue;
        entry->refill = true;
        entry->attempts = 0;
    }
    uplink->answered = true;
    return true;
}

void uplink_receive(struct uplink *uplink, const uint8_t *bytes, size_t length) {
    const struct hal *hal = uplink->stream->hal;
    /* What comes in a brown-out is lost like any message: it comes again, for what it covers is sent again. */
    if (uplink->behind || uplink->failed || !hal->power_good(hal->context)) return;
    bool holds = length > 0 && bytes[0] == 0xd2 ? take_signed(uplink, bytes, length) : take_answer(uplink, bytes, length);
    if (!holds) uplink->not_holding += 1;
}
