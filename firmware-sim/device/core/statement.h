/* A statement: one COSE_Sign1, by docs/formats/statement.md. */
#ifndef TALLY_STATEMENT_H
#define TALLY_STATEMENT_H

#include "cbor.h"
#include "se.h"

enum { MAX_URI_CHARS = 255, MAX_STATEMENT_BYTES = 65535, CONTENT_SENML_CBOR = 112, CONTENT_CBOR = 60, ES256 = -7 };
#define MAX_SEQ UINT64_C(9007199254740991)

enum kind { KIND_READINGS, KIND_SETTLEMENT, KIND_GAP, KIND_ASK, KIND_REFUSAL, KIND_ANCHOR_NOTICE };

enum clock_state { CLOCK_UNSET, CLOCK_INFORMATIVE, CLOCK_SYNCHRONISED, CLOCK_RELATIVE };

/* Times are Unix seconds; `kid`, `prev` and `beacon` have 32 bytes. An ask has no claims behind issued_at; `beacon` may be
 * NULL. */
struct claims {
    enum kind kind;
    const uint8_t *kid;
    const char *issuer;
    const char *subject;
    uint64_t issued_at;
    uint64_t boot_count;
    uint64_t seq;
    const uint8_t *prev;
    const uint8_t *beacon;
    enum clock_state clock;
};

/* `application/vnd.tallystick.<kind>.v1+cose` */
const char *statement_typ(enum kind kind);

/* Writes all of a statement but its signature, which belongs behind the last byte. 0 for claims outside the profile and
 * where `room` does not suffice for the signature too. */
size_t statement_unsigned(const struct claims *claims, const uint8_t *payload, size_t payload_length, uint8_t *bytes,
                          size_t room);

/* What is signed: SHA-256 over the Sig_structure of the `length` bytes that `statement_unsigned` wrote. */
bool statement_digest(const uint8_t *bytes, size_t length, uint8_t digest[DIGEST_BYTES]);

/* The digest under a COSE_Sign1 with this protected header and payload. */
bool sign1_digest(const uint8_t *header, size_t header_length, const uint8_t *payload, size_t payload_length,
                  uint8_t digest[DIGEST_BYTES]);

/* A statement's id, from all its bytes. */
bool statement_id(const uint8_t *bytes, size_t length, uint8_t id[DIGEST_BYTES]);

/* Its leaf in a log: SHA-256 over a zero byte and the bytes. */
bool statement_leaf(const uint8_t *bytes, size_t length, uint8_t leaf[DIGEST_BYTES]);

/* The two parts of what stands behind the tag: views into the bytes. False where the frame is not the profile's. */
struct sign1 {
    const uint8_t *header;
    size_t header_length;
    const uint8_t *payload;
    size_t payload_length;
    const uint8_t *signature;
};
bool sign1_open(const uint8_t *bytes, size_t length, struct sign1 *parts);

#endif
