#include "mqtt.h"

#include <arpa/inet.h>
#include <mqtt_protocol.h>
#include <stdio.h>
#include <string.h>

enum { TOPIC_BYTES = 128 };

static void topic_of(const struct mqtt *line, const char *way, char topic[TOPIC_BYTES]) {
    (void)snprintf(topic, TOPIC_BYTES, "%s/%s/%s", line->gateway->prefix, line->board->client, way);
}

static void on_connect(struct mosquitto *client, void *context, int reason, int flags, const mosquitto_property *properties) {
    struct mqtt *line = context;
    char topic[TOPIC_BYTES];
    (void)flags;
    (void)properties;
    topic_of(line, "down", topic);
    if (reason != 0 || mosquitto_subscribe_v5(client, NULL, topic, 1, 0, NULL) != MOSQ_ERR_SUCCESS) line->is_broken = true;
}

static void on_subscribe(struct mosquitto *client, void *context, int message, int count, const int *granted,
                         const mosquitto_property *properties) {
    struct mqtt *line = context;
    (void)client;
    (void)message;
    (void)properties;
    if (count != 1 || granted[0] > 1) {
        line->is_broken = true;
        return;
    }
    line->state = MQTT_UP;
    line->attempts = 0;
    line->connections += 1;
    uplink_connected(&line->board->uplink);
}

static void on_disconnect(struct mosquitto *client, void *context, int reason, const mosquitto_property *properties) {
    struct mqtt *line = context;
    (void)client;
    (void)reason;
    (void)properties;
    line->is_broken = true;
}

/* mqtt.md, "PUBACK": 0x00 alone says that it was taken. */
static void on_publish(struct mosquitto *client, void *context, int message, int reason,
                       const mosquitto_property *properties) {
    struct mqtt *line = context;
    (void)client;
    (void)properties;
    for (unsigned i = 0; i < MQTT_UNDER_WAY; i++) {
        if (line->under_way[i].message != message) continue;
        line->under_way[i].message = 0;
        line->pubacks += 1;
        line->not_taken += reason != 0;
        uplink_acknowledged(&line->board->uplink, line->under_way[i].place, (unsigned)reason);
        return;
    }
}

static void on_message(struct mosquitto *client, void *context, const struct mosquitto_message *message,
                       const mosquitto_property *properties) {
    struct mqtt *line = context;
    (void)client;
    (void)properties;
    if (message->payloadlen > 0) uplink_receive(&line->board->uplink, message->payload, (size_t)message->payloadlen);
}

bool mqtt_may_connect(const struct mqtt_gateway *gateway) {
    struct in_addr four;
    struct in6_addr six;
    if (gateway->ca_file != NULL) return true;
    if (inet_pton(AF_INET, gateway->host, &four) == 1) return ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
    return inet_pton(AF_INET6, gateway->host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

void mqtt_make(struct mqtt *line, const struct mqtt_gateway *gateway, struct board *board, const char *token) {
    memset(line, 0, sizeof *line);
    line->gateway = gateway;
    line->board = board;
    (void)snprintf(line->token, sizeof line->token, "%s", token);
    board->line = line;
    board->send = mqtt_send;
}

static void let_go(struct mqtt *line, uint64_t now_ms) {
    const struct hal *hal = &line->board->hal;
    uint64_t wait = (uint64_t)FIRST_RETRY_MS << (line->attempts < 6 ? line->attempts : 6);
    if (wait > LONGEST_RETRY_MS) wait = LONGEST_RETRY_MS;
    if (line->client != NULL) mosquitto_destroy(line->client);
    if (line->state == MQTT_UP) uplink_disconnected(&line->board->uplink);
    line->client = NULL;
    line->state = MQTT_DOWN;
    line->is_broken = false;
    line->attempts += 1;
    line->retry_at_ms = now_ms + wait / 2 + hal->random(hal->context) % (wait / 2 + 1);
    memset(line->under_way, 0, sizeof line->under_way);
}

void mqtt_connect(struct mqtt *line, uint64_t now_ms) {
    const struct mqtt_gateway *gateway = line->gateway;
    /* A new client each time: what was not confirmed is sent again by the uplink, never twice by the library as well. */
    line->client = mqtt_may_connect(gateway) ? mosquitto_new(line->board->client, true, line) : NULL;
    if (line->client == NULL) {
        let_go(line, now_ms);
        return;
    }
    mosquitto_connect_v5_callback_set(line->client, on_connect);
    mosquitto_disconnect_v5_callback_set(line->client, on_disconnect);
    mosquitto_publish_v5_callback_set(line->client, on_publish);
    mosquitto_subscribe_v5_callback_set(line->client, on_subscribe);
    mosquitto_message_v5_callback_set(line->client, on_message);
    line->state = MQTT_CONNECTING;
    if (mosquitto_int_option(line->client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5) != MOSQ_ERR_SUCCESS ||
        mosquitto_username_pw_set(line->client, line->board->client, line->token) != MOSQ_ERR_SUCCESS ||
        (gateway->ca_file != NULL &&
         mosquitto_tls_set(line->client, gateway->ca_file, NULL, NULL, NULL, NULL) != MOSQ_ERR_SUCCESS) ||
        mosquitto_connect_bind_v5(line->client, gateway->host, gateway->port, KEEP_ALIVE_S, NULL, NULL) != MOSQ_ERR_SUCCESS) {
        let_go(line, now_ms);
    }
}

int mqtt_socket(const struct mqtt *line) {
    return line->client == NULL ? -1 : mosquitto_socket(line->client);
}

void mqtt_serve(struct mqtt *line, uint64_t now_ms, bool readable, bool writable) {
    if (line->client == NULL) return;
    int failed = mosquitto_loop_misc(line->client);
    if (!failed && readable) failed = mosquitto_loop_read(line->client, 1);
    if (!failed && (writable || mosquitto_want_write(line->client))) failed = mosquitto_loop_write(line->client, 1);
    if (failed || line->is_broken) let_go(line, now_ms);
}

bool mqtt_send(void *context, struct board *board, uint32_t place, const uint8_t *bytes, size_t length) {
    struct mqtt *line = context;
    char topic[TOPIC_BYTES];
    int message = 0;
    unsigned free = 0;
    (void)board;
    if (line->state != MQTT_UP || line->is_broken) return false;
    while (free < MQTT_UNDER_WAY && line->under_way[free].message != 0) free += 1;
    if (free == MQTT_UNDER_WAY) return false;
    topic_of(line, "up", topic);
    if (mosquitto_publish_v5(line->client, &message, topic, (int)length, bytes, 1, false, NULL) != MOSQ_ERR_SUCCESS) {
        return false;
    }
    line->under_way[free].message = message;
    line->under_way[free].place = place;
    return true;
}

void mqtt_end(struct mqtt *line) {
    if (line->client == NULL) return;
    (void)mosquitto_disconnect_v5(line->client, 0, NULL);
    (void)mosquitto_loop_write(line->client, 1);
    mosquitto_destroy(line->client);
    line->client = NULL;
}
