/* RTMP: behind both handshakes, which are given here, or from its first byte. */
#include "daemon/app/rtmp_priv.h"
#include "tests/fuzz/feeds.h"

static void open_rtmp(struct feed *feed, struct splitter *splitter, uint8_t flags)
{
    static uint8_t handshake[1 + 2 * RTMP_HANDSHAKE_BYTES] = {3};
    if ((flags & 4) != 0) {
        return;
    }
    feed_say(feed, 0, slice_make(handshake, sizeof handshake), splitter);
    feed_say(feed, 1, slice_make(handshake, sizeof handshake), splitter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    feeds_run(data, size, open_rtmp);
    return 0;
}
