/*
 * Fragments of any order, place, length and content, through caps that are soon reached. The input: for each
 * piece its identity (one byte, four bits of it the IP version, the protocol, and whether the snapshot length
 * cut it), the seconds that passed, its place in units of eight bytes, its length (one byte, the highest bit:
 * more follow), and its bytes. Pieces lie in blocks of exactly their size.
 */
#include "base/clock.h"
#include "base/cur.h"
#include "decode/fragments.h"
#include "tests/fuzz/splitter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct decode_settings settings = {
    .fragments = 8, .fragment_memory = 1 << 17, .fragment_timeout = 30 * TIME_SECOND};

enum { CUT_BYTES = 100 }; /* of a piece that is */

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void read_piece(struct cur *cur, struct packet *packet, struct slice *bytes)
{
    static const uint8_t protocols[] = {17, 6, 4, 44};
    uint8_t identity = cur_u8(cur);
    packet->source.bytes[15] = packet->destination.bytes[0] = 1;
    if ((identity & 0x80) != 0) {
        packet->source = address_from_v4((const uint8_t[]){192, 0, 2, 1});
        packet->destination = address_from_v4((const uint8_t[]){203, 0, 113, 10});
    }
    packet->fragment = true;
    packet->transport = TRANSPORT_OTHER;
    packet->fragment_identity = identity & 0x0f;
    packet->fragment_protocol = protocols[identity >> 4 & 3];
    packet->time_us += cur_u8(cur) * TIME_SECOND;
    packet->fragment_offset = (uint16_t)(cur_be16(cur) * 8);
    uint8_t len = cur_u8(cur);
    packet->fragment_more = (len & 0x80) != 0;
    size_t wanted = (len & 0x7f) * (size_t)(packet->fragment_more ? 8 : 1);
    *bytes = cur_take(cur, wanted < cur->left ? wanted : cur->left);
    packet->payload_wire_len = (uint32_t)bytes->len + ((identity & 0x40) != 0 ? CUT_BYTES : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct hash_key key = {{3, 4}};
    struct counter_cell counters[DECODE_COUNTERS_COUNT] = {0};
    struct fragments *table = fragments_create(&settings, &key, counters);
    struct cur cur = cur_make(slice_make(data, size));
    int64_t now_us = 0;
    while (cur.left > 0) {
        struct packet packet = {.number = 1, .time_us = now_us};
        struct slice bytes;
        read_piece(&cur, &packet, &bytes);
        now_us = packet.time_us;
        void *block;
        packet.payload = splitter_copy(bytes, &block);
        if (fragments_take(table, &packet)) {
            require(!packet.fragment && packet.number == 1 && packet.time_us == now_us);
            require(packet.payload.len <= packet.payload_wire_len && packet.payload.len <= packet.ip.len);
            volatile uint8_t sum = 0;
            for (size_t i = 0; i < packet.ip.len; i++) {
                sum = (uint8_t)(sum + packet.ip.data[i]);
            }
        }
        free(block);
        require(counter_get(counters, FRAGMENTS_HELD) <= settings.fragments);
    }
    fragments_free(table);
    return 0;
}
