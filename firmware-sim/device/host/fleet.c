/* Many devices in one process, each with its own key, flash, clock and connection, against a real gateway:
 *
 *   fleet DEVICES LOGKEY HOST PORT CA STATEMENTS SECONDS SPEED [console]
 *
 * DEVICES is a file of lines: client, token, scalar of the key, device, point and variant, between tabs. LOGKEY is the log's
 * proof key, x and y in hex. CA is a file, or "-" for no TLS,
 * to a loopback address alone. Each device runs until it has signed STATEMENTS and each is
 * confirmed or refused, at most SECONDS. SPEED says how many seconds of its clock go by in one. Ends with a line of JSON.
 * With `console` it takes orders on standard input (console.h), and goes on until their end. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "console.h"
#include "hex.h"
#include "mqtt.h"
#include "se_soft.h"
#include "tools.h"

enum { MOST_DEVICES = 2000, FLEET_SECTORS = 18, TICK_MS = 20, MOST_CONNECTING = 8, LINE_BYTES = 1024 };

struct member {
    struct board board;
    struct mqtt line;
    bool done;
};

static struct member *members[SE_SLOTS];
static struct pollfd polled[SE_SLOTS + 1]; /* the last one is the console */
static unsigned member_count;
static bool has_console;
static volatile sig_atomic_t must_stop;

static void on_signal(int number) {
    (void)number;
    must_stop = 1;
}

static uint64_t now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool copy_name(char *name, size_t room, const char *text) {
    size_t length = strlen(text);
    if (length >= room) return false;
    memcpy(name, text, length + 1);
    return true;
}

/* One line of the file. */
static struct member *member_of(char *text, const struct mqtt_gateway *gateway, const struct public_key *log_key) {
    char *fields[6], *rest = text;
    uint8_t scalar[32];
    text[strcspn(text, "\n")] = '\0';
    for (int i = 0; i < 6; i++) {
        fields[i] = rest;
        rest = rest == NULL ? NULL : strchr(rest, '\t');
        if (rest != NULL) *rest++ = '\0';
        if (fields[i] == NULL) return NULL;
    }
    struct member *member = malloc(sizeof *member);
    if (member == NULL || !hex_read_exactly(fields[2], scalar, sizeof scalar)) return NULL;
    memset(member, 0, sizeof *member);
    struct board *board = &member->board;
    if (!board_make(board, member_count, member_count + 1, fields[5], FLEET_SECTORS)) return NULL;
    if (!se_soft_load(board->se_slot, scalar)) return NULL;
    if (!copy_name(board->client, sizeof board->client, fields[0]) ||
        !copy_name(board->device, sizeof board->device, fields[3]) ||
        !copy_name(board->point, sizeof board->point, fields[4])) {
        return NULL;
    }
    board->true_now = (uint64_t)time(NULL);
    board->zero_at = board->true_now - 86400 * (1 + member_count % 30);
    board->drift_ppm = (int64_t)(member_count % 41) - 20; /* what a quartz does */
    board->config.cadence_s = 60;
    board->config.pack_readings = 1;
    board_set_clock(board, board->true_now, CLOCK_SYNCHRONISED);
    mqtt_make(&member->line, gateway, board, fields[1]);
    return board_start(board, log_key) ? member : NULL;
}

static bool read_members(const char *path, const struct mqtt_gateway *gateway, const struct public_key *log_key) {
    char text[LINE_BYTES];
    FILE *file = fopen(path, "r");
    if (file == NULL) return false;
    while (fgets(text, sizeof text, file) != NULL) {
        struct member *member = member_count < MOST_DEVICES ? member_of(text, gateway, log_key) : NULL;
        if (member == NULL) {
            fprintf(stderr, "%s: line %u is no device\n", path, member_count + 1);
            (void)fclose(file);
            return false;
        }
        members[member_count++] = member;
    }
    return fclose(file) == 0 && member_count > 0;
}

/* Connections are begun a few at a time: a gateway takes 16 strangers of one address at once. */
static void connect_some(uint64_t now) {
    unsigned connecting = 0;
    for (unsigned i = 0; i < member_count; i++) connecting += members[i]->line.state == MQTT_CONNECTING;
    for (unsigned i = 0; i < member_count && connecting < MOST_CONNECTING; i++) {
        struct mqtt *line = &members[i]->line;
        if (line->state != MQTT_DOWN || now < line->retry_at_ms) continue;
        mqtt_connect(line, now);
        connecting += 1;
    }
}

static void obey(const char *line) {
    enum console_answer answer = CONSOLE_DONE;
    for (unsigned i = 0; i < member_count && answer == CONSOLE_DONE; i++) answer = console_obey(line, &members[i]->board, stdout);
    if (answer == CONSOLE_END) has_console = false;
    if (answer == CONSOLE_UNKNOWN) fprintf(stderr, "%s: no such order: status, dead, resend, end\n", line);
    (void)fflush(stdout);
}

/* What has come on standard input since; a line that is too long is none. */
static void serve_console(void) {
    static char text[LINE_BYTES];
    static size_t used;
    ssize_t got = read(STDIN_FILENO, text + used, sizeof text - 1 - used);
    if (got <= 0) {
        has_console = false;
        return;
    }
    used += (size_t)got;
    text[used] = '\0';
    char *line = text;
    for (char *end = strchr(line, '\n'); end != NULL; end = strchr(line, '\n')) {
        *end = '\0';
        obey(line);
        line = end + 1;
    }
    used -= (size_t)(line - text);
    memmove(text, line, used);
    if (used == sizeof text - 1) used = 0;
}

static void serve_all(uint64_t now) {
    for (unsigned i = 0; i < member_count; i++) {
        const struct mqtt *line = &members[i]->line;
        polled[i] = (struct pollfd){.fd = mqtt_socket(line), .events = POLLIN};
        if (line->client != NULL && mosquitto_want_write(line->client)) polled[i].events |= POLLOUT;
    }
    polled[member_count] = (struct pollfd){.fd = has_console ? STDIN_FILENO : -1, .events = POLLIN};
    if (poll(polled, member_count + 1, TICK_MS) < 0) return;
    if (polled[member_count].revents != 0) serve_console();
    for (unsigned i = 0; i < member_count; i++) {
        mqtt_serve(&members[i]->line, now, (polled[i].revents & ~POLLOUT) != 0, (polled[i].revents & POLLOUT) != 0);
    }
}

/* How many statements are neither confirmed nor refused. */
static unsigned undecided(struct stream *stream) {
    const struct entry *entry;
    unsigned count = 0;
    for (unsigned i = 0; (entry = stream_entry(stream, i)) != NULL; i++) count += !entry->freed && !entry->refused;
    return count;
}

/* Lets time go by for every device; returns how many are done. */
static unsigned run_all(uint64_t begun, uint64_t now, uint64_t speed, uint64_t statements) {
    unsigned done = 0;
    for (unsigned i = 0; i < member_count; i++) {
        struct member *member = members[i];
        struct board *board = &member->board;
        uint64_t passed_ms = now - begun;
        uint64_t seconds = passed_ms * speed / 1000 - board->passed_s;
        bool enough = board->stream.state.next_seq >= statements;
        board->passed_s += seconds;
        board->true_now += seconds;
        board->up_ms = passed_ms;
        if (!enough) (void)meter_run(&board->meter);
        uplink_run(&board->uplink);
        if (enough) (void)board_stop(board); /* nothing that was read is left in its memory */
        member->done = enough && board->meter.packed_count == 0 && undecided(&board->stream) == 0;
        done += member->done;
    }
    return done;
}

static void report(uint64_t began_ms) {
    unsigned long signed_count = 0, waiting = 0, confirmed = 0, refused = 0, doubtful = 0, connections = 0, not_taken = 0;
    unsigned done = 0, behind = 0;
    for (unsigned i = 0; i < member_count; i++) {
        const struct member *member = members[i];
        signed_count += member->board.stream.state.next_seq;
        waiting += ring_waiting(&member->board.stream.ring);
        confirmed += member->board.uplink.confirmed;
        refused += member->board.uplink.refused;
        doubtful += member->board.uplink.not_holding;
        behind += member->board.uplink.behind;
        connections += member->line.connections;
        not_taken += member->line.not_taken;
        done += member->done;
    }
    printf("{\"devices\": %u, \"done\": %u, \"signed\": %lu, \"confirmed\": %lu, \"waiting\": %lu, \"refused\": %lu, "
           "\"not_believed\": %lu, \"behind\": %u, \"connections\": %lu, \"not_taken\": %lu, \"arena_peak\": %lu, "
           "\"seconds\": %.1f}\n",
           member_count, done, signed_count, confirmed, waiting, refused, doubtful, behind, connections, not_taken,
           (unsigned long)arena_peak(), (double)(now_ms() - began_ms) / 1000);
}

static bool raise_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
    limit.rlim_cur = limit.rlim_max; /* libmosquitto takes three descriptors for each client */
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

int tool_fleet(int count, char **arguments) {
    struct public_key log_key;
    uint8_t both[2 * COORDINATE_BYTES];
    has_console = count == 9 && strcmp(arguments[8], "console") == 0;
    if ((count != 8 && !has_console) || !hex_read_exactly(arguments[1], both, sizeof both) || !raise_file_limit()) return 2;
    memcpy(log_key.x, both, COORDINATE_BYTES);
    memcpy(log_key.y, both + COORDINATE_BYTES, COORDINATE_BYTES);
    struct mqtt_gateway gateway = {.host = arguments[2],
                                   .port = atoi(arguments[3]),
                                   .ca_file = strcmp(arguments[4], "-") == 0 ? NULL : arguments[4],
                                   .prefix = "tally/1"};
    if (!mqtt_may_connect(&gateway)) {
        fprintf(stderr, "%s: without TLS only to a loopback address, as 127.0.0.1\n", gateway.host);
        return 2;
    }
    uint64_t statements = strtoull(arguments[5], NULL, 10), most_ms = strtoull(arguments[6], NULL, 10) * 1000;
    uint64_t speed = strtoull(arguments[7], NULL, 10), begun = now_ms(), told = begun;
    (void)signal(SIGTERM, on_signal);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)mosquitto_lib_init();
    if (!read_members(arguments[0], &gateway, &log_key)) return 2;
    unsigned done = 0;
    for (uint64_t now = begun; !must_stop && (has_console || done < member_count) && now - begun < most_ms; now = now_ms()) {
        connect_some(now);
        serve_all(now);
        done = run_all(begun, now, speed, statements);
        if (now - told < 1000) continue;
        fprintf(stderr, "%lu s: %u of %u devices done\n", (unsigned long)((now - begun) / 1000), done, member_count);
        told = now;
    }
    report(begun);
    for (unsigned i = 0; i < member_count; i++) mqtt_end(&members[i]->line);
    (void)mosquitto_lib_cleanup();
    for (unsigned i = 0; i < member_count; i++) {
        board_end(&members[i]->board);
        free(members[i]);
    }
    return done == member_count ? 0 : 1;
}
