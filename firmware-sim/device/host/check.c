/* Verdicts over statements, one hex line each, and over proofs: PROOF ENTRY ENTRY..., with the key of whom they should be
 * of as the argument, x and y in hex. */
#include <stdio.h>
#include <string.h>

#include "hex.h"
#include "proof.h"
#include "statement.h"
#include "tools.h"
#include "verdict.h"

enum { MAX_LINE = 16 << 20 };

static char line[MAX_LINE];
static uint8_t bytes[MAX_LINE / 2];

static bool key_of(int count, char **arguments, struct public_key *key) {
    uint8_t both[2 * COORDINATE_BYTES];
    if (count != 1 || !hex_read_exactly(arguments[0], both, sizeof both)) return false;
    memcpy(key->x, both, COORDINATE_BYTES);
    memcpy(key->y, both + COORDINATE_BYTES, COORDINATE_BYTES);
    return true;
}

int tool_check(int count, char **arguments) {
    static const char *const names[] = {"ok",           "wrong-frame",   "malformed-cbor",
                                        "wrong-header", "wrong-payload", "wrong-signature"};
    struct public_key key;
    if (!key_of(count, arguments, &key)) return 2;
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        long length = hex_read(line, bytes, sizeof bytes);
        if (length < 0) return 2;
        puts(names[statement_check(bytes, (size_t)length, &key)]);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}

/* "ok ROOT", or "refused". */
static bool prove(const char *entries, const uint8_t *proof_bytes, size_t length, const struct public_key *key) {
    static uint8_t entry[MAX_STATEMENT_BYTES];
    static char text[2 * MAX_STATEMENT_BYTES + 1];
    uint8_t root[DIGEST_BYTES], another[DIGEST_BYTES], leaf[DIGEST_BYTES];
    struct proof proof;
    if (!proof_open(proof_bytes, length, &proof)) return false;
    for (uint64_t i = 0; i < proof.path_count; i++) {
        size_t chars = strcspn(entries, " ");
        if (chars == 0 || chars >= sizeof text) return false;
        memcpy(text, entries, chars);
        text[chars] = '\0';
        long got = hex_read(text, entry, sizeof entry);
        if (got < 0 || !statement_leaf(entry, (size_t)got, leaf)) return false;
        if (!proof_next_root(&proof, leaf, i == 0 ? root : another)) return false;
        if (i > 0 && memcmp(root, another, DIGEST_BYTES) != 0) return false;
        entries += chars + (entries[chars] == ' ');
    }
    if (*entries != '\0' || !proof_verify_root(&proof, root, key)) return false;
    printf("ok ");
    hex_write(stdout, root, DIGEST_BYTES);
    puts("");
    return true;
}

int tool_prove(int count, char **arguments) {
    struct public_key key;
    if (!key_of(count, arguments, &key)) return 2;
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *entries = strchr(line, ' ');
        if (entries == NULL) return 2;
        *entries++ = '\0';
        long length = hex_read(line, bytes, sizeof bytes);
        if (length < 0) return 2;
        if (!prove(entries, bytes, (size_t)length, &key)) puts("refused");
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
