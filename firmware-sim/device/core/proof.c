/* Proofs and confirmations, read strictly; the numbers in comments are those of the page's list. */
#include "proof.h"

#include <string.h>

#include "p256.h"
#include "sha256.h"
#include "verdict.h"

static const char TYP[] = "application/vnd.tallystick.proof.v1+cose";
static const char LOG_PREFIX[] = "urn:tallystick:log:";

static bool member(struct cbor_reader *reader, int64_t label, struct cbor_item *value) {
    struct cbor_item key;
    int64_t found;
    return cbor_next(reader, &key) && cbor_is_label(&key, &found) && found == label && cbor_next(reader, value);
}

/* 3: the subject is the log's id in hex, and the id is the hash of the origin. */
static bool names_log(const struct cbor_item *origin, const struct cbor_item *subject) {
    static const char digits[] = "0123456789abcdef";
    uint8_t id[DIGEST_BYTES];
    size_t prefix = sizeof LOG_PREFIX - 1;
    if (!text_fits(origin, MAX_URI_CHARS) || subject->kind != ITEM_TEXT) return false;
    if (subject->count != prefix + 2 * DIGEST_BYTES || memcmp(subject->at, LOG_PREFIX, prefix) != 0) return false;
    if (mbedtls_sha256(origin->at, (size_t)origin->count, id, 0) != 0) return false;
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        const uint8_t *pair = subject->at + prefix + 2 * i;
        if (pair[0] != (uint8_t)digits[id[i] >> 4] || pair[1] != (uint8_t)digits[id[i] & 15]) return false;
    }
    return true;
}

/* 2, 3 */
static bool open_header(struct proof *proof) {
    struct cbor_reader reader = {.bytes = proof->header, .length = proof->header_length};
    struct cbor_item item, origin, subject;
    int64_t algorithm;
    uint64_t number;
    if (!cbor_is_strict(reader.bytes, reader.length)) return false;
    if (!cbor_next(&reader, &item) || item.kind != ITEM_MAP || item.count != 5) return false;
    if (!member(&reader, 1, &item) || !cbor_is_label(&item, &algorithm) || (algorithm != -7 && algorithm != -9)) return false;
    if (!member(&reader, 4, &item) || item.kind != ITEM_BYTES || item.count != DIGEST_BYTES) return false;
    proof->kid = item.at;
    if (!member(&reader, 15, &item) || item.kind != ITEM_MAP || item.count != 5) return false;
    if (!member(&reader, 1, &origin) || !member(&reader, 2, &subject) || !names_log(&origin, &subject)) return false;
    if (!member(&reader, 6, &item) || !cbor_is_count(&item, &number)) return false;
    if (!member(&reader, -65541, &item) || !cbor_is_count(&item, &proof->size)) return false;
    if (proof->size == 0 || proof->size > INT64_MAX) return false;
    if (!member(&reader, -65542, &item) || !cbor_is_count(&item, &number) || number != 1) return false;
    if (!member(&reader, 16, &item) || !cbor_is_text(&item, TYP)) return false;
    return member(&reader, 395, &item) && cbor_is_count(&item, &number) && number == 1;
}

/* {396: {-1: paths}, ? -65543: [kid, first]} */
static bool open_unprotected(struct proof *proof, struct cbor_reader *reader, const struct cbor_item *map) {
    struct cbor_item item;
    if (map->kind != ITEM_MAP || map->count < 1 || map->count > 2) return false;
    if (!member(reader, 396, &item) || item.kind != ITEM_MAP || item.count != 1) return false;
    if (!member(reader, -1, &item) || item.kind != ITEM_ARRAY || item.count < 1 || item.count > MAX_RUN) return false;
    proof->paths = *reader;
    proof->path_count = item.count;
    if (!cbor_skip_inside(reader, &item)) return false;
    if (map->count == 1) return true;
    if (!member(reader, -65543, &item) || item.kind != ITEM_ARRAY || item.count != 2) return false;
    if (!cbor_next(reader, &item) || item.kind != ITEM_BYTES || item.count != DIGEST_BYTES) return false;
    proof->run_kid = item.at;
    return cbor_next(reader, &item) && cbor_is_count(&item, &proof->run_first);
}

bool proof_open(const uint8_t *bytes, size_t length, struct proof *proof) {
    struct cbor_reader reader = {.bytes = bytes, .length = length, .at = 1};
    struct cbor_item item;
    *proof = (struct proof){0};
    /* 1: the tag, and behind it one strict item. */
    if (length < 2 || bytes[0] != 0xd2 || bytes[1] != 0x84 || !cbor_is_strict(bytes + 1, length - 1)) return false;
    if (!cbor_next(&reader, &item) || !cbor_next(&reader, &item) || item.kind != ITEM_BYTES) return false;
    proof->header = item.at;
    proof->header_length = (size_t)item.count;
    if (!open_header(proof) || !cbor_next(&reader, &item) || !open_unprotected(proof, &reader, &item)) return false;
    if (!cbor_next(&reader, &item) || item.kind != ITEM_NULL) return false;
    if (!cbor_next(&reader, &item) || item.kind != ITEM_BYTES || item.count != SIGNATURE_BYTES) return false;
    proof->signature = item.at;
    return true;
}

void merkle_node(const uint8_t *left, const uint8_t *right, uint8_t node[DIGEST_BYTES]) {
    uint8_t both[1 + 2 * DIGEST_BYTES];
    both[0] = 1;
    memcpy(both + 1, left, DIGEST_BYTES);
    memcpy(both + 1 + DIGEST_BYTES, right, DIGEST_BYTES);
    (void)mbedtls_sha256(both, sizeof both, node, 0);
}

bool merkle_root(const uint8_t *leaf, uint64_t index, uint64_t size, const uint8_t (*path)[DIGEST_BYTES], size_t length,
                 uint8_t root[DIGEST_BYTES]) {
    if (index >= size) return false;
    uint64_t first = index, second = size - 1;
    memcpy(root, leaf, DIGEST_BYTES);
    for (size_t i = 0; i < length; i++) {
        if (second == 0) return false;
        if ((first & 1) != 0 || first == second) {
            merkle_node(path[i], root, root);
            while ((first & 1) == 0 && first != 0) {
                first >>= 1;
                second >>= 1;
            }
        } else {
            merkle_node(root, path[i], root);
        }
        first >>= 1;
        second >>= 1;
    }
    return second == 0;
}

/* 4: [tree size as signed, index below it, hashes] */
bool proof_next_root(struct proof *proof, const uint8_t *leaf, uint8_t root[DIGEST_BYTES]) {
    uint8_t path[MAX_PATH][DIGEST_BYTES];
    struct cbor_item item;
    uint64_t size, index;
    if (!cbor_next(&proof->paths, &item) || item.kind != ITEM_BYTES) return false;
    if (!cbor_is_strict(item.at, (size_t)item.count)) return false;
    struct cbor_reader reader = {.bytes = item.at, .length = (size_t)item.count};
    if (!cbor_next(&reader, &item) || item.kind != ITEM_ARRAY || item.count != 3) return false;
    if (!cbor_next(&reader, &item) || !cbor_is_count(&item, &size) || size != proof->size) return false;
    if (!cbor_next(&reader, &item) || !cbor_is_count(&item, &index) || index >= size) return false;
    if (!cbor_next(&reader, &item) || item.kind != ITEM_ARRAY || item.count > MAX_PATH) return false;
    size_t length = (size_t)item.count;
    for (size_t i = 0; i < length; i++) {
        if (!cbor_next(&reader, &item) || item.kind != ITEM_BYTES || item.count != DIGEST_BYTES) return false;
        memcpy(path[i], item.at, DIGEST_BYTES);
    }
    return leaf == NULL || merkle_root(leaf, index, size, (const uint8_t(*)[DIGEST_BYTES])path, length, root);
}

bool proof_verify_root(const struct proof *proof, const uint8_t root[DIGEST_BYTES], const struct public_key *key) {
    uint8_t kid[DIGEST_BYTES], digest[DIGEST_BYTES];
    p256_kid(key, kid);
    return memcmp(kid, proof->kid, DIGEST_BYTES) == 0 &&
           sign1_digest(proof->header, proof->header_length, root, DIGEST_BYTES, digest) &&
           p256_verify(key, digest, proof->signature);
}
