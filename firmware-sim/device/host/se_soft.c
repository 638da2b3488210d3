#include "se_soft.h"

#include <string.h>
#include <sys/random.h>

#include "p256.h"
#include "sha256.h"

static struct {
    bool filled, seeded;
    uint64_t seed, generation, signatures;
    uint8_t scalar[32];
    struct public_key key;
} slots[SE_SLOTS];

static se_soft_witness witness;
static bool is_refusing;

bool p256_random(uint8_t *bytes, size_t length) {
    while (length > 0) {
        ssize_t got = getrandom(bytes, length, 0);
        if (got <= 0) return false;
        bytes += got;
        length -= (size_t)got;
    }
    return true;
}

bool se_has_key(unsigned slot) {
    return slot < SE_SLOTS && slots[slot].filled;
}

bool se_soft_load(unsigned slot, const uint8_t scalar[32]) {
    if (slot >= SE_SLOTS || !p256_public(scalar, &slots[slot].key)) return false;
    memcpy(slots[slot].scalar, scalar, 32);
    slots[slot].filled = true;
    slots[slot].signatures = 0;
    return true;
}

void se_soft_seed(unsigned slot, uint64_t seed) {
    slots[slot].seeded = true;
    slots[slot].seed = seed;
    slots[slot].generation = 0;
}

bool se_generate(unsigned slot) {
    uint8_t scalar[32];
    if (slot >= SE_SLOTS) return false;
    do {
        uint8_t text[32] = "tallystick simulated key";
        if (!slots[slot].seeded) {
            if (!p256_random(scalar, sizeof scalar)) return false;
            continue;
        }
        slots[slot].generation += 1;
        for (unsigned i = 0; i < 4; i++) text[24 + i] = (uint8_t)(slots[slot].seed >> (8 * i));
        for (unsigned i = 0; i < 4; i++) text[28 + i] = (uint8_t)(slots[slot].generation >> (8 * i));
        if (mbedtls_sha256(text, sizeof text, scalar, 0) != 0) return false;
    } while (!se_soft_load(slot, scalar)); /* one in 2^32 is no scalar of the curve */
    return true;
}

bool se_was_used(unsigned slot) {
    return se_has_key(slot) && slots[slot].signatures > 0;
}

bool se_public_key(unsigned slot, struct public_key *key) {
    if (!se_has_key(slot)) return false;
    *key = slots[slot].key;
    return true;
}

bool se_sign(unsigned slot, const uint8_t digest[DIGEST_BYTES], uint8_t signature[SIGNATURE_BYTES]) {
    if (!se_has_key(slot) || is_refusing) return false;
    if (witness != NULL) witness(slot, digest);
    slots[slot].signatures += 1;
    return p256_sign(slots[slot].scalar, digest, signature);
}

void se_soft_watch(se_soft_witness watcher) {
    witness = watcher;
}

void se_soft_refuse(bool refuses) {
    is_refusing = refuses;
}

void se_soft_erase(unsigned slot) {
    slots[slot].filled = false;
}
