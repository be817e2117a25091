/* Capture files of every kind that libpcap reads, and everything that is not one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/clock.h"
#include "daemon/capture/capture_priv.h"

enum { MAGIC_MICRO = 0xa1b2c3d4, MAGIC_NANO = 0xa1b23c4d, UDP_FRAME = 46, SECONDS = 1700000000 };

static char folder[] = "/tmp/vigie-capture-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static const char *path_of(const char *name)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* A file in the making, of either byte order. */
struct file {
    struct buf bytes;
    bool big_endian;
};

static struct file file_make(bool big_endian)
{
    return (struct file){.bytes = buf_make(65536), .big_endian = big_endian};
}

static void put(struct file *file, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        size_t shift = 8 * (file->big_endian ? size - 1 - i : i);
        assert_true(buf_append_byte(&file->bytes, (uint8_t)(value >> shift)));
    }
}

static void put_pcap_header(struct file *file, uint32_t magic, uint32_t link_type)
{
    put(file, magic, 4);
    put(file, 2, 2);
    put(file, 4, 2);
    put(file, 0, 8);
    put(file, 65535, 4);
    put(file, link_type, 4);
}

/* An Ethernet frame with UDP from port 1000 to `port`, `captured` bytes of it. */
static void put_frame(struct file *file, uint16_t port, size_t captured)
{
    uint8_t frame[UDP_FRAME] = {
        [12] = 0x08, [14] = 0x45, [17] = 32,  [22] = 64, [23] = 17, [26] = 192,  [28] = 2,
        [29] = 1,    [30] = 203,  [32] = 113, [33] = 10, [34] = 3,  [35] = 0xe8, [39] = 12};
    frame[36] = (uint8_t)(port >> 8);
    frame[37] = (uint8_t)port;
    assert_true(buf_append(&file->bytes, slice_make(frame, captured)));
}

static void put_record(struct file *file, uint32_t seconds, uint32_t fraction, uint16_t port, size_t captured)
{
    put(file, seconds, 4);
    put(file, fraction, 4);
    put(file, captured, 4);
    put(file, UDP_FRAME, 4);
    put_frame(file, port, captured);
}

/* Writes `len` bytes of the file (all with SIZE_MAX) under `name`, frees it, and returns the path. */
static const char *file_write(struct file *file, const char *name, size_t len)
{
    const char *path = path_of(name);
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    struct slice bytes = slice_part(buf_slice(&file->bytes), 0, len);
    assert_true(bytes.len == 0 || fwrite(bytes.data, bytes.len, 1, stream) == 1);
    assert_int_equal(fclose(stream), 0);
    buf_free(&file->bytes);
    return path;
}

static bool ethernet_only(int link_type)
{
    return link_type == DLT_EN10MB;
}

struct seen {
    size_t count;
    size_t bytes;
    uint16_t last_port;
    struct raw_packet last;
};

static void see(void *context, const struct raw_packet *packet)
{
    struct seen *seen = context;
    seen->count++;
    seen->bytes += packet->bytes.len;
    if (packet->bytes.len >= 38) {
        seen->last_port = (uint16_t)(packet->bytes.data[36] << 8 | packet->bytes.data[37]);
    }
    seen->last = *packet;
}

struct run {
    struct capture *capture;
    struct counter_cell cells[CAPTURE_COUNTERS_COUNT];
    struct failure failure;
    struct seen seen;
    enum capture_status status;
};

/* Opens, reads to the end three packets at a time; run_close() comes after it. */
static void run_file(struct run *run, const char *path, const char *filter)
{
    *run = (struct run){0};
    run->capture = capture_open_file(path, filter, ethernet_only, run->cells, &run->failure);
    if (run->capture == NULL) {
        return;
    }
    size_t all = 0;
    do {
        size_t handed = 0;
        run->status = capture_dispatch(run->capture, 3, see, &run->seen, &handed);
        assert_in_range(handed, 0, 3);
        all += handed;
    } while (run->status == CAPTURE_MORE);
    assert_int_equal(all, run->seen.count);
    assert_int_equal(counter_get(run->cells, CAPTURE_PACKETS), all);
    assert_int_equal(counter_get(run->cells, CAPTURE_FILES), 1);
    assert_int_equal(counter_get(run->cells, CAPTURE_FILES_CUT), run->status == CAPTURE_CUT);
    /* What has ended stays ended. */
    size_t handed = 1;
    assert_int_equal(capture_dispatch(run->capture, 3, see, &run->seen, &handed), run->status);
    assert_int_equal(handed, 0);
}

static void run_close(struct run *run)
{
    capture_close(run->capture);
}

static void expect_refused(const char *path, const char *filter, enum exit_status status, const char *text)
{
    struct run run;
    run_file(&run, path, filter);
    assert_null(run.capture);
    assert_int_equal(run.failure.status, status);
    assert_non_null(strstr(run.failure.text, text));
    assert_int_equal(counter_get(run.cells, CAPTURE_FILES), 0);
}

static void test_every_pcap_format(void **state)
{
    (void)state;
    static const uint32_t magics[] = {MAGIC_MICRO, MAGIC_NANO};
    for (size_t i = 0; i < 4; i++) {
        uint32_t magic = magics[i / 2];
        struct file file = file_make(i % 2 == 1);
        put_pcap_header(&file, magic, 1);
        put_record(&file, SECONDS, magic == MAGIC_NANO ? 123456999 : 123456, 8080, UDP_FRAME);
        put_record(&file, SECONDS + 1, 0, 443, 40);
        struct run run;
        run_file(&run, file_write(&file, "format.pcap", SIZE_MAX), "");
        assert_non_null(run.capture);
        assert_int_equal(run.status, CAPTURE_END);
        assert_int_equal(run.seen.count, 2);
        assert_int_equal(run.seen.bytes, UDP_FRAME + 40);
        assert_int_equal(run.seen.last_port, 443);
        assert_int_equal(run.seen.last.wire_len, UDP_FRAME);
        assert_int_equal(run.seen.last.link_type, DLT_EN10MB);
        assert_int_equal(counter_get(run.cells, CAPTURE_BYTES), 2 * UDP_FRAME);
        run_close(&run);
    }
}

static void test_nanoseconds_are_rounded_down(void **state)
{
    (void)state;
    struct file file = file_make(false);
    put_pcap_header(&file, MAGIC_NANO, 1);
    put_record(&file, SECONDS, 123456999, 8080, UDP_FRAME);
    struct run run;
    run_file(&run, file_write(&file, "nano.pcap", SIZE_MAX), "");
    assert_int_equal(run.seen.last.time_us, SECONDS * TIME_SECOND + 123456);
    run_close(&run);
}

static void test_limit(void **state)
{
    (void)state;
    struct file file = file_make(false);
    put_pcap_header(&file, MAGIC_MICRO, 1);
    for (uint16_t port = 1; port <= 5; port++) {
        put_record(&file, SECONDS, port, port, UDP_FRAME);
    }
    const char *path = file_write(&file, "limit.pcap", SIZE_MAX);
    struct run run = {0};
    run.capture = capture_open_file(path, "", ethernet_only, run.cells, &run.failure);
    static const size_t expected[] = {2, 2, 1};
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        size_t handed = 0;
        run.status = capture_dispatch(run.capture, 2, see, &run.seen, &handed);
        assert_int_equal(handed, expected[i]);
        assert_true(run.status == CAPTURE_MORE || i == 2);
    }
    size_t handed = 1;
    assert_int_equal(capture_dispatch(run.capture, 2, see, &run.seen, &handed), CAPTURE_END);
    assert_int_equal(handed, 0);
    assert_int_equal(run.seen.last_port, 5);
    run_close(&run);
}

static const char *write_ports(const char *name, size_t len)
{
    struct file file = file_make(false);
    put_pcap_header(&file, MAGIC_MICRO, 1);
    for (uint16_t port = 1; port <= 9; port++) {
        put_record(&file, SECONDS, port, port, UDP_FRAME);
    }
    return file_write(&file, name, len);
}

static void test_filter(void **state)
{
    (void)state;
    const char *path = write_ports("filter.pcap", SIZE_MAX);
    struct run run;
    run_file(&run, path, "udp dst port 8");
    assert_int_equal(run.status, CAPTURE_END);
    assert_int_equal(run.seen.count, 1);
    assert_int_equal(run.seen.last_port, 8);
    run_close(&run);
    run_file(&run, path, "tcp");
    assert_int_equal(run.status, CAPTURE_END);
    assert_int_equal(run.seen.count, 0);
    run_close(&run);
    expect_refused(path, "udp prot 8", EXIT_STATUS_USAGE, "filter 'udp prot 8': ");
}

enum { FILE_HEADER = 24, RECORD_HEADER = 16, RECORD = RECORD_HEADER + UDP_FRAME };

static void test_cut_files(void **state)
{
    (void)state;
    /* At every byte of the third record: two packets come out, and then the file is cut or has ended. */
    for (size_t len = FILE_HEADER + 2 * RECORD; len <= FILE_HEADER + 3 * RECORD; len++) {
        size_t into_record = (len - FILE_HEADER) % RECORD;
        struct run run;
        run_file(&run, write_ports("cut.pcap", len), "");
        assert_int_equal(run.status, into_record == 0 ? CAPTURE_END : CAPTURE_CUT);
        assert_int_equal(run.seen.count, len == FILE_HEADER + 3 * RECORD ? 3 : 2);
        assert_int_equal(capture_failure(run.capture)->status, EXIT_STATUS_GOOD);
        assert_true(run.status == CAPTURE_END ||
                    strstr(capture_failure(run.capture)->text, "after 2 packets"));
        run_close(&run);
    }
}

static void test_cut_before_the_first_packet(void **state)
{
    (void)state;
    struct run run;
    run_file(&run, write_ports("none.pcap", FILE_HEADER + RECORD - 1), "");
    assert_int_equal(run.status, CAPTURE_CUT);
    assert_int_equal(capture_failure(run.capture)->status, EXIT_STATUS_NO_CAPTURE);
    run_close(&run);
    /* A filter that took none of the packets that were read is another matter. */
    run_file(&run, write_ports("none.pcap", FILE_HEADER + 2 * RECORD - 1), "tcp");
    assert_int_equal(run.status, CAPTURE_CUT);
    assert_int_equal(run.seen.count, 0);
    assert_int_equal(capture_failure(run.capture)->status, EXIT_STATUS_GOOD);
    run_close(&run);
    run_file(&run, write_ports("none.pcap", FILE_HEADER), "");
    assert_int_equal(run.status, CAPTURE_END);
    assert_int_equal(run.seen.count, 0);
    run_close(&run);
}

static void put_interface(struct file *file, uint16_t link_type)
{
    put(file, 1, 4);
    put(file, 20, 4);
    put(file, link_type, 2);
    put(file, 0, 2);
    put(file, 65535, 4);
    put(file, 20, 4);
}

static void put_enhanced_packet(struct file *file, uint16_t port)
{
    uint64_t time_us = (uint64_t)SECONDS * 1000000 + 77;
    size_t total = 32 + UDP_FRAME + 2; /* padded to four bytes */
    put(file, 6, 4);
    put(file, total, 4);
    put(file, 0, 4);
    put(file, time_us >> 32, 4);
    put(file, time_us & UINT32_MAX, 4);
    put(file, UDP_FRAME, 4);
    put(file, UDP_FRAME, 4);
    put_frame(file, port, UDP_FRAME);
    put(file, 0, 2);
    put(file, total, 4);
}

static void put_section(struct file *file)
{
    put(file, 0x0a0d0d0a, 4);
    put(file, 28, 4);
    put(file, 0x1a2b3c4d, 4);
    put(file, 1, 2);
    put(file, 0, 2);
    put(file, UINT64_MAX, 8);
    put(file, 28, 4);
}

static void test_pcapng(void **state)
{
    (void)state;
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        struct file file = file_make(big_endian);
        put_section(&file);
        put_interface(&file, 1);
        put_enhanced_packet(&file, 8080);
        struct run run;
        run_file(&run, file_write(&file, "one.pcapng", SIZE_MAX), "");
        assert_int_equal(run.status, CAPTURE_END);
        assert_int_equal(run.seen.count, 1);
        assert_int_equal(run.seen.last_port, 8080);
        assert_int_equal(run.seen.last.time_us, SECONDS * TIME_SECOND + 77);
        run_close(&run);
    }
}

static void test_pcapng_with_another_link_type(void **state)
{
    (void)state;
    struct file file = file_make(false);
    put_section(&file);
    put_interface(&file, 1);
    put_enhanced_packet(&file, 8080);
    put_interface(&file, 101);
    put_enhanced_packet(&file, 443);
    struct run run;
    run_file(&run, file_write(&file, "two.pcapng", SIZE_MAX), "");
    assert_int_equal(run.status, CAPTURE_CUT);
    assert_int_equal(run.seen.count, 1);
    assert_int_equal(capture_failure(run.capture)->status, EXIT_STATUS_GOOD);
    run_close(&run);
}

static void test_no_capture(void **state)
{
    (void)state;
    struct file file = file_make(false);
    expect_refused(file_write(&file, "empty.pcap", SIZE_MAX), "", EXIT_STATUS_NO_CAPTURE, "empty.pcap: ");
    file = file_make(false);
    assert_true(
        buf_append_text(&file.bytes, "#EXTM3U\n#EXTINF:-1,FR| Canal+ 4K\nhttp://panel.example/1.ts\n"));
    expect_refused(file_write(&file, "garbage.pcap", SIZE_MAX), "", EXIT_STATUS_NO_CAPTURE, "garbage.pcap: ");
    for (size_t len = 1; len < FILE_HEADER; len++) {
        expect_refused(write_ports("header.pcap", len), "", EXIT_STATUS_NO_CAPTURE, "header.pcap: ");
    }
    file = file_make(false);
    put_pcap_header(&file, MAGIC_MICRO, 105);
    expect_refused(file_write(&file, "radio.pcap", SIZE_MAX), "", EXIT_STATUS_NO_CAPTURE, "IEEE802_11");
}

static void test_cannot_be_opened(void **state)
{
    (void)state;
    expect_refused(path_of("missing.pcap"), "", EXIT_STATUS_NO_INPUT, "No such file or directory");
    expect_refused(folder, "", EXIT_STATUS_NO_INPUT, "is a folder");
    char path[128];
    (void)snprintf(path, sizeof path, "%s", write_ports("secret.pcap", SIZE_MAX));
    assert_int_equal(chmod(path, 0), 0);
    bool root = geteuid() == 0;
    if (root) {
        assert_int_equal(seteuid(65534), 0);
    }
    expect_refused(path, "", EXIT_STATUS_NO_INPUT, "Permission denied");
    if (root) {
        assert_int_equal(seteuid(0), 0);
    }
}

static void test_standard_input(void **state)
{
    (void)state;
    int pipe_ends[2];
    assert_int_equal(pipe(pipe_ends), 0);
    struct file file = file_make(false);
    put_pcap_header(&file, MAGIC_MICRO, 1);
    put_record(&file, SECONDS, 5, 8080, UDP_FRAME);
    assert_int_equal(write(pipe_ends[1], file.bytes.data, file.bytes.len), file.bytes.len);
    buf_free(&file.bytes);
    assert_int_equal(close(pipe_ends[1]), 0);
    assert_int_equal(dup2(pipe_ends[0], STDIN_FILENO), STDIN_FILENO);
    struct run run;
    run_file(&run, "-", "");
    assert_int_equal(run.status, CAPTURE_END);
    assert_int_equal(run.seen.count, 1);
    run_close(&run);
    /* Nothing is left for a second "-". */
    expect_refused("-", "", EXIT_STATUS_NO_CAPTURE, "standard input: ");
}

static void test_time(void **state)
{
    (void)state;
    static const struct {
        struct timeval time;
        int64_t expected;
    } cases[] = {
        {{0, 0}, 0},
        {{1, 999999}, 1999999},
        {{1, 1000000}, 1999999},
        {{1, -1}, 1000000},
        {{INT32_MAX, 1}, INT32_MAX * TIME_SECOND + 1},
        {{INT32_MIN, 1}, ((int64_t)INT32_MAX + 1) * TIME_SECOND + 1}, /* 2038 in a pcap file */
        {{-1, 0}, UINT32_MAX * TIME_SECOND},
        {{(int64_t)INT32_MIN - 1, 0}, 0},
        {{INT64_MAX, 5}, 32503679999 * TIME_SECOND + 5},
        {{INT64_MIN, 5}, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_int_equal(capture_time(&cases[i].time), cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_pcap_format),
        cmocka_unit_test(test_nanoseconds_are_rounded_down),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_cut_files),
        cmocka_unit_test(test_cut_before_the_first_packet),
        cmocka_unit_test(test_pcapng),
        cmocka_unit_test(test_pcapng_with_another_link_type),
        cmocka_unit_test(test_no_capture),
        cmocka_unit_test(test_cannot_be_opened),
        cmocka_unit_test(test_standard_input),
        cmocka_unit_test(test_time),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
