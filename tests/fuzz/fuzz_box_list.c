/*
 * app/box_list: any bytes, any splits, any gaps, as each kind of body. Whatever format they are taken for,
 * kinds add up to entries, slices lie within their caps, and two ways of splitting give the same facts.
 */
#include "app/box_list.h"
#include "base/attr.h"
#include "tests/fuzz/splitter.h"
#include "tests/unit/app/test_facts.h"

static const struct hash_key key = {{1, 2}};

struct run {
    struct box_parser *parser;
    uint64_t told;
    uint64_t sum; /* over all bytes handed out, so that ASan sees each read */
};

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void touch(struct run *run, struct slice text, size_t cap)
{
    require(text.len <= cap);
    for (size_t i = 0; i < text.len; i++) {
        run->sum += text.data[i];
    }
}

static void take_entry(void *context, const struct catalogue_entry *entry)
{
    struct run *run = context;
    run->told++;
    require(entry->source == ENTRY_LIST && entry->uri.len > 0 && entry->kind < ENTRY_KIND_COUNT);
    touch(run, entry->uri, 8192);
    touch(run, entry->title, 1024);
    touch(run, entry->group, 1024);
}

static bool feed(void *context, enum splitter_event event, struct slice bytes)
{
    struct run *run = context;
    if (event == SPLITTER_CHUNK) {
        box_feed(run->parser, bytes);
    } else if (event == SPLITTER_GAP) {
        box_gap(run->parser, bytes.len);
    }
    return true;
}

static void begin(struct run *run, enum list_format format)
{
    struct credential_hashes credentials = {.user = hash_bytes(&key, "alice77", 7),
                                            .password = hash_bytes(&key, "s3cret9", 7)};
    memset(run, 0, sizeof *run);
    run->parser = box_create(format, &key, &credentials, take_entry, run);
}

static struct m3u_facts end(struct run *run, enum list_format format)
{
    struct m3u_facts facts;
    box_finish(run->parser, true, &facts);
    require(box_memory(run->parser) < 512 * 1024);
    box_free(run->parser);
    require(facts.entries == run->told && facts.format == format);
    require(facts.live + facts.movies + facts.series + facts.radio == facts.entries);
    require(facts.same_credentials <= facts.credential_uris && facts.credential_uris <= facts.entries);
    require(facts.named.count <= NAMED_SERVERS_MAX);
    return facts;
}

static void feed_all(struct splitter *splitter, struct run *run)
{
    while (splitter->rest.len > 0) {
        void *block;
        struct slice chunk =
            splitter_copy(slice_part(splitter->rest, 0, splitter_chunk_len(splitter)), &block);
        splitter->rest = slice_from(splitter->rest, chunk.len);
        box_feed(run->parser, chunk);
        free(block);
    }
}

static void check(enum list_format format, const uint8_t *data, size_t size)
{
    struct run run;
    struct splitter splitter = splitter_make(data, size);
    begin(&run, format);
    splitter_run_whole(&splitter, feed, &run);
    struct m3u_facts whole = end(&run, format);

    splitter = splitter_make(data, size);
    begin(&run, format);
    feed_all(&splitter, &run);
    struct m3u_facts split = end(&run, format);
    char wanted[FACTS_TEXT_SIZE], got[FACTS_TEXT_SIZE];
    facts_print_m3u(&whole, wanted);
    facts_print_m3u(&split, got);
    require(strcmp(wanted, got) == 0);

    splitter = splitter_make(data, size);
    begin(&run, format);
    splitter_run(&splitter, feed, &run);
    (void)end(&run, format);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum body_kind kinds[] = {BODY_TEXT, BODY_XML, BODY_JSON};
    void *block;
    struct slice text = splitter_copy(slice_from(slice_make(data, size), 8), &block);
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        (void)box_list_detect(kinds[i], text, false);
        enum list_format format = box_list_detect(kinds[i], text, true);
        if (format != LIST_M3U) {
            check(format, data, size);
        }
    }
    free(block);
    /* Also as a format that it was not recognised as. */
    check((enum list_format)(LIST_M3U + 1 + (size > 0 ? data[0] : 0) % (LIST_FORMAT_COUNT - 1)), data, size);
    return 0;
}
