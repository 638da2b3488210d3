#include "uplink.h"

#include <string.h>

enum { CLIENT_CHARS = 64 };

static uint64_t monotonic(const struct uplink *uplink) {
    return uplink->stream->hal->monotonic_ms(uplink->stream->hal->context);
}

/* `base` doubled for every attempt before, up to `longest`, and then a quarter less or more by chance: a thousand devices
 * that lost one gateway do not come back in one second. */
static uint64_t wait_ms(const struct uplink *uplink, unsigned attempts, uint64_t base, uint64_t longest) {
    const struct hal *hal = uplink->stream->hal;
    uint64_t wait = attempts > 16 ? longest : base << attempts;
    if (wait > longest) wait = longest;
    return wait * 3 / 4 + hal->random(hal->context) % (wait / 2 + 1);
}

void uplink_open(struct uplink *uplink, struct stream *stream, const char *client, const struct public_key *log_key) {
    *uplink = (struct uplink){.stream = stream, .client = client, .log_key = *log_key};
}

void uplink_connected(struct uplink *uplink) {
    uplink->connected = true;
    uplink->answered = false;
    uplink->ask_attempts = 0;
    uplink->ask_due_ms = 0;
    struct entry *entry;
    /* What was on its way when the connection broke goes out again at once; what may be mended has another chance. */
    for (unsigned i = 0; (entry = stream_entry(uplink->stream, i)) != NULL; i++) {
        if (entry->unacknowledged || (entry->refused && !entry->is_dead)) entry->due_ms = 0;
    }
}

void uplink_disconnected(struct uplink *uplink) {
    uplink->connected = false;
}

/* ask.md: signed by the stream's key, named for the transport's client. */
static size_t write_ask(const struct uplink *uplink, uint8_t *bytes, size_t room) {
    static const char prefix[] = "urn:tallystick:client:";
    const struct stream *stream = uplink->stream;
    char subject[sizeof prefix + CLIENT_CHARS];
    uint8_t payload[HEAD_HEADER_BYTES + 160], digest[DIGEST_BYTES];
    struct cbor_writer out;
    size_t client = strlen(uplink->client);
    if (client > CLIENT_CHARS) return 0;
    memcpy(subject, prefix, sizeof prefix - 1);
    memcpy(subject + sizeof prefix - 1, uplink->client, client + 1);
    struct shown_head head = {.header = stream->head.header,
                              .header_length = stream->head.header_length,
                              .signature = stream->head.signature,
                              .root = stream->head.root};
    cbor_start(&out, payload, sizeof payload);
    ask_write(&out, stream->has_head ? &head : NULL);
    struct claims claims = {.kind = KIND_ASK,
                            .kid = stream->kid,
                            .issuer = stream->device,
                            .subject = subject,
                            .issued_at = stream->hal->now(stream->hal->context)};
    size_t length = out.full ? 0 : statement_unsigned(&claims, payload, out.used, bytes, room);
    if (length == 0 || !statement_digest(bytes, length, digest)) return 0;
    return se_sign(stream->se_slot, digest, bytes + length) ? length + SIGNATURE_BYTES : 0;
}

static void ask(struct uplink *uplink) {
    const struct hal *hal = uplink->stream->hal;
    uint8_t *bytes = uplink->stream->buffer;
    if (uplink->answered || monotonic(uplink) < uplink->ask_due_ms) return;
    size_t length = write_ask(uplink, bytes, sizeof uplink->stream->buffer);
    if (length == 0 || !hal->transmit(hal->context, NO_PLACE, bytes, length)) return;
    uplink->ask_due_ms = monotonic(uplink) + wait_ms(uplink, uplink->ask_attempts, FIRST_DEADLINE_MS, LONGEST_DEADLINE_MS);
    uplink->ask_attempts += 1;
}

/* Stored, and not signed yet. */
static bool is_pending(const struct uplink *uplink, const struct entry *entry) {
    return entry->own && entry->seq >= uplink->stream->state.next_seq;
}

static bool send_entry(struct uplink *uplink, struct entry *entry) {
    const struct hal *hal = uplink->stream->hal;
    size_t length = stream_read(uplink->stream, entry);
    if (length == 0 && entry->freed) { /* it has gone bad, and does not hold up the others */
        entry->refill = false;
        return true;
    }
    if (length == 0 || !hal->transmit(hal->context, entry->at, uplink->stream->buffer, length)) return false;
    entry->due_ms = monotonic(uplink) + wait_ms(uplink, entry->attempts, FIRST_DEADLINE_MS, LONGEST_DEADLINE_MS);
    entry->attempts = (uint8_t)(entry->attempts < UINT8_MAX ? entry->attempts + 1 : UINT8_MAX);
    entry->unacknowledged = true;
    return true;
}

void uplink_run(struct uplink *uplink) {
    struct entry *entry;
    const struct hal *hal = uplink->stream->hal;
    uint64_t now = monotonic(uplink);
    unsigned under_way = 0;
    if (!uplink->connected || uplink->behind || uplink->failed || !hal->power_good(hal->context)) return;
    ask(uplink);
    if (!uplink->answered) return; /* what the log misses is known only then */
    for (unsigned i = 0; (entry = stream_entry(uplink->stream, i)) != NULL; i++) {
        if ((entry->freed && !entry->refill) || entry->is_dead || is_pending(uplink, entry)) continue;
        bool was_sent = entry->attempts > 0;
        if (was_sent && !entry->refused) under_way += 1;
        if (was_sent ? entry->due_ms > now : under_way >= UPLINK_WINDOW) continue;
        if (!send_entry(uplink, entry)) return;
        if (!was_sent) under_way += 1;
    }
}

unsigned uplink_resend(struct uplink *uplink) {
    struct stream *stream = uplink->stream;
    struct entry *entry;
    unsigned count = 0;
    if (!stream->hal->power_good(stream->hal->context) || uplink->failed) return 0;
    for (unsigned i = 0; (entry = stream_entry(stream, i)) != NULL; i++) {
        if (!stream_is_refused(entry)) continue;
        uplink->failed = !stream_revive(stream, entry);
        if (uplink->failed) return count;
        entry->due_ms = 0;
        count += 1;
    }
    return count;
}

void uplink_acknowledged(struct uplink *uplink, uint32_t place, unsigned reason) {
    struct entry *entry;
    if (place == NO_PLACE && reason != 0 && !uplink->answered) {
        uplink->ask_due_ms =
            monotonic(uplink) + wait_ms(uplink, uplink->ask_attempts, NOT_TAKEN_MS, LONGEST_NOT_TAKEN_MS);
    }
    for (unsigned i = 0; (entry = stream_entry(uplink->stream, i)) != NULL; i++) {
        /* Behind a refusal the refusal decides, which the log has signed. */
        if (entry->at != place || entry->attempts == 0 || entry->refused) continue;
        if (reason == 0) {
            entry->unacknowledged = false;
        } else {
            entry->due_ms =
                monotonic(uplink) + wait_ms(uplink, entry->attempts - 1U, NOT_TAKEN_MS, LONGEST_NOT_TAKEN_MS);
        }
    }
}
