/* The parsers of bodies: playlists, JSON answers, pages, streams. A row more is a parser more. */
#include "daemon/app/http_documents_priv.h"

#include <stdlib.h>

#include "app/box_list.h"
#include "base/attr.h"
#include "base/text.h"
#include "daemon/app/http_range_priv.h"

static uint64_t credential_hash(const struct hash_key *key, struct slice raw)
{
    enum { CREDENTIAL_MAX = 512 };
    struct buf plain = buf_make(CREDENTIAL_MAX);
    percent_decode(&plain, raw, false);
    uint64_t hash = plain.len == 0 ? 0 : hash_bytes(key, plain.data, plain.len);
    buf_free(&plain);
    return hash;
}

/* Most documents have no entry. */
static void make_memo(struct http_exchange *exchange)
{
    exchange->own_memo = calloc(1, sizeof *exchange->own_memo);
    if (exchange->own_memo == NULL) {
        abort();
    }
    exchange->view.memo = exchange->own_memo;
}

static void tell_entry(void *context, const struct catalogue_entry *entry)
{
    struct http_flow *http = context;
    if (http->current->view.memo == NULL) {
        make_memo(http->current);
    }
    http_tell(http, APP_ENTRY, http->current, entry);
}

static struct credential_hashes request_credentials(const struct http_flow *http)
{
    struct credential_hashes credentials = {.user = 0};
    if (http->current->request_store.data != NULL) {
        const struct http_request *request = &http->current->request;
        credentials.user = credential_hash(&http->inspector->key, request->credentials_user);
        credentials.password = credential_hash(&http->inspector->key, request->credentials_password);
    }
    return credentials;
}

/* Of a list: a segment is noted, whoever is told of it. */
static void take_list_entry(void *context, const struct catalogue_entry *entry)
{
    struct http_flow *http = context;
    if (entry->part == ENTRY_SEGMENT) {
        http_hls_list(http, entry->uri);
    }
    tell_entry(context, entry);
}

static struct m3u_parser *new_m3u(struct http_flow *http)
{
    const struct inspector *inspector = http->inspector;
    struct credential_hashes credentials = request_credentials(http);
    return m3u_create(&inspector->key, &credentials, take_list_entry, http);
}

/* A part that no list could be found for begins anywhere. */
static void *create_m3u(struct http_flow *http)
{
    struct m3u_parser *parser = new_m3u(http);
    m3u_gap(parser, http->content.range.present ? http->content.range.first : 0);
    return parser;
}

static void feed_m3u(void *state, struct slice bytes)
{
    m3u_feed(state, bytes);
}

static void gap_m3u(void *state, uint64_t missing)
{
    m3u_gap(state, missing);
}

static void finish_m3u(void *state, bool complete, struct http_flow *http, struct content_facts *facts)
{
    m3u_finish(state, complete && !http->content.range.present, &facts->m3u);
    facts->found.m3u = &facts->m3u;
    counter_add(http->inspector->counters, APP_PLAYLISTS, 1);
    counter_add(http->inspector->counters, APP_PLAYLIST_ENTRIES, facts->m3u.entries);
    if (facts->m3u.hls_media && !facts->m3u.hls_ended) {
        http_hls_remember(http);
    }
}

static void free_m3u(void *state)
{
    m3u_free(state);
}

static size_t memory_m3u(const void *state)
{
    return m3u_memory(state);
}

static void *create_part(struct http_flow *http)
{
    const struct http_content *content = &http->content;
    return content->range.present && content->inflater == NULL ? http_range_open(http, new_m3u) : NULL;
}

static void finish_part(void *state, bool complete, struct http_flow *http, struct content_facts *facts)
{
    (void)complete; /* the list knows itself which of its bytes came */
    uint64_t entries = http_range_finish(state, &facts->m3u);
    facts->found.m3u = &facts->m3u;
    counter_add(http->inspector->counters, APP_PLAYLISTS, 1);
    counter_add(http->inspector->counters, APP_PLAYLIST_ENTRIES, entries);
}

static void *create_box(struct http_flow *http)
{
    const struct inspector *inspector = http->inspector;
    const struct http_exchange *exchange = http->current;
    enum list_format format = box_list_detect(exchange->response.kind, buf_slice(&exchange->body),
                                              exchange->body.len < exchange->body.cap);
    if (format == LIST_M3U) {
        return NULL;
    }
    struct credential_hashes credentials = request_credentials(http);
    return box_create(format, &inspector->key, &credentials, tell_entry, http);
}

static void feed_box(void *state, struct slice bytes)
{
    box_feed(state, bytes);
}

static void gap_box(void *state, uint64_t missing)
{
    box_gap(state, missing);
}

static void finish_box(void *state, bool complete, struct http_flow *http, struct content_facts *facts)
{
    box_finish(state, complete && !http->content.range.present, &facts->m3u);
    facts->found.m3u = &facts->m3u;
    counter_add(http->inspector->counters, APP_PLAYLISTS, 1);
    counter_add(http->inspector->counters, APP_PLAYLIST_ENTRIES, facts->m3u.entries);
}

static void free_box(void *state)
{
    box_free(state);
}

static size_t memory_box(const void *state)
{
    return box_memory(state);
}

static void *create_api(struct http_flow *http)
{
    const struct inspector *inspector = http->inspector;
    return api_create(&inspector->key, tell_entry, http);
}

static void feed_api(void *state, struct slice bytes)
{
    api_feed(state, bytes);
}

static void gap_api(void *state, uint64_t missing)
{
    api_gap(state, missing);
}

static void finish_api(void *state, bool complete, struct http_flow *http, struct content_facts *facts)
{
    (void)complete; /* a document shows itself where it closes */
    api_finish(state, &facts->api);
    facts->found.api = &facts->api;
    counter_add(http->inspector->counters, APP_API_ANSWERS, 1);
}

static void free_api(void *state)
{
    api_free(state);
}

static size_t memory_api(const void *state)
{
    return api_memory(state);
}

static void *create_page(struct http_flow *http)
{
    const struct inspector *inspector = http->inspector;
    bool script = http->current->response.kind != BODY_HTML;
    return page_create(&inspector->key, script, tell_entry, http);
}

static void feed_page(void *state, struct slice bytes)
{
    page_feed(state, bytes);
}

static void gap_page(void *state, uint64_t missing)
{
    page_gap(state, missing);
}

static void finish_page(void *state, bool complete, struct http_flow *http, struct content_facts *facts)
{
    facts->found.page = page_finish(state, complete);
    counter_add(http->inspector->counters, APP_PAGES, 1);
}

static void free_page(void *state)
{
    page_free(state);
}

static size_t memory_page(const void *state)
{
    (void)state;
    return page_memory();
}

static void finish_stream(void *state, bool complete, struct http_flow *http, struct content_facts *facts)
{
    (void)complete;
    (void)http;
    (void)facts; /* it tells what it found by itself */
    http_stream_finish(state);
}

/* A parser's functions by the names that they have here. */
#define FUNCTIONS(name)                                                                                      \
    .create = create_##name, .feed = feed_##name, .gap = gap_##name, .finish = finish_##name,                \
    .free = free_##name, .memory = memory_##name
#define DOCUMENT_CAP                                                                                         \
    .cap = offsetof(struct app_settings, document_bytes), .cap_counter = APP_DOCUMENT_CAP, .cap_cuts = true
#define PAGE_CAP .cap = offsetof(struct app_settings, page_bytes), .cap_counter = APP_PAGE_CAP

/* The first one of its kind that can be created. */
static const struct content_parser parsers[] = {
    {.kind = BODY_M3U,
     DOCUMENT_CAP,
     .create = create_part,
     .feed = http_range_feed,
     .gap = http_range_gap,
     .finish = finish_part,
     .free = http_range_free,
     .memory = http_range_memory},
    {.kind = BODY_M3U, DOCUMENT_CAP, FUNCTIONS(m3u)},
    {.kind = BODY_TEXT, DOCUMENT_CAP, FUNCTIONS(box)},
    {.kind = BODY_BINARY, DOCUMENT_CAP, FUNCTIONS(box)},
    {.kind = BODY_XML, DOCUMENT_CAP, FUNCTIONS(box)},
    {.kind = BODY_JSON, DOCUMENT_CAP, FUNCTIONS(box)},
    {.kind = BODY_JSON, DOCUMENT_CAP, FUNCTIONS(api)},
    {.kind = BODY_HTML, PAGE_CAP, FUNCTIONS(page)},
    {.kind = BODY_TEXT, .type = "javascript", PAGE_CAP, FUNCTIONS(page)},
    {.kind = BODY_MPEGTS,
     DOCUMENT_CAP,
     .create = http_stream_create,
     .feed = http_stream_feed,
     .gap = http_stream_gap,
     .finish = finish_stream,
     .free = http_stream_free,
     .memory = http_stream_memory,
     .done = http_stream_done},
};

uint64_t http_documents_cap(const struct content_parser *parser, const struct app_settings *settings)
{
    uint64_t cap;
    memcpy(&cap, (const char *)settings + parser->cap, sizeof cap);
    return cap;
}

static bool parser_fits(const struct content_parser *parser, const struct http_response *response)
{
    return parser->kind == response->kind &&
           (parser->type == NULL || slice_find(response->content_type, slice_text(parser->type)) != SIZE_MAX);
}

const struct content_parser *http_documents_open(struct http_flow *http, void **state)
{
    for (size_t i = 0; i < ARRAY_COUNT(parsers); i++) {
        *state = parser_fits(&parsers[i], &http->current->response) ? parsers[i].create(http) : NULL;
        if (*state != NULL) {
            return &parsers[i];
        }
    }
    return NULL;
}

/* Only a plain playlist that broke off without holes before can be fetched on from there. */
bool http_documents_keep(struct http_flow *http)
{
    const struct http_content *content = &http->content;
    if (content->parser->create != create_m3u || content->total == 0 || content->total == UINT64_MAX ||
        content->deaf || content->inflater != NULL || content->parsed >= content->total) {
        return false;
    }
    struct m3u_parser *parser = content->parser_state;
    return !parser->gap && http_range_keep(http, parser, content->total, content->parsed);
}
