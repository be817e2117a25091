/* Reading a capture file through our capture stage. */
#include "tests/bench/measure.h"

#include "decode/decode.h"

enum { BATCH = 256 };

struct capture *measure_open(const char *path, struct counter_cell *cells)
{
    struct failure failure = {0};
    struct capture *capture = capture_open_file(path, "", decode_link_known, cells, &failure);
    if (capture == NULL) {
        (void)fprintf(stderr, "%s\n", failure.text);
        exit((int)failure.status);
    }
    return capture;
}

__attribute__((noipa)) void measure_read(struct capture *capture, capture_packet_fn take, void *context)
{
    size_t handed = 0;
    while (capture_dispatch(capture, BATCH, take, context, &handed) == CAPTURE_MORE) {
    }
    capture_close(capture);
}
