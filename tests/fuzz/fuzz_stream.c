/*
 * Random segments of two connections on neighbouring ports. Whatever comes, each direction is told a sequence
 * of bytes and gaps without holes and without repetition, the bytes that stand at their numbers; nothing is
 * held beyond the caps or at the end, and nothing of what is passed over; and another hash key and another
 * number of workers change nothing.
 */
#include <stdlib.h>

#include "base/cur.h"
#include "daemon/flow/stream_priv.h"

/* A bug must stop the run whatever the build's flags say of assert. */
static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

enum { FLOWS = 2 };

struct told {
    bool begun;
    bool ended;
    uint32_t next;
};

struct world {
    struct flow_settings settings;
    struct counter_cell counters[FLOW_COUNTERS_COUNT];
    struct flow_table *table;
    struct told told[FLOWS][2];
    bool honest; /* all segments so far agree on what stands at a number */
    bool skips;
    uint8_t refuse;  /* the receiver has enough after so many calls; 0: never */
    uint64_t digest; /* of all that was told */
};

static uint8_t byte_at(unsigned side, uint32_t sequence)
{
    return (uint8_t)((sequence * 2654435761u) >> 24 ^ side);
}

static void digest(struct world *world, uint64_t value)
{
    world->digest = (world->digest ^ value) * UINT64_C(0x100000001b3);
}

static unsigned port_of(const struct flow *flow)
{
    return flow->ends[0].port - 40000u;
}

/* `len` numbers are told now; the stream's own position stands behind them already. */
static struct told *tell(struct world *world, struct flow *flow, unsigned side, uint64_t len)
{
    struct told *told = &world->told[port_of(flow)][side];
    const struct stream_side *own = &flow_stream(flow)->sides[side];
    require(len > 0 && len <= UINT32_MAX && !told->ended && own->next_known);
    if (!told->begun) {
        told->begun = true;
        told->next = own->next - (uint32_t)len;
    }
    require(told->next + (uint32_t)len == own->next);
    told->next = own->next;
    digest(world, (uint64_t)side << 40 | len);
    return told;
}

static bool wants_more(struct world *world, struct told *told)
{
    bool more = world->refuse == 0 || --world->refuse > 0;
    told->ended = told->ended || !more;
    return more;
}

static bool take_data(void *context, struct flow *flow, unsigned side, struct slice bytes)
{
    struct world *world = context;
    struct told *told = tell(world, flow, side, bytes.len);
    for (size_t i = 0; i < bytes.len; i++) {
        digest(world, bytes.data[i]);
        require(!world->honest || bytes.data[i] == byte_at(side, told->next - (uint32_t)(bytes.len - i)));
    }
    return wants_more(world, told);
}

static bool take_gap(void *context, struct flow *flow, unsigned side, uint64_t missing)
{
    struct world *world = context;
    digest(world, 'g');
    return wants_more(world, tell(world, flow, side, missing));
}

/* What to pass over follows from the place in the stream alone. */
static uint64_t skip(void *context, const struct flow *flow, unsigned side)
{
    const struct world *world = context;
    uint32_t next = flow_stream(flow)->sides[side].next;
    return world->skips && next % 3 == 0 ? next % 128 << (next % 5 == 0 ? 20 : 0) : 0;
}

static bool take_pass(void *context, struct flow *flow, unsigned side, uint64_t bytes, bool turned)
{
    require(!turned); /* there is no kernel that waits for it */
    struct world *world = context;
    digest(world, 'p');
    return wants_more(world, tell(world, flow, side, bytes));
}

static void take_end(void *context, struct flow *flow, unsigned side)
{
    struct world *world = context;
    struct told *told = &world->told[port_of(flow)][side];
    require(!told->ended);
    told->ended = true;
    digest(world, 'e');
}

static const struct stream_receiver receiver = {
    .data = take_data, .gap = take_gap, .skip = skip, .pass = take_pass, .end = take_end};

static void end_flow(void *context, struct flow *flow)
{
    struct world *world = context;
    stream_finish(world->table, flow, &receiver, world);
    require(flow_stream(flow) == NULL);
    for (unsigned side = 0; side < 2; side++) {
        struct told *told = &world->told[port_of(flow)][side];
        require(told->ended || !told->begun);
        *told = (struct told){0};
        digest(world, flow->sides[side].acked);
    }
    digest(world, flow->client);
}

/* What holds between two packets. */
static void check_side(struct world *world, struct flow *flow, unsigned side)
{
    const struct stream_side *own = &flow_stream(flow)->sides[side];
    size_t charge = 0;
    const struct held_segment *last = NULL;
    for (const struct held_segment *held = own->hold.first; held != NULL; held = held->next) {
        const struct segment *segment = &held->segment;
        require(segment->bytes.len <= segment->wire_len);
        require(last == NULL || sequence_ahead(last->segment.sequence + (uint32_t)last->segment.bytes.len,
                                               segment->sequence) >= 0);
        charge += held->charge;
        last = held;
    }
    require(last == own->hold.last && charge == own->hold.charge);
    require(charge <= world->settings.stream_hold);
    require(own->hold.first == NULL || (own->stalled && !own->passing));
    struct stream_run run = {.table = world->table, .flow = flow, .stream = flow_stream(flow)};
    require(own->hold.first == NULL || sequence_ahead(own->next, own->hold.first->segment.sequence) > 0 ||
            stream_must_wait(&run, side, &own->hold.first->segment));
}

static void check(struct world *world, struct flow *flow)
{
    struct flow_shard *shard = flow_shard_of_flow(world->table, flow);
    require(shard->held <= world->table->shard_hold);
    for (unsigned side = 0; flow_stream(flow) != NULL && side < 2; side++) {
        check_side(world, flow, side);
    }
}

/* A small signed number: most values are near, some far. */
static uint32_t offset(struct cur *cur)
{
    uint32_t value = cur_u8(cur);
    return value < 240 ? value - 20 : (value - 247) << 27;
}

static uint8_t flags_of(uint8_t what)
{
    static const uint8_t flags[16] = {
        TCP_ACK, TCP_SYN, TCP_SYN | TCP_ACK, TCP_FIN | TCP_ACK, TCP_RST, 0, TCP_RST | TCP_ACK, TCP_FIN,
    };
    return what < 8 ? flags[what] : TCP_ACK;
}

static void send(struct world *world, struct cur *cur, uint32_t positions[FLOWS][2], int64_t *now_us)
{
    static const uint8_t ends[2][4] = {{192, 0, 2, 1}, {203, 0, 113, 9}};
    uint8_t what = cur_u8(cur), how = cur_u8(cur);
    unsigned side = what & 1, flow_number = what >> 1 & 1;
    const uint16_t ports[2] = {(uint16_t)(40000 + flow_number), 80};
    uint32_t len = cur_u8(cur) & 0x3f;
    uint32_t first = positions[flow_number][side] + offset(cur);
    uint32_t acknowledgement = positions[flow_number][side ^ 1] + offset(cur);
    *now_us += (int64_t)(how >> 5) * 300000;
    if ((how & 1) != 0) {
        positions[flow_number][side] = first + len; /* the conversation goes on from here */
    }
    uint32_t captured = (how & 2) != 0 && len > 0 ? cur_u8(cur) % len : len;
    uint8_t *payload = malloc(captured > 0 ? captured : 1);
    bool lie = (how & 4) != 0;
    world->honest = world->honest && !lie;
    for (uint32_t i = 0; i < captured; i++) {
        payload[i] = lie ? cur_u8(cur) : byte_at(side, first + i);
    }
    uint8_t flags = flags_of(what >> 4);
    struct packet packet = {
        .time_us = *now_us,
        .source = address_from_v4(ends[side]),
        .destination = address_from_v4(ends[side ^ 1]),
        .source_port = ports[side],
        .destination_port = ports[side ^ 1],
        .transport = TRANSPORT_TCP,
        .tcp_flags = flags,
        .tcp_sequence = first - ((flags & TCP_SYN) != 0 ? 1 : 0),
        .tcp_acknowledgement = acknowledgement,
        .payload = slice_make(payload, captured),
        .payload_wire_len = len,
    };
    packet.address_hash = packet_address_hash(&packet);
    unsigned sender;
    struct flow *flow = flow_table_take(world->table, &packet, &sender);
    require(flow != NULL && sender == side);
    stream_take(world->table, flow, &packet, side, &receiver, world);
    free(payload);
    check(world, flow);
}

static uint64_t play(struct slice input, const struct hash_key *key, unsigned workers)
{
    struct cur cur = cur_make(input);
    struct world world = {.honest = true, .digest = 1};
    option_set_defaults(&flow_options, &world.settings);
    uint8_t settings = cur_u8(&cur);
    world.settings.stream_hold = settings & 1 ? 700 : settings & 2 ? 4096 : 262144;
    world.settings.stream_memory = FLOW_SHARDS * (settings & 4 ? 1000 : UINT64_C(1) << 20);
    world.settings.stream_depth = settings & 8 ? 100 : 0;
    world.skips = (settings & 32) != 0;
    world.refuse = settings & 16 ? cur_u8(&cur) : 0;
    uint32_t positions[FLOWS][2] = {{1, 0xffffff80}, {0x7fffff80, 100}};
    int64_t now_us = 0;
    static const uint8_t ends[2][4] = {{192, 0, 2, 1}, {203, 0, 113, 9}};
    struct packet any = {.source = address_from_v4(ends[0]), .destination = address_from_v4(ends[1])};
    any.address_hash = packet_address_hash(&any);
    unsigned worker = flow_shard_of(&any) % workers;
    world.table = flow_table_create(&world.settings, key, worker, workers, world.counters, end_flow, &world);
    for (unsigned packets = 0; packets < 400 && cur.left > 0; packets++) {
        send(&world, &cur, positions, &now_us);
    }
    flow_table_end_all(world.table);
    for (size_t i = 0; i < FLOW_SHARDS; i++) {
        require(world.table->shards[i].held == 0);
    }
    for (size_t i = 0; i < FLOW_COUNTERS_COUNT; i++) {
        digest(&world, counter_get(world.counters, i));
    }
    flow_table_free(world.table);
    option_free(&flow_options, &world.settings);
    return world.digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct hash_key keys[2] = {{{1, 2}}, {{3, 4}}};
    struct slice input = slice_make(data, size);
    require(play(input, &keys[0], 1) == play(input, &keys[1], FLOW_SHARDS));
    return 0;
}
