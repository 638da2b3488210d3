/* What a reader says of a statement: the first thing that is wrong with it. */
#ifndef TALLY_VERDICT_H
#define TALLY_VERDICT_H

#include "statement.h"

enum verdict {
    VERDICT_OK,
    VERDICT_WRONG_FRAME,     /* not a COSE_Sign1 of the profile */
    VERDICT_MALFORMED_CBOR,  /* header or payload is not deterministic CBOR of the subset */
    VERDICT_WRONG_HEADER,    /* the header breaks a rule of its kind */
    VERDICT_WRONG_PAYLOAD,   /* the payload breaks a rule of its kind */
    VERDICT_WRONG_SIGNATURE, /* the signature does not hold, or is the twin */
};

/* What the header says. Views into it; `prev` and `beacon` are NULL where absent. */
struct header {
    int64_t algorithm;
    enum kind kind;
    const uint8_t *kid;
    const uint8_t *subject;
    size_t subject_length;
    uint64_t issued_at, boot_count, seq;
    const uint8_t *prev, *beacon;
};

enum verdict header_check(const uint8_t *bytes, size_t length, struct header *header);
enum verdict payload_check(enum kind kind, const uint8_t *bytes, size_t length);
enum verdict pack_check(const uint8_t *bytes, size_t length);

/* Everything; `key` is whom the statement should be of. */
enum verdict statement_check(const uint8_t *bytes, size_t length, const struct public_key *key);

/* Whether a text of the subset is printable, and has 1..most characters. */
struct cbor_item;
bool text_is_printable(const struct cbor_item *item);
bool text_fits(const struct cbor_item *item, size_t most);

#endif
