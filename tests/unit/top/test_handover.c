/* The hand-over: items come out as they went in, in order, with copies of their bytes; full means full. */
#include "handover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LARGEST = 262144 }; /* the largest snaplen of libpcap */

struct seen {
    unsigned items;
    uint64_t numbers[64];
    enum handover_type types[64];
    uint8_t first_byte;
    uint8_t last_payload_byte;
    size_t payload_len;
};

static void look(void *context, const struct handover_item *item)
{
    struct seen *seen = context;
    assert_true(seen->items < 64);
    seen->types[seen->items] = item->type;
    seen->numbers[seen->items++] = item->type == HANDOVER_PACKET ? item->packet.number : item->number;
    if (item->type == HANDOVER_PACKET && item->packet.ip.len > 0) {
        seen->first_byte = item->packet.ip.data[0];
        seen->payload_len = item->packet.payload.len;
        if (item->packet.payload.len > 0) {
            seen->last_payload_byte = item->packet.payload.data[item->packet.payload.len - 1];
        }
    }
}

static struct handover_item packet_item(uint64_t number, uint8_t *bytes, size_t len, size_t payload)
{
    struct handover_item item = {.type = HANDOVER_PACKET};
    item.packet.number = number;
    item.packet.ip = slice_make(bytes, len);
    item.packet.payload = slice_make(bytes + (len - payload), payload);
    return item;
}

static void keeps_order_and_bytes(void **state)
{
    (void)state;
    struct handover *handover = handover_create(-1);
    uint8_t bytes[100];
    memset(bytes, 'a', sizeof bytes);
    bytes[0] = 'I';
    bytes[99] = 'z';
    struct handover_item item = packet_item(7, bytes, sizeof bytes, 60);
    assert_true(handover_put(handover, &item));
    memset(bytes, 0, sizeof bytes); /* the copy must not care */
    struct handover_item tick = {.type = HANDOVER_TICK, .time_us = 5, .number = 8};
    assert_true(handover_put(handover, &tick));
    assert_true(handover_pending(handover));
    assert_true(handover_flush(handover, 8));
    assert_false(handover_pending(handover));

    struct seen seen = {0};
    uint64_t covered = 0;
    assert_true(handover_take(handover, look, &seen, &covered));
    assert_int_equal(covered, 8);
    assert_int_equal(seen.items, 2);
    assert_int_equal(seen.numbers[0], 7);
    assert_int_equal(seen.numbers[1], 8);
    assert_int_equal(seen.types[1], HANDOVER_TICK);
    assert_int_equal(seen.first_byte, 'I');
    assert_int_equal(seen.payload_len, 60);
    assert_int_equal(seen.last_payload_byte, 'z');
    assert_false(handover_take(handover, look, &seen, &covered));
    handover_free(handover);
}

static void takes_the_largest_packet(void **state)
{
    (void)state;
    struct handover *handover = handover_create(-1);
    uint8_t *bytes = malloc(LARGEST);
    assert_non_null(bytes);
    memset(bytes, 'b', LARGEST);
    struct handover_item item = packet_item(1, bytes, LARGEST, 0);
    assert_true(handover_put(handover, &item));
    item = packet_item(2, bytes, LARGEST, LARGEST);
    assert_true(handover_put(handover, &item)); /* closes the first batch by itself */
    assert_true(handover_flush(handover, 2));
    struct seen seen = {0};
    uint64_t covered = 0;
    assert_true(handover_take(handover, look, &seen, &covered));
    assert_int_equal(covered, 0); /* closed for want of room: says nothing of what is covered */
    assert_true(handover_take(handover, look, &seen, &covered));
    assert_int_equal(covered, 2);
    assert_int_equal(seen.numbers[1], 2);
    assert_int_equal(seen.payload_len, LARGEST);
    free(bytes);
    handover_free(handover);
}

static void says_when_it_is_full(void **state)
{
    (void)state;
    struct handover *handover = handover_create(-1);
    for (unsigned i = 0; i < HANDOVER_BATCHES; i++) {
        assert_true(handover_flush(handover, i + 1));
    }
    struct handover_item tick = {.type = HANDOVER_TICK};
    assert_false(handover_put(handover, &tick));
    assert_false(handover_flush(handover, 99));
    struct seen seen = {0};
    uint64_t covered = 0;
    assert_true(handover_take(handover, look, &seen, &covered));
    assert_int_equal(covered, 1);
    assert_true(handover_put(handover, &tick));
    handover_free(handover);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order_and_bytes),
        cmocka_unit_test(takes_the_largest_packet),
        cmocka_unit_test(says_when_it_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
