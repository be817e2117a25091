/*
 * app/page: any bytes, any splits, any gaps. Counts stay within one another, texts within their caps; two
 * different splits of the same bytes give the same facts and entries.
 */
#include "app/page.h"
#include "base/attr.h"
#include "tests/fuzz/splitter.h"
#include "tests/unit/app/test_facts.h"

static const struct hash_key key = {{1, 2}};

struct page_run {
    struct page_parser *parser;
    uint64_t told;
    uint64_t sum; /* over all bytes handed out, so that ASan sees each read */
};

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void touch(struct page_run *run, struct slice text, size_t cap)
{
    require(text.len <= cap);
    for (size_t i = 0; i < text.len; i++) {
        run->sum = run->sum * 31 + text.data[i];
    }
}

static void take_entry(void *context, const struct catalogue_entry *entry)
{
    struct page_run *run = context;
    run->told++;
    require(entry->title.len > 0 && entry->source == ENTRY_PAGE && entry->kind < ENTRY_KIND_COUNT);
    touch(run, entry->title, 64);
    touch(run, entry->uri, 1024);
}

static bool feed(void *context, enum splitter_event event, struct slice bytes)
{
    struct page_run *run = context;
    if (event == SPLITTER_CHUNK) {
        page_feed(run->parser, bytes);
    } else if (event == SPLITTER_GAP) {
        page_gap(run->parser, bytes.len);
    }
    return true;
}

static void begin(struct page_run *run, bool script)
{
    memset(run, 0, sizeof *run);
    run->parser = page_create(&key, script, take_entry, run);
}

static void check_host(const char *host)
{
    require(host[0] != '\0' && memchr(host, 0, HOST_NAME_SIZE) != NULL);
}

static void check(const struct page_facts *facts)
{
    require(facts->title_len <= PAGE_TITLE_MAX &&
            facts->radio_entries + facts->channel_entries <= facts->entries);
    require(facts->stream_hosts <= facts->stream_urls && facts->stream_count <= PAGE_STREAMS_MAX);
    uint64_t named = 0;
    for (uint32_t i = 0; i < facts->stream_count; i++) {
        check_host(facts->streams[i].server.host);
        require(facts->streams[i].server.count > 0);
        named += facts->streams[i].server.count;
    }
    require(named <= facts->stream_urls && facts->frame_servers.count <= NAMED_SERVERS_MAX);
    for (uint32_t i = 0; i < facts->frame_servers.count; i++) {
        check_host(facts->frame_servers.items[i].host);
    }
}

static struct page_facts end(struct page_run *run)
{
    struct page_facts facts = *page_finish(run->parser, true);
    page_free(run->parser);
    check(&facts);
    require(facts.entries == run->told);
    return facts;
}

static void run_script(const uint8_t *data, size_t size, bool script)
{
    struct page_run whole_run;
    struct page_run run;
    struct splitter splitter = splitter_make(data, size);
    begin(&whole_run, script);
    splitter_run_whole(&splitter, feed, &whole_run);
    struct page_facts whole = end(&whole_run);

    splitter = splitter_make(data, size);
    begin(&run, script);
    while (splitter.rest.len > 0) {
        void *block;
        struct slice chunk =
            splitter_copy(slice_part(splitter.rest, 0, splitter_chunk_len(&splitter)), &block);
        splitter.rest = slice_from(splitter.rest, chunk.len);
        (void)feed(&run, SPLITTER_CHUNK, chunk);
        free(block);
    }
    struct page_facts split = end(&run);
    char wanted[FACTS_TEXT_SIZE], got[FACTS_TEXT_SIZE];
    facts_print_page(&whole, wanted);
    facts_print_page(&split, got);
    require(strcmp(wanted, got) == 0 && whole_run.sum == run.sum);

    splitter = splitter_make(data, size);
    begin(&run, script);
    splitter_run(&splitter, feed, &run);
    (void)end(&run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    run_script(data, size, false);
    run_script(data, size, true);
    return 0;
}
