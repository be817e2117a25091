/*
 * app/json and app/api: any bytes, any splits, any gaps. Tokens nest, texts lie within their cap; two
 * different splits of the same bytes give the same tokens and the same facts; a gap completes nothing.
 */
#include "app/api.h"
#include "base/attr.h"
#include "base/hash.h"
#include "daemon/app/json_priv.h"
#include "tests/fuzz/splitter.h"
#include "tests/unit/app/test_facts.h"

static const struct hash_key key = {{1, 2}};

struct api_run {
    struct api_parser *parser;
    struct json_reader json;
    uint64_t depth;
    uint64_t tokens;
    uint64_t hash; /* of all tokens in their order */
    bool gap;
};

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void take_token(void *context, const struct json_token *token)
{
    struct api_run *run = context;
    bool opens = token->type == JSON_OBJECT || token->type == JSON_ARRAY;
    bool closes = token->type == JSON_OBJECT_END || token->type == JSON_ARRAY_END;
    require(!closes || run->depth > 0);
    run->depth += opens;
    run->depth -= closes;
    require(run->depth <= JSON_DEPTH_SHOWN && token->text.len <= JSON_TEXT_MAX);
    run->tokens++;
    uint64_t parts[] = {run->hash, (uint64_t)token->type, token->cut,
                        hash_bytes(&key, token->text.data, token->text.len)};
    run->hash = hash_bytes(&key, parts, sizeof parts);
}

static void take_entry(void *context, const struct catalogue_entry *entry)
{
    struct api_run *run = context;
    require(entry->source == ENTRY_API && entry->kind < ENTRY_KIND_COUNT);
    require(entry->title.len > 0 && entry->title.len <= 1024 && entry->tvg_id.len <= 256);
    require(entry->name.len <= TITLE_NAME_MAX && (entry->kind == ENTRY_LIVE || entry->name.len == 0));
    uint64_t parts[] = {run->hash, (uint64_t)entry->kind,
                        hash_bytes(&key, entry->title.data, entry->title.len),
                        hash_bytes(&key, entry->name.data, entry->name.len)};
    run->hash = hash_bytes(&key, parts, sizeof parts);
}

static bool feed(void *context, enum splitter_event event, struct slice bytes)
{
    struct api_run *run = context;
    if (event == SPLITTER_CHUNK) {
        api_feed(run->parser, bytes);
        json_feed(&run->json, bytes);
    } else if (event == SPLITTER_GAP) {
        run->gap = !json_complete(&run->json);
        api_gap(run->parser, bytes.len);
        json_break(&run->json);
    }
    return true;
}

/* As splitter_run, but nothing is lost. */
static void feed_all(struct splitter *splitter, struct api_run *run)
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

static void begin(struct api_run *run)
{
    memset(run, 0, sizeof *run);
    run->parser = api_create(&key, take_entry, run);
    json_init(&run->json, take_token, run);
}

static struct api_facts end(struct api_run *run, size_t size)
{
    struct api_facts facts;
    api_finish(run->parser, &facts);
    api_free(run->parser);
    require(facts.complete == json_complete(&run->json));
    require(!facts.complete || run->depth == 0);
    require(!facts.complete || !run->gap);
    require(facts.live + facts.movies + facts.series + facts.categories + facts.stalker_channels <= size);
    require((facts.shapes >> API_SHAPE_COUNT) == 0 && facts.named.count <= NAMED_SERVERS_MAX);
    bool listed = (facts.shapes & (1U << API_LIVE_LIST | 1U << API_PANEL_CHANNELS)) != 0;
    require(facts.live == 0 || listed);
    for (uint32_t i = 0; i < facts.named.count; i++) {
        const struct named_server *server = &facts.named.items[i];
        require(server->host[0] != '\0' && memchr(server->host, 0, sizeof server->host) != NULL);
    }
    return facts;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct api_run whole_run, run;
    struct splitter splitter = splitter_make(data, size);
    begin(&whole_run);
    splitter_run_whole(&splitter, feed, &whole_run);
    struct api_facts whole = end(&whole_run, size);

    splitter = splitter_make(data, size);
    begin(&run);
    feed_all(&splitter, &run);
    struct api_facts split = end(&run, size);
    char wanted[FACTS_TEXT_SIZE], got[FACTS_TEXT_SIZE];
    facts_print_api(&whole, wanted);
    facts_print_api(&split, got);
    require(strcmp(wanted, got) == 0);
    require(run.tokens == whole_run.tokens && run.hash == whole_run.hash);

    splitter = splitter_make(data, size);
    begin(&run);
    splitter_run(&splitter, feed, &run);
    (void)end(&run, size);
    return 0;
}
