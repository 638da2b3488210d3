#include "console.h"

#include <inttypes.h>
#include <string.h>

#include "hex.h"

/* refusal.md */
static const char *const REASONS[] = {"?",           "malformed",  "too-large",         "unknown-key", "bad-signature",
                                      "wrong-sender", "wrong-kind", "unknown-authority", "forked"};
static const char *const KINDS[] = {"readings", "settlement", "gap"};
static const char *const CLOCKS[] = {"unset", "informative", "synchronised", "relative"};

static const char *named(const char *const *names, size_t count, unsigned code) {
    return code < count ? names[code] : "?";
}

#define NAMED(names, code) named(names, sizeof(names) / sizeof *(names), code)

void console_status(struct board *board, FILE *out) {
    struct stream *stream = &board->stream;
    const struct ring *ring = &stream->ring;
    uint32_t used = ring_used_bytes(ring), whole = ring->sector_count * ring->flash->sector_bytes;
    fprintf(out, "{\"client\": \"%s\", \"key\": \"", board->client);
    hex_write(out, stream->kid, DIGEST_BYTES);
    fprintf(out, "\", \"boot_count\": %" PRIu64 ", \"next_seq\": %" PRIu64 ", \"waiting\": %u, \"ring_used_bytes\": %" PRIu32,
            stream->state.boot_count, stream->state.next_seq, ring_waiting(ring), used);
    fprintf(out, ", \"ring_free_bytes\": %" PRIu32 ", \"ring_pressure_permille\": %u, \"dead\": %u, \"damaged\": %u",
            used > whole ? 0 : whole - used, ring_pressure(ring), stream_refused(stream), ring->damaged);
    fprintf(out, ", \"clock\": \"%s\", \"may_sign\": %s, \"behind\": %s", NAMED(CLOCKS, board->hal.clock(board)),
            stream->may_sign ? "true" : "false", board->uplink.behind ? "true" : "false");
    fprintf(out, ", \"gap_open\": %s, \"not_believed\": %" PRIu64, board->meter.gap.is_open ? "true" : "false",
            board->uplink.not_holding);
    fprintf(out, ", \"erases_least\": %" PRIu32 ", \"erases_most\": %" PRIu32 ", \"up_s\": %" PRIu64 "}\n",
            flash_sim_least_wear(&board->flash), flash_sim_worst_wear(&board->flash), board->up_ms / 1000);
}

static void list_dead(struct board *board, FILE *out) {
    const struct entry *entry;
    for (unsigned i = 0; (entry = stream_entry(&board->stream, i)) != NULL; i++) {
        if (!stream_is_refused(entry)) continue;
        fprintf(out, "{\"client\": \"%s\", \"seq\": %" PRIu64 ", \"kind\": \"%s\", \"reason\": \"%s\", \"mendable\": %s}\n",
                board->client, entry->seq, NAMED(KINDS, entry->kind), NAMED(REASONS, entry->reason),
                entry->is_dead ? "false" : "true");
    }
}

/* Whether the line is `order`, for all or for this device. */
static bool is_order(const char *line, const char *order, const struct board *board, bool *is_mine) {
    size_t length = strlen(order);
    if (strncmp(line, order, length) != 0 || (line[length] != '\0' && line[length] != ' ')) return false;
    *is_mine = line[length] == '\0' || strcmp(line + length + 1, board->client) == 0;
    return true;
}

enum console_answer console_obey(const char *line, struct board *board, FILE *out) {
    bool is_mine;
    if (strcmp(line, "end") == 0) return CONSOLE_END;
    if (is_order(line, "status", board, &is_mine)) {
        if (is_mine) console_status(board, out);
    } else if (is_order(line, "dead", board, &is_mine)) {
        if (is_mine) list_dead(board, out);
    } else if (is_order(line, "resend", board, &is_mine)) {
        if (is_mine) fprintf(out, "{\"client\": \"%s\", \"resent\": %u}\n", board->client, uplink_resend(&board->uplink));
    } else {
        return CONSOLE_UNKNOWN;
    }
    return CONSOLE_DONE;
}
