/* Conversations into packets: one step is one packet, a heap by time says whose turn it is. */
#include "tests/bench/corpus_talk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { ROUND_TRIP_US = 20000, POOL_BYTES = 188 * 4096 };

/* The steps of a TCP conversation; UDP has STEP_DATA only. */
enum { STEP_SYN, STEP_SYN_ACK, STEP_ACK, STEP_DATA, STEP_FIN, STEP_FIN_BACK, STEP_LAST_ACK };

uint64_t dice_roll(struct dice *dice, uint64_t sides)
{
    uint64_t z = dice->state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (z ^ (z >> 31)) % sides;
}

/* What fills messages, prepared once and read round and round. */
static uint8_t pools[FILLER_COUNT][POOL_BYTES + MSS];

static void table_packet(uint8_t *packet, unsigned pid, const uint8_t *section, size_t len)
{
    memset(packet, 0xff, 188);
    const uint8_t head[] = {0x47, (uint8_t)(0x40 | pid >> 8), (uint8_t)pid, 0x10, 0};
    memcpy(packet, head, sizeof head);
    memcpy(packet + sizeof head, section, len);
}

/* The clock of the video stream, 30 ms further each time: 5 Mbit/s. */
static void clock_packet(uint8_t *packet, uint64_t count)
{
    enum { STEP = 2700 }; /* of 90 kHz */
    uint64_t base = count * STEP;
    memset(packet, 0xff, 188);
    const uint8_t head[] = {0x47,
                            0x01,
                            0x00,
                            0x20,
                            183,
                            0x10,
                            (uint8_t)(base >> 25),
                            (uint8_t)(base >> 17),
                            (uint8_t)(base >> 9),
                            (uint8_t)(base >> 1),
                            (uint8_t)((base & 1) << 7 | 0x7e),
                            0};
    memcpy(packet, head, sizeof head);
}

/* Tables and clock every 100 packets, one video stream between them. */
static void fill_pools(void)
{
    static const uint8_t pat[] = {0x00, 0xb0, 0x0d, 0x00, 0x01, 0xc1, 0x00, 0x00,
                                  0x00, 0x01, 0xf0, 0x00, 0x2a, 0xb1, 0x04, 0xb2};
    static const uint8_t pmt[] = {0x02, 0xb0, 0x12, 0x00, 0x01, 0xc1, 0x00, 0x00, 0xe1, 0x00, 0xf0,
                                  0x00, 0x1b, 0xe1, 0x00, 0xf0, 0x00, 0x15, 0xbd, 0x4d, 0x56};
    static const uint8_t sdt[] = {0x42, 0xb0, 0x25, 0x00, 0x01, 0xc1, 0x00, 0x00, 0x00, 0x01,
                                  0xff, 0x00, 0x01, 0xfc, 0x80, 0x14, 0x48, 0x12, 0x01, 0x07,
                                  0x43, 0x68, 0x61, 0x6e, 0x6e, 0x65, 0x6c, 0x08, 0x4e, 0x69,
                                  0x6e, 0x65, 0x20, 0x4f, 0x6e, 0x65, 0x50, 0x6b, 0x9b, 0x0f};
    struct dice dice = {.state = 1};
    for (unsigned pool = 0; pool < FILLER_COUNT; pool++) {
        for (size_t i = 0; i < POOL_BYTES; i++) {
            pools[pool][i] = (uint8_t)dice_roll(&dice, 256);
        }
    }
    for (size_t i = 0; i < POOL_BYTES / 188; i++) {
        uint8_t *packet = &pools[FILLER_MPEGTS][i * 188];
        const uint8_t head[] = {0x47, 0x01, 0x00, (uint8_t)(0x10 | (i & 15))};
        memcpy(packet, head, sizeof head);
        if (i % 100 == 0) {
            table_packet(packet, 0, pat, sizeof pat);
        } else if (i % 100 == 1) {
            table_packet(packet, 0x1000, pmt, sizeof pmt);
        } else if (i % 100 == 2) {
            table_packet(packet, 0x11, sdt, sizeof sdt);
        } else if (i % 100 == 3) {
            clock_packet(packet, i / 100);
        }
    }
    for (unsigned pool = 0; pool < FILLER_COUNT; pool++) {
        memcpy(pools[pool] + POOL_BYTES, pools[pool], MSS);
    }
}

void talk_say(struct talk *talk, unsigned sender, uint64_t delay_us, char *head, uint64_t head_len,
              enum filler filler, uint64_t filler_len)
{
    assert(talk->message_count < MESSAGES_MAX);
    talk->messages[talk->message_count++] = (struct message){.sender = sender,
                                                             .delay_us = delay_us,
                                                             .head = head,
                                                             .head_len = head == NULL ? 0 : head_len,
                                                             .filler = filler,
                                                             .filler_len = filler_len};
}

static void forget_messages(struct talk *talk)
{
    for (unsigned i = 0; i < talk->message_count; i++) {
        free(talk->messages[i].head);
    }
    talk->message = talk->message_count = 0;
}

/* A packet's payload: of the head and the filler, or of one of them. */
static uint32_t message_bytes(struct talk *talk, const struct message *message, uint8_t out[MSS])
{
    uint32_t len = 0;
    if (talk->offset < message->head_len) {
        uint64_t left = message->head_len - talk->offset;
        len = left < MSS ? (uint32_t)left : MSS;
        memcpy(out, message->head + talk->offset, len);
    }
    uint64_t filler_left = message->head_len + message->filler_len - talk->offset - len;
    uint32_t more = filler_left < MSS - len ? (uint32_t)filler_left : MSS - len;
    uint64_t *from = &talk->filler_from[message->sender];
    memcpy(out + len, pools[message->filler] + *from % POOL_BYTES, more);
    *from += more;
    return len + more;
}

static void send_packet(struct talk *talk, struct wire *wire, unsigned sender, unsigned flags,
                        const uint8_t *payload, uint32_t len)
{
    struct frame frame = {
        .time_us = talk->time_us,
        .from = talk->ends[sender],
        .to = talk->ends[sender ^ 1],
        .ipv6 = talk->ipv6,
        .udp = talk->udp,
        .tcp_flags = (uint8_t)flags,
        .sequence = talk->numbers[sender],
        .acknowledgement = (flags & TCP_FLAG_ACK) != 0 ? talk->numbers[sender ^ 1] : 0,
        .payload = payload,
        .len = len,
    };
    wire_put(wire, &frame);
    talk->numbers[sender] += len + ((flags & (TCP_FLAG_SYN | TCP_FLAG_FIN)) != 0 ? 1 : 0);
}

/* One packet of what is being said; returns the pause behind it, and goes on to STEP_FIN where all is. */
static uint64_t step_data(struct talk *talk, struct wire *wire, struct dice *dice)
{
    const struct message *message = &talk->messages[talk->message];
    if (talk->acked_after != 0 && talk->since_ack >= talk->acked_after) {
        talk->since_ack = 0;
        send_packet(talk, wire, message->sender ^ 1, TCP_FLAG_ACK, NULL, 0);
        return talk->pace_us;
    }
    uint8_t payload[MSS];
    uint32_t len = message_bytes(talk, message, payload);
    talk->offset += len;
    bool last = talk->offset >= message->head_len + message->filler_len;
    send_packet(talk, wire, message->sender, TCP_FLAG_ACK | (last ? TCP_FLAG_PSH : 0), payload, len);
    talk->since_ack++;
    if (!last) {
        return talk->pace_us;
    }
    talk->offset = 0;
    talk->since_ack = 0;
    if (++talk->message == talk->message_count) {
        forget_messages(talk);
        talk->next(talk, dice);
    }
    if (talk->message_count == 0) {
        talk->step = STEP_FIN;
        return ROUND_TRIP_US / 2;
    }
    return talk->messages[talk->message].delay_us;
}

/* One packet; false where the conversation has ended with it. */
static bool talk_step(struct talk *talk, struct wire *wire, struct dice *dice)
{
    static const struct {
        unsigned sender, flags;
    } bare[] = {
        [STEP_SYN] = {CLIENT, TCP_FLAG_SYN},
        [STEP_SYN_ACK] = {SERVER, TCP_FLAG_SYN | TCP_FLAG_ACK},
        [STEP_ACK] = {CLIENT, TCP_FLAG_ACK},
        [STEP_FIN] = {CLIENT, TCP_FLAG_FIN | TCP_FLAG_ACK},
        [STEP_FIN_BACK] = {SERVER, TCP_FLAG_FIN | TCP_FLAG_ACK},
        [STEP_LAST_ACK] = {CLIENT, TCP_FLAG_ACK},
    };
    if (talk->step == STEP_DATA) {
        talk->time_us += step_data(talk, wire, dice);
        return talk->step == STEP_DATA || (!talk->udp && !talk->endless);
    }
    send_packet(talk, wire, bare[talk->step].sender, bare[talk->step].flags, NULL, 0);
    talk->time_us += ROUND_TRIP_US / 2;
    return ++talk->step <= STEP_LAST_ACK;
}

static bool talk_before(const struct talk *a, const struct talk *b)
{
    return a->time_us != b->time_us ? a->time_us < b->time_us : a->serial < b->serial;
}

/* A binary heap, the earliest first. */
struct schedule {
    struct talk **items;
    size_t count, room;
};

static void schedule_add(struct schedule *schedule, struct talk *talk)
{
    if (schedule->count == schedule->room) {
        schedule->room = schedule->room == 0 ? 1024 : schedule->room * 2;
        schedule->items = reallocarray(schedule->items, schedule->room, sizeof *schedule->items);
        if (schedule->items == NULL) {
            abort();
        }
    }
    size_t at = schedule->count++;
    while (at > 0 && talk_before(talk, schedule->items[(at - 1) / 2])) {
        schedule->items[at] = schedule->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    schedule->items[at] = talk;
}

/* Puts `talk` in place of the first. */
static void schedule_sink(struct schedule *schedule, struct talk *talk)
{
    size_t at = 0;
    for (size_t child = 1; child < schedule->count; child = 2 * at + 1) {
        if (child + 1 < schedule->count && talk_before(schedule->items[child + 1], schedule->items[child])) {
            child++;
        }
        if (!talk_before(schedule->items[child], talk)) {
            break;
        }
        schedule->items[at] = schedule->items[child];
        at = child;
    }
    schedule->items[at] = talk;
}

static struct talk *talk_begin(const struct corpus *corpus, uint64_t index, uint64_t time_us,
                               struct dice *dice)
{
    struct talk *talk = calloc(1, sizeof *talk);
    if (talk == NULL) {
        abort();
    }
    talk->time_us = time_us;
    talk->serial = index;
    talk->pace_us = 200;
    corpus->make(index, talk, dice);
    talk->numbers[CLIENT] = (uint32_t)dice_roll(dice, UINT32_MAX);
    talk->numbers[SERVER] = (uint32_t)dice_roll(dice, UINT32_MAX);
    /* Streams begin with a whole packet of their pool, and not all with the same one. */
    talk->filler_from[CLIENT] = talk->filler_from[SERVER] = 188 * 100 * dice_roll(dice, 40);
    talk->next(talk, dice);
    talk->step = talk->udp ? STEP_DATA : STEP_SYN;
    return talk;
}

void corpus_write(const struct corpus *corpus, struct wire *wire)
{
    fill_pools();
    struct dice dice = {.state = corpus->seed};
    struct schedule schedule = {0};
    uint64_t begun = 0;
    while ((begun < corpus->count || schedule.count > 0) &&
           (corpus->bytes_max == 0 || wire->bytes < corpus->bytes_max)) {
        uint64_t begins_us = (uint64_t)((double)begun * corpus->gap_us);
        if (begun < corpus->count && (schedule.count == 0 || begins_us <= schedule.items[0]->time_us)) {
            schedule_add(&schedule, talk_begin(corpus, begun++, begins_us, &dice));
            continue;
        }
        struct talk *talk = schedule.items[0];
        if (talk_step(talk, wire, &dice)) {
            schedule_sink(&schedule, talk);
            continue;
        }
        forget_messages(talk);
        free(talk);
        schedule.count--;
        if (schedule.count > 0) {
            schedule_sink(&schedule, schedule.items[schedule.count]);
        }
    }
    for (size_t i = 0; i < schedule.count; i++) {
        forget_messages(schedule.items[i]);
        free(schedule.items[i]);
    }
    free(schedule.items);
}
