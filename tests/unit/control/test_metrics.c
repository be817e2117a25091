/* control/metrics: the text, and real requests over a loopback socket to evhttp. */
#include "daemon/control/metrics_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "control/control.h"

static const struct counter_row rows[] = {{"packets", "Packets taken"},
                                          {"flows", "Flows now"},
                                          {"link_up", "1 while the link is there"},
                                          {"odd", "Odd \\ help\nof two lines"}};
static const struct counter_table table = {"alpha", rows, ARRAY_COUNT(rows)};

static struct counter_cell first_cells[ARRAY_COUNT(rows)], second_cells[ARRAY_COUNT(rows)];
static const struct counter_cell *const both_cells[] = {first_cells, second_cells};
static const struct metrics_source source = {&table, both_cells, 2};

static void set_cells(void)
{
    counter_set(first_cells, 0, 40);
    counter_set(second_cells, 0, 2);
    counter_set(first_cells, 1, 5);
    counter_set(second_cells, 1, 6);
    counter_set(first_cells, 2, 1);
    counter_set(first_cells, 3, UINT64_MAX);
    counter_set(second_cells, 2, 0);
    counter_set(second_cells, 3, 0);
}

static void sums_go_over_all_threads(void **state)
{
    (void)state;
    set_cells();
    assert_int_equal(metrics_sum(&source, 0), 42);
    assert_int_equal(metrics_sum(&source, 1), 11);
    const struct metrics_source none = {&table, NULL, 0};
    assert_int_equal(metrics_sum(&none, 0), 0);
}

static void the_text_is_what_prometheus_reads(void **state)
{
    (void)state;
    set_cells();
    struct buf text = buf_make(SIZE_MAX);
    metrics_append_text(&text, &source, 1);
    buf_append_byte(&text, '\0');
    assert_string_equal((const char *)text.data, "# HELP vigie_alpha_packets_total Packets taken\n"
                                                 "# TYPE vigie_alpha_packets_total counter\n"
                                                 "vigie_alpha_packets_total 42\n"
                                                 "# HELP vigie_alpha_flows Flows now\n"
                                                 "# TYPE vigie_alpha_flows gauge\n"
                                                 "vigie_alpha_flows 11\n"
                                                 "# HELP vigie_alpha_link_up 1 while the link is there\n"
                                                 "# TYPE vigie_alpha_link_up gauge\n"
                                                 "vigie_alpha_link_up 1\n"
                                                 "# HELP vigie_alpha_odd_total Odd \\\\ help\\nof two lines\n"
                                                 "# TYPE vigie_alpha_odd_total counter\n"
                                                 "vigie_alpha_odd_total 18446744073709551615\n");
    buf_free(&text);
}

static struct counter_cell cells_of_none[CONTROL_COUNTERS_COUNT];

struct server {
    struct event_base *base;
    struct metrics *metrics;
    struct counter_cell cells[CONTROL_COUNTERS_COUNT];
};

static void start(struct server *server, const char *listen)
{
    struct failure failure = {0};
    server->base = event_base_new();
    server->metrics = metrics_start(server->base, listen, &source, 1, server->cells, &failure);
    assert_string_equal(failure.text, "");
    assert_non_null(server->metrics);
}

static int set_up(void **state)
{
    struct server *server = calloc(1, sizeof *server);
    set_cells();
    start(server, "127.0.0.1:0");
    *state = server;
    return 0;
}

static int tear_down(void **state)
{
    struct server *server = *state;
    metrics_stop(server->metrics);
    event_base_free(server->base);
    free(server);
    return 0;
}

static int connect_to(const struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(metrics_port(server->metrics)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_true(connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 || errno == EINPROGRESS);
    return fd;
}

static void turn(struct server *server, int milliseconds)
{
    const struct timeval time = {.tv_sec = milliseconds / 1000, .tv_usec = (milliseconds % 1000) * 1000};
    event_base_loopexit(server->base, &time);
    event_base_dispatch(server->base);
}

static void send_all(struct server *server, int fd, const char *text, size_t len)
{
    for (int tries = 0; len > 0 && tries < 500; tries++) {
        ssize_t sent = send(fd, text, len, MSG_NOSIGNAL);
        if (sent > 0) {
            text += sent;
            len -= (size_t)sent;
        } else if (errno != EAGAIN && errno != ENOTCONN) {
            return; /* the server has had enough */
        } else {
            turn(server, 2);
        }
    }
}

/* All that comes back until the server ends the connection; what is still open after 3 s is told as NULL. The
 * caller frees. */
static char *receive_all(struct server *server, int fd)
{
    struct buf out = buf_make(SIZE_MAX);
    int64_t deadline = clock_monotonic_us() + 3 * TIME_SECOND;
    ssize_t got = -1;
    while (got != 0 && clock_monotonic_us() < deadline) {
        char block[4096];
        got = recv(fd, block, sizeof block, 0);
        if (got > 0) {
            buf_append(&out, slice_make(block, (size_t)got));
        } else if (got < 0 && errno == ECONNRESET) {
            got = 0;
        } else if (got < 0) {
            turn(server, 2);
        }
    }
    if (got != 0) {
        buf_free(&out);
        return NULL;
    }
    buf_append_byte(&out, '\0');
    return (char *)out.data;
}

static char *ask(struct server *server, const char *request)
{
    int fd = connect_to(server);
    send_all(server, fd, request, strlen(request));
    char *answer = receive_all(server, fd);
    close(fd);
    assert_non_null(answer);
    return answer;
}

static void assert_answer(struct server *server, const char *request, const char *first_line)
{
    char *answer = ask(server, request);
    if (strncmp(answer, first_line, strlen(first_line)) != 0) {
        fail_msg("expected %s, got: %s", first_line, answer);
    }
    free(answer);
}

static void metrics_are_served(void **state)
{
    char *answer = ask(*state, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(strncmp(answer, "HTTP/1.1 200 OK\r\n", 17), 0);
    assert_non_null(strstr(answer, "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    assert_non_null(strstr(answer, "\nvigie_alpha_packets_total 42\n"));
    assert_non_null(strstr(answer, "\nvigie_control_scrapes_total 1\n"));
    free(answer);
    answer = ask(*state, "GET /metrics?x=y HTTP/1.0\r\n\r\n");
    assert_non_null(strstr(answer, "\nvigie_control_scrapes_total 2\n"));
    free(answer);
}

static void health_is_served(void **state)
{
    char *answer = ask(*state, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(strncmp(answer, "HTTP/1.1 200 OK\r\n", 17), 0);
    assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\nok\n");
    free(answer);
}

static void other_methods_and_paths_are_refused(void **state)
{
    struct server *server = *state;
    assert_answer(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 ");
    assert_answer(server, "GET /metricsx HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 ");
    static const char *const methods[] = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD", "TRACE"};
    for (size_t i = 0; i < ARRAY_COUNT(methods); i++) {
        char request[128];
        snprintf(request, sizeof request, "%s /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
                 methods[i]);
        char *answer = ask(server, request);
        assert_int_equal(strncmp(answer, "HTTP/1.1 405 Method Not Allowed\r\n", 33), 0);
        assert_non_null(strstr(answer, "\r\nAllow: GET\r\n"));
        assert_null(strstr(answer, "vigie_"));
        free(answer);
    }
    char *answer = ask(server, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_non_null(strstr(answer, "\nvigie_control_http_refused_total 9\n"));
    free(answer);
}

static void nonsense_is_refused(void **state)
{
    struct server *server = *state;
    static const char *const requests[] = {"\r\n\r\n\r\n\r\n", "GET\r\n\r\n",
                                           "BREW /metrics HTTP/1.1\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n",
                                           "GET /metrics\r\n\r\n"};
    for (size_t i = 0; i < ARRAY_COUNT(requests); i++) {
        int fd = connect_to(server);
        send_all(server, fd, requests[i], strlen(requests[i]));
        shutdown(fd, SHUT_WR);
        char *answer = receive_all(server, fd);
        assert_non_null(answer);
        assert_null(strstr(answer, "vigie_alpha_packets"));
        free(answer);
        close(fd);
    }
    assert_answer(server, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 ");
}

static void large_requests_are_refused(void **state)
{
    struct server *server = *state;
    char *request = malloc(200000);
    int start_len = snprintf(request, 200000, "GET /metrics HTTP/1.1\r\nX: ");
    memset(request + start_len, 'x', 100000);
    strcpy(request + start_len + 100000, "\r\n\r\n");
    char *answer = ask(server, request);
    assert_null(strstr(answer, "vigie_"));
    free(answer);
    start_len = snprintf(request, 200000, "POST /metrics HTTP/1.1\r\nContent-Length: 100000\r\n\r\n");
    memset(request + start_len, 'x', 100000);
    request[start_len + 100000] = '\0';
    answer = ask(server, request);
    assert_null(strstr(answer, "vigie_"));
    free(answer);
    start_len =
        snprintf(request, 200000, "POST /metrics HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n");
    memset(request + start_len, 'x', 100000);
    strcpy(request + start_len + 100000, "\r\n0\r\n\r\n");
    answer = ask(server, request);
    assert_null(strstr(answer, "vigie_"));
    free(answer);
    free(request);
    assert_answer(server, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 ");
}

static int open_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 1024; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

static void connections_are_capped_and_given_back(void **state)
{
    struct server *server = *state;
    turn(server, 10);
    int before = open_descriptors();
    enum { CLIENTS = METRICS_CONNECTIONS_MAX + 10 };
    int clients[CLIENTS];
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i] = connect_to(server);
        /* The last ones are accepted in one go, for which the kernel's queue is long enough. */
        if (i + 16 < CLIENTS) {
            turn(server, 2);
        }
    }
    turn(server, 100);
    /* All clients are ours, and of the server's ends only those that it took. */
    assert_int_equal(open_descriptors() - before, CLIENTS + METRICS_CONNECTIONS_MAX);
    for (size_t i = 0; i < CLIENTS; i++) {
        close(clients[i]);
    }
    turn(server, 2500); /* the sweep comes each second */
    assert_int_equal(open_descriptors(), before);
    char *answer = ask(server, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_non_null(strstr(answer, "\nvigie_control_http_full_total 1\n"));
    free(answer);
}

static void dripping_clients_are_ended(void **state)
{
    struct server *server = *state;
    int fd = connect_to(server);
    static const char request[] = "GET /metrics HTTP/1.1\r\nX: ";
    send_all(server, fd, request, strlen(request));
    int64_t started = clock_monotonic_us();
    int64_t limit = (METRICS_CONNECTION_SECONDS + 3) * TIME_SECOND;
    char byte;
    /* A byte each half second is never idle, and yet it ends. */
    while (recv(fd, &byte, 1, 0) < 0 && errno == EAGAIN && clock_monotonic_us() - started < limit) {
        (void)send(fd, "x", 1, MSG_NOSIGNAL);
        turn(server, 500);
    }
    int64_t lasted = clock_monotonic_us() - started;
    assert_in_range(lasted, (METRICS_CONNECTION_SECONDS - 1) * TIME_SECOND, limit - TIME_SECOND);
    close(fd);
}

static void connections_may_be_open_at_the_end(void **state)
{
    struct server *server = *state;
    int fd = connect_to(server);
    turn(server, 20);
    metrics_stop(server->metrics);
    server->metrics = NULL;
    turn(server, 20);
    char byte;
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    close(fd);
}

static void addresses_are_checked(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "9142",
                                        ":9142",
                                        "127.0.0.1",
                                        "127.0.0.1:",
                                        "127.0.0.1:65536",
                                        "[::1]",
                                        "::1:9142",
                                        "[127.0.0.1]:0",
                                        "localhost:0",
                                        "[]:0",
                                        "[::1:0",
                                        "[:0",
                                        "]:0",
                                        "127.0.0.1:-1",
                                        "127.0.0.1: 1",
                                        "[::1]x:0",
                                        "127.0.0.1:0x50",
                                        "1.2.3:9142",
                                        "[2001:db8:0000:0000:0000:0000:0000:0000:0000:0001]:0"};
    struct event_base *base = event_base_new();
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        struct failure failure = {0};
        assert_null(metrics_start(base, wrong[i], NULL, 0, cells_of_none, &failure));
        assert_int_equal(failure.status, EXIT_STATUS_CONFIG);
        assert_string_equal(failure.text,
                            "metrics.listen: expected ADDRESS:PORT, such as 127.0.0.1:9142 or [::1]:9142");
    }
    struct failure failure = {0};
    assert_null(metrics_start(base, "192.0.2.1:9142", NULL, 0, cells_of_none, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_CONFIG);
    assert_string_equal(failure.text,
                        "metrics.listen: cannot listen on 192.0.2.1:9142: Cannot assign requested address");
    event_base_free(base);
}

static void a_port_that_is_taken_is_told(void **state)
{
    struct server *server = *state;
    char listen[64];
    snprintf(listen, sizeof listen, "127.0.0.1:%u", metrics_port(server->metrics));
    struct failure failure = {0};
    assert_null(metrics_start(server->base, listen, NULL, 0, cells_of_none, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_RUNTIME);
    assert_non_null(strstr(failure.text, "Address already in use"));
}

static void ipv6_is_listened_on(void **state)
{
    (void)state;
    int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    bool has_ipv6 = probe >= 0 && bind(probe, (const struct sockaddr *)&address, sizeof address) == 0;
    if (probe >= 0) {
        close(probe);
    }
    if (!has_ipv6) {
        print_message("SKIP ipv6_is_listened_on: this host has no IPv6\n");
        skip();
    }
    struct server server;
    start(&server, "[::1]:0");
    address.sin6_port = htons(metrics_port(server.metrics));
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 || errno == EINPROGRESS);
    static const char request[] = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    send_all(&server, fd, request, strlen(request));
    char *answer = receive_all(&server, fd);
    assert_non_null(answer);
    assert_int_equal(strncmp(answer, "HTTP/1.1 200 OK\r\n", 17), 0);
    free(answer);
    close(fd);
    metrics_stop(server.metrics);
    event_base_free(server.base);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_go_over_all_threads),
        cmocka_unit_test(the_text_is_what_prometheus_reads),
        TEST(metrics_are_served),
        TEST(health_is_served),
        TEST(other_methods_and_paths_are_refused),
        TEST(nonsense_is_refused),
        TEST(large_requests_are_refused),
        TEST(connections_are_capped_and_given_back),
        TEST(dripping_clients_are_ended),
        TEST(connections_may_be_open_at_the_end),
        cmocka_unit_test(addresses_are_checked),
        TEST(a_port_that_is_taken_is_told),
        cmocka_unit_test(ipv6_is_listened_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
