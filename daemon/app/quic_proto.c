/*
 * QUIC in datagrams: the ClientHello of a connection, and whether the server goes on with it.
 *
 * Keys follow from the connection id that the client chose for the server (RFC 9001, section 5.2). Its later
 * Initial packets bear the server's own id and keep the keys, but behind a Retry the keys follow from the
 * Retry's id: so both are tried. What does not authenticate is skipped.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cur.h"
#include "daemon/app/quic_priv.h"
#include "flow/flow_table.h"

/* Packets of one flow that are tried with keys: a hello of one or two packets, and as many again. */
enum { TRIES_MAX = 24 };

struct quic_flow {
    struct inspector *inspector;
    struct flow *flow;
    struct waiting waiting; /* for the answer, in the shard's hellos */
    unsigned client;        /* the side that sent Initial packets */
    uint32_t version;
    const struct quic_rules *rules; /* by which its packets open */
    struct quic_keys keys;
    int64_t largest; /* packet number */
    uint8_t destination_id[QUIC_ID_MAX];
    uint8_t destination_len;
    uint8_t source_id[QUIC_ID_MAX]; /* by which the server calls the client */
    uint8_t source_len;
    uint8_t tries;
    bool has_keys;
    bool in_clear; /* Google's QUIC before version 50, with the connection's id as the destination's */
    bool whole;    /* the hello is there */
    bool over;
    struct quic_assembly hello;
    struct tls_client_hello client_hello; /* once it is whole; borrows `hello` */
};

/* ---- waiting for the answer */

static struct waiting_list *hellos_of(const struct quic_flow *quic)
{
    return &quic->inspector->shards[quic->flow->shard].hellos;
}

/* Tells the hello, once. */
static void settle(struct quic_flow *quic, bool answered, int64_t time_us)
{
    if (!quic->whole || quic->over) {
        return;
    }
    waiting_remove(hellos_of(quic), &quic->waiting);
    quic->over = true;
    const struct quic_hello hello = {
        .version = quic->version, .client = &quic->client_hello, .answered = answered};
    const struct app_event event = {.type = APP_QUIC, .time_us = time_us, .flow = quic->flow, .quic = &hello};
    counter_add(quic->inspector->counters, APP_QUIC_HELLOS, 1);
    counter_add(quic->inspector->counters, APP_QUIC_UNANSWERED, !answered);
    quic->inspector->event(quic->inspector->context, &event);
}

void quic_waiting_tick(struct inspector *inspector, unsigned shard, int64_t now_us)
{
    struct waiting *due;
    while ((due = waiting_due(&inspector->shards[shard].hellos, now_us,
                              inspector->settings->answer_timeout)) != NULL) {
        struct quic_flow *quic = (struct quic_flow *)((char *)due - offsetof(struct quic_flow, waiting));
        struct flow *flow = quic->flow;
        settle(quic, false, now_us);
        inspector_settled(inspector, flow);
    }
}

/* ---- the client */

static void give_up(struct quic_flow *quic, enum app_counter reason)
{
    counter_add(quic->inspector->counters, reason, 1);
    quic->over = true;
}

static enum quic_hello_state read_google_hello(struct quic_flow *quic)
{
    struct slice name;
    enum quic_hello_state state = quic_google_hello(slice_make(quic->hello.bytes, quic->hello.ready), &name);
    quic->client_hello = (struct tls_client_hello){.sni = name};
    return state;
}

static enum quic_hello_state read_hello(struct quic_flow *quic)
{
    struct slice body = slice_make(NULL, 0);
    if (quic->in_clear || quic->rules->hello_google) {
        return read_google_hello(quic);
    }
    enum quic_hello_state state = quic_assembly_hello(&quic->hello, &body);
    bool good = state != QUIC_HELLO_WHOLE ||
                tls_client_hello_parse(body, true, quic->inspector->hellos_for, &quic->client_hello);
    return good ? state : QUIC_HELLO_NONE;
}

static void take_hello(struct quic_flow *quic, unsigned side, int64_t time_us)
{
    switch (read_hello(quic)) {
    case QUIC_HELLO_PART:
        return;
    case QUIC_HELLO_TOO_LONG:
        give_up(quic, APP_QUIC_HELLO_CAP);
        return;
    case QUIC_HELLO_NONE:
        give_up(quic, APP_QUIC_MALFORMED);
        return;
    case QUIC_HELLO_WHOLE:
        break;
    }
    flow_set_client(quic->flow, side, ORIENTATION_PAYLOAD);
    quic->flow->visibility = VISIBILITY_NAME;
    quic->flow->protocol = APP_PROTOCOL_QUIC;
    quic->whole = true;
    waiting_add(hellos_of(quic), &quic->waiting, time_us);
}

/* The client begins anew: with other keys, or in another version because the server refused the first one. */
static void forget_hello(struct quic_flow *quic)
{
    waiting_remove(hellos_of(quic), &quic->waiting);
    quic->whole = false;
    quic_assembly_free(&quic->hello);
}

static bool keys_are_of(const struct quic_flow *quic, const struct quic_packet *packet)
{
    return quic->has_keys && quic->version == packet->version &&
           slice_equal(packet->destination_id, slice_make(quic->destination_id, quic->destination_len));
}

static void copy_id(uint8_t out[QUIC_ID_MAX], uint8_t *len, struct slice id)
{
    if (id.len > 0) {
        memcpy(out, id.data, id.len);
    }
    *len = (uint8_t)id.len;
}

/* The rules, and by them the keys, that open it; NULL where none do. */
static const struct quic_rules *find_rules(const struct quic_packet *packet, struct quic_keys *keys,
                                           int64_t *largest, uint8_t frames[QUIC_PACKET_MAX], size_t *len)
{
    const struct quic_rules *rules;
    for (unsigned attempt = 0; (rules = quic_rules_of(packet->version, attempt)) != NULL; attempt++) {
        quic_keys_make(rules, packet->destination_id, keys);
        if (quic_packet_open(keys, packet, largest, frames, len)) {
            return rules;
        }
    }
    return NULL;
}

/* Opens it with the keys that the packet's own id gives, and takes these from then on: what came under other
 * ones was another attempt. */
static bool open_anew(struct quic_flow *quic, const struct quic_packet *packet,
                      uint8_t frames[QUIC_PACKET_MAX], size_t *len)
{
    struct quic_keys keys;
    int64_t largest = -1;
    const struct quic_rules *rules = find_rules(packet, &keys, &largest, frames, len);
    if (rules == NULL) {
        return false;
    }
    forget_hello(quic);
    quic->rules = rules;
    quic->keys = keys;
    quic->has_keys = true;
    quic->in_clear = false;
    quic->largest = largest;
    quic->version = packet->version;
    copy_id(quic->destination_id, &quic->destination_len, packet->destination_id);
    copy_id(quic->source_id, &quic->source_len, packet->source_id);
    return true;
}

static bool open_packet(struct quic_flow *quic, const struct quic_packet *packet,
                        uint8_t frames[QUIC_PACKET_MAX], size_t *len)
{
    bool opened = quic->has_keys && quic->version == packet->version &&
                  quic_packet_open(&quic->keys, packet, &quic->largest, frames, len);
    return opened || (!keys_are_of(quic, packet) && open_anew(quic, packet, frames, len));
}

static bool may_try(struct quic_flow *quic)
{
    if (quic->tries == TRIES_MAX && !quic->whole) {
        give_up(quic, APP_QUIC_TRIES_CAP);
    }
    if (quic->tries == TRIES_MAX) {
        return false;
    }
    quic->tries++;
    return true;
}

static void take_in_clear(struct quic_flow *quic, unsigned side, const struct quic_google_packet *packet,
                          int64_t time_us)
{
    if (!may_try(quic)) {
        return;
    }
    forget_hello(quic);
    if (!quic_assembly_add(&quic->hello, 0, packet->message)) {
        give_up(quic, APP_QUIC_HELLO_CAP);
        return;
    }
    quic->in_clear = true;
    quic->version = packet->version;
    copy_id(quic->destination_id, &quic->destination_len, packet->id);
    quic->client = side;
    take_hello(quic, side, time_us);
}

static void take_initial(struct quic_flow *quic, unsigned side, const struct quic_packet *packet,
                         int64_t time_us)
{
    uint8_t frames[QUIC_PACKET_MAX];
    size_t len;
    if (!may_try(quic)) {
        return;
    }
    if (!open_packet(quic, packet, frames, &len)) {
        counter_add(quic->inspector->counters, APP_QUIC_FORGED, 1);
        return;
    }
    struct slice rest = slice_make(frames, len);
    uint64_t offset;
    struct slice data;
    while (quic_crypto_next(&rest, quic->rules->frames_google, &offset, &data)) {
        if (!quic_assembly_add(&quic->hello, offset, data)) {
            give_up(quic, APP_QUIC_HELLO_CAP);
            return;
        }
    }
    quic->client = side;
    take_hello(quic, side, time_us);
}

/* ---- the server */

/* Whether it is meant for this client: a long header says so, behind a short one its id stands. */
static bool is_for_client(const struct quic_flow *quic, const struct quic_packet *packet)
{
    struct slice id = slice_make(quic->source_id, quic->source_len);
    return packet->type == QUIC_SHORT ? slice_equal(slice_part(packet->bytes, 1, id.len), id)
                                      : slice_equal(packet->destination_id, id);
}

/* A server that refuses says so in Initial packets; it goes on with Handshake packets. What stands behind
 * other packets and looks like a short header may be padding. */
static void take_answer(struct quic_flow *quic, struct slice datagram, int64_t time_us)
{
    if (quic->in_clear) {
        if (quic_google_goes_on(datagram, slice_make(quic->destination_id, quic->destination_len))) {
            settle(quic, true, time_us);
        }
        return;
    }
    struct quic_packet packet;
    for (bool first = true; !quic->over && quic_packet_next(&datagram, &packet); first = false) {
        bool goes_on = packet.type == QUIC_HANDSHAKE || (packet.type == QUIC_SHORT && first);
        if (goes_on && is_for_client(quic, &packet)) {
            settle(quic, true, time_us);
        }
    }
}

/* ---- the door */

/* Of a client's Initial of a known version, or of a hello in clear. A server's Initial looks the same, and
 * does not open. */
static bool quic_probe(const struct flow *flow, unsigned side, struct slice payload)
{
    (void)flow;
    (void)side;
    struct quic_google_packet google;
    struct quic_packet packet;
    return quic_google_packet(payload, &google) ||
           (payload.len >= QUIC_CLIENT_MIN && (payload.data[0] & 0xc0) == 0xc0 &&
            quic_packet_next(&payload, &packet) && packet.type == QUIC_INITIAL);
}

static void *quic_create(struct inspector *inspector, struct flow *flow)
{
    struct quic_flow *quic = calloc(1, sizeof *quic);
    if (quic == NULL) {
        abort();
    }
    quic->inspector = inspector;
    quic->flow = flow;
    quic->hello.cap = (size_t)inspector->settings->tls_hello_bytes;
    return quic;
}

/* Whether a client's first packet is one: from either side until one is known, behind the hello only in
 * another version. */
static bool is_first(const struct quic_flow *quic, unsigned side, uint32_t version)
{
    return quic->whole ? version != quic->version : !quic->has_keys || side == quic->client;
}

static enum inspection quic_data(void *state, unsigned side, struct slice payload, int64_t time_us)
{
    struct quic_flow *quic = state;
    struct quic_google_packet google;
    struct quic_packet packet;
    if (quic->whole && side != quic->client) {
        take_answer(quic, payload, time_us);
    } else if (quic_google_packet(payload, &google)) {
        if (is_first(quic, side, google.version)) {
            take_in_clear(quic, side, &google, time_us);
        }
    } else {
        while (!quic->over && quic_packet_next(&payload, &packet)) {
            if (packet.type == QUIC_INITIAL && is_first(quic, side, packet.version)) {
                take_initial(quic, side, &packet, time_us);
            }
        }
    }
    return quic->over && !quic->whole ? INSPECTION_UNKNOWN : INSPECTION_MORE;
}

static void quic_drop(void *state)
{
    struct quic_flow *quic = state;
    waiting_remove(hellos_of(quic), &quic->waiting);
    quic_assembly_free(&quic->hello);
    free(quic);
}

static void quic_finish(void *state, int64_t time_us)
{
    settle(state, false, time_us);
    quic_drop(state);
}

static size_t quic_memory(const void *state)
{
    const struct quic_flow *quic = state;
    return sizeof *quic + quic_assembly_memory(&quic->hello);
}

static bool quic_rests(const void *state)
{
    const struct quic_flow *quic = state;
    return quic->over;
}

const struct datagram_proto quic_proto = {
    .probe = quic_probe,
    .create = quic_create,
    .data = quic_data,
    .finish = quic_finish,
    .drop = quic_drop,
    .memory = quic_memory,
    .rests = quic_rests,
};
