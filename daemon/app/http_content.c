/*
 * An answer's body: undone, its first bytes kept until the transaction is settled, then handed to the parser
 * of its kind, or to nobody.
 *
 * The point where it is settled depends on the bytes alone, not on how they came: after BODY_KIND_ENOUGH of
 * them where the kind is one that no rule reads on, else after app.body_prefix. Where a tick settled it
 * before, the bytes are still collected to that point, for its parser.
 */
#include "daemon/app/body_kind_priv.h"
#include "daemon/app/http_documents_priv.h"
#include "daemon/app/http_range_priv.h"

/* Kinds of which rules see only enough to tell them. */
static bool is_short_kind(enum body_kind kind)
{
    return kind == BODY_MPEGTS || kind == BODY_MEDIA || kind == BODY_IMAGE || kind == BODY_ARCHIVE ||
           kind == BODY_BINARY;
}

bool http_content_is_idle(const struct http_flow *http)
{
    const struct http_content *content = &http->content;
    return content->chosen && (content->deaf || content->parser == NULL);
}

size_t http_content_memory(const struct http_content *content)
{
    size_t memory = content->inflater == NULL ? 0 : http_inflater_memory();
    return memory + (content->parser == NULL ? 0 : content->parser->memory(content->parser_state));
}

void http_content_free(struct http_flow *http)
{
    struct http_content *content = &http->content;
    if (content->inflater != NULL) {
        http_inflater_free(http->inspector->spare_inflater);
        http->inspector->spare_inflater = content->inflater;
    }
    if (content->parser != NULL) {
        content->parser->free(content->parser_state);
    }
    *content = (struct http_content){.inflater = NULL};
}

static void begin_inflater(struct http_flow *http, enum http_coding coding)
{
    const struct app_settings *settings = http->inspector->settings;
    http->content.inflater = http_inflater_create(http->inspector->spare_inflater, coding,
                                                  settings->inflate_bytes, settings->inflate_ratio);
    http->inspector->spare_inflater = NULL;
    http->current->response.encoded = true;
}

/* Whether the body is a part of something, or something of which a part may be fetched later. */
static void begin_range(struct http_flow *http, const struct http_framing *framing)
{
    struct http_content *content = &http->content;
    const struct http_range *range = &framing->range;
    bool partial = http->current->response.status == 206 && range->present;
    bool plain = framing->coding == HTTP_CODING_IDENTITY;
    if (partial && http_range_is_part(range)) {
        content->range = *range;
        counter_add(http->inspector->counters, APP_RANGE_CODED, !plain);
    } else if (plain && (partial || (framing->has_length && !framing->chunked))) {
        content->total = partial ? range->total : framing->length;
    }
}

void http_content_begin(struct http_flow *http, const struct http_framing *framing)
{
    http->content = (struct http_content){.inflater = NULL};
    http->current->response.coded = framing->coding == HTTP_CODING_OTHER;
    begin_range(http, framing);
    bool readable = !http->content.range.present || http->content.range.first == 0;
    if (framing->coding == HTTP_CODING_GZIP || framing->coding == HTTP_CODING_DEFLATE) {
        http->current->response.coded = !readable;
        if (readable) {
            begin_inflater(http, framing->coding);
        }
    }
}

static void judge_part(struct http_flow *http)
{
    struct http_response *response = &http->current->response;
    if (http->content.range.present && !response->coded) {
        response->kind = http_range_kind(http, response->kind);
    }
}

void http_content_judge(struct http_flow *http)
{
    struct http_exchange *exchange = http->current;
    if (!http->content.judged) {
        bool over = exchange->response.body_complete || exchange->body.len > 0;
        exchange->response.kind = body_kind_detect(buf_slice(&exchange->body), over);
        judge_part(http);
    }
}

static void end_done_parser(struct http_flow *http)
{
    struct http_content *content = &http->content;
    if (content->parser->done != NULL && content->parser->done(content->parser_state)) {
        content->parser->free(content->parser_state);
        content->parser = NULL;
        buf_free(&http->current->body);
    }
}

/* Gives bytes to the parser, up to app.document_bytes. */
static void parse(struct http_flow *http, struct slice bytes)
{
    struct http_content *content = &http->content;
    if (content->parser == NULL || content->deaf) {
        return;
    }
    uint64_t left = http_documents_cap(content->parser, http->inspector->settings) - content->parsed;
    struct slice fits = slice_part(bytes, 0, left < SIZE_MAX ? (size_t)left : SIZE_MAX);
    content->parsed += fits.len;
    content->parser->feed(content->parser_state, fits);
    end_done_parser(http);
    if (fits.len < bytes.len && content->parser != NULL) {
        counter_add(http->inspector->counters, content->parser->cap_counter, 1);
        http->current->response.cut = http->current->response.cut || content->parser->cap_cuts;
        content->deaf = true;
    }
}

/* The first bytes are together: tells them where a tick has not done so, then gives them to a parser. */
static void end_collecting(struct http_flow *http)
{
    struct http_exchange *exchange = http->current;
    struct http_content *content = &http->content;
    if (content->chosen) {
        return;
    }
    http_content_judge(http);
    judge_part(http); /* again, by all of the first bytes */
    content->judged = true;
    if (!exchange->settled) {
        http_exchange_settle(exchange);
    }
    content->chosen = true;
    content->parser = http_documents_open(http, &content->parser_state);
    if (content->parser != NULL) {
        bool text = exchange->response.kind == BODY_M3U || exchange->response.kind == BODY_JSON;
        struct slice first = buf_slice(&exchange->body);
        parse(http, text ? body_without_notices(first) : first);
        return;
    }
    bool of_coded = content->range.present && http_range_is_coded(http);
    counter_add(http->inspector->counters, APP_RANGE_CODED, of_coded);
    buf_free(&exchange->body);
}

/* Keeps first bytes until there are enough of them; returns what is left of `bytes`. */
static struct slice collect(struct http_flow *http, struct slice bytes)
{
    struct http_response *response = &http->current->response;
    struct http_content *content = &http->content;
    struct buf *body = &http->current->body;
    while (!content->chosen) {
        size_t enough = content->judged ? body->cap : BODY_KIND_ENOUGH;
        struct slice part = slice_part(bytes, 0, enough - body->len);
        buf_append(body, part);
        response->body_bytes += part.len;
        bytes = slice_from(bytes, part.len);
        if (body->len < enough) {
            break;
        }
        if (!content->judged) {
            http_content_judge(http);
            content->judged = true;
        }
        if (body->len == body->cap || is_short_kind(response->kind)) {
            end_collecting(http);
        }
    }
    return bytes;
}

/* The server announced a coding and sent the body plain, as the first two bytes showed. */
static void note_plain(struct http_flow *http)
{
    struct http_response *response = &http->current->response;
    if (response->encoded && http_inflater_is_plain(http->content.inflater)) {
        response->encoded = false;
        counter_add(http->inspector->counters, APP_INFLATE_ERRORS, 1);
    }
}

static bool take_decoded(void *context, struct slice bytes)
{
    struct http_flow *http = context;
    note_plain(http);
    bytes = collect(http, bytes);
    http->current->response.body_bytes += bytes.len;
    parse(http, bytes);
    return !http_content_is_idle(http);
}

/* Nothing that follows can be understood. */
static void go_deaf(struct http_flow *http)
{
    http->current->response.cut = true;
    end_collecting(http);
    http->content.deaf = true;
}

static void take_coded(struct http_flow *http, struct slice bytes)
{
    struct http_inflater *inflater = http->content.inflater;
    enum http_inflate_status status = http_inflater_feed(inflater, bytes, take_decoded, http);
    if (status != HTTP_INFLATE_MORE) {
        size_t counter = status == HTTP_INFLATE_CAP ? APP_INFLATE_CAP : APP_INFLATE_ERRORS;
        counter_add(http->inspector->counters, counter, 1);
        go_deaf(http);
    }
}

/* A file of a list that lies compressed on the server: it is undone from its first byte on. */
static bool open_gzip_file(struct http_flow *http, bool over)
{
    struct http_response *response = &http->current->response;
    struct buf *body = &http->current->body;
    if (http->content.inflater != NULL || http->content.judged || response->coded ||
        !http_gzip_file_holds_list(buf_slice(body), over)) {
        return false;
    }
    uint8_t sent[BODY_KIND_ENOUGH];
    struct slice first = slice_make(sent, body->len);
    memcpy(sent, body->data, body->len);
    buf_clear(body);
    response->body_bytes = 0;
    if (http->content.range.present) {
        http_range_note_coded(http);
    }
    begin_inflater(http, HTTP_CODING_GZIP);
    take_coded(http, first);
    return true;
}

static void take_plain(struct http_flow *http, struct slice bytes)
{
    struct buf *body = &http->current->body;
    if (!http->content.judged) {
        struct slice front = slice_part(bytes, 0, BODY_KIND_ENOUGH - body->len);
        buf_append(body, front);
        http->current->response.body_bytes += front.len;
        bytes = slice_from(bytes, front.len);
        if (body->len < BODY_KIND_ENOUGH) {
            return;
        }
        if (open_gzip_file(http, false)) {
            take_coded(http, bytes);
            return;
        }
    }
    take_decoded(http, bytes);
}

void http_content_pass(struct http_flow *http, uint64_t bytes)
{
    http->content.sent += bytes;
    http->current->response.body_bytes += http->content.inflater == NULL ? bytes : 0;
}

void http_content_take(struct http_flow *http, struct slice bytes)
{
    if (http->content.passed_over) {
        return;
    }
    if (http_content_is_idle(http)) {
        http_content_pass(http, bytes.len);
        return;
    }
    http->content.sent += bytes.len;
    if (http->content.inflater != NULL) {
        take_coded(http, bytes);
    } else {
        take_plain(http, bytes);
    }
}

void http_content_gap(struct http_flow *http, uint64_t missing)
{
    struct http_content *content = &http->content;
    http->current->response.cut = true;
    (void)open_gzip_file(http, true);
    if (content->inflater != NULL) {
        go_deaf(http);
        return;
    }
    end_collecting(http);
    if (content->parser != NULL && !content->deaf) {
        content->parser->gap(content->parser_state, missing);
    }
}

/* What the flow counted of a body that the stream gives no more of. */
static uint64_t passed_over_bytes(const struct http_flow *http)
{
    const struct flow_inspection *inspection = flow_inspection(http->flow);
    unsigned server = http_server(http);
    uint64_t sent = http->flow->sides[server].bytes;
    uint64_t delivered = inspection->delivered[server];
    return http->content.passed_over && sent > delivered ? sent - delivered : 0;
}

/* Ends the decoding; returns whether the coded stream was whole, as far as anybody read it. */
static bool end_inflater(struct http_flow *http)
{
    struct http_inflater *inflater = http->content.inflater;
    struct http_response *response = &http->current->response;
    if (inflater == NULL || http->content.deaf) {
        return true;
    }
    if (http_content_is_idle(http)) {
        response->body_bytes = http->content.sent + passed_over_bytes(http);
        return true;
    }
    http_inflater_finish(inflater, take_decoded, http);
    note_plain(http);
    if (http->content.sent > 0 && !http_inflater_is_complete(inflater)) {
        counter_add(http->inspector->counters, APP_INFLATE_ERRORS, 1);
        return false;
    }
    counter_add(http->inspector->counters, APP_INFLATED, response->encoded);
    return true;
}

void http_content_end(struct http_flow *http, bool complete)
{
    struct http_response *response = &http->current->response;
    (void)open_gzip_file(http, true);
    bool whole = end_inflater(http);
    response->body_bytes += http->content.inflater == NULL ? passed_over_bytes(http) : 0;
    response->cut = response->cut || !complete || !whole;
    response->body_complete = !response->cut;
    end_collecting(http);
    struct content_facts facts;
    facts.found = (struct http_documents){.m3u = NULL};
    if (http->content.parser != NULL) {
        bool complete_read = response->body_complete && !http->content.deaf;
        http->content.parser->finish(http->content.parser_state, complete_read, http, &facts);
        if (http_documents_keep(http)) {
            http->content.parser = NULL;
        }
    }
    http_current_end(http, &facts.found);
    http_content_free(http);
}

void http_content_none(struct http_flow *http)
{
    http->content = (struct http_content){.inflater = NULL};
    if (!http->current->settled) {
        http_exchange_settle(http->current);
    }
    struct http_documents nothing = {.m3u = NULL};
    http_current_end(http, &nothing);
}
