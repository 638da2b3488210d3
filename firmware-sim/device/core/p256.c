/* docs/formats/statement.md, "The frame", 5: signers normalise, readers refuse the twin. */
#include "p256.h"

#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <string.h>

#include "cbor.h"
#include "sha256.h"

enum { POINT_BYTES = 1 + 2 * COORDINATE_BYTES }; /* 4, x, y */

static int random_for_mbedtls(void *context, unsigned char *bytes, size_t length) {
    (void)context;
    return p256_random(bytes, length) ? 0 : MBEDTLS_ERR_ECP_RANDOM_FAILED;
}

/* s, or n - s where s is above n/2. */
static int to_low_half(mbedtls_mpi *s, const mbedtls_mpi *order, bool *was_high) {
    mbedtls_mpi half;
    mbedtls_mpi_init(&half);
    int failed = mbedtls_mpi_copy(&half, order) || mbedtls_mpi_shift_r(&half, 1);
    *was_high = !failed && mbedtls_mpi_cmp_mpi(s, &half) > 0;
    if (*was_high) failed = mbedtls_mpi_sub_mpi(s, order, s);
    mbedtls_mpi_free(&half);
    return failed;
}

bool p256_sign(const uint8_t scalar[32], const uint8_t digest[DIGEST_BYTES], uint8_t signature[SIGNATURE_BYTES]) {
    mbedtls_ecp_group group;
    mbedtls_mpi d, r, s;
    bool was_high;
    mbedtls_ecp_group_init(&group);
    mbedtls_mpi_init(&d);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    int failed = mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1) || mbedtls_mpi_read_binary(&d, scalar, 32) ||
                 mbedtls_ecdsa_sign_det_ext(&group, &r, &s, &d, digest, DIGEST_BYTES, MBEDTLS_MD_SHA256,
                                            random_for_mbedtls, NULL) ||
                 to_low_half(&s, &group.N, &was_high) || mbedtls_mpi_write_binary(&r, signature, 32) ||
                 mbedtls_mpi_write_binary(&s, signature + 32, 32);
    mbedtls_mpi_free(&s);
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&d);
    mbedtls_ecp_group_free(&group);
    return !failed;
}

bool p256_public(const uint8_t scalar[32], struct public_key *key) {
    mbedtls_ecp_group group;
    mbedtls_mpi d;
    mbedtls_ecp_point point;
    uint8_t bytes[POINT_BYTES];
    size_t length;
    mbedtls_ecp_group_init(&group);
    mbedtls_mpi_init(&d);
    mbedtls_ecp_point_init(&point);
    int failed = mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1) || mbedtls_mpi_read_binary(&d, scalar, 32) ||
                 mbedtls_ecp_check_privkey(&group, &d) ||
                 mbedtls_ecp_mul(&group, &point, &d, &group.G, random_for_mbedtls, NULL) ||
                 mbedtls_ecp_point_write_binary(&group, &point, MBEDTLS_ECP_PF_UNCOMPRESSED, &length, bytes, sizeof bytes);
    mbedtls_ecp_point_free(&point);
    mbedtls_mpi_free(&d);
    mbedtls_ecp_group_free(&group);
    if (failed || length != sizeof bytes) return false;
    memcpy(key->x, bytes + 1, COORDINATE_BYTES);
    memcpy(key->y, bytes + 1 + COORDINATE_BYTES, COORDINATE_BYTES);
    return true;
}

bool p256_verify(const struct public_key *key, const uint8_t digest[DIGEST_BYTES],
                 const uint8_t signature[SIGNATURE_BYTES]) {
    mbedtls_ecp_group group;
    mbedtls_mpi r, s;
    mbedtls_ecp_point point;
    uint8_t bytes[POINT_BYTES] = {4};
    bool was_high = true;
    memcpy(bytes + 1, key->x, COORDINATE_BYTES);
    memcpy(bytes + 1 + COORDINATE_BYTES, key->y, COORDINATE_BYTES);
    mbedtls_ecp_group_init(&group);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    mbedtls_ecp_point_init(&point);
    int failed = mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1) || mbedtls_mpi_read_binary(&r, signature, 32) ||
                 mbedtls_mpi_read_binary(&s, signature + 32, 32) ||
                 mbedtls_ecp_point_read_binary(&group, &point, bytes, sizeof bytes) || mbedtls_ecp_check_pubkey(&group, &point) || to_low_half(&s, &group.N, &was_high) || was_high ||
                 mbedtls_ecdsa_verify(&group, digest, DIGEST_BYTES, &point, &r, &s);
    mbedtls_ecp_point_free(&point);
    mbedtls_mpi_free(&s);
    mbedtls_mpi_free(&r);
    mbedtls_ecp_group_free(&group);
    return !failed;
}

void p256_kid(const struct public_key *key, uint8_t kid[DIGEST_BYTES]) {
    uint8_t bytes[80];
    struct cbor_writer out;
    cbor_start(&out, bytes, sizeof bytes);
    cbor_head(&out, CBOR_MAP, 4); /* {1: 2 (EC2), -1: 1 (P-256), -2: x, -3: y} */
    cbor_int(&out, 1);
    cbor_int(&out, 2);
    cbor_int(&out, -1);
    cbor_int(&out, 1);
    cbor_int(&out, -2);
    cbor_bytes(&out, key->x, COORDINATE_BYTES);
    cbor_int(&out, -3);
    cbor_bytes(&out, key->y, COORDINATE_BYTES);
    (void)mbedtls_sha256(bytes, out.used, kid, 0);
}
