/* What a log says in statements of its own: refusals and notices. */
#include "log_sim.h"
#include "p256.h"

/* A statement that stands alone, as the gateway signs it. */
static size_t sign_alone(unsigned se_slot, enum kind kind, const struct cbor_writer *payload, uint8_t *bytes, size_t room) {
    struct public_key key;
    struct cbor_writer header, out;
    uint8_t header_bytes[400], kid[DIGEST_BYTES], digest[DIGEST_BYTES];
    if (!se_public_key(se_slot, &key)) return 0;
    p256_kid(&key, kid);
    cbor_start(&header, header_bytes, sizeof header_bytes);
    cbor_head(&header, CBOR_MAP, 5);
    cbor_int(&header, 1);
    cbor_int(&header, ES256);
    cbor_int(&header, 3);
    cbor_int(&header, CONTENT_CBOR);
    cbor_int(&header, 4);
    cbor_bytes(&header, kid, sizeof kid);
    cbor_int(&header, 15);
    cbor_head(&header, CBOR_MAP, 3);
    cbor_int(&header, 1);
    cbor_text(&header, "urn:tallystick:log:1");
    cbor_int(&header, 2);
    cbor_text(&header, "urn:dev:org:32473-sim:device-0");
    cbor_int(&header, 6);
    cbor_int(&header, 1767268800);
    cbor_int(&header, 16);
    cbor_text(&header, statement_typ(kind));
    cbor_start(&out, bytes, room);
    cbor_raw(&out, "\xd2\x84", 2);
    cbor_bytes(&out, header_bytes, header.used);
    cbor_head(&out, CBOR_MAP, 0);
    cbor_bytes(&out, payload->bytes, payload->used);
    cbor_head(&out, CBOR_BYTES, SIGNATURE_BYTES);
    if (!statement_digest(bytes, out.used, digest) || !se_sign(se_slot, digest, bytes + out.used)) return 0;
    return out.used + SIGNATURE_BYTES;
}

size_t log_sim_refuse(unsigned se_slot, const uint8_t *statement, size_t length, bool mendable, uint8_t *bytes, size_t room) {
    struct cbor_writer payload;
    uint8_t payload_bytes[256], id[DIGEST_BYTES];
    if (!statement_id(statement, length, id)) return 0;
    cbor_start(&payload, payload_bytes, sizeof payload_bytes);
    cbor_head(&payload, CBOR_MAP, 4);
    cbor_int(&payload, 1);
    cbor_bytes(&payload, id, sizeof id);
    cbor_int(&payload, 2);
    cbor_int(&payload, 3);
    cbor_int(&payload, 3);
    cbor_text(&payload, "no enrolment names this key");
    cbor_int(&payload, 4);
    cbor_flag(&payload, mendable);
    return sign_alone(se_slot, KIND_REFUSAL, &payload, bytes, room);
}

size_t log_sim_notice(unsigned se_slot, const uint8_t root[DIGEST_BYTES], uint8_t *bytes, size_t room) {
    struct cbor_writer payload;
    uint8_t payload_bytes[64];
    cbor_start(&payload, payload_bytes, sizeof payload_bytes);
    cbor_head(&payload, CBOR_MAP, 3);
    cbor_int(&payload, 1);
    cbor_int(&payload, 7);
    cbor_int(&payload, 2);
    cbor_bytes(&payload, root, DIGEST_BYTES);
    cbor_int(&payload, 3);
    cbor_int(&payload, 1767268800);
    return sign_alone(se_slot, KIND_ANCHOR_NOTICE, &payload, bytes, room);
}
