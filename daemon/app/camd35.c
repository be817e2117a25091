#include "daemon/app/camd35_priv.h"

enum {
    ECM_MIN = 84, /* head and 45 bytes of ECM and more, in blocks */
    CONTROL_WORD = 52,
    BEATS = 6,
    MESSAGES_MAX = 4096, /* so many come of servers among themselves, without a cadence */
};

#define PAUSE_US INT64_C(2000000) /* behind it another message begins */

bool camd35_length_fits(size_t len)
{
    return len >= CAMD35_MESSAGE_MIN && len <= CAMD35_MESSAGE_MAX &&
           len % CAMD35_BLOCK_BYTES == CAMD35_PREFIX_BYTES;
}

static bool is_text(uint8_t byte)
{
    return (byte >= ' ' && byte < 0x7f) || byte == '\r' || byte == '\n' || byte == '\t';
}

/* How many bytes stand there a second time. */
static unsigned count_repeated(struct slice bytes)
{
    unsigned repeated = 0;
    for (size_t i = 1; i < bytes.len; i++) {
        repeated += memchr(bytes.data, bytes.data[i], i) != NULL;
    }
    return repeated;
}

/* Of random bytes one in a hundred first 16 is refused here; of what other protocols begin with nearly all,
 * most often within a few bytes. */
bool camd35_looks_encrypted(struct slice first)
{
    enum { TEXT_BYTES = 6, HIGH_MIN = 3, REPEATED_MAX = 3, ZEROS_MAX = 1 };
    unsigned zeros = 0;
    unsigned high = 0;
    unsigned text = 0;
    for (size_t i = 0; i < first.len; i++) {
        uint8_t byte = first.data[i];
        zeros += byte == 0;
        high += byte >= 0x80;
        text += is_text(byte);
        if (zeros > ZEROS_MAX || (text == i + 1 && text == TEXT_BYTES)) {
            return false;
        }
    }
    bool whole = first.len >= CAMD35_BLOCK_BYTES;
    bool mixed = high >= HIGH_MIN && high + HIGH_MIN <= first.len;
    return (!whole || mixed) && count_repeated(first) <= REPEATED_MAX;
}

uint64_t camd35_take(struct camd35 *camd35, unsigned side, struct slice prefix, size_t len, int64_t time_us)
{
    if (!camd35->begun && prefix.len == sizeof camd35->prefix) {
        camd35->begun = true;
        memcpy(camd35->prefix, prefix.data, sizeof camd35->prefix);
    }
    bool same = slice_equal(prefix, slice_make(camd35->prefix, sizeof camd35->prefix));
    camd35->over = !same || !camd35_length_fits(len) || ++camd35->messages >= MESSAGES_MAX;
    if (camd35->over) {
        return 0;
    }
    if (len == CONTROL_WORD && cadence_answer(&camd35->cadences[side ^ 1], time_us) >= BEATS) {
        camd35->over = true;
        camd35->client = side ^ 1;
        return UINT64_C(1) << SIGN_CAMD35_CADENCE;
    }
    if (len >= ECM_MIN) {
        cadence_ask(&camd35->cadences[side], time_us);
    }
    return 0;
}

static uint64_t end_message(struct camd35_stream *stream)
{
    size_t len = stream->len + stream->ahead_len;
    struct slice prefix = slice_make(stream->camd35.prefix, sizeof stream->camd35.prefix);
    stream->len = 0;
    stream->ahead_len = 0;
    if (!camd35_length_fits(len)) {
        stream->camd35.over = stream->camd35.over || len > 0;
        return 0;
    }
    return camd35_take(&stream->camd35, stream->side, prefix, len, stream->last_us);
}

static bool is_block_end(const struct camd35_stream *stream)
{
    return camd35_length_fits(stream->len);
}

/* The prefix of a message; the first one of all makes it. */
static void take_prefix_byte(struct camd35_stream *stream, uint8_t byte)
{
    struct camd35 *camd35 = &stream->camd35;
    if (!camd35->begun) {
        camd35->prefix[stream->len] = byte;
        camd35->begun = stream->len + 1 == sizeof camd35->prefix;
    }
    camd35->over = camd35->over || camd35->prefix[stream->len] != byte;
    stream->len++;
}

static uint64_t take_ahead_byte(struct camd35_stream *stream, uint8_t byte)
{
    uint64_t signs = 0;
    stream->ahead[stream->ahead_len++] = byte;
    if (stream->ahead_len < sizeof stream->ahead) {
        return 0;
    }
    stream->ahead_len = 0;
    if (memcmp(stream->ahead, stream->camd35.prefix, sizeof stream->ahead) == 0) {
        signs = end_message(stream);
    }
    stream->len += sizeof stream->ahead;
    return signs;
}

uint64_t camd35_stream_take(struct camd35_stream *stream, unsigned side, struct slice bytes, int64_t time_us)
{
    uint64_t signs = 0;
    if (stream->side != side || time_us - stream->last_us > PAUSE_US) {
        signs = end_message(stream);
        stream->side = (uint8_t)side;
    }
    stream->last_us = time_us;
    while (bytes.len > 0 && !stream->camd35.over) {
        if (stream->len < CAMD35_PREFIX_BYTES) {
            take_prefix_byte(stream, bytes.data[0]);
            bytes = slice_from(bytes, 1);
        } else if (is_block_end(stream)) {
            signs |= take_ahead_byte(stream, bytes.data[0]);
            bytes = slice_from(bytes, 1);
        } else {
            size_t into = (stream->len - CAMD35_PREFIX_BYTES) % CAMD35_BLOCK_BYTES;
            size_t part = CAMD35_BLOCK_BYTES - into;
            part = bytes.len < part ? bytes.len : part;
            stream->len += part;
            bytes = slice_from(bytes, part);
        }
        stream->camd35.over = stream->camd35.over || stream->len > CAMD35_MESSAGE_MAX;
    }
    return signs;
}

uint64_t camd35_stream_end(struct camd35_stream *stream)
{
    return stream->camd35.over ? 0 : end_message(stream);
}
