/* The line of one device: MQTT 5 over libmosquitto, by docs/formats/mqtt.md. No threads: the owner polls its socket. */
#ifndef TALLY_MQTT_H
#define TALLY_MQTT_H

#include <mosquitto.h>

#include "board.h"

enum { MQTT_UNDER_WAY = 2 * UPLINK_WINDOW, KEEP_ALIVE_S = 60, FIRST_RETRY_MS = 1000, LONGEST_RETRY_MS = 60000 };

enum mqtt_state { MQTT_DOWN, MQTT_CONNECTING, MQTT_UP };

/* Where the gateway is; `ca_file` NULL: without TLS, which goes to a loopback address in digits alone. */
struct mqtt_gateway {
    const char *host, *ca_file, *prefix;
    int port;
};

struct mqtt {
    const struct mqtt_gateway *gateway;
    struct board *board;
    char token[65];
    struct mosquitto *client;
    enum mqtt_state state;
    bool is_broken; /* the connection is over; it is let go of outside of the callbacks */
    unsigned attempts;
    uint64_t retry_at_ms;
    unsigned long connections, pubacks, not_taken;
    struct {
        int message; /* 0: free */
        uint32_t place; /* what the uplink knows it by */
    } under_way[MQTT_UNDER_WAY];
};

/* Whether it may be connected to: a token goes over no network in the clear. */
bool mqtt_may_connect(const struct mqtt_gateway *gateway);

void mqtt_make(struct mqtt *line, const struct mqtt_gateway *gateway, struct board *board, const char *token);

/* Begins to connect. A failure is tried again later, after a wait that doubles and that chance moves. */
void mqtt_connect(struct mqtt *line, uint64_t now_ms);

/* Reads and writes what the socket allows, keeps the connection alive, and lets go of one that is broken. */
void mqtt_serve(struct mqtt *line, uint64_t now_ms, bool readable, bool writable);

/* -1 while there is none. */
int mqtt_socket(const struct mqtt *line);

/* What a board's `send` is for this line. */
bool mqtt_send(void *line, struct board *board, uint32_t place, const uint8_t *bytes, size_t length);

void mqtt_end(struct mqtt *line);

#endif
