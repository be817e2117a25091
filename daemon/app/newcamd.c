#include "daemon/app/newcamd_priv.h"

#include "base/attr.h"

/*
 * Sizes of frames with their two bytes of length: 12 or 8 bytes of head, 3 of command and length, what it
 * bears, a check byte, all that filled up to blocks of 8, and the vector.
 */
enum {
    FRAME_MIN = 16,
    FRAME_MAX = 500,
    BARE = 26,         /* a command that bears nothing */
    CONTROL_WORD = 42, /* 16 bytes */
    LOGIN_MIN = 58,    /* a name of one letter and the 34 letters of a crypted password */
    LOGIN_MAX = 130,
    CARD_MIN = 42, /* number, kind, serial and count of providers */
    ECM_MIN = 58,
    BEATS = 6,
    FRAMES_MAX = 4096, /* so many come of servers among themselves, without a cadence */
};

bool newcamd_length_fits(unsigned length)
{
    return length % 8 == 0 && length + 2 >= FRAME_MIN && length + 2 <= FRAME_MAX;
}

static bool is_login(unsigned size)
{
    return size >= LOGIN_MIN && size <= LOGIN_MAX;
}

static bool is_bare(unsigned size)
{
    return size == BARE;
}

static bool is_card(unsigned size)
{
    return size >= CARD_MIN;
}

/* The frames before the work, in their order. */
static const struct {
    bool from_client;
    bool (*fits)(unsigned size);
} opening[] = {
    [NEWCAMD_LOGIN] = {true, is_login},
    [NEWCAMD_ANSWER] = {false, is_bare},
    [NEWCAMD_CARD_REQUEST] = {true, is_bare},
    [NEWCAMD_CARD] = {false, is_card},
};

static uint64_t take_opening(struct newcamd *newcamd, bool from_client, unsigned size)
{
    if (opening[newcamd->stage].from_client != from_client || !opening[newcamd->stage].fits(size)) {
        newcamd->over = true;
        return 0;
    }
    newcamd->stage++;
    return newcamd->stage == NEWCAMD_WORK ? UINT64_C(1) << SIGN_NEWCAMD_LOGIN : 0;
}

static uint64_t take_work(struct newcamd *newcamd, bool from_client, unsigned size, int64_t time_us)
{
    if (from_client && size >= ECM_MIN) {
        cadence_ask(&newcamd->cadence, time_us);
    }
    if (from_client || size != CONTROL_WORD || cadence_answer(&newcamd->cadence, time_us) < BEATS) {
        return 0;
    }
    newcamd->over = true;
    return UINT64_C(1) << SIGN_NEWCAMD_CADENCE;
}

static uint64_t take_frame(struct newcamd *newcamd, bool from_client, unsigned size, int64_t time_us)
{
    newcamd->over = ++newcamd->frame_count == FRAMES_MAX;
    return newcamd->stage == NEWCAMD_WORK ? take_work(newcamd, from_client, size, time_us)
                                          : take_opening(newcamd, from_client, size);
}

/* Takes bytes of one frame off the front; true where it is complete. */
static bool read_frame(struct newcamd *newcamd, struct newcamd_frame *frame, struct slice *bytes)
{
    while (frame->head_len < sizeof frame->head) {
        if (bytes->len == 0) {
            return false;
        }
        frame->head[frame->head_len++] = bytes->data[0];
        *bytes = slice_from(*bytes, 1);
        if (frame->head_len == sizeof frame->head) {
            frame->length = (uint16_t)(frame->head[0] << 8 | frame->head[1]);
            frame->left = frame->length;
            newcamd->over = !newcamd_length_fits(frame->length);
            if (newcamd->over) {
                return false;
            }
        }
    }
    uint16_t part = bytes->len < frame->left ? (uint16_t)bytes->len : frame->left;
    frame->left = (uint16_t)(frame->left - part);
    *bytes = slice_from(*bytes, part);
    return frame->left == 0;
}

uint64_t newcamd_take(struct newcamd *newcamd, bool from_client, struct slice bytes, int64_t time_us)
{
    struct newcamd_frame *frame = &newcamd->frames[from_client ? 0 : 1];
    uint64_t signs = 0;
    while (!newcamd->over && bytes.len > 0 && read_frame(newcamd, frame, &bytes)) {
        unsigned size = 2U + frame->length;
        *frame = (struct newcamd_frame){.head_len = 0};
        signs |= take_frame(newcamd, from_client, size, time_us);
    }
    return signs;
}
