/* Playlists: the tags that say something. All other '#' lines are comments. */
#include "daemon/app/m3u_priv.h"

static bool is_key(struct slice key, const char *name)
{
    return slice_equal_nocase(key, slice_text(name));
}

/* The attributes of an entry that say something. */
enum entry_key {
    KEY_OTHER,
    KEY_TVG_ID,
    KEY_TVG_NAME,
    KEY_GROUP_TITLE,
    KEY_RADIO,
    KEY_XUI_ID,
    KEY_XC_VM_ID,
};

static enum entry_key entry_key(struct slice key)
{
    switch (key.len) {
    case 5:
        return is_key(key, "radio") ? KEY_RADIO : KEY_OTHER;
    case 6:
        return is_key(key, "tvg-id") ? KEY_TVG_ID : is_key(key, "xui-id") ? KEY_XUI_ID : KEY_OTHER;
    case 8:
        return is_key(key, "tvg-name") ? KEY_TVG_NAME : is_key(key, "xc_vm-id") ? KEY_XC_VM_ID : KEY_OTHER;
    case 11:
        return is_key(key, "group-title") ? KEY_GROUP_TITLE : KEY_OTHER;
    default:
        return KEY_OTHER;
    }
}

static void read_panel_number(struct m3u_pending *pending, struct slice value)
{
    uint64_t number;
    if (text_parse_u64(value, &number)) {
        pending->xui_id = number;
    }
}

/* Whether a duration is above zero: a digit other than 0 in it and no sign. */
static bool is_timed(struct slice duration)
{
    bool timed = false;
    for (size_t i = 0; i < duration.len; i++) {
        if (duration.data[i] == '-') {
            return false;
        }
        timed = timed || (duration.data[i] >= '1' && duration.data[i] <= '9');
    }
    return timed;
}

static void read_extinf(struct m3u_parser *parser, struct slice rest)
{
    struct m3u_pending *pending = &parser->place->pending;
    struct m3u_attributes attributes = {.rest = rest};
    pending->timed = is_timed(m3u_take_word(&attributes));
    pending->radio = false;
    pending->xui_id = 0;
    pending->group.len = 0;
    pending->tvg_id.len = 0;
    struct slice key, value;
    struct slice name = slice_make(NULL, 0);
    while (m3u_attributes_next(&attributes, &key, &value)) {
        switch (entry_key(key)) {
        case KEY_TVG_ID:
            m3u_keep(&pending->tvg_id, slice_trim(value), M3U_TVG_ID_MAX);
            break;
        case KEY_TVG_NAME:
            name = slice_trim(value);
            break;
        case KEY_GROUP_TITLE:
            m3u_keep(&pending->group, slice_trim(value), M3U_GROUP_MAX);
            break;
        case KEY_RADIO:
            pending->radio = is_key(value, "true");
            break;
        case KEY_XUI_ID:
            parser->facts.panel_tag_xui = true;
            read_panel_number(pending, value);
            break;
        case KEY_XC_VM_ID:
            parser->facts.panel_tag_xc_vm = true;
            read_panel_number(pending, value);
            break;
        case KEY_OTHER:
            break;
        }
    }
    struct slice title = slice_trim(attributes.rest);
    m3u_keep(&pending->title, title.len > 0 ? title : name, M3U_TITLE_MAX);
}

static void keep_epg_server(struct m3u_parser *parser, struct slice url)
{
    struct named_server server;
    if (!named_server_from_url(url, RELATION_EPG, &server)) {
        return;
    }
    for (uint32_t i = 0; i < parser->epg_count; i++) {
        if (parser->epg[i].port == server.port && strcmp(parser->epg[i].host, server.host) == 0) {
            parser->epg[i].count++;
            return;
        }
    }
    if (parser->epg_count < M3U_EPG_MAX) {
        parser->epg[parser->epg_count] = server;
        parser->epg_count++;
    }
}

static void read_epg(struct m3u_parser *parser, struct slice list)
{
    while (list.len > 0) {
        struct slice url = slice_trim(slice_split(&list, ','));
        struct slice query = url_split(url).query;
        struct slice user, password;
        keep_epg_server(parser, url);
        if (query_value(query, "username", &user) && query_value(query, "password", &password) &&
            user.len > 0 && password.len > 0) {
            parser->facts.epg_credentials = true;
            parser->facts.epg_request_credentials =
                parser->facts.epg_request_credentials || m3u_is_requested(parser, user, password);
        }
    }
}

static void read_header(struct m3u_parser *parser, struct slice rest)
{
    struct m3u_attributes attributes = {.rest = rest};
    struct slice key, value;
    while (m3u_attributes_next(&attributes, &key, &value)) {
        if (is_key(key, "x-tvg-url") || is_key(key, "url-tvg") || is_key(key, "tvg-url")) {
            read_epg(parser, value);
        }
    }
}

static void read_group(struct m3u_parser *parser, struct slice rest)
{
    m3u_keep(&parser->place->group_tag, slice_trim(rest), M3U_GROUP_MAX);
}

static void read_session_data(struct m3u_parser *parser, struct slice rest)
{
    struct m3u_attributes attributes = {.rest = rest};
    struct slice key, value;
    while (m3u_attributes_next(&attributes, &key, &value)) {
        if (is_key(key, "DATA-ID")) {
            bool xui = slice_starts_nocase(value, slice_text("com.xui."));
            bool xc_vm = slice_starts_nocase(value, slice_text("com.xc_vm."));
            parser->facts.panel_tag_xui = parser->facts.panel_tag_xui || xui;
            parser->facts.panel_tag_xc_vm = parser->facts.panel_tag_xc_vm || xc_vm;
        }
    }
}

static void read_variant(struct m3u_parser *parser, struct slice rest)
{
    (void)rest;
    parser->facts.hls_master = true;
    parser->place->pending.variant = true;
}

/* A decimal number, as far as it goes: a target duration may be written as a fraction. */
static uint64_t read_number(struct slice text)
{
    uint64_t number = 0;
    text = slice_trim(text);
    size_t digits = 0;
    while (digits < text.len && text.data[digits] >= '0' && text.data[digits] <= '9') {
        digits++;
    }
    return text_parse_u64(slice_part(text, 0, digits), &number) ? number : 0;
}

static void read_duration(struct m3u_parser *parser, struct slice rest)
{
    parser->facts.hls_media = true;
    parser->facts.hls_target_duration = read_number(rest);
}

static void read_sequence(struct m3u_parser *parser, struct slice rest)
{
    parser->facts.hls_media = true;
    parser->facts.hls_media_sequence = read_number(rest);
}

static void read_end(struct m3u_parser *parser, struct slice rest)
{
    (void)rest;
    parser->facts.hls_ended = true;
}

static void read_key(struct m3u_parser *parser, struct slice rest)
{
    (void)rest;
    parser->facts.hls_key_first = parser->facts.hls_key_first || parser->place->behind_header;
}

struct tag_row {
    const char *name;
    size_t len;
    void (*read)(struct m3u_parser *parser, struct slice rest);
};

#define TAG(name, read)                                                                                      \
    {                                                                                                        \
        name, sizeof(name) - 1, read                                                                         \
    }
/* The commonest first. A tag is the whole word before ':', a blank or the end. */
static const struct tag_row tags[] = {
    TAG("#EXTINF", read_extinf),
    TAG("#EXTGRP", read_group),
    TAG("#EXTM3U", read_header),
    TAG("#KODIPROP", m3u_read_kodi_property),
    TAG("#EXTVLCOPT", m3u_read_vlc_option),
    TAG("#EXTHTTP", m3u_read_http_fields),
    TAG("#EXT-X-STREAM-INF", read_variant),
    TAG("#EXT-X-TARGETDURATION", read_duration),
    TAG("#EXT-X-MEDIA-SEQUENCE", read_sequence),
    TAG("#EXT-X-ENDLIST", read_end),
    TAG("#EXT-X-KEY", read_key),
    TAG("#EXT-X-SESSION-DATA", read_session_data),
};
#undef TAG

void m3u_read_tag(struct m3u_parser *parser, struct slice line)
{
    bool header = false;
    for (size_t i = 0; i < ARRAY_COUNT(tags); i++) {
        struct slice rest = slice_from(line, tags[i].len);
        if (!slice_starts_nocase(line, slice_make(tags[i].name, tags[i].len)) ||
            (rest.len > 0 && rest.data[0] != ':' && rest.data[0] != ' ' && rest.data[0] != '\t')) {
            continue;
        }
        tags[i].read(parser, rest.len > 0 ? slice_from(rest, 1) : rest);
        header = tags[i].read == read_header;
        break;
    }
    parser->place->behind_header = header;
}
