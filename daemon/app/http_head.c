/* Whole heads: copying their fields in normal form and reading what they say of the body. */
#include <assert.h>
#include <stdlib.h>

#include "base/address.h"
#include "base/attr.h"
#include "base/text.h"
#include "daemon/app/http_head_priv.h"

static struct http_store store_make(size_t room)
{
    struct http_store store = {.data = malloc(room), .room = room};
    if (store.data == NULL) {
        abort();
    }
    return store;
}

void http_store_free(struct http_store *store)
{
    free(store->data);
    *store = (struct http_store){.data = NULL};
}

static void store_put(struct http_store *store, struct slice bytes)
{
    assert(bytes.len <= store->room - store->used);
    if (bytes.len > 0) {
        memcpy(store->data + store->used, bytes.data, bytes.len);
        store->used += bytes.len;
    }
}

/* What was put since `begin`; never NULL, so that an empty value differs from none. */
static struct slice store_since(const struct http_store *store, size_t begin)
{
    return slice_make(store->data + begin, store->used - begin);
}

static struct slice store_copy(struct http_store *store, struct slice bytes)
{
    size_t begin = store->used;
    store_put(store, bytes);
    return store_since(store, begin);
}

/* A line without its LF or CRLF. */
static struct slice take_line(struct slice *rest)
{
    struct slice line = slice_split(rest, '\n');
    if (line.len > 0 && line.data[line.len - 1] == '\r') {
        line.len--;
    }
    return line;
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

/* With its LF. */
static size_t line_length(struct slice rest)
{
    size_t end = slice_index(rest, '\n');
    return end == SIZE_MAX ? rest.len : end + 1;
}

struct field {
    struct slice whole; /* with its continuation lines (obs-fold, RFC 9112, section 5.2) */
    struct slice name;
    struct slice raw; /* the value with its line ends still in it */
    bool folded;
};

/* Takes the next field; lines that are none are passed over. */
static bool take_field(struct slice *rest, struct field *field)
{
    while (rest->len > 0) {
        size_t first_line = line_length(*rest);
        size_t len = first_line;
        while (len < rest->len && is_blank(rest->data[len])) {
            len += line_length(slice_from(*rest, len));
        }
        field->whole = slice_part(*rest, 0, len);
        field->folded = len > first_line;
        *rest = slice_from(*rest, len);
        size_t colon = slice_index(slice_part(field->whole, 0, first_line), ':');
        field->name = slice_trim(slice_part(field->whole, 0, colon));
        if (colon != SIZE_MAX && field->name.len > 0) {
            field->raw = slice_from(field->whole, colon + 1);
            return true;
        }
    }
    return false;
}

/* The value of a field that stands there as it is kept, as nearly all do: "Name: value\r\n". Empty where it
 * has to be brought into that form. */
static struct slice normal_value(const struct field *field)
{
    enum { LINE_END = 2 };
    struct slice none = slice_make(NULL, 0);
    struct slice raw = field->raw;
    if (field->folded || raw.data != field->name.data + field->name.len + 1 || /* blanks before the colon */
        field->name.data != field->whole.data || raw.len <= 1 + LINE_END || raw.data[0] != ' ' ||
        raw.data[raw.len - 2] != '\r' || raw.data[raw.len - 1] != '\n') {
        return none;
    }
    struct slice value = slice_part(raw, 1, raw.len - 1 - LINE_END);
    return is_blank(value.data[0]) || is_blank(value.data[value.len - 1]) ? none : value;
}

/* Copies a value without blanks at its ends; folds become one blank. */
static struct slice put_value(struct http_store *store, struct slice raw)
{
    size_t begin = store->used;
    while (raw.len > 0) {
        struct slice line = slice_trim(take_line(&raw));
        if (line.len > 0 && store->used > begin) {
            store_put(store, slice_text(" "));
        }
        store_put(store, line);
    }
    return store_since(store, begin);
}

static enum http_coding coding_of(struct slice token)
{
    if (token.len == 0 || slice_equal_nocase(token, slice_text("identity"))) {
        return HTTP_CODING_IDENTITY;
    }
    if (slice_equal_nocase(token, slice_text("gzip")) || slice_equal_nocase(token, slice_text("x-gzip"))) {
        return HTTP_CODING_GZIP;
    }
    return slice_equal_nocase(token, slice_text("deflate")) ? HTTP_CODING_DEFLATE : HTTP_CODING_OTHER;
}

static void add_coding(struct http_framing *framing, enum http_coding coding)
{
    if (coding != HTTP_CODING_IDENTITY) {
        framing->coding = framing->coding == HTTP_CODING_IDENTITY ? coding : HTTP_CODING_OTHER;
    }
}

static void read_content_coding(struct http_framing *framing, struct slice value)
{
    while (value.len > 0) {
        add_coding(framing, coding_of(slice_trim(slice_split(&value, ','))));
    }
}

/* Chunked has to be the last one (RFC 9112, section 6.1). */
static void read_transfer_coding(struct http_framing *framing, struct slice value)
{
    while (value.len > 0) {
        struct slice token = slice_trim(slice_split(&value, ','));
        token = slice_trim(slice_split(&token, ';'));
        enum http_coding coding = coding_of(token);
        if (slice_equal_nocase(token, slice_text("chunked"))) {
            framing->chunked = true;
        } else if (coding != HTTP_CODING_IDENTITY) {
            add_coding(framing, coding);
            framing->other_transfer = true;
        }
    }
}

/* Several values are fine where they are the same (RFC 9110, section 8.6). */
static void read_length(struct http_framing *framing, struct slice value)
{
    do {
        uint64_t length;
        if (!text_parse_u64(slice_trim(slice_split(&value, ',')), &length) ||
            (framing->has_length && length != framing->length)) {
            framing->bad_length = true;
            return;
        }
        framing->has_length = true;
        framing->length = length;
    } while (value.len > 0);
}

/* The fields that anybody asks for, in the order of their names' length. */
enum field_kind {
    FIELD_OTHER,
    FIELD_HOST,
    FIELD_COOKIE,
    FIELD_ORIGIN,
    FIELD_SERVER,
    FIELD_REFERER,
    FIELD_LOCATION,
    FIELD_SET_COOKIE,
    FIELD_USER_AGENT,
    FIELD_CONTENT_TYPE,
    FIELD_CONTENT_RANGE,
    FIELD_CONTENT_LENGTH,
    FIELD_CONTENT_ENCODING,
    FIELD_TRANSFER_ENCODING,
    FIELD_KIND_COUNT,
};

#define FIELD_NAME(text)                                                                                     \
    {                                                                                                        \
        (const uint8_t *)(text), sizeof(text) - 1                                                            \
    }

/* Spelled as nearly everybody does. */
static const struct slice field_names[FIELD_KIND_COUNT] = {
    [FIELD_HOST] = FIELD_NAME("Host"),
    [FIELD_COOKIE] = FIELD_NAME("Cookie"),
    [FIELD_ORIGIN] = FIELD_NAME("Origin"),
    [FIELD_SERVER] = FIELD_NAME("Server"),
    [FIELD_REFERER] = FIELD_NAME("Referer"),
    [FIELD_LOCATION] = FIELD_NAME("Location"),
    [FIELD_SET_COOKIE] = FIELD_NAME("Set-Cookie"),
    [FIELD_USER_AGENT] = FIELD_NAME("User-Agent"),
    [FIELD_CONTENT_TYPE] = FIELD_NAME("Content-Type"),
    [FIELD_CONTENT_RANGE] = FIELD_NAME("Content-Range"),
    [FIELD_CONTENT_LENGTH] = FIELD_NAME("Content-Length"),
    [FIELD_CONTENT_ENCODING] = FIELD_NAME("Content-Encoding"),
    [FIELD_TRANSFER_ENCODING] = FIELD_NAME("Transfer-Encoding"),
};

/* The first kind whose name is so long. */
static const uint8_t first_of_length[] = {
    [4] = FIELD_HOST,
    [6] = FIELD_COOKIE,
    [7] = FIELD_REFERER,
    [8] = FIELD_LOCATION,
    [10] = FIELD_SET_COOKIE,
    [12] = FIELD_CONTENT_TYPE,
    [13] = FIELD_CONTENT_RANGE,
    [14] = FIELD_CONTENT_LENGTH,
    [16] = FIELD_CONTENT_ENCODING,
    [17] = FIELD_TRANSFER_ENCODING,
};

static enum field_kind kind_of(struct slice name)
{
    enum field_kind kind = name.len < ARRAY_COUNT(first_of_length) ? first_of_length[name.len] : FIELD_OTHER;
    if (kind == FIELD_OTHER) {
        return FIELD_OTHER;
    }
    for (; kind < FIELD_KIND_COUNT && field_names[kind].len == name.len; kind++) {
        if (slice_equal_nocase(field_names[kind], name)) {
            return kind;
        }
    }
    return FIELD_OTHER;
}

static void read_framing(struct http_framing *framing, enum field_kind kind, struct slice value)
{
    if (kind == FIELD_CONTENT_LENGTH) {
        read_length(framing, value);
    } else if (kind == FIELD_TRANSFER_ENCODING) {
        read_transfer_coding(framing, value);
    } else if (kind == FIELD_CONTENT_ENCODING) {
        read_content_coding(framing, value);
    } else if (kind == FIELD_CONTENT_RANGE) {
        framing->range.present = http_range_read(value, &framing->range);
    }
}

struct field_read {
    /* Where the first value of a kind goes; NULL where nobody asks for it. */
    struct slice *slots[FIELD_KIND_COUNT];
    enum field_kind apart; /* the field that stands not among the headers */
    size_t max;
    bool cut;
};

/* The host of an absolute URL in normal form; empty where there is none. */
static struct slice put_url_host(struct http_store *store, struct slice url)
{
    struct named_server server;
    if (url.len == 0 || !named_server_from_url(url, RELATION_EMBED, &server)) {
        return slice_make(NULL, 0);
    }
    return store_copy(store, slice_text(server.host));
}

/* Copies "Name: value\r\n"; returns the value. */
static struct slice put_field(struct http_store *store, const struct field *field)
{
    struct slice value = normal_value(field);
    if (value.len > 0) {
        struct slice copy = store_copy(store, field->whole);
        return slice_make(copy.data + (value.data - field->whole.data), value.len);
    }
    store_put(store, field->name);
    store_put(store, slice_text(": "));
    value = put_value(store, field->raw);
    store_put(store, slice_text("\r\n"));
    return value;
}

/* Copies the fields to the store, but for the one that stands apart: its first value follows behind them. */
static struct slice read_fields(struct field_read *read, struct slice lines, struct http_store *store,
                                struct http_framing *framing)
{
    size_t begin = store->used;
    size_t count = 0;
    struct slice apart = slice_make(NULL, 0);
    struct field field;
    while (take_field(&lines, &field)) {
        if (count == read->max) {
            read->cut = true;
            break;
        }
        count++;
        enum field_kind kind = kind_of(field.name);
        if (kind == read->apart) {
            apart = apart.data == NULL ? field.raw : apart;
            continue;
        }
        struct slice value = put_field(store, &field);
        struct slice *slot = read->slots[kind];
        if (slot != NULL && slot->data == NULL) {
            *slot = value;
        }
        read_framing(framing, kind, value);
    }
    struct slice fields = store_since(store, begin);
    if (apart.data != NULL && read->slots[read->apart] != NULL) {
        *read->slots[read->apart] = put_value(store, apart);
    }
    return fields;
}

/* Room that normal form takes at most: a blank and a CR more for each line. */
static size_t fields_room(const struct http_head *head, struct slice lines)
{
    return lines.len + 2 * head->lines + 2;
}

/* A head that was cut ends with its last whole line. */
static struct slice whole_lines(struct slice lines, bool cut)
{
    while (cut && lines.len > 0 && lines.data[lines.len - 1] != '\n') {
        lines.len--;
    }
    return lines;
}

static void put_host(struct http_store *store, struct http_request *request, struct slice host)
{
    char name[HOST_NAME_SIZE];
    if (host_normalise(host, name, &request->host_port)) {
        request->host = store_copy(store, slice_text(name));
    }
}

void http_request_read(const struct http_head *head, const struct app_settings *settings,
                       struct http_store *store, struct http_request *request, struct http_framing *framing)
{
    struct slice lines = head->bytes;
    struct http_request_line line = http_request_line_cut(take_line(&lines));
    lines = whole_lines(lines, head->cut);
    struct http_target target = http_target_split(line.method, line.target);
    struct slice origin = slice_part(target.origin, 0, settings->uri_bytes);
    /* A host in normal form is no longer than as it was sent, or than an address. */
    size_t hosts_room = line.target.len + lines.len + 3 * (size_t)ADDRESS_TEXT_SIZE;
    *store = store_make(line.method.len + 2 * origin.len + hosts_room + fields_room(head, lines));
    *request = (struct http_request){.proxy = target.proxy};
    *framing = (struct http_framing){.has_length = false};
    request->method = store_copy(store, line.method);
    request->uri_raw = store_copy(store, origin);
    size_t begin = store->used;
    store->used += http_uri_normalise(origin, store->data + begin);
    request->uri = store_since(store, begin);
    struct slice host = slice_make(NULL, 0);
    struct slice page_origin = slice_make(NULL, 0);
    struct field_read read = {.apart = FIELD_COOKIE, .max = settings->http_headers};
    read.slots[FIELD_HOST] = &host;
    read.slots[FIELD_COOKIE] = &request->cookie;
    read.slots[FIELD_ORIGIN] = &page_origin;
    read.slots[FIELD_REFERER] = &request->referer;
    read.slots[FIELD_USER_AGENT] = &request->user_agent;
    request->headers = read_fields(&read, lines, store, framing);
    put_host(store, request, target.authority.len > 0 ? target.authority : host);
    request->referer_host = put_url_host(store, request->referer);
    request->origin_host = put_url_host(store, page_origin);
    request->truncated = head->cut || read.cut || origin.len < target.origin.len;
}

void http_response_read(struct http_head *head, const struct app_settings *settings, struct http_store *store,
                        struct http_response *response, struct http_framing *framing)
{
    struct slice lines = head->bytes;
    struct http_status_line line;
    bool good = http_status_line_read(take_line(&lines), &line);
    assert(good);
    (void)good;
    lines = whole_lines(lines, head->cut);
    size_t host_room = lines.len + ADDRESS_TEXT_SIZE;
    *store = store_make(line.code.len + host_room + fields_room(head, lines));
    *response = (struct http_response){.status = line.status};
    *framing = (struct http_framing){.has_length = false};
    response->stat_code = store_copy(store, line.code);
    struct field_read read = {.apart = FIELD_SET_COOKIE, .max = settings->http_headers};
    read.slots[FIELD_SERVER] = &response->server;
    read.slots[FIELD_LOCATION] = &response->location;
    read.slots[FIELD_CONTENT_TYPE] = &response->content_type;
    response->headers = read_fields(&read, lines, store, framing);
    response->location_host = put_url_host(store, response->location);
    head->cut = head->cut || read.cut;
}
