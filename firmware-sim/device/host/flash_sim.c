#include "flash_sim.h"

#include <stdlib.h>
#include <string.h>

static bool sim_read(void *context, uint32_t at, void *bytes, size_t length) {
    struct flash_sim *sim = context;
    if (sim->is_dark) return false;
    memcpy(bytes, sim->bytes + at, length);
    return true;
}

static uint8_t noise(struct flash_sim *sim) {
    sim->noise = sim->noise * 1664525U + 1013904223U;
    return (uint8_t)(sim->noise >> 24);
}

/* Whether the power goes away in this operation. */
static bool is_cut(struct flash_sim *sim) {
    sim->operations += 1;
    if (sim->before != NULL) sim->before(sim);
    sim->is_dark = sim->operations == sim->cut_at;
    return sim->is_dark;
}

/* One page at most: the unit in which a chip programs. */
static bool write_page(struct flash_sim *sim, uint32_t at, const uint8_t *bytes, size_t length) {
    uint8_t *cells = sim->bytes + at;
    bool cut = is_cut(sim);
    size_t whole = !cut || sim->torn == TORN_WHOLE ? length : sim->torn == TORN_HALF ? length / 2 : 0;
    for (size_t i = 0; i < length; i++) {
        sim->misuses += (cells[i] & bytes[i]) != bytes[i];
        if (i < whole) {
            cells[i] &= bytes[i];
        } else if (cut && (i == whole ? sim->torn == TORN_HALF : sim->torn == TORN_BITS)) {
            cells[i] &= (uint8_t)(bytes[i] | noise(sim)); /* some of the bits that were to be cleared */
        }
    }
    return !cut;
}

static bool sim_write(void *context, uint32_t at, const void *bytes, size_t length) {
    struct flash_sim *sim = context;
    const uint8_t *from = bytes;
    if (sim->is_dark) return false;
    while (length > 0) {
        size_t part = FLASH_PAGE_BYTES - at % FLASH_PAGE_BYTES;
        if (part > length) part = length;
        if (!write_page(sim, at, from, part)) return false;
        at += (uint32_t)part;
        from += part;
        length -= part;
    }
    return true;
}

static bool sim_erase(void *context, uint32_t sector) {
    struct flash_sim *sim = context;
    uint8_t *cells = sim->bytes + (size_t)sector * FLASH_SECTOR_BYTES;
    if (sim->is_dark) return false;
    sim->wear[sector] += 1;
    if (!is_cut(sim) || sim->torn == TORN_WHOLE) {
        memset(cells, 0xff, FLASH_SECTOR_BYTES);
    } else if (sim->torn == TORN_HALF) {
        memset(cells, 0xff, FLASH_SECTOR_BYTES / 2);
    } else if (sim->torn == TORN_BITS) {
        for (size_t i = 0; i < FLASH_SECTOR_BYTES; i++) cells[i] |= noise(sim);
    }
    return !sim->is_dark;
}

bool flash_sim_make(struct flash_sim *sim, uint32_t sector_count) {
    *sim = (struct flash_sim){.sector_count = sector_count, .noise = 1};
    sim->bytes = malloc((size_t)sector_count * FLASH_SECTOR_BYTES);
    sim->wear = malloc(sector_count * sizeof *sim->wear);
    if (sim->bytes == NULL || sim->wear == NULL) return false;
    flash_sim_blank(sim);
    return true;
}

void flash_sim_blank(struct flash_sim *sim) {
    memset(sim->bytes, 0xff, (size_t)sim->sector_count * FLASH_SECTOR_BYTES);
    memset(sim->wear, 0, sim->sector_count * sizeof *sim->wear);
    sim->operations = sim->cut_at = sim->misuses = 0;
    sim->is_dark = false;
}

void flash_sim_end(struct flash_sim *sim) {
    free(sim->bytes);
    free(sim->wear);
}

void flash_sim_power_on(struct flash_sim *sim) {
    sim->is_dark = false;
}

struct flash flash_sim_interface(struct flash_sim *sim) {
    return (struct flash){.context = sim,
                          .sector_bytes = FLASH_SECTOR_BYTES,
                          .sector_count = sim->sector_count,
                          .read = sim_read,
                          .write = sim_write,
                          .erase = sim_erase};
}

uint32_t flash_sim_least_wear(const struct flash_sim *sim) {
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0; i < sim->sector_count; i++) least = sim->wear[i] < least ? sim->wear[i] : least;
    return least;
}

uint32_t flash_sim_worst_wear(const struct flash_sim *sim) {
    uint32_t worst = 0;
    for (uint32_t i = 0; i < sim->sector_count; i++) worst = sim->wear[i] > worst ? sim->wear[i] : worst;
    return worst;
}
