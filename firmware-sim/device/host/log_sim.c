#include "log_sim.h"

#include <stdlib.h>
#include <string.h>

#include "p256.h"
#include "proof.h"
#include "sha256.h"
#include "verdict.h"

static const char ORIGIN[] = "tallystick.example/simulated/1";

bool log_sim_make(struct log_sim *log) {
    memset(log, 0, sizeof *log);
    return se_has_key(LOG_SIM_SE_SLOT) || se_generate(LOG_SIM_SE_SLOT) ? se_public_key(LOG_SIM_SE_SLOT, &log->key) : false;
}

void log_sim_end(struct log_sim *log) {
    for (unsigned i = 0; i < log->size; i++) free(log->entries[i].bytes);
    log->size = 0;
}

const struct log_entry *log_sim_find(const struct log_sim *log, const uint8_t *kid, uint64_t seq) {
    for (unsigned i = 0; i < log->size; i++) {
        const struct log_entry *entry = &log->entries[i];
        if (entry->seq == seq && memcmp(entry->kid, kid, DIGEST_BYTES) == 0) return entry;
    }
    return NULL;
}

bool log_sim_number(const uint8_t *bytes, size_t length, uint8_t kid[DIGEST_BYTES], uint64_t *seq) {
    struct sign1 parts;
    struct header header;
    if (!sign1_open(bytes, length, &parts)) return false;
    if (header_check(parts.header, parts.header_length, &header) != VERDICT_OK) return false;
    memcpy(kid, header.kid, DIGEST_BYTES);
    *seq = header.seq;
    return true;
}

bool log_sim_append(struct log_sim *log, const uint8_t *bytes, size_t length, const struct public_key *key) {
    struct sign1 parts;
    struct header header;
    if (!sign1_open(bytes, length, &parts)) return false;
    if (key != NULL && statement_check(bytes, length, key) != VERDICT_OK) return false;
    if (header_check(parts.header, parts.header_length, &header) != VERDICT_OK || log->size == LOG_SIM_ENTRIES) return false;
    const struct log_entry *known = log_sim_find(log, header.kid, header.seq);
    if (known != NULL) {
        log->forks += known->length != length || memcmp(known->bytes, bytes, length) != 0;
        return true;
    }
    struct log_entry *entry = &log->entries[log->size];
    entry->bytes = malloc(length);
    if (entry->bytes == NULL) return false;
    memcpy(entry->bytes, bytes, length);
    memcpy(entry->kid, header.kid, DIGEST_BYTES);
    entry->length = length;
    entry->seq = header.seq;
    log->size += 1;
    return statement_leaf(bytes, length, entry->leaf);
}

const struct log_entry *log_sim_last(const struct log_sim *log, const uint8_t *kid) {
    const struct log_entry *last = NULL;
    for (unsigned i = 0; i < log->size; i++) {
        const struct log_entry *entry = &log->entries[i];
        if (memcmp(entry->kid, kid, DIGEST_BYTES) == 0 && (last == NULL || entry->seq > last->seq)) last = entry;
    }
    return last;
}

/* RFC 9162 2.1.1: the left part is the largest power of two below the size. */
static unsigned split(unsigned size) {
    unsigned left = 1;
    while (left * 2 < size) left *= 2;
    return left;
}

static void root_of(const struct log_sim *log, unsigned from, unsigned size, uint8_t root[DIGEST_BYTES]) {
    uint8_t left[DIGEST_BYTES], right[DIGEST_BYTES];
    if (size == 1) {
        memcpy(root, log->entries[from].leaf, DIGEST_BYTES);
        return;
    }
    root_of(log, from, split(size), left);
    root_of(log, from + split(size), size - split(size), right);
    merkle_node(left, right, root);
}

/* RFC 9162 2.1.3.1, from the leaf up. */
static unsigned path_of(const struct log_sim *log, unsigned from, unsigned size, unsigned index,
                        uint8_t (*path)[DIGEST_BYTES]) {
    if (size == 1) return 0;
    unsigned left = split(size), length;
    if (index < left) {
        length = path_of(log, from, left, index, path);
        root_of(log, from + left, size - left, path[length]);
    } else {
        length = path_of(log, from + left, size - left, index - left, path);
        root_of(log, from, left, path[length]);
    }
    return length + 1;
}

static void write_header(const struct log_sim *log, struct cbor_writer *out) {
    static const char digits[] = "0123456789abcdef";
    uint8_t kid[DIGEST_BYTES], id[DIGEST_BYTES];
    char subject[19 + 2 * DIGEST_BYTES + 1] = "urn:tallystick:log:";
    p256_kid(&log->key, kid);
    (void)mbedtls_sha256((const uint8_t *)ORIGIN, sizeof ORIGIN - 1, id, 0);
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        subject[19 + 2 * i] = digits[id[i] >> 4];
        subject[20 + 2 * i] = digits[id[i] & 15];
    }
    cbor_head(out, CBOR_MAP, 5);
    cbor_int(out, 1);
    cbor_int(out, ES256);
    cbor_int(out, 4);
    cbor_bytes(out, kid, sizeof kid);
    cbor_int(out, 15);
    cbor_head(out, CBOR_MAP, 5);
    cbor_int(out, 1);
    cbor_text(out, ORIGIN);
    cbor_int(out, 2);
    cbor_text(out, subject);
    cbor_int(out, 6);
    cbor_int(out, 1767268800);
    cbor_int(out, -65541);
    cbor_int(out, (int64_t)log->size);
    cbor_int(out, -65542);
    cbor_int(out, 1);
    cbor_int(out, 16);
    cbor_text(out, "application/vnd.tallystick.proof.v1+cose");
    cbor_int(out, 395);
    cbor_int(out, 1);
}

static bool write_path(const struct log_sim *log, const struct log_entry *entry, struct cbor_writer *out) {
    uint8_t path[MAX_PATH][DIGEST_BYTES], bytes[64 + 16 * 34];
    unsigned index = (unsigned)(entry - log->entries), length = path_of(log, 0, log->size, index, path);
    struct cbor_writer inside;
    cbor_start(&inside, bytes, sizeof bytes);
    cbor_head(&inside, CBOR_ARRAY, 3);
    cbor_int(&inside, (int64_t)log->size);
    cbor_int(&inside, (int64_t)index);
    cbor_head(&inside, CBOR_ARRAY, length);
    for (unsigned i = 0; i < length; i++) cbor_bytes(&inside, path[i], DIGEST_BYTES);
    cbor_bytes(out, bytes, inside.used);
    return !inside.full;
}

size_t log_sim_confirm(const struct log_sim *log, const uint8_t *kid, uint64_t first, unsigned count, uint8_t *bytes,
                       size_t room) {
    uint8_t header_bytes[512], root[DIGEST_BYTES], digest[DIGEST_BYTES], signature[SIGNATURE_BYTES];
    struct cbor_writer header, out;
    cbor_start(&header, header_bytes, sizeof header_bytes);
    write_header(log, &header);
    cbor_start(&out, bytes, room);
    cbor_raw(&out, "\xd2\x84", 2);
    cbor_bytes(&out, header_bytes, header.used);
    cbor_head(&out, CBOR_MAP, 2);
    cbor_int(&out, 396);
    cbor_head(&out, CBOR_MAP, 1);
    cbor_int(&out, -1);
    cbor_head(&out, CBOR_ARRAY, count);
    for (unsigned i = 0; i < count; i++) {
        const struct log_entry *entry = log_sim_find(log, kid, first + i);
        if (entry == NULL || !write_path(log, entry, &out)) return 0;
    }
    cbor_int(&out, -65543);
    cbor_head(&out, CBOR_ARRAY, 2);
    cbor_bytes(&out, kid, DIGEST_BYTES);
    cbor_head(&out, CBOR_UINT, first);
    cbor_raw(&out, "\xf6", 1);
    root_of(log, 0, log->size, root);
    if (!sign1_digest(header_bytes, header.used, root, sizeof root, digest)) return 0;
    if (!se_sign(LOG_SIM_SE_SLOT, digest, signature)) return 0;
    cbor_bytes(&out, signature, sizeof signature);
    return out.full ? 0 : out.used;
}

size_t log_sim_answer(const struct log_sim *log, const uint8_t *kid, uint8_t *bytes, size_t room) {
    const struct log_entry *last = log_sim_last(log, kid);
    struct cbor_writer out;
    cbor_start(&out, bytes, room);
    cbor_head(&out, CBOR_MAP, last == NULL ? 1 : 2);
    cbor_int(&out, 1);
    cbor_bytes(&out, kid, DIGEST_BYTES);
    if (last != NULL) {
        cbor_int(&out, 2);
        cbor_bytes(&out, last->bytes, last->length);
    }
    return out.full ? 0 : out.used;
}
