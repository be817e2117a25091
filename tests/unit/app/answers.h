/* For tests of bodies: lists, packed or not, as answers of one flow, in many ways of cutting them. */
#pragma once

#include <zlib.h>

#include "tests/unit/app/conversation.h"

#define GET_A "GET /get.php?username=bob&password=pw HTTP/1.1\r\nHost: h.example\r\n\r\n"

enum packing { PACK_GZIP, PACK_ZLIB, PACK_RAW };

static inline struct buf pack(struct slice plain, enum packing packing)
{
    static const int windows[] = {[PACK_GZIP] = 31, [PACK_ZLIB] = 15, [PACK_RAW] = -15};
    struct buf packed = buf_make(SIZE_MAX);
    z_stream stream = {.next_in = (z_const Bytef *)plain.data, .avail_in = (uInt)plain.len};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, windows[packing], 8, Z_DEFAULT_STRATEGY), Z_OK);
    int result = Z_OK;
    while (result != Z_STREAM_END) {
        uint8_t chunk[4096];
        stream.next_out = chunk;
        stream.avail_out = sizeof chunk;
        result = deflate(&stream, Z_FINISH);
        buf_append(&packed, slice_make(chunk, sizeof chunk - stream.avail_out));
    }
    deflateEnd(&stream);
    return packed;
}

/* A list as panels send it. */
static inline struct buf make_list(unsigned entries)
{
    struct buf list = buf_make(SIZE_MAX);
    buf_append_text(&list, "#EXTM3U\r\n");
    for (unsigned i = 0; i < entries; i++) {
        buf_append_format(
            &list,
            "#EXTINF:-1 tvg-id=\"\" tvg-name=\"FR| Chaine %u\" group-title=\"FR\",FR| Chaine %u\r\n"
            "http://line.example:8080/live/bob/pw/%u.ts\r\n",
            i, i, 1000 + i);
    }
    return list;
}

/* An answer with this body and these fields, after one request. */
static inline void run_answer(struct conversation *talk, const char *fields, struct slice body, unsigned feed)
{
    talk->random = feed;
    conversation_say(talk, CLIENT, GET_A, sizeof GET_A - 1, feed);
    struct buf answer = buf_make(SIZE_MAX);
    buf_append_format(&answer, "HTTP/1.1 200 OK\r\n%s\r\n", fields);
    buf_append(&answer, body);
    conversation_say(talk, SERVER, answer.data, answer.len, feed);
    buf_free(&answer);
    const struct step end = ENDS(SERVER);
    conversation_step(talk, &end, feed);
    conversation_end(talk);
}

static inline bool was_told(const struct conversation *talk, const char *text)
{
    return slice_find(buf_slice(&talk->told), slice_text(text)) != SIZE_MAX;
}

/* Runs the answer in many ways of cutting it; the last one is left for the caller to look at. */
static inline void check_answer(struct conversation *talk, const char *fields, struct slice body,
                                void (*prepare)(struct conversation *talk))
{
    enum { SEEDS = 6 };
    struct conversation whole;
    conversation_begin(&whole);
    prepare(&whole);
    run_answer(&whole, fields, body, FEED_WHOLE);
    for (unsigned feed = FEED_BYTES; feed < FEED_RANDOM + SEEDS; feed++) {
        conversation_begin(talk);
        prepare(talk);
        run_answer(talk, fields, body, feed);
        assert_same(&whole.told, &talk->told);
        for (size_t i = 0; i < APP_COUNTERS_COUNT; i++) {
            assert_int_equal(counter_get(whole.counters, i), counter_get(talk->counters, i));
        }
        if (feed < FEED_RANDOM + SEEDS - 1) {
            conversation_free(talk);
        }
    }
    conversation_free(&whole);
}

static inline void as_is(struct conversation *talk)
{
    (void)talk;
}
