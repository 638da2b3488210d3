/* What is asked of every run, however often the power went away: is all that was ever signed in the log, in one row for each key
 * and linked; is nothing left in the ring; and has no key been thrown away that could have gone on. */
#include <string.h>

#include "p256.h"
#include "script.h"
#include "verdict.h"

static bool is_known(const uint8_t *digest) {
    uint8_t of_entry[DIGEST_BYTES];
    for (unsigned i = 0; i < run.asked_count; i++) {
        if (memcmp(run.asked_digests[i], digest, DIGEST_BYTES) == 0) return true;
    }
    for (unsigned i = 0; i < run.log.size; i++) {
        const struct log_entry *entry = &run.log.entries[i];
        if (statement_digest(entry->bytes, entry->length, of_entry) && memcmp(of_entry, digest, DIGEST_BYTES) == 0) return true;
    }
    return false;
}

/* A statement is linked to the one before it under its key, the first to nothing. */
static bool is_linked(const struct log_entry *entry) {
    uint8_t prev[DIGEST_BYTES] = {0};
    struct sign1 parts;
    struct header header;
    if (!sign1_open(entry->bytes, entry->length, &parts)) return false;
    if (header_check(parts.header, parts.header_length, &header) != VERDICT_OK) return false;
    const struct log_entry *before = header.seq == 0 ? NULL : log_sim_find(&run.log, header.kid, header.seq - 1);
    if (header.seq > 0 && (before == NULL || !statement_id(before->bytes, before->length, prev))) return false;
    return memcmp(header.prev, prev, DIGEST_BYTES) == 0;
}

/* How many keys have signed what is in the log. */
static unsigned keys_in_log(void) {
    unsigned keys = 0;
    for (unsigned i = 0; i < run.log.size; i++) keys += run.log.entries[i].seq == 0;
    return keys;
}

const char *script_judge(void) {
    struct stream *stream = &run.board.stream;
    if (run.board.flash.misuses > 0) return "a write would have had to set a bit";
    if (run.log.forks > 0) return "one number with two contents was sent";
    for (unsigned i = 0; i < run.signed_count; i++) {
        if (!is_known(run.signed_digests[i])) return "something was signed that the log never got";
    }
    for (unsigned i = 0; i < run.log.size; i++) {
        if (!is_linked(&run.log.entries[i])) return "numbers or links are missing";
    }
    for (uint64_t seq = 0; seq < stream->state.next_seq; seq++) {
        if (log_sim_find(&run.log, stream->kid, seq) == NULL) return "numbers are missing at the end";
    }
    if (stream->state.next_seq == 0) return "nothing was said";
    bool has_first_key = memcmp(stream->kid, run.first_kid, DIGEST_BYTES) == 0;
    if (has_first_key == run.has_lost_state) return "the key is another one, or is still the old one";
    if (keys_in_log() != 1U + run.has_lost_state) return "more keys have signed than states were lost";
    if (unproven(stream) > 0) return "something still waits";
    if (run.starts == 1 && run.refused > 0 && stream->dead.count == 0) return "what was refused was not kept";
    if (run.board.uplink.behind || run.board.uplink.not_holding > 0) return "the log was not believed";
    return NULL;
}
