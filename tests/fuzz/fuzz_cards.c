/* Card sharing over TCP: CCcam behind a handshake that is computed here, or whatever the input begins with.
 */
#include "daemon/app/cccam_priv.h"
#include "tests/fuzz/feeds.h"

enum { CLIENT, SERVER };

/* Bits 2 and 3 of the flags: a CCcam login up to its acknowledgement, newcamd's greeting, or nothing. */
static void open_cards(struct feed *feed, struct splitter *splitter, uint8_t flags)
{
    static const uint8_t greeting[CCCAM_GREETING_BYTES] = {1, 2,  3,  4,  5,  6,  7,  8,
                                                           9, 10, 11, 12, 15, 18, 21, 24};
    static const uint8_t rest[26] = {0};
    uint8_t answer[CCCAM_ANSWER_BYTES];
    cccam_expected_answer(greeting, answer);
    if ((flags & 12) == 4) {
        feed_say(feed, SERVER, slice_make(greeting, sizeof greeting), splitter);
        feed_say(feed, CLIENT, slice_make(answer, sizeof answer), splitter);
        feed_say(feed, CLIENT, slice_make(rest, sizeof rest), splitter);
        feed_say(feed, SERVER, slice_make(answer, sizeof answer), splitter);
    } else if ((flags & 12) == 8) {
        feed_say(feed, SERVER, slice_make(greeting, 14), splitter);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    feeds_run(data, size, open_cards);
    return 0;
}
