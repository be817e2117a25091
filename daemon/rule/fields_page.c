/* Getters of pages: which page a request comes from, where an answer sends the client, what a page holds. */
#include "base/site.h"
#include "daemon/rule/fields_priv.h"

static const struct slice absent = {.data = NULL, .len = 0};

struct slice field_referer_host(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->request == NULL ? absent : view->request->referer_host;
}

struct slice field_origin_host(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->request == NULL ? absent : view->request->origin_host;
}

struct slice field_location_host(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->response == NULL ? absent : view->response->location_host;
}

bool field_cross_site(const struct rule_view *view)
{
    const struct http_request *request = view->request;
    if (request == NULL || request->host.len == 0) {
        return false;
    }
    struct slice page = request->origin_host.len > 0 ? request->origin_host : request->referer_host;
    return page.len > 0 && !site_same(request->host, page);
}

static bool starts_with_any(struct slice text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_starts_nocase(text, slice_text(words[i]))) {
            return true;
        }
    }
    return false;
}

/* Whether the answer is said to be something else than a stream: its type, or the name that was asked for.
 * Servers that know no type for .ts call it text or octets: that says nothing. */
static bool is_called_otherwise(const struct rule_view *view)
{
    static const char *const types[] = {
        "image/", "text/css", "text/javascript", "application/javascript", "application/x-javascript",
        "font/"};
    static const char *const names[] = {".png", ".jpg", ".jpeg", ".gif",  ".webp", ".ico",  ".bmp",
                                        ".svg", ".css", ".js",   ".html", ".htm",  ".woff", ".ttf"};
    if (starts_with_any(view->response->content_type, types, ARRAY_COUNT(types))) {
        return true;
    }
    struct slice path = view->request == NULL ? absent : view->request->uri;
    path = slice_part(path, 0, slice_index(path, '?'));
    bool named = false;
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        named = named || slice_ends(path, slice_text(names[i]));
    }
    return named;
}

/* Packets of a transport stream behind a whole, small PNG picture. */
static bool is_behind_picture(struct slice body)
{
    enum { PACKET = 188, SYNC_BYTE = 0x47, ROW_MIN = 3, CRC = 4 };
    struct slice end = slice_text("IEND");
    size_t at = slice_find(body, end);
    if (at == SIZE_MAX || !slice_starts(body, slice_text("\x89PNG"))) {
        return false;
    }
    struct slice rest = slice_from(body, at + end.len + CRC);
    size_t row = 0;
    while (row * PACKET < rest.len && rest.data[row * PACKET] == SYNC_BYTE) {
        row++;
    }
    return row >= ROW_MIN && row * PACKET >= rest.len;
}

bool field_disguised(const struct rule_view *view)
{
    const struct http_response *response = view->response;
    if (response == NULL || response->status < 200 || response->status >= 300) {
        return false;
    }
    return response->kind == BODY_MPEGTS ? is_called_otherwise(view)
                                         : response->kind == BODY_IMAGE && is_behind_picture(response->body);
}

static bool page_count_of(const struct rule_view *view, size_t offset, uint64_t *number)
{
    const struct page_facts *facts = view->http->page;
    if (facts == NULL) {
        return false;
    }
    memcpy(number, (const char *)facts + offset, sizeof *number);
    return true;
}

bool field_page_streams(const struct rule_view *view, uint64_t *number)
{
    return page_count_of(view, offsetof(struct page_facts, stream_urls), number);
}

bool field_page_stream_hosts(const struct rule_view *view, uint64_t *number)
{
    return page_count_of(view, offsetof(struct page_facts, stream_hosts), number);
}

bool field_page_acestreams(const struct rule_view *view, uint64_t *number)
{
    return page_count_of(view, offsetof(struct page_facts, acestreams), number);
}

bool field_page_frames(const struct rule_view *view, uint64_t *number)
{
    return page_count_of(view, offsetof(struct page_facts, frames), number);
}

bool field_page_entries(const struct rule_view *view, uint64_t *number)
{
    return page_count_of(view, offsetof(struct page_facts, entries), number);
}

bool field_page_channels(const struct rule_view *view, uint64_t *number)
{
    return page_count_of(view, offsetof(struct page_facts, channel_entries), number);
}

bool field_page_stream_entries(const struct rule_view *view, uint64_t *number)
{
    return page_count_of(view, offsetof(struct page_facts, stream_entries), number);
}

bool field_page_text(const struct rule_view *view, uint64_t *number)
{
    return page_count_of(view, offsetof(struct page_facts, text_bytes), number);
}

bool field_page_links(const struct rule_view *view, uint64_t *number)
{
    return page_count_of(view, offsetof(struct page_facts, links), number);
}

bool field_page_radio_share(const struct rule_view *view, uint64_t *number)
{
    const struct page_facts *facts = view->http->page;
    if (facts == NULL || facts->entries == 0) {
        return false;
    }
    *number = 100 * facts->radio_entries / facts->entries;
    return true;
}

struct slice field_page_title(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    const struct page_facts *facts = view->http->page;
    return facts == NULL ? absent : slice_make(facts->title, facts->title_len);
}

struct slice field_page_refresh_host(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    const struct page_facts *facts = view->http->page;
    return facts == NULL ? absent : slice_text(facts->refresh_host);
}

/* Whether a server that the page names is another site than the page; unknown where the page's is. */
static bool is_foreign(const struct rule_view *view, const struct named_server *server)
{
    return view->request != NULL && view->request->host.len > 0 &&
           !site_same(view->request->host, slice_text(server->host));
}

struct slice field_page_stream_host(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    const struct page_facts *facts = view->http->page;
    const struct named_server *found = NULL;
    for (uint32_t i = 0; facts != NULL && i < facts->stream_count; i++) {
        const struct page_stream *stream = &facts->streams[i];
        if (stream->played && (found == NULL || stream->server.count > found->count) &&
            is_foreign(view, &stream->server)) {
            found = &stream->server;
        }
    }
    return found == NULL ? absent : slice_text(found->host);
}

struct slice field_page_frame_host(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    const struct page_facts *facts = view->http->page;
    for (uint32_t i = 0; facts != NULL && i < facts->frame_servers.count; i++) {
        if (is_foreign(view, &facts->frame_servers.items[i])) {
            return slice_text(facts->frame_servers.items[i].host);
        }
    }
    return absent;
}

bool field_page_players(const struct rule_view *view, uint64_t *words)
{
    *words = view->http->page == NULL ? 0 : view->http->page->players;
    return view->http->page != NULL;
}

const char *field_page_player_name(unsigned word)
{
    return word < PAGE_PLAYER_COUNT ? page_player_name((enum page_player)word) : NULL;
}

enum page_stream_word {
    PAGE_STREAM_OWN,
    PAGE_STREAM_FOREIGN,
    PAGE_STREAM_ADDRESS,
    PAGE_STREAM_ODD_PORT,
    PAGE_STREAM_SIGNED,
    PAGE_STREAM_HIDDEN,
    PAGE_STREAM_WORD_COUNT,
};

static const char *const page_stream_words[PAGE_STREAM_WORD_COUNT] = {
    [PAGE_STREAM_OWN] = "own",           [PAGE_STREAM_FOREIGN] = "foreign", [PAGE_STREAM_ADDRESS] = "address",
    [PAGE_STREAM_ODD_PORT] = "odd-port", [PAGE_STREAM_SIGNED] = "signed",   [PAGE_STREAM_HIDDEN] = "hidden",
};

const char *field_page_stream_name(unsigned word)
{
    return word < PAGE_STREAM_WORD_COUNT ? page_stream_words[word] : NULL;
}

static uint64_t words_of_stream(const struct rule_view *view, const struct page_stream *stream)
{
    if (view->request == NULL || view->request->host.len == 0) {
        return 0; /* whose page it is was not seen */
    }
    if (!is_foreign(view, &stream->server)) {
        return UINT64_C(1) << PAGE_STREAM_OWN;
    }
    return UINT64_C(1) << PAGE_STREAM_FOREIGN | (uint64_t)stream->bare << PAGE_STREAM_ADDRESS |
           (uint64_t)stream->odd_port << PAGE_STREAM_ODD_PORT |
           (uint64_t)stream->is_signed << PAGE_STREAM_SIGNED | (uint64_t)stream->hidden << PAGE_STREAM_HIDDEN;
}

bool field_page_stream(const struct rule_view *view, uint64_t *words)
{
    const struct page_facts *facts = view->http->page;
    if (facts == NULL) {
        return false;
    }
    *words = (uint64_t)(facts->stream_paths > 0) << PAGE_STREAM_OWN;
    for (uint32_t i = 0; i < facts->stream_count; i++) {
        *words |= facts->streams[i].played ? words_of_stream(view, &facts->streams[i]) : 0;
    }
    return true;
}
