/* RTSP in both directions of a flow. */
#include "tests/fuzz/feeds.h"

static void open_nothing(struct feed *feed, struct splitter *splitter, uint8_t flags)
{
    (void)feed;
    (void)splitter;
    (void)flags;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    feeds_run(data, size, open_nothing);
    return 0;
}
