/* Answers of panels and portals: what single values say. */
#include "daemon/app/api_priv.h"

#include "base/address.h"
#include "base/base64.h"

enum { LONG_TOKEN = 32 };

/* What stands before the URL in a Stalker link: how the box shall play it. */
static const char *const link_prefixes[] = {
    "ffmpeg", "ffrt", "ffrt2", "ffrt3", "ffrt4", "auto", "rtp", "rtsp", "mpegts", "extTimeShift", "solution",
};

bool api_is_own_machine(const char *host)
{
    struct address address;
    return strcmp(host, "localhost") == 0 ||
           (address_parse(host, &address) && address_classify(&address) == ADDRESS_LOOPBACK);
}

static bool is_text(const struct json_token *token, struct slice wanted)
{
    return token->type == JSON_STRING && slice_equal(token->text, wanted);
}

static bool text_starts(const struct json_token *token, const char *wanted)
{
    return token->type == JSON_STRING && slice_starts(token->text, slice_text(wanted));
}

/* A number, or a string that is one: panels write both. */
static bool read_number(const struct json_token *token, uint64_t *out)
{
    return (token->type == JSON_NUMBER || token->type == JSON_STRING) && text_parse_u64(token->text, out);
}

static uint32_t mark_if(bool holds, enum api_mark mark)
{
    return holds ? (uint32_t)mark : 0;
}

static uint32_t read_user_info(enum api_key key, const struct json_token *token)
{
    uint64_t number;
    switch (key) {
    case API_KEY_auth:
        return mark_if(token->type == JSON_FALSE || (read_number(token, &number) && number == 0),
                       API_MARK_REFUSED);
    case API_KEY_allowed_output_formats:
        return mark_if(token->type == JSON_ARRAY, API_MARK_FORMATS);
    case API_KEY_message:
        return mark_if(text_starts(token, "Welcome to XUI.one"), API_MARK_GREETING_XUI) |
               mark_if(text_starts(token, "Welcome to XC_VM"), API_MARK_GREETING_XC_VM);
    default:
        return 0;
    }
}

static uint32_t read_server_info(struct api_parser *parser, enum api_key key, const struct json_token *token)
{
    uint64_t number;
    switch (key) {
    case API_KEY_url:
        if (token->type == JSON_STRING && token->text.len < sizeof parser->server_url &&
            slice_index(token->text, '\0') == SIZE_MAX) {
            parser->server_url[token->text.len] = '\0';
            if (token->text.len > 0) {
                memcpy(parser->server_url, token->text.data, token->text.len);
            }
        }
        return 0;
    case API_KEY_port:
        if (read_number(token, &number) && number <= UINT16_MAX) {
            parser->server_port = (uint16_t)number;
        }
        return 0;
    case API_KEY_xui:
        return mark_if(token->type == JSON_TRUE, API_MARK_XUI);
    case API_KEY_version:
        return mark_if(text_starts(token, "1.5."), API_MARK_VERSION_XUI);
    case API_KEY_process:
        return mark_if(token->type == JSON_TRUE, API_MARK_PROCESS);
    default:
        return 0;
    }
}

static uint32_t read_item(enum api_key key, const struct json_token *token)
{
    uint64_t number;
    switch (key) {
    case API_KEY_stream_type:
        return mark_if(is_text(token, slice_text("live")) || is_text(token, slice_text("created_live")),
                       API_MARK_LIVE) |
               mark_if(is_text(token, slice_text("radio_streams")) || is_text(token, slice_text("radio")),
                       API_MARK_RADIO) |
               mark_if(is_text(token, slice_text("movie")), API_MARK_MOVIE) |
               mark_if(is_text(token, slice_text("series")), API_MARK_SERIES);
    case API_KEY_category_id:
        return mark_if(token->type == JSON_STRING && read_number(token, &number), API_MARK_CATEGORY);
    case API_KEY_parent_id:
        return mark_if(token->type == JSON_NUMBER, API_MARK_PARENT);
    default:
        return 0;
    }
}

/* Whether bytes are text in UTF-8 as far as its structure goes; the last character may be cut. */
static bool is_plain_text(struct slice bytes)
{
    size_t following = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t byte = bytes.data[i];
        if (following > 0 ? (byte & 0xc0) != 0x80
                          : (byte >= 0x80 && byte < 0xc2) || byte > 0xf4 || byte == 0x7f ||
                                (byte < ' ' && memchr("\t\n\r", byte, 3) == NULL)) {
            return false;
        }
        following = following > 0 ? following - 1 : byte < 0x80 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    }
    return true;
}

/* RFC 4648, section 4, of a text: most words of four, eight or twelve letters are base64 of something, but
 * hardly ever of a text. Only the front of what it says is looked at. */
static bool is_base64(struct slice text, bool cut)
{
    enum { FRONT = 64 };
    uint8_t bytes[FRONT];
    struct slice digits = base64_unpadded(text);
    for (size_t i = 0; i < digits.len; i++) {
        if (base64_value(digits.data[i], BASE64_STANDARD) < 0) {
            return false;
        }
    }
    struct slice front = base64_decode(digits, BASE64_STANDARD, bytes, sizeof bytes, NULL);
    return digits.len > 0 && (cut || text.len % 4 == 0) && is_plain_text(front);
}

static bool has_panel_token(const struct url_parts *url)
{
    struct slice value;
    return query_value(url->query, "play_token", &value) ||
           (slice_ends(url->path, slice_text("/live.php")) && query_value(url->query, "mac", &value));
}

/* "ffmpeg http://host/...": where the link leads, and whether a panel made it. */
static uint32_t read_link(struct api_parser *parser, const struct json_token *token)
{
    if (token->type != JSON_STRING) {
        return 0;
    }
    struct slice url = slice_trim(token->text);
    bool prefixed = false;
    if (slice_index(url, ' ') != SIZE_MAX) {
        struct slice prefix = slice_split(&url, ' ');
        for (size_t i = 0; i < ARRAY_COUNT(link_prefixes) && !prefixed; i++) {
            prefixed = slice_equal(prefix, slice_text(link_prefixes[i]));
        }
        url = slice_trim(url);
    }
    struct url_parts parts = url_split(url);
    struct named_server server;
    if (parts.scheme.len > 0 && named_server_from_url(url, RELATION_PLAYLIST, &server) &&
        !api_is_own_machine(server.host)) {
        named_servers_add(&parser->facts.named, &server);
    }
    struct m3u_credential_path path;
    bool panel = parts.scheme.len > 0 && m3u_credential_path(parts.path, &path) && path.likely && path.mixed;
    return mark_if(prefixed && parts.scheme.len > 0, API_MARK_LINK) | mark_if(panel, API_MARK_PANEL_LINK) |
           mark_if(parts.scheme.len > 0 && has_panel_token(&parts), API_MARK_PLAY_TOKEN);
}

static uint32_t read_js(struct api_parser *parser, enum api_key key, const struct json_token *token)
{
    uint64_t number;
    switch (key) {
    case API_KEY_token:
        return mark_if(token->type == JSON_STRING && token->text.len > 0, API_MARK_TOKEN) |
               mark_if(token->type == JSON_STRING && token->text.len >= LONG_TOKEN, API_MARK_LONG_TOKEN);
    case API_KEY_cmd:
        return read_link(parser, token);
    case API_KEY_total_items:
        if (read_number(token, &number)) {
            parser->facts.stalker_total = number;
        }
        return 0;
    default:
        return 0;
    }
}

/* What channels have in place of a link that is made on request: "ffmpeg http://localhost/ch/12_". */
static bool is_placeholder(const struct json_token *token)
{
    struct slice front = slice_text("ffmpeg http://localhost/ch/");
    uint64_t number;
    return token->type == JSON_STRING && !token->cut && slice_starts(token->text, front) &&
           slice_ends(token->text, slice_text("_")) && token->text.len > front.len &&
           text_parse_u64(slice_part(token->text, front.len, token->text.len - front.len - 1), &number);
}

/* An empty title says nothing. */
static uint32_t read_title(const struct json_token *token)
{
    bool text = token->type == JSON_STRING && token->text.len > 0;
    bool coded = text && is_base64(token->text, token->cut);
    return mark_if(coded, API_MARK_BASE64_TITLE) | mark_if(text && !coded, API_MARK_PLAIN_TITLE);
}

static uint32_t read_marks(struct api_parser *parser, const struct api_frame *frame,
                           const struct json_token *token)
{
    switch (frame->role) {
    case API_ROLE_TOP_OBJECT:
        return mark_if(frame->key == API_KEY_text && text_starts(token, "generated in"), API_MARK_GENERATED);
    case API_ROLE_USER_INFO:
        return read_user_info(frame->key, token);
    case API_ROLE_SERVER_INFO:
        return read_server_info(parser, frame->key, token);
    case API_ROLE_ITEM:
    case API_ROLE_CHANNEL:
        return read_item(frame->key, token);
    case API_ROLE_EPG_ITEM:
        return frame->key == API_KEY_title ? read_title(token) : 0;
    case API_ROLE_JS:
        return read_js(parser, frame->key, token);
    case API_ROLE_JS_CHANNEL:
        return mark_if(frame->key == API_KEY_cmd && is_placeholder(token), API_MARK_PLACEHOLDER);
    default:
        return 0;
    }
}

/* What an item, a category or a genre is called, and by what guides know a channel. */
static void keep_title(struct api_parser *parser, enum api_key key, const struct json_token *token)
{
    struct slice text = slice_trim(token->text);
    if (token->type != JSON_STRING || text.len == 0) {
        return;
    }
    bool name = key == API_KEY_name || key == API_KEY_category_name;
    if (name || ((key == API_KEY_title || key == API_KEY_stream_display_name) && parser->title.len == 0)) {
        m3u_keep(&parser->title, text, M3U_TITLE_MAX);
    } else if (key == API_KEY_epg_channel_id || key == API_KEY_xmltv_id) {
        m3u_keep(&parser->tvg_id, text, M3U_TVG_ID_MAX);
    }
}

void api_read_known(struct api_parser *parser, struct api_frame *frame, const struct json_token *token)
{
    frame->keys |= UINT64_C(1) << frame->key;
    frame->marks |= read_marks(parser, frame, token);
    if (api_role_has_title(frame->role)) {
        keep_title(parser, frame->key, token);
    }
    uint64_t number;
    if (frame->key == API_KEY_stream_id && read_number(token, &number)) {
        parser->number = number;
    }
}
