/* A secure element: keys in numbered slots. What comes out is public keys and signatures; the private scalar never does. */
#ifndef TALLY_SE_H
#define TALLY_SE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIGNATURE_BYTES = 64, DIGEST_BYTES = 32, COORDINATE_BYTES = 32 };

struct public_key {
    uint8_t x[COORDINATE_BYTES];
    uint8_t y[COORDINATE_BYTES];
};

/* Whether the slot holds a key. */
bool se_has_key(unsigned slot);

/* Whether the key in the slot has ever signed: a counter that survives the flash, as secure elements have one. */
bool se_was_used(unsigned slot);

/* Makes a new P-256 key in the slot; the one that it held is gone. */
bool se_generate(unsigned slot);

bool se_public_key(unsigned slot, struct public_key *key);

/* Signs a SHA-256 digest: ES256, r || s, deterministic by RFC 6979, s at most n/2. */
bool se_sign(unsigned slot, const uint8_t digest[DIGEST_BYTES], uint8_t signature[SIGNATURE_BYTES]);

#endif
