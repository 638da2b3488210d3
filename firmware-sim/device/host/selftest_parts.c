/* The parts that stand alone: numbers, memory, flash, slots, zones. */
#include <string.h>

#include "arena.h"
#include "cbor_read.h"
#include "p256.h"
#include "se_soft.h"
#include "selftest.h"
#include "slots.h"

/* Shortest heads, at every width's edge; and only those are read. */
static void test_heads(void) {
    static const uint64_t edges[] = {0, 23, 24, 255, 256, 65535, 65536, UINT32_MAX, UINT64_C(4294967296), UINT64_MAX};
    static const size_t widths[] = {1, 1, 2, 2, 3, 3, 5, 5, 9, 9};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        uint8_t bytes[9];
        struct cbor_writer out;
        uint64_t value;
        enum cbor_major major;
        cbor_start(&out, bytes, sizeof bytes);
        cbor_head(&out, CBOR_UINT, edges[i]);
        struct cbor_reader reader = {.bytes = bytes, .length = out.used};
        CHECK(out.used == widths[i]);
        CHECK(cbor_read_head(&reader, &major, &value) && major == CBOR_UINT && value == edges[i]);
        reader = (struct cbor_reader){.bytes = bytes, .length = out.used - 1};
        CHECK(!cbor_read_head(&reader, &major, &value));
    }
    static const char *const lax[] = {"\x18\x17", "\x19\x00\xff", "\x1a\x00\x00\xff\xff", "\x5f", "\xf9\x3c", "\xc1"};
    for (size_t i = 0; i < sizeof lax / sizeof *lax; i++) CHECK(!cbor_is_strict((const uint8_t *)lax[i], strlen(lax[i]) + 1));
    uint8_t small[3];
    struct cbor_writer out;
    cbor_start(&out, small, sizeof small);
    cbor_text(&out, "abc");
    CHECK(out.full);
}

static void test_numbers(void) {
    CHECK(number_of(-1, 0).negative && number_of(-1, 0).magnitude == 0);
    CHECK(number_of(INT64_MIN, 2).magnitude == INT64_MAX && number_of(INT64_MIN, 2).places == 2);
    CHECK(!number_of(0, 3).negative);
}

static void test_arena(void) {
    void *blocks[64];
    unsigned count = 0;
    CHECK(arena_in_use() == 0);
    while (count < 64 && (blocks[count] = arena_calloc(1, 400)) != NULL) count += 1;
    CHECK(count >= 25 && count < 64);
    CHECK(arena_calloc(1, 400) == NULL);
    CHECK(arena_calloc(SIZE_MAX, 2) == NULL);
    for (unsigned i = 0; i < count; i += 2) CHECK(arena_free(blocks[i]));
    CHECK(arena_calloc(1, 1000) == NULL); /* holes of one block each */
    for (unsigned i = 1; i < count; i += 2) CHECK(arena_free(blocks[i]));
    void *whole = arena_calloc(1, 12000); /* joined again */
    CHECK(whole != NULL && arena_free(whole));
    CHECK(!arena_free(&count));
    CHECK(arena_in_use() == 0);
}

static void test_keys(void) {
    static const uint8_t zero[32];
    uint8_t digest[DIGEST_BYTES] = {1}, one[SIGNATURE_BYTES], two[SIGNATURE_BYTES];
    struct public_key key, other;
    se_soft_seed(5, 1);
    CHECK(!se_soft_load(5, zero) && !se_has_key(5));
    CHECK(se_generate(5) && se_public_key(5, &key) && !se_was_used(5));
    CHECK(se_sign(5, digest, one) && se_sign(5, digest, two) && memcmp(one, two, sizeof one) == 0 && se_was_used(5));
    CHECK(p256_verify(&key, digest, one));
    for (size_t bit = 0; bit < 8 * SIGNATURE_BYTES; bit += 37) {
        memcpy(two, one, sizeof two);
        two[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK(!p256_verify(&key, digest, two));
    }
    CHECK(se_generate(5) && se_public_key(5, &other) && memcmp(&key, &other, sizeof key) != 0);
    CHECK(!p256_verify(&other, digest, one));
    other.x[0] ^= 1;
    CHECK(!p256_verify(&other, digest, one)); /* no point of the curve */
}

static void test_flash(void) {
    struct flash_sim sim;
    uint8_t byte = 0x0f, back;
    CHECK(flash_sim_make(&sim, 2));
    struct flash flash = flash_sim_interface(&sim);
    CHECK(flash.write(&sim, 10, &byte, 1) && flash.read(&sim, 10, &back, 1) && back == 0x0f && sim.misuses == 0);
    byte = 0xf0;
    CHECK(flash.write(&sim, 10, &byte, 1) && flash.read(&sim, 10, &back, 1) && back == 0 && sim.misuses == 1);
    CHECK(flash.erase(&sim, 0) && flash.read(&sim, 10, &back, 1) && back == 0xff && sim.wear[0] == 1);
    sim.cut_at = sim.operations + 1;
    CHECK(!flash.write(&sim, 10, &byte, 1) && !flash.read(&sim, 10, &back, 1));
    flash_sim_power_on(&sim);
    CHECK(flash.read(&sim, 10, &back, 1) && back == 0xff);
    flash_sim_end(&sim);
}

/* A record that is replaced two thousand times, the power going away in every third: the old one or the new one. */
static void test_slots(void) {
    struct flash_sim sim;
    struct slots slots;
    uint64_t record[20] = {0}, back[20];
    CHECK(flash_sim_make(&sim, 2));
    struct flash flash = flash_sim_interface(&sim);
    CHECK(!slots_open(&slots, &flash, 0, back, sizeof back));
    for (uint64_t round = 1; round <= 2000; round++) {
        uint64_t before = record[0];
        for (size_t i = 0; i < 20; i++) record[i] = round * (i + 1);
        sim.torn = (enum torn)(round / 3 % TORN_KINDS);
        sim.cut_at = round % 3 == 0 ? sim.operations + 1 : 0;
        bool written = slots_write(&slots, record);
        flash_sim_power_on(&sim);
        CHECK(written == (round % 3 != 0));
        if (!written) {
            bool found = slots_open(&slots, &flash, 0, back, sizeof back);
            CHECK(found && (back[0] == round || back[0] == before) && back[19] == back[0] * 20);
            record[0] = back[0];
        }
    }
    CHECK(sim.misuses == 0);
    CHECK(flash_sim_worst_wear(&sim) < 100); /* not one erase a record */
    flash_sim_end(&sim);
}

static void test_zones(void) {
    struct zone zone;
    CHECK(zone_read(&zone, "CST-8") && zone.standard_s == 28800 && !zone.has_summer);
    CHECK(zone_read(&zone, "CET-1CEST,M3.5.0,M10.5.0/3") && zone.summer_s == 7200);
    CHECK(zone_read(&zone, "<+0545>-5:45") && zone.standard_s == 20700);
    static const char *const wrong[] = {
        "", "C-8", "CST", "CST-8X", "CET-1CEST", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.5.0"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) CHECK(!zone_read(&zone, wrong[i]));
}

void test_parts(void) {
    test_heads();
    test_numbers();
    test_arena();
    test_keys();
    test_flash();
    test_slots();
    test_zones();
}
