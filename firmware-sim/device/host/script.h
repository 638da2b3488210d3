/* A scripted bad day of one device, against a log in memory, with the power going away where it is told to. */
#ifndef TALLY_SCRIPT_H
#define TALLY_SCRIPT_H

#include "board.h"
#include "log_sim.h"

enum { SCRIPT_SECTORS = 11, OUTAGE_SECTORS = 16, MAX_DIGESTS = 2048, MAX_RECEIVED = 64, MAX_STEPS = 4096 };

struct script {
    unsigned steps; /* quarters of an hour */
    const char *variant;
    const uint8_t *facts; /* the id in settlements, of a calm day on which nothing happens; NULL: the bad one */
    bool from_the_first;  /* from the very first start on a blank flash, under a key that was enrolled before */
    bool is_outage;       /* all is calm, but the line is down from the second hour on, until the day is over */
    bool loses_state;     /* both copies of the state go bad on the way */
    uint64_t cut_at;      /* the flash operation in which the power goes away; 0: none */
    enum torn torn;
    void (*before)(struct flash_sim *flash); /* called before every flash operation; NULL for nobody */
};

struct run {
    const struct script *script;
    struct board board;
    struct log_sim log;
    bool line_is_up, loses, refuses, asked, has_lost_state;
    unsigned messages, received_count, starts, refused;
    struct received {
        uint32_t place;
        uint64_t seq;
        uint8_t kid[DIGEST_BYTES];
    } received[MAX_RECEIVED];
    uint8_t refusal[1024]; /* of what came last; the others are sent again */
    size_t refusal_length;
    uint8_t first_kid[DIGEST_BYTES]; /* of the key that it began with */
    struct {
        uint64_t now;
        unsigned permille;
    } pressures[MAX_STEPS]; /* of the ring, before each step of the day */
    unsigned step_count;
    unsigned signed_count, asked_count; /* what the element signed, and what of it were asks */
    uint8_t signed_digests[MAX_DIGESTS][DIGEST_BYTES], asked_digests[MAX_DIGESTS][DIGEST_BYTES];
};

extern struct run run;

/* Plays the day and then a calm time, until nothing waits. False where there is no memory, or no such variant. */
bool script_play(const struct script *script);
void script_end(void);

/* How many statements wait for a proof, in the ring and among the dead letters. */
unsigned unproven(struct stream *stream);

/* What is wrong with the run; NULL for nothing. */
const char *script_judge(void);

#endif
