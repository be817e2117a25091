/*
 * app/mpegts: any bytes, any splits, any gaps. Names are clean and end within their room; counts stay within
 * one another; two different splits of the same bytes give the same facts.
 */
#include "app/mpegts.h"
#include "base/text.h"
#include "daemon/app/mpegts_priv.h"
#include "tests/fuzz/splitter.h"
#include "tests/unit/app/test_mpegts_facts.h"

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static bool feed(void *context, enum splitter_event event, struct slice bytes)
{
    struct mpegts_parser *parser = context;
    if (event == SPLITTER_CHUNK) {
        while (mpegts_feed(parser, &bytes)) {
            require(mpegts_facts_of(parser)->packets > 0);
        }
    } else if (event == SPLITTER_GAP) {
        mpegts_gap(parser, bytes.len);
    }
    return true;
}

/* As splitter_run, but nothing is lost. */
static void feed_all(struct splitter *splitter, struct mpegts_parser *parser)
{
    while (splitter->rest.len > 0) {
        void *block;
        struct slice chunk =
            splitter_copy(slice_part(splitter->rest, 0, splitter_chunk_len(splitter)), &block);
        splitter->rest = slice_from(splitter->rest, chunk.len);
        (void)feed(parser, SPLITTER_CHUNK, chunk);
        free(block);
    }
}

static void check_name(const char name[MPEGTS_NAME_SIZE])
{
    require(memchr(name, '\0', MPEGTS_NAME_SIZE) != NULL);
    struct buf clean = buf_make(MPEGTS_NAME_SIZE);
    require(text_append_clean(&clean, slice_text(name), MPEGTS_NAME_SIZE));
    require(slice_equal(buf_slice(&clean), slice_text(name)));
    buf_free(&clean);
}

static struct mpegts_facts end(struct mpegts_parser *parser)
{
    mpegts_finish(parser);
    struct mpegts_facts facts = *mpegts_facts_of(parser);
    mpegts_free(parser);
    check_name(facts.service_name);
    check_name(facts.provider);
    require(facts.content_packets <= facts.packets && facts.scrambled_packets <= facts.content_packets);
    require(facts.described || (facts.service_name[0] == '\0' && facts.provider[0] == '\0'));
    require(!facts.described || facts.has_sdt);
    require(!facts.has_pmt || facts.has_pat);
    require(facts.clock_us >= 0 && (facts.packets == 0 || facts.packet_size >= 188));
    return facts;
}

/* Bytes as sections of each table: behind their CRC, which the fuzzer does not guess. */
static void take_tables(const uint8_t *data, size_t size)
{
    enum { SHORTEST = 12 };
    struct mpegts_parser *parser = mpegts_create();
    struct slice rest = slice_make(data, size);
    while (rest.len >= SHORTEST) {
        size_t len = SHORTEST + rest.data[1];
        void *block;
        struct slice section = splitter_copy(slice_part(rest, 0, len), &block);
        ts_table_take(parser, (enum ts_table)(rest.data[0] % TS_TABLE_COUNT), section);
        free(block);
        rest = slice_from(rest, section.len);
    }
    mpegts_free(parser);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mpegts_parser *parser = mpegts_create();
    struct splitter splitter = splitter_make(data, size);
    splitter_run_whole(&splitter, feed, parser);
    struct mpegts_facts whole = end(parser);

    parser = mpegts_create();
    splitter = splitter_make(data, size);
    feed_all(&splitter, parser);
    struct mpegts_facts split = end(parser);
    char wanted[MPEGTS_TEXT_SIZE], got[MPEGTS_TEXT_SIZE];
    facts_print_mpegts(&whole, wanted);
    facts_print_mpegts(&split, got);
    require(strcmp(wanted, got) == 0);

    parser = mpegts_create();
    splitter = splitter_make(data, size);
    splitter_run(&splitter, feed, parser);
    (void)end(parser);

    take_tables(data, size);
    char name[MPEGTS_NAME_SIZE];
    void *block;
    mpegts_text_decode(splitter_copy(slice_make(data, size < 256 ? size : 255), &block), name);
    free(block);
    check_name(name);
    return 0;
}
