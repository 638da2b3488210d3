/* ES256 by mbedTLS: signing with a scalar (only a secure element in software calls that), verifying with a public key. */
#ifndef TALLY_P256_H
#define TALLY_P256_H

#include "se.h"

/* Random bytes for blinding; they never change a signature. */
bool p256_random(uint8_t *bytes, size_t length);

bool p256_public(const uint8_t scalar[32], struct public_key *key);
bool p256_sign(const uint8_t scalar[32], const uint8_t digest[DIGEST_BYTES], uint8_t signature[SIGNATURE_BYTES]);

/* Whether the signature holds, its s being at most n/2. */
bool p256_verify(const struct public_key *key, const uint8_t digest[DIGEST_BYTES], const uint8_t signature[SIGNATURE_BYTES]);

/* The key's id: its RFC 9679 thumbprint. */
void p256_kid(const struct public_key *key, uint8_t kid[DIGEST_BYTES]);

#endif
