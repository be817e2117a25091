/* base/ring: order, the full ring, sleeping and waking; run it under ThreadSanitizer too. */
#include "base/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void push(struct ring *ring, uint64_t value)
{
    uint64_t *slot = ring_reserve(ring);
    assert_non_null(slot);
    *slot = value;
    ring_commit(ring);
}

static uint64_t pop(struct ring *ring)
{
    uint64_t *slot = ring_peek(ring);
    assert_non_null(slot);
    uint64_t value = *slot;
    ring_release(ring);
    return value;
}

static int new_eventfd(void)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

/* How many wakes came since the last look. */
static uint64_t wakes(int fd)
{
    uint64_t count = 0;
    ssize_t got = read(fd, &count, sizeof count);
    return got == (ssize_t)sizeof count ? count : 0;
}

static void capacity_is_a_power_of_two(void **state)
{
    (void)state;
    static const size_t rows[][2] = {{1, 1}, {2, 2}, {3, 4}, {4, 4}, {5, 8}, {1000, 1024}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ring *ring = ring_create(1, rows[i][0], -1);
        assert_int_equal(ring_capacity(ring), rows[i][1]);
        ring_free(ring);
    }
    ring_free(NULL);
}

static void keeps_order_around_the_end(void **state)
{
    (void)state;
    for (size_t capacity = 1; capacity <= 4; capacity *= 2) {
        struct ring *ring = ring_create(sizeof(uint64_t), capacity, -1);
        uint64_t written = 0;
        uint64_t taken = 0;
        for (size_t round = 0; round < 20; round++) {
            size_t fill = round % capacity + 1;
            for (size_t i = 0; i < fill; i++) {
                push(ring, written++);
            }
            assert_int_equal(ring_used(ring), fill);
            for (size_t i = 0; i < fill; i++) {
                assert_int_equal(pop(ring), taken++);
            }
            assert_null(ring_peek(ring));
        }
        ring_free(ring);
    }
}

static void full_is_full_and_one_release_makes_room_for_one(void **state)
{
    (void)state;
    struct ring *ring = ring_create(sizeof(uint64_t), 4, -1);
    for (uint64_t i = 0; i < 4; i++) {
        push(ring, i);
    }
    assert_null(ring_reserve(ring));
    assert_int_equal(ring_used(ring), 4);
    assert_int_equal(pop(ring), 0);
    push(ring, 4);
    assert_null(ring_reserve(ring));
    for (uint64_t i = 1; i <= 4; i++) {
        assert_int_equal(pop(ring), i);
    }
    assert_int_equal(ring_used(ring), 0);
    ring_free(ring);
}

static void records_of_any_size_do_not_touch_each_other(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 15, 16, 17, 100};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        struct ring *ring = ring_create(sizes[s], 3, -1);
        for (uint8_t i = 0; i < 4; i++) {
            uint8_t *slot = ring_reserve(ring);
            assert_non_null(slot);
            assert_int_equal((uintptr_t)slot % _Alignof(max_align_t), 0);
            for (size_t b = 0; b < sizes[s]; b++) {
                slot[b] = (uint8_t)(i + 1);
            }
            ring_commit(ring);
        }
        for (uint8_t i = 0; i < 4; i++) {
            const uint8_t *slot = ring_peek(ring);
            assert_non_null(slot);
            for (size_t b = 0; b < sizes[s]; b++) {
                assert_int_equal(slot[b], i + 1);
            }
            ring_release(ring);
        }
        ring_free(ring);
    }
}

static void a_reserve_without_commit_is_not_seen(void **state)
{
    (void)state;
    struct ring *ring = ring_create(sizeof(uint64_t), 2, -1);
    uint64_t *first = ring_reserve(ring);
    assert_non_null(first);
    assert_null(ring_peek(ring));
    assert_ptr_equal(ring_reserve(ring), first);
    ring_free(ring);
}

static void only_a_sleeper_is_woken_and_only_once(void **state)
{
    (void)state;
    int fd = new_eventfd();
    struct ring *ring = ring_create(sizeof(uint64_t), 8, fd);
    push(ring, 1);
    assert_int_equal(wakes(fd), 0);
    assert_false(ring_sleep_begin(ring)); /* a record lies there */
    push(ring, 2);
    assert_int_equal(wakes(fd), 0); /* the announcement was taken back */
    assert_int_equal(pop(ring), 1);
    assert_int_equal(pop(ring), 2);

    assert_true(ring_sleep_begin(ring));
    push(ring, 3);
    push(ring, 4);
    assert_int_equal(wakes(fd), 1);
    ring_sleep_end(ring);
    assert_int_equal(pop(ring), 3);
    assert_int_equal(pop(ring), 4);

    assert_true(ring_sleep_begin(ring));
    ring_sleep_end(ring);
    push(ring, 5);
    assert_int_equal(wakes(fd), 0);
    ring_free(ring);
    close(fd);
}

static void a_batch_wakes_at_its_end(void **state)
{
    (void)state;
    int fd = new_eventfd();
    struct ring *ring = ring_create(sizeof(uint64_t), 8, fd);
    assert_true(ring_sleep_begin(ring));
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t *slot = ring_reserve(ring);
        assert_non_null(slot);
        *slot = i;
        ring_commit_quiet(ring);
    }
    assert_int_equal(wakes(fd), 0);
    ring_wake(ring);
    assert_int_equal(wakes(fd), 1);
    assert_int_equal(ring_used(ring), 3);
    ring_free(ring);
    close(fd);
}

static void rings_share_a_consumer(void **state)
{
    (void)state;
    int fd = new_eventfd();
    struct ring *a = ring_create(sizeof(uint64_t), 2, fd);
    struct ring *b = ring_create(sizeof(uint64_t), 2, fd);
    assert_true(ring_sleep_begin(a));
    assert_true(ring_sleep_begin(b));
    push(b, 7);
    assert_int_equal(wakes(fd), 1);
    ring_sleep_end(a);
    ring_sleep_end(b);
    assert_null(ring_peek(a));
    assert_int_equal(pop(b), 7);
    ring_free(a);
    ring_free(b);
    close(fd);
}

static void a_full_eventfd_does_not_hold_the_producer(void **state)
{
    (void)state;
    int fd = new_eventfd();
    const uint64_t most = UINT64_MAX - 1;
    assert_int_equal(write(fd, &most, sizeof most), sizeof most);
    struct ring *ring = ring_create(sizeof(uint64_t), 2, fd);
    assert_true(ring_sleep_begin(ring));
    push(ring, 1); /* hangs where the write is tried again and again */
    assert_true(wakes(fd) > 0);
    ring_free(ring);
    close(fd);
}

struct producer {
    struct ring *rings[2];
    uint64_t count;
    bool alone; /* waits until each record was taken: then the consumer sleeps before nearly every one */
};

static void *produce(void *argument)
{
    const struct producer *producer = argument;
    for (uint64_t i = 0; i < producer->count; i++) {
        struct ring *ring = producer->rings[i % 2];
        uint64_t *slot = ring_reserve(ring);
        while (slot == NULL) {
            ring_wake(ring);
            sched_yield();
            slot = ring_reserve(ring);
        }
        *slot = i;
        if (producer->alone || i % 7 == 0) {
            ring_commit(ring);
        } else {
            ring_commit_quiet(ring);
        }
        while (producer->alone && ring_used(ring) > 0) {
            sched_yield();
        }
    }
    ring_wake(producer->rings[0]);
    ring_wake(producer->rings[1]);
    return NULL;
}

/* Sleeps as a worker does; false where no wake came in 20 seconds. */
static bool sleep_on(struct ring *const rings[2], int fd)
{
    bool may_sleep = ring_sleep_begin(rings[0]);
    may_sleep = ring_sleep_begin(rings[1]) && may_sleep;
    int ready = 1;
    if (may_sleep) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        do {
            ready = poll(&wait, 1, 20000);
        } while (ready < 0 && errno == EINTR);
        wakes(fd);
    }
    ring_sleep_end(rings[0]);
    ring_sleep_end(rings[1]);
    return ready == 1;
}

static void run_two_threads(uint64_t count, size_t capacity, bool alone)
{
    int fd = new_eventfd();
    struct producer producer = {.count = count, .alone = alone};
    producer.rings[0] = ring_create(sizeof(uint64_t), capacity, fd);
    producer.rings[1] = ring_create(sizeof(uint64_t), capacity, fd);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, produce, &producer), 0);
    uint64_t next[2] = {0, 1};
    for (uint64_t taken = 0; taken < count;) {
        bool idle = true;
        for (size_t i = 0; i < 2; i++) {
            const uint64_t *slot = ring_peek(producer.rings[i]);
            if (slot != NULL) {
                assert_int_equal(*slot, next[i]);
                next[i] += 2;
                ring_release(producer.rings[i]);
                taken++;
                idle = false;
            }
            assert_true(ring_used(producer.rings[i]) <= ring_capacity(producer.rings[i]));
        }
        if (idle) {
            assert_true(sleep_on(producer.rings, fd));
        }
    }
    pthread_join(thread, NULL);
    assert_null(ring_peek(producer.rings[0]));
    assert_null(ring_peek(producer.rings[1]));
    ring_free(producer.rings[0]);
    ring_free(producer.rings[1]);
    close(fd);
}

static void two_threads_lose_nothing(void **state)
{
    (void)state;
    run_two_threads(400000, 256, false);
    run_two_threads(50000, 1, false);
}

static void two_threads_lose_no_wake(void **state)
{
    (void)state;
    run_two_threads(20000, 4, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capacity_is_a_power_of_two),
        cmocka_unit_test(keeps_order_around_the_end),
        cmocka_unit_test(full_is_full_and_one_release_makes_room_for_one),
        cmocka_unit_test(records_of_any_size_do_not_touch_each_other),
        cmocka_unit_test(a_reserve_without_commit_is_not_seen),
        cmocka_unit_test(only_a_sleeper_is_woken_and_only_once),
        cmocka_unit_test(a_batch_wakes_at_its_end),
        cmocka_unit_test(rings_share_a_consumer),
        cmocka_unit_test(a_full_eventfd_does_not_hold_the_producer),
        cmocka_unit_test(two_threads_lose_nothing),
        cmocka_unit_test(two_threads_lose_no_wake),
    };
    return cmocka_run_group_tests_name("base/ring", tests, NULL, NULL);
}
