/* A capture file of any bytes: opened, filtered, read to its end or to where it is cut, every packet decoded.
 */
#include <stdio.h>
#include <stdlib.h>

#include <sys/mman.h>
#include <unistd.h>

#include "capture/capture.h"
#include "decode/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(void *context, const struct raw_packet *raw)
{
    struct packet packet = {.number = 1};
    if (raw->wire_len < raw->bytes.len || raw->time_us < 0) {
        abort();
    }
    (void)decode_packet(raw, &packet, context);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int descriptor = memfd_create("capture", MFD_CLOEXEC);
    if (descriptor < 0 || write(descriptor, data, size) != (ssize_t)size) {
        abort();
    }
    char path[32];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    struct counter_cell counters[CAPTURE_COUNTERS_COUNT] = {0};
    struct counter_cell decode_cells[DECODE_COUNTERS_COUNT] = {0};
    struct failure failure = {0};
    const char *filter = size % 2 == 0 ? "" : "tcp or vlan";
    struct capture *capture = capture_open_file(path, filter, decode_link_known, counters, &failure);
    enum capture_status status = capture == NULL ? CAPTURE_END : CAPTURE_MORE;
    while (status == CAPTURE_MORE) {
        size_t handed = 0;
        status = capture_dispatch(capture, 16, take, decode_cells, &handed);
    }
    capture_close(capture);
    (void)close(descriptor);
    return 0;
}
