/* Frame, header and signature, in the order in which a reader meets them. */
#include "verdict.h"

#include <string.h>

#include "cbor_read.h"
#include "p256.h"
#include "unprintable.h"

enum { ESP256 = -9, EDDSA = -8, ED25519 = -19 };

bool text_is_printable(const struct cbor_item *item) {
    for (size_t i = 0; i < item->count;) {
        uint8_t first = item->at[i++];
        unsigned more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
        uint32_t c = more == 0 ? first : first & (0x3fU >> more);
        for (unsigned k = 0; k < more; k++) c = c << 6 | (item->at[i++] & 0x3fU);
        if (is_unprintable(c)) return false;
    }
    return true;
}

bool text_fits(const struct cbor_item *item, size_t most) {
    return item->kind == ITEM_TEXT && item->count > 0 && cbor_text_chars(item) <= most && text_is_printable(item);
}

static bool is_uri(const struct cbor_item *item) {
    bool colon = false;
    if (item->kind != ITEM_TEXT || item->count == 0 || item->count > MAX_URI_CHARS) return false;
    for (size_t i = 0; i < item->count; i++) {
        if (item->at[i] <= ' ' || item->at[i] >= 0x7f) return false;
        colon = colon || item->at[i] == ':';
    }
    return colon;
}

static bool is_digest(const struct cbor_item *item) {
    return item->kind == ITEM_BYTES && item->count == DIGEST_BYTES;
}

static bool read_claim(int64_t label, const struct cbor_item *item, struct header *header, bool *seen_clock) {
    uint64_t clock;
    switch (label) {
    case 1:
        return is_uri(item);
    case 2:
        header->subject = item->at;
        header->subject_length = (size_t)item->count;
        return is_uri(item);
    case 6:
        return cbor_is_count(item, &header->issued_at) && header->issued_at <= MAX_SEQ;
    case 267:
        return cbor_is_count(item, &header->boot_count) && header->boot_count <= MAX_SEQ;
    case -65537:
        return cbor_is_count(item, &header->seq) && header->seq <= MAX_SEQ;
    case -65538:
        header->prev = item->at;
        return is_digest(item);
    case -65539:
        header->beacon = item->at;
        return is_digest(item);
    case -65540:
        *seen_clock = true;
        return cbor_is_count(item, &clock) && clock <= CLOCK_RELATIVE;
    default:
        return false;
    }
}

static bool read_claims(struct cbor_reader *reader, uint64_t pairs, struct header *header) {
    static const uint8_t zero[DIGEST_BYTES];
    bool iss = false, iat = false, boot = false, seq = false, clock = false;
    for (uint64_t i = 0; i < pairs; i++) {
        struct cbor_item key, value;
        int64_t label;
        if (!cbor_next(reader, &key) || !cbor_is_label(&key, &label) || !cbor_next(reader, &value)) return false;
        if (!read_claim(label, &value, header, &clock)) return false;
        iss = iss || label == 1;
        iat = iat || label == 6;
        boot = boot || label == 267;
        seq = seq || label == -65537;
    }
    if (!iss || header->subject == NULL || !iat) return false;
    if (header->kind > KIND_GAP) return !seq && header->prev == NULL && !boot && !clock && header->beacon == NULL;
    if (!seq || header->prev == NULL || !boot || !clock) return false;
    return (header->seq == 0) == (memcmp(header->prev, zero, DIGEST_BYTES) == 0);
}

static bool read_kind(const struct cbor_item *item, enum kind *kind) {
    for (int known = KIND_READINGS; known <= KIND_ANCHOR_NOTICE; known++) {
        *kind = (enum kind)known;
        if (cbor_is_text(item, statement_typ(*kind))) return true;
    }
    return false;
}

/* The value under `label`, which must come next. */
static bool member(struct cbor_reader *reader, int64_t label, struct cbor_item *value) {
    struct cbor_item key;
    int64_t found;
    return cbor_next(reader, &key) && cbor_is_label(&key, &found) && found == label && cbor_next(reader, value);
}

enum verdict header_check(const uint8_t *bytes, size_t length, struct header *header) {
    struct cbor_reader reader = {.bytes = bytes, .length = length}, claims;
    struct cbor_item map, content, cwt, item;
    *header = (struct header){0};
    if (!cbor_is_strict(bytes, length)) return VERDICT_MALFORMED_CBOR;
    if (!cbor_next(&reader, &map) || map.kind != ITEM_MAP || map.count != 5) return VERDICT_WRONG_HEADER;
    if (!member(&reader, 1, &item) || !cbor_is_label(&item, &header->algorithm)) return VERDICT_WRONG_HEADER;
    if (header->algorithm != ES256 && header->algorithm != ESP256 && header->algorithm != EDDSA &&
        header->algorithm != ED25519) {
        return VERDICT_WRONG_HEADER;
    }
    if (!member(&reader, 3, &content) || content.kind == ITEM_ARRAY || content.kind == ITEM_MAP) return VERDICT_WRONG_HEADER;
    if (!member(&reader, 4, &item) || !is_digest(&item)) return VERDICT_WRONG_HEADER;
    header->kid = item.at;
    if (!member(&reader, 15, &cwt) || cwt.kind != ITEM_MAP) return VERDICT_WRONG_HEADER;
    claims = reader;
    if (!cbor_skip_inside(&reader, &cwt)) return VERDICT_WRONG_HEADER;
    if (!member(&reader, 16, &item) || !read_kind(&item, &header->kind)) return VERDICT_WRONG_HEADER;
    uint64_t type, wanted = header->kind == KIND_READINGS ? CONTENT_SENML_CBOR : CONTENT_CBOR;
    if (!cbor_is_count(&content, &type) || type != wanted) return VERDICT_WRONG_HEADER;
    return read_claims(&claims, cwt.count, header) ? VERDICT_OK : VERDICT_WRONG_HEADER;
}

enum verdict statement_check(const uint8_t *bytes, size_t length, const struct public_key *key) {
    struct sign1 parts;
    struct header header;
    uint8_t digest[DIGEST_BYTES];
    if (!sign1_open(bytes, length, &parts)) return VERDICT_WRONG_FRAME;
    enum verdict verdict = header_check(parts.header, parts.header_length, &header);
    if (verdict == VERDICT_OK) verdict = payload_check(header.kind, parts.payload, parts.payload_length);
    if (verdict != VERDICT_OK) return verdict;
    if (header.algorithm != ES256 && header.algorithm != ESP256) return VERDICT_WRONG_SIGNATURE;
    bool holds = sign1_digest(parts.header, parts.header_length, parts.payload, parts.payload_length, digest) &&
                 p256_verify(key, digest, parts.signature);
    return holds ? VERDICT_OK : VERDICT_WRONG_SIGNATURE;
}
