/*
 * Collecting heads. A head is read where it lies; only one that is cut by a slice's end is copied. Its first
 * bytes and its start line are judged as soon as they are there, so that garbage is not collected.
 */
#include "daemon/app/http_priv.h"
#include "flow/flow_table.h"

static void count(const struct http_flow *http, enum app_counter counter)
{
    counter_add(http->inspector->counters, counter, 1);
}

static void recognise(struct http_flow *http, unsigned side, bool request)
{
    if (!http->recognised) {
        http->recognised = true;
        http->client = request ? side : side ^ 1;
        flow_set_client(http->flow, http->client, ORIENTATION_PAYLOAD);
        http->flow->visibility = VISIBILITY_CLEAR;
        http->flow->protocol = APP_PROTOCOL_HTTP;
        count(http, APP_HTTP_FLOWS);
    }
    if (http->directions[side].searched) {
        count(http, APP_HTTP_RESYNCS);
    }
}

static void take_request_head(struct http_flow *http, unsigned side, const struct http_head *head)
{
    struct http_direction *direction = &http->directions[side];
    struct http_framing framing;
    http_take_request(http, head, &framing);
    if (framing.bad_length) {
        buf_free(&direction->held);
        http_reject(http, side);
    } else if (framing.chunked) {
        http_begin_body(direction, HTTP_BODY_CHUNKED, 0);
    } else if (framing.has_length && framing.length > 0) {
        http_begin_body(direction, HTTP_BODY_LENGTH, framing.length);
    } else {
        http->uploading = NULL;
        http_begin_head(direction);
    }
}

static bool is_method(const struct http_exchange *exchange, const char *method)
{
    return exchange->request_store.data != NULL && slice_equal(exchange->request.method, slice_text(method));
}

/* What follows an upgrade is not HTTP; in a tunnel through a proxy it may be. */
static void begin_other(struct http_flow *http)
{
    struct http_tunnel server = {.port = 0};
    const struct http_request *request = &http->current->request;
    bool connect = is_method(http->current, "CONNECT");
    if (connect && request->host.len > 0 && request->host.len < sizeof server.name) {
        memcpy(server.name, request->host.data, request->host.len);
        server.port = request->host_port;
    }
    http_content_none(http);
    http_queue_clear(http);
    http_tunnel_begin(http, &server);
}

/* RFC 9112, section 6.3. */
static void begin_answer_body(struct http_flow *http, unsigned side, const struct http_framing *framing)
{
    struct http_direction *direction = &http->directions[side];
    const struct http_exchange *exchange = http->current;
    uint16_t status = exchange->response.status;
    bool connect = is_method(exchange, "CONNECT");
    if (status == 101 || (status / 100 == 2 && connect)) {
        begin_other(http);
        return;
    }
    http->tunnel_asked = http->tunnel_asked && !connect;
    if (status == 204 || status == 304 || is_method(exchange, "HEAD")) {
        http_begin_head(direction);
        http_content_none(http);
        return;
    }
    bool unasked = exchange->request_store.data == NULL;
    http_content_begin(http, framing);
    if (framing->chunked) {
        http_begin_body(direction, HTTP_BODY_CHUNKED, 0);
    } else if (!framing->has_length || framing->other_transfer) {
        http_begin_body(direction, HTTP_BODY_UNTIL_CLOSE, 0);
    } else if (framing->length > 0) {
        http_begin_body(direction, HTTP_BODY_LENGTH, framing->length);
        unasked = unasked && framing->length >= HTTP_FIND_BYTES;
    } else {
        http_begin_head(direction);
        http_content_end(http, true);
        return;
    }
    direction->state = unasked ? HTTP_PEEK : HTTP_BODY;
}

static struct slice without_cr(struct slice line)
{
    return slice_part(line, 0, line.len - slice_ends(line, slice_text("\r")));
}

static bool is_interim(const struct http_head *head)
{
    struct http_status_line line;
    struct slice rest = head->bytes;
    struct slice first = without_cr(slice_split(&rest, '\n'));
    return http_status_line_read(first, &line) && line.status / 100 == 1 && line.status != 101;
}

static void take_response_head(struct http_flow *http, unsigned side, struct http_head *head)
{
    struct http_direction *direction = &http->directions[side];
    if (is_interim(head)) {
        http_begin_head(direction);
        return;
    }
    struct http_framing framing;
    http_take_response(http, head, &framing);
    if (framing.bad_length) {
        buf_free(&direction->held);
        http_reject(http, side);
    } else {
        begin_answer_body(http, side, &framing);
    }
}

static struct http_head collected(const struct http_direction *direction, struct slice bytes, bool cut)
{
    return (struct http_head){
        .bytes = bytes,
        .lines = direction->lines < bytes.len ? direction->lines : bytes.len,
        .cut = cut,
    };
}

/* The rest of a head is missing: its start line and the fields that came still say what they say. What
 * follows is searched, because nothing tells how long the body is. */
static void take_cut_head(struct http_flow *http, unsigned side)
{
    struct http_framing framing;
    struct http_direction *direction = &http->directions[side];
    struct http_head head = collected(direction, buf_slice(&direction->held), true);
    if (side == http->client) {
        http_take_request(http, &head, &framing);
    } else if (!is_interim(&head)) {
        http_take_response(http, &head, &framing);
        if (!framing.bad_length) {
            http_content_begin(http, &framing);
        }
    }
}

/* Before a start line (RFC 9112, section 2.2). */
static void skip_empty_lines(struct slice *input)
{
    while (input->len > 0 && (input->data[0] == '\r' || input->data[0] == '\n')) {
        *input = slice_from(*input, 1);
    }
}

enum http_start http_probe_joined(const struct buf *held, struct slice input)
{
    if (held->len == 0) {
        return http_start_probe(input);
    }
    uint8_t first[HTTP_START_BYTES];
    struct buf joined = {.data = first, .room = sizeof first, .cap = sizeof first};
    buf_append(&joined, slice_part(buf_slice(held), 0, sizeof first));
    buf_append(&joined, slice_part(input, 0, sizeof first - joined.len));
    return http_start_probe(buf_slice(&joined));
}

static bool is_good_start(const struct http_flow *http, unsigned side, struct slice line, bool request)
{
    line = without_cr(line);
    if (http->recognised && request != (side == http->client)) {
        return false;
    }
    struct http_request_line request_line;
    struct http_status_line status_line;
    return request ? http_request_line_read(line, &request_line) : http_status_line_read(line, &status_line);
}

/*
 * Reads the start line. Returns how many bytes of `*input` behind its front belong to it without being taken
 * (the head lies in one slice), SIZE_MAX where more is needed or it was no start line.
 */
static size_t take_start_line(struct http_flow *http, unsigned side, struct slice *input)
{
    struct http_direction *direction = &http->directions[side];
    struct buf *held = &direction->held;
    enum http_start start = http_probe_joined(held, *input);
    if (start == HTTP_START_NO) {
        if (!http_tunnel_takes(http, side, input)) {
            http_reject(http, side);
        }
        return SIZE_MAX;
    }
    size_t end = slice_index(*input, '\n');
    size_t fits = held->cap - held->len;
    if (end >= fits && input->len >= fits) { /* too long to be looked at */
        *input = slice_from(*input, fits);
        count(http, APP_HTTP_HEAD_CAP);
        buf_free(held);
        http_reject(http, side);
        return SIZE_MAX;
    }
    bool whole = held->len == 0;
    struct slice line = slice_part(*input, 0, end);
    if (!whole || end == SIZE_MAX) {
        buf_append(held, end == SIZE_MAX ? *input : slice_part(*input, 0, end + 1));
        *input = end == SIZE_MAX ? slice_make(NULL, 0) : slice_from(*input, end + 1);
        line = slice_part(buf_slice(held), 0, held->len - 1);
    }
    if (end == SIZE_MAX) {
        return SIZE_MAX;
    }
    if (!is_good_start(http, side, line, start == HTTP_START_REQUEST)) {
        *input = slice_from(*input, whole ? end + 1 : 0);
        buf_free(held);
        http_reject(http, side);
        return SIZE_MAX;
    }
    direction->start_read = true;
    recognise(http, side, start == HTTP_START_REQUEST);
    return whole ? end + 1 : 0;
}

/* Where the empty line ends that ends the head: its place behind `from`, or SIZE_MAX. */
static size_t find_head_end(struct http_direction *direction, struct slice input, size_t from)
{
    while (from < input.len) {
        const uint8_t *begin = input.data + from;
        const uint8_t *end = memchr(begin, '\n', input.len - from);
        size_t len = end == NULL ? input.len - from : (size_t)(end - begin);
        if (end == NULL) {
            direction->line_is_cr = direction->line_len == 0 && len == 1 && *begin == '\r';
            direction->line_len += len;
            return SIZE_MAX;
        }
        bool empty = direction->line_len == 0 ? len == 0 || (len == 1 && *begin == '\r')
                                              : len == 0 && direction->line_is_cr;
        from += len + 1;
        direction->lines++;
        direction->line_len = 0;
        if (empty) {
            return from;
        }
    }
    return SIZE_MAX;
}

void http_take_head(struct http_flow *http, unsigned side, struct slice *input)
{
    struct http_direction *direction = &http->directions[side];
    struct buf *held = &direction->held;
    size_t from = 0;
    if (!direction->start_read) {
        if (held->len == 0) {
            skip_empty_lines(input);
        }
        from = input->len == 0 ? SIZE_MAX : take_start_line(http, side, input);
        if (from == SIZE_MAX) {
            return;
        }
    }
    size_t end = find_head_end(direction, *input, from);
    struct slice head = slice_part(*input, 0, end);
    *input = slice_from(*input, head.len);
    bool cut = head.len > held->cap;
    if (held->len > 0 || end == SIZE_MAX) {
        buf_append(held, head);
        head = buf_slice(held);
        cut = held->truncated;
    }
    if (end == SIZE_MAX) {
        return;
    }
    struct http_head whole = collected(direction, slice_part(head, 0, held->cap), cut);
    if (side == http->client) {
        take_request_head(http, side, &whole);
    } else {
        take_response_head(http, side, &whole);
    }
}

void http_gap_head(struct http_flow *http, unsigned side, uint64_t missing)
{
    (void)missing;
    struct http_direction *direction = &http->directions[side];
    if (direction->start_read && direction->held.len > 0) {
        take_cut_head(http, side);
    }
    buf_free(&direction->held);
    if (!http_tunnel_closes(http)) {
        http_begin_search(http, side);
    }
}
