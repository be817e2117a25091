/*
 * SOCKS 4, 4a and 5 (RFC 1928, RFC 1929): the few messages by which a client asks a proxy for a server.
 * Behind them the connection is the server's, and what of it is HTTP in clear is read as in a CONNECT's
 * tunnel. What the client logs in with is passed over.
 */
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/attr.h"
#include "base/cur.h"
#include "daemon/app/http_priv.h"

/* What comes next; of whom. */
enum socks_stage {
    STAGE_GREETING,     /* client: the methods that it has */
    STAGE_CHOICE,       /* server: the one to use */
    STAGE_LOGIN,        /* client: user and password */
    STAGE_WELCOME,      /* server */
    STAGE_REQUEST,      /* client: the server that it wants */
    STAGE_REPLY,        /* server */
    STAGE_REQUEST_FOUR, /* client; SOCKS 4 begins with it */
    STAGE_REPLY_FOUR,   /* server */
    STAGE_OPEN,
    STAGE_FAILED,
};

struct socks_flow {
    struct inspector *inspector;
    struct flow *flow;
    enum socks_stage stage;
    bool begun;
    bool lost;       /* a part of the messages was */
    unsigned client; /* side */
    struct buf held[2];
    size_t taken[2]; /* of what is held */
    struct http_tunnel server;
    void *http; /* of http_proto; NULL until the tunnel is open */
};

enum {
    VERSION_FOUR = 4,
    VERSION_FIVE = 5,
    COMMAND_CONNECT = 1,
    METHOD_NONE = 0,
    METHOD_PASSWORD = 2,
    ADDRESS_FOUR = 1,
    ADDRESS_NAME = 3,
    ADDRESS_SIX = 4,
    GRANTED_FOUR = 0x5a,
    METHODS_MAX = 8,
    HELD_MAX = 2048, /* all of a client's messages, and what it sends without waiting for the answer */
};

static bool is_method(uint8_t byte)
{
    enum { ASSIGNED_MAX = 9, PRIVATE_MIN = 0x80 };
    return byte <= ASSIGNED_MAX || byte >= PRIVATE_MIN;
}

static enum probe probe_five(struct slice first)
{
    if (first.len < 2) {
        return PROBE_MORE;
    }
    size_t methods = first.data[1];
    if (methods == 0 || methods > METHODS_MAX) {
        return PROBE_NO;
    }
    bool usable = false;
    for (size_t i = 2; i < 2 + methods && i < first.len; i++) {
        if (!is_method(first.data[i])) {
            return PROBE_NO;
        }
        usable = usable || first.data[i] == METHOD_NONE || first.data[i] == METHOD_PASSWORD;
    }
    if (first.len < 2 + methods) {
        return PROBE_MORE;
    }
    return usable ? PROBE_YES : PROBE_NO;
}

/* 4, 1, a port, an address, and a user's name with its NUL. */
static enum probe probe_four(struct slice first)
{
    enum { FIXED = 8 };
    if (first.len > 1 && first.data[1] != COMMAND_CONNECT) {
        return PROBE_NO;
    }
    if (first.len <= FIXED) {
        return PROBE_MORE;
    }
    for (size_t i = FIXED; i < first.len && first.data[i] != '\0'; i++) {
        if (first.data[i] < ' ' || first.data[i] > '~') {
            return PROBE_NO;
        }
    }
    return (first.data[2] | first.data[3]) != 0 ? PROBE_YES : PROBE_NO;
}

static enum probe socks_probe(struct slice first)
{
    if (first.len == 0) {
        return PROBE_MORE;
    }
    return first.data[0] == VERSION_FIVE   ? probe_five(first)
           : first.data[0] == VERSION_FOUR ? probe_four(first)
                                           : PROBE_NO;
}

static void *socks_create(struct inspector *inspector, struct flow *flow)
{
    struct socks_flow *socks = calloc(1, sizeof *socks);
    if (socks == NULL) {
        abort();
    }
    socks->inspector = inspector;
    socks->flow = flow;
    socks->held[0] = buf_make(HELD_MAX);
    socks->held[1] = buf_make(HELD_MAX);
    return socks;
}

static void keep_address(struct http_tunnel *server, struct slice bytes)
{
    enum { SIZE_FOUR = 4 };
    struct address address;
    if (bytes.len == SIZE_FOUR) {
        address = address_from_v4(bytes.data);
    } else {
        memcpy(address.bytes, bytes.data, sizeof address.bytes);
    }
    (void)address_print(&address, server->name);
}

static void keep_name(struct http_tunnel *server, struct slice name)
{
    uint16_t port;
    if (!host_normalise(name, server->name, &port)) {
        server->name[0] = '\0'; /* what follows is nobody's */
    }
}

/* Reads one message of its stage and returns the next stage; what it returns counts where all of the message
 * was there. */
typedef enum socks_stage (*stage_fn)(struct socks_flow *socks, struct cur *cur);

static enum socks_stage read_greeting(struct socks_flow *socks, struct cur *cur)
{
    (void)socks;
    cur_skip(cur, 1);
    cur_skip(cur, cur_u8(cur));
    return STAGE_CHOICE;
}

static enum socks_stage read_choice(struct socks_flow *socks, struct cur *cur)
{
    (void)socks;
    uint8_t version = cur_u8(cur);
    uint8_t method = cur_u8(cur);
    return version != VERSION_FIVE     ? STAGE_FAILED
           : method == METHOD_NONE     ? STAGE_REQUEST
           : method == METHOD_PASSWORD ? STAGE_LOGIN
                                       : STAGE_FAILED;
}

static enum socks_stage read_login(struct socks_flow *socks, struct cur *cur)
{
    (void)socks;
    bool good = cur_u8(cur) == 1;
    cur_skip(cur, cur_u8(cur));
    cur_skip(cur, cur_u8(cur));
    return good ? STAGE_WELCOME : STAGE_FAILED;
}

static enum socks_stage read_welcome(struct socks_flow *socks, struct cur *cur)
{
    (void)socks;
    cur_skip(cur, 1);
    return cur_u8(cur) == 0 ? STAGE_REQUEST : STAGE_FAILED;
}

/* The address of a request or a reply; `server` gets it where it is not NULL. False for an unknown kind. */
static bool read_address(struct cur *cur, struct http_tunnel *server)
{
    uint8_t kind = cur_u8(cur);
    if (kind != ADDRESS_FOUR && kind != ADDRESS_SIX && kind != ADDRESS_NAME) {
        return !cur_ok(cur);
    }
    size_t len = kind == ADDRESS_NAME ? cur_u8(cur) : kind == ADDRESS_SIX ? 16 : 4;
    struct slice bytes = cur_take(cur, len);
    uint16_t port = (uint16_t)cur_big_endian(cur, 2);
    if (server != NULL && cur_ok(cur)) {
        server->port = port;
        if (kind == ADDRESS_NAME) {
            keep_name(server, bytes);
        } else {
            keep_address(server, bytes);
        }
    }
    return true;
}

static enum socks_stage read_request(struct socks_flow *socks, struct cur *cur)
{
    bool good = cur_u8(cur) == VERSION_FIVE;
    good = cur_u8(cur) == COMMAND_CONNECT && good;
    cur_skip(cur, 1);
    return read_address(cur, &socks->server) && good ? STAGE_REPLY : STAGE_FAILED;
}

static enum socks_stage read_reply(struct socks_flow *socks, struct cur *cur)
{
    (void)socks;
    bool good = cur_u8(cur) == VERSION_FIVE;
    good = cur_u8(cur) == 0 && good;
    cur_skip(cur, 1);
    return read_address(cur, NULL) && good ? STAGE_OPEN : STAGE_FAILED;
}

/* A text that ends with NUL. */
static struct slice take_text(struct cur *cur)
{
    size_t len = slice_index(cur_rest(cur), '\0');
    struct slice text = cur_take(cur, len); /* fails where there is none yet */
    cur_skip(cur, 1);
    return text;
}

static enum socks_stage read_request_four(struct socks_flow *socks, struct cur *cur)
{
    enum { SIZE_FOUR = 4 };
    cur_skip(cur, 2);
    socks->server.port = (uint16_t)cur_big_endian(cur, 2);
    struct slice address = cur_take(cur, SIZE_FOUR);
    (void)take_text(cur);
    if (!cur_ok(cur)) {
        return STAGE_FAILED;
    }
    /* 0.0.0.x with x not 0: SOCKS 4a, a name follows. */
    bool named = address.data[0] == 0 && address.data[1] == 0 && address.data[2] == 0 && address.data[3] != 0;
    if (named) {
        keep_name(&socks->server, take_text(cur));
    } else {
        keep_address(&socks->server, address);
    }
    return STAGE_REPLY_FOUR;
}

static enum socks_stage read_reply_four(struct socks_flow *socks, struct cur *cur)
{
    enum { BEHIND = 6 };
    (void)socks;
    bool good = cur_u8(cur) == 0;
    good = cur_u8(cur) == GRANTED_FOUR && good;
    cur_skip(cur, BEHIND);
    return good ? STAGE_OPEN : STAGE_FAILED;
}

static const struct {
    stage_fn read;
    bool client; /* whose message it is */
} stages[] = {
    [STAGE_GREETING] = {read_greeting, true},
    [STAGE_CHOICE] = {read_choice, false},
    [STAGE_LOGIN] = {read_login, true},
    [STAGE_WELCOME] = {read_welcome, false},
    [STAGE_REQUEST] = {read_request, true},
    [STAGE_REPLY] = {read_reply, false},
    [STAGE_REQUEST_FOUR] = {read_request_four, true},
    [STAGE_REPLY_FOUR] = {read_reply_four, false},
};

static struct slice waiting(const struct socks_flow *socks, unsigned side)
{
    return slice_from(buf_slice(&socks->held[side]), socks->taken[side]);
}

/* Reads messages as far as they are there. */
static void go_on(struct socks_flow *socks)
{
    while (socks->stage < STAGE_OPEN) {
        unsigned side = stages[socks->stage].client ? socks->client : socks->client ^ 1U;
        struct cur cur = cur_make(waiting(socks, side));
        size_t before = cur.left;
        enum socks_stage next = stages[socks->stage].read(socks, &cur);
        if (!cur_ok(&cur)) {
            return;
        }
        socks->taken[side] += before - cur.left;
        socks->stage = next;
    }
}

/* What both sides sent behind the last message, the client's first. */
static enum inspection open_tunnel(struct socks_flow *socks, int64_t time_us)
{
    socks->http = http_proto.create(socks->inspector, socks->flow);
    http_tunnel_begin(socks->http, &socks->server);
    const unsigned order[] = {socks->client, socks->client ^ 1U};
    enum inspection answer = INSPECTION_MORE;
    for (size_t i = 0; i < ARRAY_COUNT(order); i++) {
        struct slice rest = waiting(socks, order[i]);
        if (rest.len > 0) {
            answer = http_proto.data(socks->http, order[i], rest, time_us);
        }
        buf_free(&socks->held[order[i]]);
    }
    return answer;
}

static enum inspection socks_data(void *state, unsigned side, struct slice bytes, int64_t time_us)
{
    struct socks_flow *socks = state;
    if (socks->http != NULL) {
        return http_proto.data(socks->http, side, bytes, time_us);
    }
    if (socks->lost) {
        return INSPECTION_SKIP;
    }
    if (!socks->begun) {
        socks->begun = true;
        socks->client = side;
        socks->stage = bytes.data[0] == VERSION_FIVE ? STAGE_GREETING : STAGE_REQUEST_FOUR;
    }
    bool fits = buf_append(&socks->held[side], bytes);
    go_on(socks);
    if (socks->stage == STAGE_OPEN) {
        return fits ? open_tunnel(socks, time_us) : INSPECTION_UNKNOWN;
    }
    return fits && socks->stage != STAGE_FAILED ? INSPECTION_MORE : INSPECTION_UNKNOWN;
}

static enum inspection socks_gap(void *state, unsigned side, uint64_t missing, int64_t time_us)
{
    struct socks_flow *socks = state;
    if (socks->http == NULL) {
        socks->lost = true; /* what follows is about a server that nobody knows */
        return INSPECTION_SKIP;
    }
    return http_proto.gap(socks->http, side, missing, time_us);
}

static void socks_end(void *state, unsigned side, int64_t time_us)
{
    struct socks_flow *socks = state;
    if (socks->http != NULL) {
        http_proto.end(socks->http, side, time_us);
    }
}

static void socks_free(struct socks_flow *socks)
{
    buf_free(&socks->held[0]);
    buf_free(&socks->held[1]);
    free(socks);
}

static void socks_finish(void *state, int64_t time_us)
{
    struct socks_flow *socks = state;
    if (socks->http != NULL) {
        http_proto.finish(socks->http, time_us);
    }
    socks_free(socks);
}

static void socks_drop(void *state)
{
    struct socks_flow *socks = state;
    if (socks->http != NULL) {
        http_proto.drop(socks->http);
    }
    socks_free(socks);
}

static size_t socks_memory(const void *state)
{
    const struct socks_flow *socks = state;
    size_t http = socks->http == NULL ? 0 : http_proto.memory(socks->http);
    return sizeof *socks + http + socks->held[0].room + socks->held[1].room;
}

const struct app_proto socks_proto = {
    .probe = socks_probe,
    .create = socks_create,
    .data = socks_data,
    .gap = socks_gap,
    .end = socks_end,
    .finish = socks_finish,
    .drop = socks_drop,
    .memory = socks_memory,
};
