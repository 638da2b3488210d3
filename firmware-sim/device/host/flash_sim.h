/* NOR flash in memory, with what goes wrong: bits that are not erased can not be set, sectors wear, and the power may go
 * away in the middle of any write or erase. */
#ifndef TALLY_FLASH_SIM_H
#define TALLY_FLASH_SIM_H

#include "hal.h"

enum { FLASH_SECTOR_BYTES = 4096, FLASH_PAGE_BYTES = 256 };

/* What a cut leaves of the page or the sector that was under way. */
enum torn { TORN_NOTHING, TORN_HALF, TORN_BITS, TORN_WHOLE, TORN_KINDS };

struct flash_sim {
    uint8_t *bytes;
    uint32_t *wear; /* erases of each sector */
    uint32_t sector_count;
    uint64_t operations; /* page writes and erases so far */
    void (*before)(struct flash_sim *sim); /* called before every operation; may set cut_at; NULL for nobody */
    uint64_t cut_at;     /* the operation in which the power goes away; 0: none */
    enum torn torn;
    bool is_dark;        /* the power is away: everything fails */
    uint64_t misuses;    /* writes that would have had to set a bit */
    uint32_t noise;
};

/* A flash that was never written. False where there is no memory. */
bool flash_sim_make(struct flash_sim *sim, uint32_t sector_count);
void flash_sim_end(struct flash_sim *sim);
void flash_sim_blank(struct flash_sim *sim);
void flash_sim_power_on(struct flash_sim *sim);
struct flash flash_sim_interface(struct flash_sim *sim);
uint32_t flash_sim_least_wear(const struct flash_sim *sim);
uint32_t flash_sim_worst_wear(const struct flash_sim *sim);

#endif
