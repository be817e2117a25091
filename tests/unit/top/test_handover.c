/* The hand-over: items come out as they went in, in order, with copies of their bytes; full means full. */
#include "handover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

enum { LARGEST = 262144, SMALLER = 40000 }; /* the largest snaplen of libpcap; not enough for a batch */

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
    struct handover *handover = handover_create(-1, HANDOVER_REPLAY);
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
    assert_true(handover_take(handover, look, NULL, &seen, &covered));
    assert_int_equal(covered, 8);
    assert_int_equal(seen.items, 2);
    assert_int_equal(seen.numbers[0], 7);
    assert_int_equal(seen.numbers[1], 8);
    assert_int_equal(seen.types[1], HANDOVER_TICK);
    assert_int_equal(seen.first_byte, 'I');
    assert_int_equal(seen.payload_len, 60);
    assert_int_equal(seen.last_payload_byte, 'z');
    assert_false(handover_take(handover, look, NULL, &seen, &covered));
    handover_free(handover);
}

static void takes_the_largest_packet(void **state)
{
    (void)state;
    struct handover *handover = handover_create(-1, HANDOVER_REPLAY);
    uint8_t *bytes = malloc(LARGEST);
    assert_non_null(bytes);
    memset(bytes, 'b', LARGEST);
    struct handover_item item = packet_item(1, bytes, LARGEST, 0);
    assert_true(handover_put(handover, &item)); /* large enough: a batch of its own */
    item = packet_item(2, bytes, SMALLER, 0);
    assert_true(handover_put(handover, &item));
    item = packet_item(3, bytes, LARGEST, LARGEST);
    assert_true(handover_put(handover, &item)); /* has no room behind that one */
    assert_true(handover_flush(handover, 3));
    struct seen seen = {0};
    uint64_t covered = 99;
    for (unsigned number = 1; number <= 3; number++) {
        assert_true(handover_take(handover, look, NULL, &seen, &covered));
        assert_int_equal(covered, 0); /* published by itself: says nothing of what is covered */
        assert_int_equal(seen.items, number);
        assert_int_equal(seen.numbers[number - 1], number);
    }
    assert_int_equal(seen.payload_len, LARGEST);
    assert_true(handover_take(handover, look, NULL, &seen, &covered));
    assert_int_equal(covered, 3);
    assert_int_equal(seen.items, 3);
    free(bytes);
    handover_free(handover);
}

/* Items taken and foreseen: each is foreseen once, in order, and before it is taken. */
struct foresight {
    uint64_t taken, foreseen;
};

static void take_next(void *context, const struct handover_item *item)
{
    struct foresight *foresight = context;
    assert_int_equal(item->number, ++foresight->taken);
    assert_true(foresight->taken <= foresight->foreseen);
}

static void foresee_next(void *context, const struct handover_item *item)
{
    struct foresight *foresight = context;
    assert_int_equal(item->number, ++foresight->foreseen);
    assert_true(foresight->foreseen <= foresight->taken + HANDOVER_FORESIGHT + 1);
}

static void foresees_what_comes(void **state)
{
    (void)state;
    for (uint64_t items = 1; items <= 3 * HANDOVER_FORESIGHT; items++) {
        struct handover *handover = handover_create(-1, HANDOVER_REPLAY);
        for (uint64_t number = 1; number <= items; number++) {
            uint8_t bytes[40] = {0};
            struct handover_item packet = packet_item(number, bytes, sizeof bytes, 0);
            struct handover_item tick = {.type = HANDOVER_TICK};
            struct handover_item *item = number % 3 == 0 ? &tick : &packet;
            item->number = number;
            assert_true(handover_put(handover, item));
        }
        assert_true(handover_flush(handover, items));
        struct foresight foresight = {0};
        uint64_t covered = 0;
        assert_true(handover_take(handover, take_next, foresee_next, &foresight, &covered));
        assert_true(foresight.taken == items && foresight.foreseen == items);
        handover_free(handover);
    }
}

static void says_when_it_is_full(void **state)
{
    (void)state;
    struct handover *handover = handover_create(-1, HANDOVER_REPLAY);
    for (unsigned i = 0; i < HANDOVER_REPLAY; i++) {
        assert_true(handover_flush(handover, i + 1));
    }
    assert_int_equal(handover_waiting(handover), HANDOVER_REPLAY);
    struct handover_item tick = {.type = HANDOVER_TICK};
    assert_false(handover_put(handover, &tick));
    assert_false(handover_flush(handover, 99));
    struct seen seen = {0};
    uint64_t covered = 0;
    assert_true(handover_take(handover, look, NULL, &seen, &covered));
    assert_int_equal(covered, 1);
    assert_true(handover_put(handover, &tick));
    assert_int_equal(handover_waiting(handover), HANDOVER_REPLAY - 1); /* what is under way does not wait */
    handover_free(handover);
}

static bool was_woken(int wake_fd)
{
    uint64_t wakes = 0;
    return read(wake_fd, &wakes, sizeof wakes) == (ssize_t)sizeof wakes;
}

/* Batches that fill up wake the consumer once half of the ring waits for it, or the producer says that no
 * more come for now; a flush wakes it at once. */
static void wakes_for_many_or_a_flush(void **state)
{
    (void)state;
    int wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct handover *handover = handover_create(wake_fd, HANDOVER_REPLAY);
    uint8_t *bytes = calloc(1, LARGEST);
    assert_non_null(bytes);
    struct handover_item item = packet_item(1, bytes, LARGEST, 0);
    struct seen seen = {0};
    uint64_t covered = 0;
    assert_true(handover_sleep_begin(handover));
    for (unsigned i = 1; i < HANDOVER_REPLAY / 2; i++) {
        assert_true(handover_put(handover, &item));
    }
    assert_false(was_woken(wake_fd));
    assert_true(handover_put(handover, &item));
    assert_true(was_woken(wake_fd));
    while (handover_take(handover, look, NULL, &seen, &covered)) {
    }
    assert_int_equal(seen.items, HANDOVER_REPLAY / 2);
    assert_true(handover_sleep_begin(handover));
    assert_true(
        handover_put(handover, &item)); /* as large as a batch is to be: nothing is under way behind it */
    assert_false(handover_pending(handover) || was_woken(wake_fd));
    handover_wake(handover);
    assert_true(was_woken(wake_fd));
    assert_true(handover_take(handover, look, NULL, &seen, &covered));
    assert_true(handover_sleep_begin(handover));
    assert_true(handover_flush(handover, 1));
    assert_true(was_woken(wake_fd));
    free(bytes);
    handover_free(handover);
    close(wake_fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order_and_bytes),     cmocka_unit_test(takes_the_largest_packet),
        cmocka_unit_test(foresees_what_comes),       cmocka_unit_test(says_when_it_is_full),
        cmocka_unit_test(wakes_for_many_or_a_flush),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
