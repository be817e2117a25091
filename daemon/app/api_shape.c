/* Answers of panels and portals: which keys and values make which shape (signatures.md 1.4 and 2.3). */
#include "daemon/app/api_priv.h"

enum { PROFILE_KEYS_MIN = 4 };

struct shape_row {
    enum api_role role;
    uint64_t keys;      /* all of them, each with a value */
    uint32_t marks;     /* all of them */
    bool closed;        /* says something about what is absent: needs the container's end */
    uint64_t only_keys; /* where not 0: no other key */
    enum api_shape shape;
};

#define ACCOUNT_REFUSAL_KEYS (API_BIT(auth) | API_BIT(status) | API_BIT(message))
#define CATEGORY_KEYS        (API_BIT(category_id) | API_BIT(category_name) | API_BIT(parent_id))
#define SERVER_KEYS          (API_BIT(url) | API_BIT(port) | API_BIT(server_protocol))
#define LIVE_KEYS            (API_BIT(stream_type) | API_BIT(epg_channel_id) | API_BIT(tv_archive_duration))
#define MOVIE_KEYS           (API_BIT(stream_type) | API_BIT(container_extension) | API_BIT(category_id))
#define SERIES_KEYS                                                                                          \
    (API_BIT(series_id) | API_BIT(backdrop_path) | API_BIT(episode_run_time) | API_BIT(category_id))
#define PANEL_CHANNEL_KEYS   (API_BIT(series_no) | API_BIT(custom_sid))
#define STALKER_CHANNEL_KEYS (API_BIT(cmd) | API_BIT(tv_genre_id) | API_BIT(number))
#define LINK_KEYS            (API_BIT(streamer_id) | API_BIT(link_id))
#define GENRE_KEYS           (API_BIT(id) | API_BIT(title) | API_BIT(alias))
#define PROFILE_KEYS                                                                                         \
    (API_BIT(stb_type) | API_BIT(storages) | API_BIT(num_banks) | API_BIT(fav_itv_on) |                      \
     API_BIT(main_notify) | API_BIT(image_version) | API_BIT(tariff_plan_id) | API_BIT(parent_password) |    \
     API_BIT(watchdog_timeout) | API_BIT(allowed_stb_types) | API_BIT(now_playing_start))

static const struct shape_row shape_rows[] = {
    {.role = API_ROLE_USER_INFO,
     .keys = API_BIT(max_connections),
     .marks = API_MARK_FORMATS,
     .shape = API_LOGIN},
    {.role = API_ROLE_USER_INFO,
     .marks = API_MARK_REFUSED,
     .closed = true,
     .only_keys = ACCOUNT_REFUSAL_KEYS,
     .shape = API_LOGIN_REFUSED},
    {.role = API_ROLE_USER_INFO, .marks = API_MARK_GREETING_XUI, .shape = API_XUI_ONE},
    {.role = API_ROLE_USER_INFO, .marks = API_MARK_GREETING_XC_VM, .shape = API_XC_VM},
    {.role = API_ROLE_SERVER_INFO, .keys = SERVER_KEYS, .shape = API_SERVER_INFO},
    {.role = API_ROLE_SERVER_INFO, .keys = SERVER_KEYS, .marks = API_MARK_XUI, .shape = API_XUI},
    {.role = API_ROLE_SERVER_INFO,
     .keys = SERVER_KEYS | API_BIT(revision),
     .marks = API_MARK_XUI | API_MARK_VERSION_XUI,
     .shape = API_XUI_ONE},
    {.role = API_ROLE_SERVER_INFO, .keys = SERVER_KEYS, .marks = API_MARK_PROCESS, .shape = API_PROCESS},
    {.role = API_ROLE_ITEM, .keys = LIVE_KEYS, .marks = API_MARK_LIVE, .shape = API_LIVE_LIST},
    {.role = API_ROLE_ITEM, .keys = LIVE_KEYS, .marks = API_MARK_RADIO, .shape = API_LIVE_LIST},
    {.role = API_ROLE_ITEM, .keys = MOVIE_KEYS, .marks = API_MARK_MOVIE, .shape = API_MOVIE_LIST},
    {.role = API_ROLE_ITEM, .keys = SERIES_KEYS, .shape = API_SERIES_LIST},
    {.role = API_ROLE_ITEM,
     .keys = CATEGORY_KEYS,
     .marks = API_MARK_CATEGORY | API_MARK_PARENT,
     .closed = true,
     .only_keys = CATEGORY_KEYS,
     .shape = API_CATEGORIES},
    {.role = API_ROLE_EPG_ITEM,
     .keys = API_BIT(title) | API_BIT(has_archive),
     .marks = API_MARK_BASE64_TITLE,
     .shape = API_EPG},
    {.role = API_ROLE_EPG_ITEM,
     .keys = API_BIT(title) | API_BIT(start_timestamp),
     .marks = API_MARK_BASE64_TITLE,
     .shape = API_EPG},
    {.role = API_ROLE_CHANNEL, .keys = PANEL_CHANNEL_KEYS, .shape = API_PANEL_CHANNELS},
    {.role = API_ROLE_JS, .marks = API_MARK_TOKEN, .shape = API_STALKER_TOKEN},
    {.role = API_ROLE_JS, .marks = API_MARK_LONG_TOKEN, .shape = API_STALKER_LONG_TOKEN},
    {.role = API_ROLE_JS, .marks = API_MARK_PANEL_LINK, .shape = API_STALKER_PANEL_LINK},
    {.role = API_ROLE_JS, .marks = API_MARK_LINK, .shape = API_STALKER_LINK},
    {.role = API_ROLE_JS, .marks = API_MARK_PLAY_TOKEN, .shape = API_STALKER_PLAY_TOKEN},
    {.role = API_ROLE_JS, .marks = API_MARK_PROFILE, .shape = API_STALKER_PROFILE},
    {.role = API_ROLE_TOP_OBJECT,
     .keys = API_BIT(js),
     .marks = API_MARK_GENERATED,
     .shape = API_STALKER_GENUINE},
    {.role = API_ROLE_JS_CHANNEL, .keys = STALKER_CHANNEL_KEYS, .shape = API_STALKER_CHANNELS},
    {.role = API_ROLE_JS_CHANNEL,
     .keys = STALKER_CHANNEL_KEYS,
     .marks = API_MARK_PLACEHOLDER,
     .shape = API_STALKER_PLACEHOLDER},
    {.role = API_ROLE_JS, .keys = API_BIT(cmd) | LINK_KEYS, .shape = API_STALKER_LINK_KEYS},
    {.role = API_ROLE_TOP_OBJECT, .keys = API_BIT(js) | LINK_KEYS, .shape = API_STALKER_LINK_KEYS},
    {.role = API_ROLE_GENRE, .keys = GENRE_KEYS, .shape = API_STALKER_GENRES},
};

static bool row_fits(const struct shape_row *row, const struct api_frame *frame, bool closed)
{
    if (row->role != frame->role || (frame->keys & row->keys) != row->keys ||
        (frame->marks & row->marks) != row->marks || (row->closed && !closed)) {
        return false;
    }
    bool others = (frame->keys & ~row->only_keys) != 0 || (frame->marks & API_MARK_OTHER_KEY) != 0;
    return row->only_keys == 0 || !others;
}

/* The shapes of one container as bits. */
static uint32_t find_shapes(const struct api_frame *frame, bool closed)
{
    uint32_t shapes = 0;
    for (size_t i = 0; i < ARRAY_COUNT(shape_rows); i++) {
        if (row_fits(&shape_rows[i], frame, closed)) {
            shapes |= UINT32_C(1) << shape_rows[i].shape;
        }
    }
    return shapes;
}

static bool has_shape(uint32_t shapes, enum api_shape shape)
{
    return (shapes >> shape & 1) != 0;
}

static void count_title(struct api_parser *parser, enum entry_kind kind)
{
    struct catalogue_entry entry = {.source = ENTRY_API,
                                    .kind = kind,
                                    .title = m3u_kept_slice(&parser->title),
                                    .tvg_id = m3u_kept_slice(&parser->tvg_id)};
    struct title_name name;
    if (entry.title.len == 0) {
        return;
    }
    title_count_entry(parser->titles, &entry, &name);
    if (parser->entry != NULL) {
        parser->entry(parser->context, &entry);
    }
}

/* A closed item of a list counts where its shape is known; in mixed lists stream_type says as what. */
static void count_item(struct api_parser *parser, const struct api_frame *frame, uint32_t shapes)
{
    struct api_facts *facts = &parser->facts;
    bool listed = has_shape(shapes, API_LIVE_LIST) || has_shape(shapes, API_PANEL_CHANNELS);
    bool movie = has_shape(shapes, API_MOVIE_LIST) || (listed && (frame->marks & API_MARK_MOVIE) != 0);
    bool series = has_shape(shapes, API_SERIES_LIST) || (listed && (frame->marks & API_MARK_SERIES) != 0);
    bool live = listed && !movie && !series && (frame->marks & API_MARK_LIVE) != 0;
    bool channel = has_shape(shapes, API_STALKER_CHANNELS);
    bool category = has_shape(shapes, API_CATEGORIES);
    bool genre = has_shape(shapes, API_STALKER_GENRES);
    bool radio = listed && !movie && !series && (frame->marks & API_MARK_RADIO) != 0;
    if ((live || radio) && parser->number > 0) {
        catalogue_print_add(&parser->print, m3u_kept_slice(&parser->title), parser->number);
    }
    facts->live += live;
    facts->movies += movie;
    facts->series += series && !movie;
    facts->categories += category;
    facts->stalker_channels += channel;
    facts->stalker_genres += genre;
    if (!(listed || movie || series || channel || category || genre)) {
        return;
    }
    if (parser->titles == NULL) {
        parser->titles = title_counter_create(&parser->key);
    }
    if (category || genre) {
        title_count_category(parser->titles, m3u_kept_slice(&parser->title));
    } else {
        count_title(parser, live || channel ? ENTRY_LIVE
                            : movie         ? ENTRY_MOVIE
                            : series        ? ENTRY_SERIES
                                            : ENTRY_RADIO);
    }
}

/* server_info's url is a host or a URL; a port that stands in it wins over `port`. */
static void name_server(struct api_parser *parser)
{
    struct named_server server = {.relation = RELATION_SERVER_INFO, .count = 1};
    struct slice url = slice_text(parser->server_url);
    bool whole = slice_find(url, slice_text("://")) != SIZE_MAX;
    if (whole) {
        struct named_server default_port;
        struct url_parts parts = url_split(url);
        if (!named_server_from_url(url, RELATION_SERVER_INFO, &default_port) ||
            !host_normalise(parts.authority, server.host, &server.port)) {
            return;
        }
        if (server.port == 0) {
            server.port = parser->server_port != 0 ? parser->server_port : default_port.port;
        }
    } else if (!host_normalise(url, server.host, &server.port)) {
        return;
    } else if (server.port == 0) {
        server.port = parser->server_port != 0 ? parser->server_port : 80;
    }
    if (!api_is_own_machine(server.host)) {
        named_servers_add(&parser->facts.named, &server);
    }
}

void api_judge(struct api_parser *parser, struct api_frame *frame, bool closed)
{
    if (frame->role == API_ROLE_NONE) {
        return;
    }
    if (__builtin_popcountll(frame->keys & PROFILE_KEYS) >= PROFILE_KEYS_MIN) {
        frame->marks |= API_MARK_PROFILE;
    }
    uint32_t shapes = find_shapes(frame, closed);
    parser->plain_title = parser->plain_title || (frame->marks & API_MARK_PLAIN_TITLE) != 0;
    parser->facts.shapes |= shapes;
    if (parser->plain_title) {
        /* By chance a word reads as base64; panels encode every title. */
        parser->facts.shapes &= ~(UINT32_C(1) << API_EPG);
    }
    if (closed) {
        count_item(parser, frame, shapes);
    }
    if (has_shape(shapes, API_SERVER_INFO)) {
        name_server(parser);
    }
}
