/* Whole heads: copying their fields in normal form and reading what they say of the body. */
#include <assert.h>
#include <stdlib.h>

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

/* The length of a field with its continuation lines (obs-fold, RFC 9112, section 5.2). */
static size_t field_length(struct slice rest)
{
    size_t len = 0;
    for (;;) {
        size_t end = slice_index(slice_from(rest, len), '\n');
        if (end == SIZE_MAX) {
            return rest.len;
        }
        len += end + 1;
        if (len == rest.len || (rest.data[len] != ' ' && rest.data[len] != '\t')) {
            return len;
        }
    }
}

/* Takes the next field; lines that are none are passed over. The value has its line ends still in it. */
static bool take_field(struct slice *rest, struct slice *name, struct slice *value)
{
    while (rest->len > 0) {
        size_t len = field_length(*rest);
        struct slice field = slice_part(*rest, 0, len);
        *rest = slice_from(*rest, len);
        struct slice first_line = slice_part(field, 0, slice_index(field, '\n'));
        size_t colon = slice_index(first_line, ':');
        *name = slice_trim(slice_part(field, 0, colon));
        if (colon != SIZE_MAX && name->len > 0) {
            *value = slice_from(field, colon + 1);
            return true;
        }
    }
    return false;
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

static void read_framing(struct http_framing *framing, struct slice name, struct slice value)
{
    if (slice_equal_nocase(name, slice_text("content-length"))) {
        read_length(framing, value);
    } else if (slice_equal_nocase(name, slice_text("transfer-encoding"))) {
        read_transfer_coding(framing, value);
    } else if (slice_equal_nocase(name, slice_text("content-encoding"))) {
        read_content_coding(framing, value);
    } else if (slice_equal_nocase(name, slice_text("content-range"))) {
        framing->range.present = http_range_read(value, &framing->range);
    }
}

/* A field that has a slice of its own in the record; of several the first counts. */
struct field_slot {
    const char *name;
    struct slice *value;
};

struct field_read {
    struct field_slot slots[4];
    struct slice host; /* as sent */
    const char *apart; /* the name of the field that stands not among the headers */
    struct slice *apart_value;
    size_t max;
    bool cut;
};

static void fill_slot(struct field_read *read, struct slice name, struct slice value)
{
    for (size_t i = 0; i < ARRAY_COUNT(read->slots) && read->slots[i].name != NULL; i++) {
        if (slice_equal_nocase(name, slice_text(read->slots[i].name)) && read->slots[i].value->data == NULL) {
            *read->slots[i].value = value;
        }
    }
}

/* The host of an absolute URL in normal form; empty where there is none. */
static struct slice put_url_host(struct http_store *store, struct slice url)
{
    struct named_server server;
    if (url.len == 0 || !named_server_from_url(url, RELATION_EMBED, &server)) {
        return slice_make(NULL, 0);
    }
    return store_copy(store, slice_text(server.host));
}

/* Copies the fields to the store as "Name: value\r\n", but for the one that stands apart: its first value
 * follows behind them. */
static struct slice read_fields(struct field_read *read, struct slice lines, struct http_store *store,
                                struct http_framing *framing)
{
    size_t begin = store->used;
    size_t count = 0;
    struct slice apart = slice_make(NULL, 0);
    struct slice name;
    struct slice raw;
    while (take_field(&lines, &name, &raw)) {
        if (count == read->max) {
            read->cut = true;
            break;
        }
        count++;
        if (slice_equal_nocase(name, slice_text(read->apart))) {
            apart = apart.data == NULL ? raw : apart;
            continue;
        }
        store_put(store, name);
        store_put(store, slice_text(": "));
        struct slice value = put_value(store, raw);
        store_put(store, slice_text("\r\n"));
        fill_slot(read, name, value);
        read_framing(framing, name, value);
    }
    struct slice fields = store_since(store, begin);
    if (apart.data != NULL && read->apart_value != NULL) {
        *read->apart_value = put_value(store, apart);
    }
    return fields;
}

/* Room that normal form takes at most: a blank and a CR more for each line. */
static size_t fields_room(struct slice lines)
{
    size_t room = lines.len;
    for (size_t i = 0; i < lines.len; i++) {
        room += lines.data[i] == '\n' ? 2 : 0;
    }
    return room + 2;
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

void http_request_read(struct slice head, bool cut, const struct app_settings *settings,
                       struct http_store *store, struct http_request *request, struct http_framing *framing)
{
    struct slice lines = head;
    struct http_request_line line;
    bool good = http_request_line_read(take_line(&lines), &line);
    assert(good);
    (void)good;
    lines = whole_lines(lines, cut);
    struct http_target target = http_target_split(line.method, line.target);
    struct slice origin = slice_part(target.origin, 0, settings->uri_bytes);
    *store = store_make(line.method.len + 2 * origin.len + 3 * HOST_NAME_SIZE + fields_room(lines));
    *request = (struct http_request){.proxy = target.proxy};
    *framing = (struct http_framing){.has_length = false};
    request->method = store_copy(store, line.method);
    request->uri_raw = store_copy(store, origin);
    size_t begin = store->used;
    store->used += http_uri_normalise(origin, store->data + begin);
    request->uri = store_since(store, begin);
    struct field_read read = {
        .apart = "cookie",
        .apart_value = &request->cookie,
        .max = settings->http_headers,
    };
    read.slots[0] = (struct field_slot){"host", &read.host};
    read.slots[1] = (struct field_slot){"user-agent", &request->user_agent};
    read.slots[2] = (struct field_slot){"referer", &request->referer};
    struct slice page_origin = slice_make(NULL, 0);
    read.slots[3] = (struct field_slot){"origin", &page_origin};
    request->headers = read_fields(&read, lines, store, framing);
    put_host(store, request, target.authority.len > 0 ? target.authority : read.host);
    request->referer_host = put_url_host(store, request->referer);
    request->origin_host = put_url_host(store, page_origin);
    request->truncated = cut || read.cut || origin.len < target.origin.len;
}

void http_response_read(struct slice head, bool *cut, const struct app_settings *settings,
                        struct http_store *store, struct http_response *response,
                        struct http_framing *framing)
{
    struct slice lines = head;
    struct http_status_line line;
    bool good = http_status_line_read(take_line(&lines), &line);
    assert(good);
    (void)good;
    lines = whole_lines(lines, *cut);
    *store = store_make(line.code.len + HOST_NAME_SIZE + fields_room(lines));
    *response = (struct http_response){.status = line.status};
    *framing = (struct http_framing){.has_length = false};
    response->stat_code = store_copy(store, line.code);
    struct field_read read = {.apart = "set-cookie", .max = settings->http_headers};
    read.slots[0] = (struct field_slot){"location", &response->location};
    read.slots[1] = (struct field_slot){"server", &response->server};
    read.slots[2] = (struct field_slot){"content-type", &response->content_type};
    response->headers = read_fields(&read, lines, store, framing);
    response->location_host = put_url_host(store, response->location);
    *cut = *cut || read.cut;
}
