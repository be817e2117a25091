/*
 * The JSON answers of the Xtream and Stalker interfaces as a stream, in constant memory, whatever the
 * size: a bounded JSON reader that remembers keys of the shapes below and counts items. A shape is told by
 * structure (keys at their depth), so the same words inside a string or an article are nothing.
 * Source of every shape: signatures.md 1.4 and 2.3.
 */
#pragma once

#include "app/m3u.h"
#include "app/named_server.h"
#include "base/slice.h"

#define API_SHAPES(X)                                                                                        \
    X(API_LOGIN, "login", "user_info with allowed_output_formats and max_connections")                       \
    X(API_LOGIN_REFUSED, "login-refused", "user_info with auth 0 and nothing of an account")                 \
    X(API_SERVER_INFO, "server-info", "server_info with url, port and server_protocol")                      \
    X(API_XUI, "xui", "server_info with xui true: XUI.one or XC_VM")                                         \
    X(API_XUI_ONE, "xui-one",                                                                                \
      "server_info with xui true, a version 1.5 and a revision, or a greeting of XUI.one")                   \
    X(API_XC_VM, "xc-vm", "a greeting of XC_VM")                                                             \
    X(API_PROCESS, "process", "server_info with process true: Xtream Codes lineage")                         \
    X(API_LIVE_LIST, "live-list", "items with stream_type, epg_channel_id and tv_archive_duration")          \
    X(API_MOVIE_LIST, "movie-list", "items with stream_type movie, container_extension and category_id")     \
    X(API_SERIES_LIST, "series-list",                                                                        \
      "items with series_id, backdrop_path, episode_run_time and category_id")                               \
    X(API_CATEGORIES, "categories", "items with category_id, category_name and parent_id only")              \
    X(API_EPG, "epg", "epg_listings whose titles are all base64, with has_archive or start_timestamp")       \
    X(API_PANEL_CHANNELS, "panel-channels", "available_channels with series_no and custom_sid")              \
    X(API_STALKER_TOKEN, "stalker-token", "js.token")                                                        \
    X(API_STALKER_LONG_TOKEN, "stalker-long-token", "js.token of 32 characters and more")                    \
    X(API_STALKER_GENUINE, "stalker-genuine", "text that begins with generated in")                          \
    X(API_STALKER_PROFILE, "stalker-profile", "js with the keys of a box's profile")                         \
    X(API_STALKER_CHANNELS, "stalker-channels", "js.data items with cmd, tv_genre_id and number")            \
    X(API_STALKER_GENRES, "stalker-genres", "js items with id, title, alias")                                \
    X(API_STALKER_LINK, "stalker-link", "js.cmd with a link prefix and a URL")                               \
    X(API_STALKER_PANEL_LINK, "stalker-panel-link", "js.cmd whose URL has the form USER/PASSWORD/NUMBER")    \
    X(API_STALKER_PLAY_TOKEN, "stalker-play-token", "js.cmd whose URL bears play_token or live.php?mac=")    \
    X(API_STALKER_LINK_KEYS, "stalker-link-keys", "streamer_id and link_id beside js.cmd, or beside js")     \
    X(API_STALKER_PLACEHOLDER, "stalker-placeholder",                                                        \
      "js.data items whose cmd is ffmpeg http://localhost/ch/NUMBER_")

#define API_SHAPE_ENTRY(id, name, help) id,
enum api_shape { API_SHAPES(API_SHAPE_ENTRY) API_SHAPE_COUNT };

const char *api_shape_name(enum api_shape shape);
const char *api_shape_help(enum api_shape shape);
enum api_shape api_shape_by_name(struct slice name); /* API_SHAPE_COUNT where there is none */

struct api_facts {
    uint32_t shapes; /* bit 1 << enum api_shape */
    uint64_t live;   /* closed items of lists in this answer; radio is none of them */
    uint64_t movies;
    uint64_t series;
    uint64_t categories;
    uint64_t stalker_channels;  /* channel items in js.data */
    uint64_t stalker_genres;    /* genres of channels in js */
    uint64_t stalker_total;     /* js.total_items */
    struct title_facts titles;  /* what the names of items and categories show */
    struct named_servers named; /* server_info's url and port, the link's host */
    uint64_t print;             /* as of m3u_facts: over name and stream_id of live and radio items */
    bool complete;              /* the document closed; no gap, no cap reached */
};

struct api_parser;

/* What a parser takes of the heap now, in bytes; at most 64 KiB. */
size_t api_memory(const struct api_parser *parser);
/* `key` keys the tables of names. Closed items of lists are told as entries (ENTRY_API) with title, kind and
 * epg_channel_id as tvg_id; `entry` may be NULL. Never NULL. */
struct api_parser *api_create(const struct hash_key *key, catalogue_entry_fn entry, void *context);
void api_feed(struct api_parser *parser, struct slice bytes);
void api_gap(struct api_parser *parser, uint64_t missing); /* stops reading: a broken document ends there */
void api_finish(struct api_parser *parser, struct api_facts *facts);
void api_free(struct api_parser *parser);
