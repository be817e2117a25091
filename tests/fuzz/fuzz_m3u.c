/*
 * app/m3u: any bytes, any splits, any gaps. Kinds add up to entries, counts stay within one another, slices
 * of an entry lie within their caps; two different splits of the same bytes give the same facts.
 */
#include "app/m3u.h"
#include "base/attr.h"
#include "tests/fuzz/splitter.h"
#include "tests/unit/app/test_facts.h"

static const struct hash_key key = {{1, 2}};

struct m3u_run {
    struct m3u_parser *parser;
    uint64_t told;
    uint64_t sum; /* over all bytes handed out, so that ASan sees each read */
};

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void touch(struct m3u_run *run, struct slice text, size_t cap)
{
    require(text.len <= cap);
    for (size_t i = 0; i < text.len; i++) {
        run->sum += text.data[i];
    }
}

static void take_entry(void *context, const struct catalogue_entry *entry)
{
    struct m3u_run *run = context;
    run->told++;
    require(entry->uri.len > 0 && entry->kind < ENTRY_KIND_COUNT);
    touch(run, entry->uri, 8192);
    touch(run, entry->title, 1024);
    touch(run, entry->group, 1024);
    touch(run, entry->tvg_id, 256);
}

static bool feed(void *context, enum splitter_event event, struct slice bytes)
{
    struct m3u_run *run = context;
    if (event == SPLITTER_CHUNK) {
        m3u_feed(run->parser, bytes);
    } else if (event == SPLITTER_GAP) {
        m3u_gap(run->parser, bytes.len);
    }
    return true;
}

/* As splitter_run, but nothing is lost. */
static void feed_all(struct splitter *splitter, struct m3u_run *run)
{
    while (splitter->rest.len > 0) {
        void *block;
        struct slice chunk =
            splitter_copy(slice_part(splitter->rest, 0, splitter_chunk_len(splitter)), &block);
        splitter->rest = slice_from(splitter->rest, chunk.len);
        (void)feed(run, SPLITTER_CHUNK, chunk);
        free(block);
    }
}

static void begin(struct m3u_run *run)
{
    struct credential_hashes credentials = {.user = hash_bytes(&key, "alice77", 7),
                                            .password = hash_bytes(&key, "s3cret9", 7)};
    memset(run, 0, sizeof *run);
    run->parser = m3u_create(&key, &credentials, take_entry, run);
}

static void check(const struct m3u_facts *facts)
{
    require(facts->live + facts->movies + facts->series + facts->radio == facts->entries);
    require(facts->entries <= facts->lines && facts->cut_lines <= facts->lines);
    require(facts->credential_uris <= facts->entries && facts->odd_ports <= facts->entries);
    require(facts->same_credentials <= facts->credential_uris);
    require(facts->request_credentials <= facts->credential_uris);
    require(facts->titles.prefixed_titles <= facts->entries &&
            facts->titles.country_prefixes <= facts->titles.prefixed_titles);
    require(facts->epg_credentials || !facts->epg_request_credentials);
    require(facts->named.count <= NAMED_SERVERS_MAX);
    for (uint32_t i = 0; i < facts->named.count; i++) {
        const struct named_server *server = &facts->named.items[i];
        require(server->host[0] != '\0' && memchr(server->host, 0, sizeof server->host) != NULL);
        require(server->count > 0 && (i == 0 || server->count <= facts->named.items[i - 1].count));
    }
}

static struct m3u_facts end(struct m3u_run *run)
{
    struct m3u_facts facts;
    m3u_finish(run->parser, true, &facts);
    m3u_free(run->parser);
    check(&facts);
    require(facts.entries == run->told);
    return facts;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct m3u_run run;
    struct splitter splitter = splitter_make(data, size);
    begin(&run);
    splitter_run_whole(&splitter, feed, &run);
    struct m3u_facts whole = end(&run);

    splitter = splitter_make(data, size);
    begin(&run);
    feed_all(&splitter, &run);
    struct m3u_facts split = end(&run);
    char wanted[FACTS_TEXT_SIZE], got[FACTS_TEXT_SIZE];
    facts_print_m3u(&whole, wanted);
    facts_print_m3u(&split, got);
    require(strcmp(wanted, got) == 0);

    splitter = splitter_make(data, size);
    begin(&run);
    splitter_run(&splitter, feed, &run);
    (void)end(&run);
    return 0;
}
