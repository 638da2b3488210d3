/* Header, claims and frame. Labels are written in the bytewise order of their encodings, as the format wants it. */
#include "statement.h"

#include <string.h>

#include "cbor_read.h"
#include "sha256.h"

enum { MAX_HEADER_BYTES = 800 }; /* two names of 255 characters, and 260 bytes beside them */

static const char *const TYPS[] = {
    [KIND_READINGS] = "application/vnd.tallystick.readings.v1+cose",
    [KIND_SETTLEMENT] = "application/vnd.tallystick.settlement.v1+cose",
    [KIND_GAP] = "application/vnd.tallystick.gap.v1+cose",
    [KIND_ASK] = "application/vnd.tallystick.ask.v1+cose",
    [KIND_REFUSAL] = "application/vnd.tallystick.refusal.v1+cose",
    [KIND_ANCHOR_NOTICE] = "application/vnd.tallystick.anchor-notice.v1+cose",
};

const char *statement_typ(enum kind kind) {
    return TYPS[kind];
}

static bool is_zero(const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != 0) return false;
    }
    return true;
}

static bool is_uri(const char *text) {
    size_t length = strlen(text);
    if (length == 0 || length > MAX_URI_CHARS || strchr(text, ':') == NULL) return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] <= ' ' || text[i] >= 0x7f) return false;
    }
    return true;
}

static bool fits_profile(const struct claims *claims) {
    if (!is_uri(claims->issuer) || !is_uri(claims->subject) || claims->issued_at > MAX_SEQ) return false;
    if (claims->kind == KIND_ASK) return true;
    if (claims->kind > KIND_ASK || claims->boot_count > MAX_SEQ || claims->seq > MAX_SEQ) return false;
    return (claims->seq == 0) == is_zero(claims->prev, DIGEST_BYTES); /* zero bytes for seq 0, and only there */
}

static void write_claims(struct cbor_writer *out, const struct claims *claims) {
    bool of_stream = claims->kind != KIND_ASK;
    cbor_head(out, CBOR_MAP, !of_stream ? 3 : claims->beacon == NULL ? 7 : 8);
    cbor_int(out, 1);
    cbor_text(out, claims->issuer);
    cbor_int(out, 2);
    cbor_text(out, claims->subject);
    cbor_int(out, 6);
    cbor_head(out, CBOR_UINT, claims->issued_at);
    if (!of_stream) return;
    cbor_int(out, 267);
    cbor_head(out, CBOR_UINT, claims->boot_count);
    cbor_int(out, -65537);
    cbor_head(out, CBOR_UINT, claims->seq);
    cbor_int(out, -65538);
    cbor_bytes(out, claims->prev, DIGEST_BYTES);
    if (claims->beacon != NULL) {
        cbor_int(out, -65539);
        cbor_bytes(out, claims->beacon, DIGEST_BYTES);
    }
    cbor_int(out, -65540);
    cbor_int(out, (int64_t)claims->clock);
}

size_t statement_unsigned(const struct claims *claims, const uint8_t *payload, size_t payload_length, uint8_t *bytes,
                          size_t room) {
    uint8_t header_bytes[MAX_HEADER_BYTES];
    struct cbor_writer header, out;
    if (!fits_profile(claims)) return 0;
    cbor_start(&header, header_bytes, sizeof header_bytes);
    cbor_head(&header, CBOR_MAP, 5);
    cbor_int(&header, 1);
    cbor_int(&header, ES256);
    cbor_int(&header, 3);
    cbor_int(&header, claims->kind == KIND_READINGS ? CONTENT_SENML_CBOR : CONTENT_CBOR);
    cbor_int(&header, 4);
    cbor_bytes(&header, claims->kid, DIGEST_BYTES);
    cbor_int(&header, 15);
    write_claims(&header, claims);
    cbor_int(&header, 16);
    cbor_text(&header, TYPS[claims->kind]);
    cbor_start(&out, bytes, room);
    cbor_raw(&out, "\xd2\x84", 2);
    cbor_bytes(&out, header_bytes, header.used);
    cbor_head(&out, CBOR_MAP, 0);
    cbor_bytes(&out, payload, payload_length);
    cbor_head(&out, CBOR_BYTES, SIGNATURE_BYTES);
    size_t whole = out.used + SIGNATURE_BYTES;
    return header.full || out.full || whole > room || whole > MAX_STATEMENT_BYTES ? 0 : out.used;
}

bool sign1_digest(const uint8_t *header, size_t header_length, const uint8_t *payload, size_t payload_length,
                  uint8_t digest[DIGEST_BYTES]) {
    mbedtls_sha256_context hash;
    uint8_t heads[40];
    struct cbor_writer out;
    mbedtls_sha256_init(&hash);
    cbor_start(&out, heads, sizeof heads);
    cbor_head(&out, CBOR_ARRAY, 4);
    cbor_text(&out, "Signature1");
    cbor_head(&out, CBOR_BYTES, header_length);
    int failed = mbedtls_sha256_starts(&hash, 0) || mbedtls_sha256_update(&hash, heads, out.used) ||
                 mbedtls_sha256_update(&hash, header, header_length);
    cbor_start(&out, heads, sizeof heads);
    cbor_head(&out, CBOR_BYTES, 0); /* no external data */
    cbor_head(&out, CBOR_BYTES, payload_length);
    failed = failed || mbedtls_sha256_update(&hash, heads, out.used) ||
             mbedtls_sha256_update(&hash, payload, payload_length) || mbedtls_sha256_finish(&hash, digest);
    mbedtls_sha256_free(&hash);
    return !failed;
}

/* The byte string at the reader, as a view. */
static bool byte_string(struct cbor_reader *reader, const uint8_t **at, size_t *length) {
    enum cbor_major major;
    uint64_t argument;
    if (!cbor_read_head(reader, &major, &argument) || major != CBOR_BYTES) return false;
    if (argument > reader->length - reader->at) return false;
    *at = reader->bytes + reader->at;
    *length = (size_t)argument;
    reader->at += (size_t)argument;
    return true;
}

/* Up to the head of the signature. */
static bool open_unsigned(struct cbor_reader *reader, struct sign1 *parts) {
    size_t length;
    if (reader->length < 2 || memcmp(reader->bytes, "\xd2\x84", 2) != 0) return false;
    reader->at = 2;
    if (!byte_string(reader, &parts->header, &parts->header_length)) return false;
    if (reader->at >= reader->length || reader->bytes[reader->at] != 0xa0) return false;
    reader->at += 1;
    if (!byte_string(reader, &parts->payload, &parts->payload_length)) return false;
    enum cbor_major major;
    uint64_t argument;
    if (!cbor_read_head(reader, &major, &argument)) return false;
    length = (size_t)argument;
    return major == CBOR_BYTES && length == SIGNATURE_BYTES;
}

bool statement_digest(const uint8_t *bytes, size_t length, uint8_t digest[DIGEST_BYTES]) {
    struct cbor_reader reader = {.bytes = bytes, .length = length};
    struct sign1 parts;
    return open_unsigned(&reader, &parts) &&
           sign1_digest(parts.header, parts.header_length, parts.payload, parts.payload_length, digest);
}

bool sign1_open(const uint8_t *bytes, size_t length, struct sign1 *parts) {
    struct cbor_reader reader = {.bytes = bytes, .length = length};
    if (length > MAX_STATEMENT_BYTES || !open_unsigned(&reader, parts)) return false;
    parts->signature = bytes + reader.at;
    return length - reader.at == SIGNATURE_BYTES;
}

bool statement_id(const uint8_t *bytes, size_t length, uint8_t id[DIGEST_BYTES]) {
    return mbedtls_sha256(bytes, length, id, 0) == 0;
}

bool statement_leaf(const uint8_t *bytes, size_t length, uint8_t leaf[DIGEST_BYTES]) {
    mbedtls_sha256_context hash;
    const uint8_t mark = 0;
    mbedtls_sha256_init(&hash);
    int failed = mbedtls_sha256_starts(&hash, 0) || mbedtls_sha256_update(&hash, &mark, 1) ||
                 mbedtls_sha256_update(&hash, bytes, length) || mbedtls_sha256_finish(&hash, leaf);
    mbedtls_sha256_free(&hash);
    return !failed;
}
