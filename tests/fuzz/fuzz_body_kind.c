/* app/body_kind: a decision on a prefix holds for every longer one, and a kilobyte is always enough. */
#include "app/body_kind.h"
#include "tests/fuzz/splitter.h"

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum body_kind decided = BODY_NONE;
    for (size_t len = 0; len <= size && len <= 1100; len += len < 40 ? 1 : 13) {
        void *block;
        struct slice first = splitter_copy(slice_make(data, len), &block);
        enum body_kind part = body_kind_detect(first, false);
        enum body_kind whole = body_kind_detect(first, true);
        free(block);
        require(part < BODY_KIND_COUNT && whole != BODY_NONE && whole < BODY_KIND_COUNT);
        require((whole == BODY_EMPTY) == (len == 0));
        require(decided == BODY_NONE || part == decided);
        require(part == BODY_NONE || whole == part);
        require(len < 1024 || part != BODY_NONE);
        decided = part;
    }
    return 0;
}
