/* The stream of one key. What is signed is stored first, so one number never carries two contents:
 *
 *   store the statement, unsigned, with the state that goes with it      cut before: nothing; after: it is signed later
 *   sign                                                                 deterministic: again gives the same bytes
 *   store the signature                                                  cut before: signed again, to the same bytes
 *   store number, link and state (A/B)                                   cut before: taken from the ring at the next start
 *   send                                                                 cut before: sent at the next start
 */
#ifndef TALLY_STREAM_H
#define TALLY_STREAM_H

#include "dead.h"
#include "ring.h"
#include "slots.h"

/* The flash, in this order; the ring has the rest. */
/* The flash has room for these and LEAST_RING_SECTORS, or nothing starts. */
enum { STATE_SECTORS = 2, HEAD_SECTORS = 2, DEAD_SECTORS = 2, HEAD_HEADER_BYTES = 320 };

struct stream_state {
    uint64_t boot_count, next_seq;
    uint8_t prev[DIGEST_BYTES];
    uint8_t kid[DIGEST_BYTES]; /* of the key whose state this is */
    struct point_state point;
    uint32_t generation; /* which key of this device, 1 for the first: the order of streams in the ring */
    uint32_t reserved;
};

/* The newest head that was confirmed: what an ask shows. */
struct head_state {
    uint64_t size;
    uint8_t signature[SIGNATURE_BYTES], root[DIGEST_BYTES];
    uint32_t header_length, reserved;
    uint8_t header[HEAD_HEADER_BYTES];
};

enum stream_start {
    STREAM_FRESH,     /* a key that never signed, and no sign of an older stream */
    STREAM_CONTINUED,
    STREAM_LOST,      /* the state is gone, or of another key: a new stream, under a new key if this one has signed */
    STREAM_FAILED,    /* the power went away meanwhile */
};

struct stream {
    const struct hal *hal;
    unsigned se_slot;
    const char *device;
    struct public_key key;
    uint8_t kid[DIGEST_BYTES];
    struct slots state_slots, head_slots;
    struct stream_state state;
    struct head_state head;
    struct dead dead;
    struct ring ring;
    bool has_head, may_sign, has_beacon;
    uint8_t beacon[DIGEST_BYTES]; /* a root that was anchored before what is signed from here on */
    uint8_t buffer[ENTRY_MAX_BYTES + SIGNATURE_BYTES];
};

enum stream_start stream_open(struct stream *stream, const struct hal *hal, unsigned se_slot, const char *device);

/* What the point remembers: also of a statement that is stored and not signed yet. */
bool stream_point(const struct stream *stream, struct point_state *point);

/* Says `payload` about `point`, and remembers `after` with it (but for `previous`, which the stream knows). RING_FULL also
 * while nothing may be signed. RING_FAILED also where it was stored and the element refused: the next start signs it. */
enum ring_result stream_say(struct stream *stream, enum kind kind, const char *point, const uint8_t *payload, size_t length,
                            const struct point_state *after);

/* Signs what a power cut left unsigned; then, and only then, more may be signed. RING_FULL: the element refused, nothing may be
 * signed yet, and this is tried again with the next answer. */
enum ring_result stream_allow(struct stream *stream);

/* The signed statement of an entry into the buffer; its length, 0 where there is none. A signature that has gone bad on flash
 * is made again: it is deterministic, and comes out as it was. */
size_t stream_read(struct stream *stream, struct entry *entry);

/* Something else was signed under this key: nothing may be, until the next start has asked again. */
void stream_forbid(struct stream *stream);

/* The statements that the stream knows of, one by one: those in the ring, then the dead letters. NULL behind the last. */
struct entry *stream_entry(struct stream *stream, unsigned index);

/* A proof has come for the entry. False when the power went away. */
bool stream_free(struct stream *stream, struct entry *entry);

/* Whether it was refused, and waits for somebody who mends the cause; and how many are. */
bool stream_is_refused(const struct entry *entry);
unsigned stream_refused(struct stream *stream);

/* An entry was refused without hope, its statement in the buffer: it goes to the dead letters, where it is not one already. Where
 * those have no room it stays in the ring. False when the power went away. */
bool stream_bury(struct stream *stream, struct entry *entry);

/* An entry that was refused waits again like any other. False when the power went away. */
bool stream_revive(struct stream *stream, struct entry *entry);

/* The root of an anchored head, named in every statement from here on. */
void stream_set_beacon(struct stream *stream, const uint8_t root[DIGEST_BYTES]);

/* Remembers a confirmed head, if it is newer than the one known. */
bool stream_set_head(struct stream *stream, const struct head_state *head);

#endif
