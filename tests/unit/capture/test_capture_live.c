/*
 * Interfaces: a veth pair in a network namespace of this process alone, made for these tests. Needs root and
 * the `ip` command; elsewhere every test says SKIP.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/capture/capture_priv.h"

enum { HANDLES = 4, SEQUENCES = 1 << 20, SEQUENCE_AT = 42, FRAME = 60 };

static bool possible;
static struct counter_cell cells[HANDLES][CAPTURE_COUNTERS_COUNT];
static struct counter_cell *const cell_rows[HANDLES] = {cells[0], cells[1], cells[2], cells[3]};
static const struct capture_settings settings = {
    .ring_bytes = 8 << 20, .snaplen = 65535, .promiscuous = true};

static int make_namespace(void **state)
{
    (void)state;
    possible = geteuid() == 0 && unshare(CLONE_NEWNET) == 0 && system("ip link set lo up 2>/dev/null") == 0;
    if (!possible) {
        print_message("SKIP: no root, no network namespace or no ip command: interfaces are not tested\n");
    }
    return 0;
}

static void run_command(const char *command)
{
    assert_int_equal(system(command), 0);
}

static int make_pair(void **state)
{
    (void)state;
    memset(cells, 0, sizeof cells);
    if (possible) {
        run_command("ip link add va type veth peer name vb");
        run_command("ip link set va up && ip link set vb up");
    }
    return 0;
}

static int remove_pair(void **state)
{
    (void)state;
    return possible ? system("ip link del vb 2>/dev/null || true") : 0; /* a test may have removed it */
}

static void skip_unless_possible(void)
{
    if (!possible) {
        skip();
    }
}

/* Only frames of ours, so that what the kernel itself sends (IPv6's neighbour discovery) is left out. */
static const char ours[] = "ether src 02:00:00:00:00:01";

static bool link_known(int link_type)
{
    return link_type == DLT_EN10MB || link_type == DLT_LINUX_SLL2;
}

static int open_sender(void)
{
    int descriptor = socket(AF_PACKET, SOCK_RAW, 0);
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex("vb")};
    assert_true(descriptor >= 0);
    assert_int_equal(bind(descriptor, (struct sockaddr *)&address, sizeof address), 0);
    return descriptor;
}

/* A UDP datagram of one of 256 sources, with a number in its payload. */
static void send_number(int descriptor, uint32_t number, size_t len)
{
    uint8_t frame[1500] = {
        [0] = 0x02, [5] = 0x02, [6] = 0x02, [11] = 0x01, [12] = 0x08, [14] = 0x45, [22] = 64,
        [23] = 17,  [26] = 10,  [30] = 10,  [33] = 1,    [35] = 9,    [37] = 9};
    frame[16] = (uint8_t)((len - 14) >> 8);
    frame[17] = (uint8_t)(len - 14);
    frame[29] = (uint8_t)number;
    frame[39] = (uint8_t)(len - 34);
    for (size_t i = 0; i < 4; i++) {
        frame[SEQUENCE_AT + i] = (uint8_t)(number >> (24 - 8 * i));
    }
    assert_int_equal(send(descriptor, frame, len, 0), (ssize_t)len);
}

struct seen {
    size_t count;
    uint8_t *times; /* how often each number was seen; NULL where that is not asked for */
    uint32_t first, last;
    struct raw_packet packet;
    uint8_t bytes[256];
};

static void see(void *context, const struct raw_packet *packet)
{
    struct seen *seen = context;
    seen->packet = *packet;
    memcpy(seen->bytes, packet->bytes.data, packet->bytes.len < 256 ? packet->bytes.len : 256);
    uint32_t number = 0;
    for (size_t i = 0; seen->times != NULL && i < 4; i++) {
        number = number << 8 | packet->bytes.data[SEQUENCE_AT + i];
    }
    if (seen->times != NULL) {
        assert_true(number < SEQUENCES);
        assert_true(seen->times[number] < UINT8_MAX);
        seen->times[number]++;
    }
    seen->first = seen->count == 0 || number < seen->first ? number : seen->first;
    seen->last = number > seen->last ? number : seen->last;
    seen->count++;
}

/* Reads until `count` packets came, the handle ended or the time is over. */
static enum capture_status read_packets(struct capture *capture, struct seen *seen, size_t count,
                                        int64_t wait_us)
{
    int64_t end = clock_monotonic_us() + wait_us;
    enum capture_status status = CAPTURE_MORE;
    while (status == CAPTURE_MORE && seen->count < count && clock_monotonic_us() < end) {
        struct pollfd descriptor = {.fd = capture_fd(capture), .events = POLLIN};
        (void)poll(&descriptor, 1, 20);
        size_t handed = 0;
        status = capture_dispatch(capture, 64, see, seen, &handed);
    }
    return status;
}

static struct capture *open_one(const char *interface, const char *filter,
                                const struct capture_settings *with)
{
    struct capture *capture = NULL;
    struct failure failure = {0};
    bool opened =
        capture_open_live(interface, filter, with, NULL, link_known, 1, cell_rows, &capture, &failure);
    if (!opened) {
        fail_msg("%s", failure.text);
    }
    return capture;
}

static void expect_refused(const char *interface, const char *filter, size_t handles, enum exit_status status,
                           const char *text)
{
    struct capture *out[HANDLES] = {NULL};
    struct failure failure = {0};
    assert_false(
        capture_open_live(interface, filter, &settings, NULL, link_known, handles, cell_rows, out, &failure));
    assert_int_equal(failure.status, status);
    assert_non_null(strstr(failure.text, text));
}

static void test_packets_with_snaplen_and_time(void **state)
{
    (void)state;
    skip_unless_possible();
    struct capture_settings short_packets = settings;
    short_packets.snaplen = 128;
    struct capture *capture = open_one("va", ours, &short_packets);
    int sender = open_sender();
    int64_t before = clock_realtime_us();
    for (uint32_t i = 0; i < 10; i++) {
        send_number(sender, i, 500);
    }
    struct seen seen = {0};
    assert_int_equal(read_packets(capture, &seen, 10, 5 * TIME_SECOND), CAPTURE_MORE);
    assert_int_equal(seen.count, 10);
    assert_int_equal(seen.packet.bytes.len, 128);
    assert_int_equal(seen.packet.wire_len, 500);
    assert_int_equal(seen.packet.link_type, DLT_EN10MB);
    assert_in_range(seen.packet.time_us, before, clock_realtime_us());
    assert_int_equal(counter_get(cells[0], CAPTURE_PACKETS), 10);
    assert_int_equal(counter_get(cells[0], CAPTURE_BYTES), 5000);
    assert_int_equal(counter_get(cells[0], CAPTURE_EARLY), 0);
    (void)close(sender);
    capture_close(capture);
}

/* The kernel takes the tag off before packet sockets see the frame; it has to be there again. */
static void test_vlan_tag_is_kept(void **state)
{
    (void)state;
    skip_unless_possible();
    struct capture *capture = open_one("va", "vlan 5", &settings);
    int sender = open_sender();
    uint8_t frame[FRAME] = {[0] = 0x02, [6] = 0x02, [12] = 0x81, [15] = 5, [16] = 0x08, [18] = 0x45};
    assert_int_equal(send(sender, frame, sizeof frame, 0), sizeof frame);
    struct seen seen = {0};
    assert_int_equal(read_packets(capture, &seen, 1, 5 * TIME_SECOND), CAPTURE_MORE);
    assert_int_equal(seen.count, 1);
    assert_memory_equal(seen.bytes + 12, frame + 12, 7);
    (void)close(sender);
    capture_close(capture);
}

static void send_on_loopback(void)
{
    int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(sendto(descriptor, "hello", 5, 0, (struct sockaddr *)&to, sizeof to), 5);
    (void)close(descriptor);
}

static void test_loopback_and_all_interfaces(void **state)
{
    (void)state;
    skip_unless_possible();
    static const struct {
        const char *interface;
        int link_type;
        size_t header;
    } cases[] = {{"lo", DLT_EN10MB, 14}, {"any", DLT_LINUX_SLL2, 20}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct capture *capture = open_one(cases[i].interface, "udp dst port 9", &settings);
        send_on_loopback();
        struct seen seen = {0};
        /* One datagram is seen once, though it both leaves and arrives: wait for a second in vain. */
        assert_int_equal(read_packets(capture, &seen, 2, TIME_SECOND / 2), CAPTURE_MORE);
        assert_int_equal(seen.count, 1);
        assert_int_equal(seen.packet.link_type, cases[i].link_type);
        assert_int_equal(seen.packet.bytes.len, cases[i].header + 20 + 8 + 5);
        assert_int_equal(seen.bytes[cases[i].header], 0x45);
        capture_close(capture);
    }
}

struct flood {
    atomic_bool stop;
    atomic_uint sent;
};

static void *flood_run(void *context)
{
    struct flood *flood = context;
    int sender = open_sender();
    for (uint32_t number = 0; number < SEQUENCES && !atomic_load(&flood->stop); number++) {
        send_number(sender, number, FRAME);
        atomic_store(&flood->sent, number + 1);
        (void)usleep(20);
    }
    (void)close(sender);
    return NULL;
}

static void wait_for_sent(struct flood *flood, unsigned more)
{
    unsigned goal = atomic_load(&flood->sent) + more;
    while (atomic_load(&flood->sent) < goal) {
        (void)usleep(1000);
    }
}

static void read_group(struct capture *const *group, struct seen *seen, size_t *shares, int64_t wait_us)
{
    int64_t end = clock_monotonic_us() + wait_us;
    while (clock_monotonic_us() < end) {
        for (size_t i = 0; i < HANDLES; i++) {
            size_t handed = 0;
            assert_int_equal(capture_dispatch(group[i], 64, see, seen, &handed), CAPTURE_MORE);
            shares[i] += handed;
        }
        (void)usleep(500);
    }
}

/*
 * A group is opened while packets come in. Each of them is seen by one member or, when it came before the
 * group was whole, by none: never by two, and without a hole behind the first.
 */
static void test_group_shares_without_duplicates(void **state)
{
    (void)state;
    skip_unless_possible();
    struct flood flood = {0};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, flood_run, &flood), 0);
    wait_for_sent(&flood, 100);
    struct capture *group[HANDLES] = {NULL};
    struct failure failure = {0};
    assert_true(
        capture_open_live("va", ours, &settings, NULL, link_known, HANDLES, cell_rows, group, &failure));
    struct seen seen = {.times = calloc(SEQUENCES, 1)};
    assert_non_null(seen.times);
    size_t shares[HANDLES] = {0};
    read_group(group, &seen, shares, TIME_SECOND);
    atomic_store(&flood.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    read_group(group, &seen, shares, TIME_SECOND / 2);
    uint64_t early = 0;
    for (size_t i = 0; i < HANDLES; i++) {
        assert_true(shares[i] > 100); /* 256 address pairs: every member has its share */
        capture_update_drops(group[i]);
        assert_int_equal(counter_get(cells[i], CAPTURE_KERNEL_DROPS), 0);
        assert_false(group[i]->early.active);
        early += counter_get(cells[i], CAPTURE_EARLY);
        capture_close(group[i]);
    }
    assert_true(early > 0);
    assert_int_equal(seen.last + 1, atomic_load(&flood.sent));
    for (uint32_t number = seen.first; number <= seen.last; number++) {
        assert_int_equal(seen.times[number], 1);
    }
    free(seen.times);
}

static void test_kernel_drops(void **state)
{
    (void)state;
    skip_unless_possible();
    struct capture_settings small = settings;
    small.ring_bytes = 1 << 20;
    struct capture *capture = open_one("va", ours, &small);
    int sender = open_sender();
    enum { SENT = 20000 };
    for (uint32_t i = 0; i < SENT; i++) {
        send_number(sender, i, 1000);
    }
    struct seen seen = {0};
    assert_int_equal(read_packets(capture, &seen, SIZE_MAX, TIME_SECOND / 2), CAPTURE_MORE);
    capture_update_drops(capture);
    uint64_t drops = counter_get(cells[0], CAPTURE_KERNEL_DROPS);
    assert_true(drops > 0);
    assert_int_equal(drops + seen.count, SENT);
    capture_update_drops(capture);
    assert_int_equal(counter_get(cells[0], CAPTURE_KERNEL_DROPS), drops);
    (void)close(sender);
    capture_close(capture);
}

static void expect_lost(const char *command, const char *text)
{
    struct capture *capture = open_one("va", "", &settings);
    struct seen seen = {0};
    assert_int_equal(read_packets(capture, &seen, SIZE_MAX, TIME_SECOND / 4), CAPTURE_MORE);
    run_command(command);
    assert_int_equal(read_packets(capture, &seen, SIZE_MAX, 5 * TIME_SECOND), CAPTURE_LOST);
    assert_int_equal(capture_failure(capture)->status, EXIT_STATUS_RUNTIME);
    assert_non_null(strstr(capture_failure(capture)->text, text));
    size_t handed = 1;
    assert_int_equal(capture_dispatch(capture, 64, see, &seen, &handed), CAPTURE_LOST);
    assert_int_equal(handed, 0);
    capture_close(capture);
}

static void test_interface_goes_down(void **state)
{
    (void)state;
    skip_unless_possible();
    expect_lost("ip link set va down", "va: the interface went down");
    expect_refused("va", "", 1, EXIT_STATUS_NO_INPUT, "va: the interface is down");
}

static void test_interface_disappears(void **state)
{
    (void)state;
    skip_unless_possible();
    expect_lost("ip link del va", "va: ");
    expect_refused("va", "", 1, EXIT_STATUS_NO_INPUT, "va: no such interface");
    expect_refused("va", "", HANDLES, EXIT_STATUS_NO_INPUT, "va: no such interface");
}

static void test_renamed_interface_stays(void **state)
{
    (void)state;
    skip_unless_possible();
    struct capture *capture = open_one("va", "", &settings);
    run_command("ip link set va name vc");
    struct seen seen = {0};
    assert_int_equal(read_packets(capture, &seen, SIZE_MAX, TIME_SECOND), CAPTURE_MORE);
    capture_close(capture);
}

static void test_wrong_filter(void **state)
{
    (void)state;
    skip_unless_possible();
    expect_refused("va", "prot tcp", HANDLES, EXIT_STATUS_USAGE, "filter 'prot tcp': ");
}

static bool nothing_known(int link_type)
{
    (void)link_type;
    return false;
}

static void test_unknown_link_type(void **state)
{
    (void)state;
    skip_unless_possible();
    struct capture *out[HANDLES] = {NULL};
    struct failure failure = {0};
    assert_false(capture_open_live("va", "", &settings, NULL, nothing_known, 2, cell_rows, out, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_NO_CAPTURE);
    assert_non_null(strstr(failure.text, "va: link type 1 (EN10MB)"));
}

static void test_no_permission(void **state)
{
    (void)state;
    skip_unless_possible();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct capture *out = NULL;
        struct failure failure = {0};
        bool opened = setresuid(65534, 65534, 65534) != 0 ||
                      capture_open_live("va", "", &settings, NULL, link_known, 1, cell_rows, &out, &failure);
        _exit(opened ? 0 : (int)failure.status);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EXIT_STATUS_NO_PERMISSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_packets_with_snaplen_and_time, make_pair, remove_pair),
        cmocka_unit_test_setup_teardown(test_vlan_tag_is_kept, make_pair, remove_pair),
        cmocka_unit_test_setup_teardown(test_loopback_and_all_interfaces, make_pair, remove_pair),
        cmocka_unit_test_setup_teardown(test_group_shares_without_duplicates, make_pair, remove_pair),
        cmocka_unit_test_setup_teardown(test_kernel_drops, make_pair, remove_pair),
        cmocka_unit_test_setup_teardown(test_interface_goes_down, make_pair, remove_pair),
        cmocka_unit_test_setup_teardown(test_interface_disappears, make_pair, remove_pair),
        cmocka_unit_test_setup_teardown(test_renamed_interface_stays, make_pair, remove_pair),
        cmocka_unit_test_setup_teardown(test_wrong_filter, make_pair, remove_pair),
        cmocka_unit_test_setup_teardown(test_unknown_link_type, make_pair, remove_pair),
        cmocka_unit_test_setup_teardown(test_no_permission, make_pair, remove_pair),
    };
    return cmocka_run_group_tests(tests, make_namespace, NULL);
}
