/* A log in memory that confirms what it has: the other end of the line, for runs that must be repeatable. */
#ifndef TALLY_LOG_SIM_H
#define TALLY_LOG_SIM_H

#include "statement.h"

enum { LOG_SIM_ENTRIES = 512, LOG_SIM_SE_SLOT = 2047 };

struct log_entry {
    uint8_t *bytes;
    size_t length;
    uint64_t seq;
    uint8_t kid[DIGEST_BYTES], leaf[DIGEST_BYTES];
};

struct log_sim {
    struct log_entry entries[LOG_SIM_ENTRIES];
    unsigned size;
    struct public_key key;
    unsigned forks; /* two contents under one number: what must never be */
};

bool log_sim_make(struct log_sim *log);
void log_sim_end(struct log_sim *log);

/* Whose statement it is, and which. False for what is none. */
bool log_sim_number(const uint8_t *bytes, size_t length, uint8_t kid[DIGEST_BYTES], uint64_t *seq);

/* Appends a statement that it has not yet; with `key` NULL its signature is somebody else's to check. False for what is no
 * statement. */
bool log_sim_append(struct log_sim *log, const uint8_t *bytes, size_t length, const struct public_key *key);

/* The statement of a key under a number, NULL where there is none. */
const struct log_entry *log_sim_find(const struct log_sim *log, const uint8_t *kid, uint64_t seq);

/* The newest statement of a key, NULL where there is none. */
const struct log_entry *log_sim_last(const struct log_sim *log, const uint8_t *kid);

/* A confirmation of the `count` statements of a key from `first` on; 0 where one of them is not there. */
size_t log_sim_confirm(const struct log_sim *log, const uint8_t *kid, uint64_t first, unsigned count, uint8_t *bytes,
                       size_t room);

/* The answer to an ask of `kid`. */
size_t log_sim_answer(const struct log_sim *log, const uint8_t *kid, uint8_t *bytes, size_t room);

/* A refusal of a statement (reason 3, unknown key), or a notice of an anchored root, signed in `se_slot`; 0 where there is no room. */
size_t log_sim_refuse(unsigned se_slot, const uint8_t *statement, size_t length, bool mendable, uint8_t *bytes, size_t room);
size_t log_sim_notice(unsigned se_slot, const uint8_t root[DIGEST_BYTES], uint8_t *bytes, size_t room);

#endif
