/*
 * Answers that carry a part of a body (206 with Content-Range): which list a part belongs to, and how its
 * bytes get to that list. A list is known by its client and server, the name and target that were asked, and
 * its length.
 */
#include "daemon/app/http_range_priv.h"

#include <stdlib.h>

#include "base/text.h"

bool http_range_read(struct slice value, struct http_range *out)
{
    struct slice total = slice_trim(value);
    struct slice unit = slice_split(&total, ' ');
    struct slice range = slice_split(&total, '/');
    struct slice first = slice_trim(slice_split(&range, '-'));
    *out = (struct http_range){.total = UINT64_MAX};
    bool known = !slice_equal(slice_trim(total), slice_text("*"));
    return slice_equal_nocase(unit, slice_text("bytes")) && text_parse_u64(first, &out->first) &&
           text_parse_u64(slice_trim(range), &out->last) &&
           (!known || text_parse_u64(slice_trim(total), &out->total)) && out->first <= out->last &&
           out->last < out->total;
}

bool http_range_is_part(const struct http_range *range)
{
    return range->present && (range->first > 0 || range->last + 1 < range->total);
}

static struct range_table *table_of(const struct http_flow *http)
{
    return &http->inspector->shards[http->flow->shard].ranges;
}

static void append_endpoint(struct buf *text, const struct endpoint *end, bool with_port)
{
    buf_append(text, slice_make(end->address.bytes, sizeof end->address.bytes));
    if (with_port) {
        buf_append(text, slice_make(&end->port, sizeof end->port));
    }
}

/* Without the client's port: parts come on several connections. */
static uint64_t key_of(const struct http_flow *http, uint64_t total)
{
    enum { KEY_TEXT_MAX = 64 * 1024 };
    const struct http_exchange *exchange = http->current;
    struct buf text = buf_make(KEY_TEXT_MAX);
    append_endpoint(&text, flow_client(http->flow), false);
    append_endpoint(&text, flow_server(http->flow), true);
    buf_append(&text, slice_make(&total, sizeof total));
    if (exchange->request_store.data != NULL) {
        buf_append(&text, exchange->request.host);
        buf_append_byte(&text, ' ');
        buf_append(&text, exchange->request.uri_raw);
    }
    uint64_t key = hash_bytes(&http->inspector->key, text.data, text.len);
    buf_free(&text);
    return key;
}

static struct range_list *find_list(const struct http_flow *http, uint64_t key)
{
    return range_table_find(table_of(http), key, http->now_us, http->inspector->settings->range_timeout);
}

static struct range_list *add_list(const struct http_flow *http, uint64_t key, uint64_t total)
{
    return range_table_add(table_of(http), key, total, http->now_us, inspector_range_lists(http->inspector));
}

/* Whether a line of the text that is not its first one begins an entry. */
static bool has_entry(struct slice text)
{
    while (text.len > 0) {
        size_t end = 0;
        while (end < text.len && text.data[end] != '\n' && text.data[end] != '\r') {
            end++;
        }
        text = slice_from(text, end + 1);
        if (slice_starts_nocase(text, slice_text("#EXTINF:"))) {
            return true;
        }
    }
    return false;
}

enum body_kind http_range_kind(const struct http_flow *http, enum body_kind kind)
{
    const struct http_range *range = &http->content.range;
    if (range->first == 0 || kind == BODY_M3U || kind == BODY_EMPTY || kind == BODY_NONE) {
        return kind;
    }
    const struct range_list *list = find_list(http, key_of(http, range->total));
    bool known = list != NULL && list->parser != NULL;
    return known || has_entry(buf_slice(&http->current->body)) ? BODY_M3U : kind;
}

void http_range_note_coded(const struct http_flow *http)
{
    uint64_t total = http->content.range.total;
    uint64_t key = key_of(http, total);
    if (find_list(http, key) == NULL) {
        (void)add_list(http, key, total);
    }
}

bool http_range_is_coded(const struct http_flow *http)
{
    const struct range_list *list = find_list(http, key_of(http, http->content.range.total));
    return list != NULL && list->parser == NULL;
}

/* One answer's state as http_content.c keeps it. */
struct http_range_part {
    struct range_part part;
    struct http_flow *http;
};

void *http_range_open(struct http_flow *http, struct m3u_parser *(*create)(struct http_flow *http))
{
    const struct http_range *range = &http->content.range;
    uint64_t key = key_of(http, range->total);
    struct range_list *list = find_list(http, key);
    if (list != NULL && list->parser == NULL) {
        return NULL;
    }
    if (list == NULL) {
        list = add_list(http, key, range->total);
        if (list == NULL) {
            counter_add(http->inspector->counters, APP_RANGE_LISTS_CAP, 1);
            return NULL;
        }
        list->parser = create(http);
        list->parser->context = NULL; /* this answer's; the list may outlive it */
    }
    struct http_range_part *state = malloc(sizeof *state);
    if (state == NULL) {
        abort();
    }
    *state = (struct http_range_part){.http = http,
                                      .part = {.list = list, .at = range->first, .end = range->last + 1}};
    http->current->view.memo = &list->memo;
    list->parts_open++;
    list->parts++;
    counter_add(http->inspector->counters, APP_RANGE_PARTS, 1);
    return state;
}

void http_range_feed(void *state, struct slice bytes)
{
    struct http_range_part *part = state;
    range_part_feed(&part->part, bytes, part->http);
}

void http_range_gap(void *state, uint64_t missing)
{
    struct http_range_part *part = state;
    range_part_gap(&part->part, missing, part->http);
}

uint64_t http_range_finish(void *state, struct m3u_facts *facts)
{
    struct http_range_part *part = state;
    struct range_list *list = part->part.list;
    range_part_end(&part->part, part->http);
    part->part.list = NULL;
    range_list_report(list, facts);
    uint64_t fresh = facts->entries - list->told_entries;
    list->told_entries = facts->entries;
    list->used_us = part->http->now_us;
    counter_add(part->http->inspector->counters, APP_RANGE_LOST, list->lost && !list->lost_counted);
    list->lost_counted = list->lost;
    return fresh;
}

void http_range_free(void *state)
{
    struct http_range_part *part = state;
    if (part->part.list != NULL) {
        range_part_drop(&part->part);
    }
    free(part);
}

size_t http_range_memory(const void *state)
{
    (void)state;
    return sizeof(struct http_range_part);
}

bool http_range_keep(const struct http_flow *http, struct m3u_parser *parser, uint64_t total, uint64_t end)
{
    uint64_t key = key_of(http, total);
    if (find_list(http, key) != NULL) {
        return false;
    }
    struct range_list *list = add_list(http, key, total);
    if (list == NULL) {
        return false;
    }
    range_list_adopt(list, parser, end);
    if (http->current->view.memo != NULL) {
        list->memo = *http->current->view.memo;
    }
    list->parts = 1;
    return true;
}
