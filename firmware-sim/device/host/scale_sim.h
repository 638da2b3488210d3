/* A weighbridge (汽车衡) that is not there: trucks come and go, and each weighing is shown once, with the sums behind it. */
#ifndef TALLY_SCALE_SIM_H
#define TALLY_SCALE_SIM_H

#include "hal.h"

enum { SCALE_TRUCK_S = 1500, SCALE_FIRST_ALIBI = 100001 };

/* `alibi` rises for ever; the sums count since `zero_at`, of the `told` weighings since then that were shown. */
struct scale_sim {
    uint64_t zero_at, told, alibi;
    int64_t kg_in, kg_out;
};

/* The registers at `now`, and the oldest weighing that was not shown yet. What was weighed before a scale was first looked at, or
 * since it was set to zero, was shown to somebody else. */
void scale_sim_show(struct scale_sim *scale, uint64_t seed, uint64_t zero_at, uint64_t now, struct shown *shown);

#endif
