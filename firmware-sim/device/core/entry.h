/* A statement as it is known in RAM, wherever it lies on flash: in the ring, or among the dead letters. */
#ifndef TALLY_ENTRY_H
#define TALLY_ENTRY_H

#include "hal.h"

/* Deadlines belong to the uplink. */
struct entry {
    uint64_t seq, due_ms;
    uint32_t generation, at; /* of which key of this device, counted; the place on flash */
    uint16_t length; /* of the statement without its signature */
    uint8_t kind, attempts;
    uint8_t reason; /* of the refusal: the codes of refusal.md; 0: none is known */
    bool own; /* of the key that signs now */
    bool is_signed, freed, unacknowledged, refused;
    bool is_dead; /* refused without hope: sent again on an order alone */
    bool refill; /* freed, and sent again because the log has lost it */
};

#endif
