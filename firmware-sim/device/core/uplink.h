/* Between the ring and the gateway: asks where the stream stands, sends what waits, and frees what a proof covers. A PUBACK
 * frees nothing. */
#ifndef TALLY_UPLINK_H
#define TALLY_UPLINK_H

#include "stream.h"

enum {
    UPLINK_WINDOW = 16, /* sent and not confirmed at once: also bounds how long a confirmation can be */
    FIRST_DEADLINE_MS = 30000,
    LONGEST_DEADLINE_MS = 3600000,
    NOT_TAKEN_MS = 5000,
    LONGEST_NOT_TAKEN_MS = 60000,
};

struct uplink {
    struct stream *stream;
    const char *client;         /* the transport's name of this device */
    struct public_key log_key;  /* the log's proof key: what confirmations and refusals are signed with */
    bool connected, answered;
    bool behind;                /* the log holds what this device did not sign there: it must never sign again */
    bool failed;                /* the flash failed */
    unsigned ask_attempts;
    uint64_t ask_due_ms;
    uint64_t confirmed, refused, not_holding; /* counters */
};

void uplink_open(struct uplink *uplink, struct stream *stream, const char *client, const struct public_key *log_key);
void uplink_connected(struct uplink *uplink);
void uplink_disconnected(struct uplink *uplink);

/* Asks if that is due, then sends again what is overdue, then what was never sent. */
void uplink_run(struct uplink *uplink);

/* An order: whatever was refused goes out again, once the cause is mended. How many; `failed` is set when the flash failed. */
unsigned uplink_resend(struct uplink *uplink);

/* The transport's answer for a message: 0 taken, otherwise its reason for not taking it. */
void uplink_acknowledged(struct uplink *uplink, uint32_t place, unsigned reason);

/* A message of the down topic. */
void uplink_receive(struct uplink *uplink, const uint8_t *bytes, size_t length);

#endif
