/*
 * Inside the reader of panel and portal answers. Containers that stand where a shape expects them have a
 * role; all others are passed over. A role's frame remembers which known keys were seen in it with a value,
 * and a few marks about those values. Shapes are then rows over (role, keys, marks): api_shape.c.
 */
#pragma once

#include "app/api.h"
#include "daemon/app/json_priv.h"
#include "daemon/app/m3u_priv.h"
#include "daemon/app/named_server_priv.h"

/* X(name): the keys that shapes are made of, by their length, as api_key.c's table has them. */
#define API_KEYS(X)                                                                                          \
    X(id)                                                                                                    \
    X(js)                                                                                                    \
    X(cmd)                                                                                                   \
    X(url)                                                                                                   \
    X(xui)                                                                                                   \
    X(auth)                                                                                                  \
    X(data)                                                                                                  \
    X(name)                                                                                                  \
    X(port)                                                                                                  \
    X(text)                                                                                                  \
    X(alias)                                                                                                 \
    X(title)                                                                                                 \
    X(token)                                                                                                 \
    X(number)                                                                                                \
    X(status)                                                                                                \
    X(link_id)                                                                                               \
    X(message)                                                                                               \
    X(process)                                                                                               \
    X(version)                                                                                               \
    X(exp_date)                                                                                              \
    X(is_trial)                                                                                              \
    X(revision)                                                                                              \
    X(stb_type)                                                                                              \
    X(storages)                                                                                              \
    X(xmltv_id)                                                                                              \
    X(num_banks)                                                                                             \
    X(parent_id)                                                                                             \
    X(series_id)                                                                                             \
    X(series_no)                                                                                             \
    X(stream_id)                                                                                             \
    X(user_info)                                                                                             \
    X(created_at)                                                                                            \
    X(custom_sid)                                                                                            \
    X(fav_itv_on)                                                                                            \
    X(active_cons)                                                                                           \
    X(category_id)                                                                                           \
    X(has_archive)                                                                                           \
    X(main_notify)                                                                                           \
    X(server_info)                                                                                           \
    X(stream_type)                                                                                           \
    X(streamer_id)                                                                                           \
    X(total_items)                                                                                           \
    X(tv_genre_id)                                                                                           \
    X(epg_listings)                                                                                          \
    X(backdrop_path)                                                                                         \
    X(category_name)                                                                                         \
    X(image_version)                                                                                         \
    X(epg_channel_id)                                                                                        \
    X(tariff_plan_id)                                                                                        \
    X(max_connections)                                                                                       \
    X(parent_password)                                                                                       \
    X(server_protocol)                                                                                       \
    X(start_timestamp)                                                                                       \
    X(episode_run_time)                                                                                      \
    X(watchdog_timeout)                                                                                      \
    X(allowed_stb_types)                                                                                     \
    X(now_playing_start)                                                                                     \
    X(available_channels)                                                                                    \
    X(container_extension)                                                                                   \
    X(stream_display_name)                                                                                   \
    X(tv_archive_duration)                                                                                   \
    X(allowed_output_formats)

#define API_KEY_ENTRY(name) API_KEY_##name,
enum api_key {
    API_KEYS(API_KEY_ENTRY) API_KEY_COUNT,
    API_KEY_DIGITS = API_KEY_COUNT, /* digits only: a list that PHP wrote as an object */
    API_KEY_OTHER,
};

_Static_assert(API_KEY_COUNT <= 64, "keys seen in a container are bits of 64");
#define API_BIT(key) (UINT64_C(1) << API_KEY_##key)

enum api_key api_key_find(struct slice text);

enum api_role {
    API_ROLE_NONE, /* nothing in it matters */
    API_ROLE_TOP_OBJECT,
    API_ROLE_TOP_ARRAY,
    API_ROLE_ITEM, /* of a list answer */
    API_ROLE_USER_INFO,
    API_ROLE_SERVER_INFO,
    API_ROLE_EPG_LIST,
    API_ROLE_EPG_ITEM,
    API_ROLE_CHANNELS, /* available_channels */
    API_ROLE_CHANNEL,
    API_ROLE_JS,
    API_ROLE_JS_LIST,
    API_ROLE_GENRE,
    API_ROLE_JS_DATA,
    API_ROLE_JS_CHANNEL,
};

/* What was seen of values. */
enum api_mark {
    API_MARK_OTHER_KEY = 1 << 0,    /* a key that no shape knows */
    API_MARK_REFUSED = 1 << 1,      /* auth is 0 */
    API_MARK_FORMATS = 1 << 2,      /* allowed_output_formats is an array */
    API_MARK_GREETING_XUI = 1 << 3, /* message */
    API_MARK_GREETING_XC_VM = 1 << 4,
    API_MARK_XUI = 1 << 5,      /* xui is true */
    API_MARK_PROCESS = 1 << 6,  /* process is true */
    API_MARK_CATEGORY = 1 << 7, /* category_id is a string of digits */
    API_MARK_PARENT = 1 << 8,   /* parent_id is a number */
    API_MARK_LIVE = 1 << 9,     /* stream_type */
    API_MARK_RADIO = 1 << 10,
    API_MARK_MOVIE = 1 << 11,
    API_MARK_SERIES = 1 << 12,
    API_MARK_BASE64_TITLE = 1 << 13,
    API_MARK_TOKEN = 1 << 14,      /* token is a string that is not empty */
    API_MARK_GENERATED = 1 << 15,  /* text begins with "generated in" */
    API_MARK_LINK = 1 << 16,       /* cmd: a link's prefix and a URL */
    API_MARK_PLAY_TOKEN = 1 << 17, /* cmd: a URL with a panel's token */
    API_MARK_PROFILE = 1 << 18,    /* several keys of a box's profile */
    API_MARK_LONG_TOKEN = 1 << 19, /* token has 32 characters and more */
    API_MARK_PANEL_LINK =
        1 << 20, /* cmd: a URL with user and password in its path, as Xtream panels write it */
    API_MARK_PLAIN_TITLE = 1 << 21,
    API_MARK_VERSION_XUI = 1 << 22, /* version is one of XUI.one's */
    API_MARK_PLACEHOLDER = 1 << 23, /* cmd: the link that stands for one made on request */
    API_STREAM_TYPES = API_MARK_LIVE | API_MARK_RADIO | API_MARK_MOVIE | API_MARK_SERIES,
};

struct api_frame {
    enum api_role role;
    enum api_key key; /* the last one */
    uint64_t keys;    /* seen with a value */
    uint32_t marks;
};

struct api_parser {
    struct hash_key key;
    catalogue_entry_fn entry;
    void *context;
    struct title_counter *titles; /* NULL until an item has a title */
    uint64_t number;              /* stream_id of the item that is open; 0 where it has none */
    struct catalogue_print print;
    struct api_facts facts;
    uint32_t depth;
    char server_url[HOST_NAME_SIZE +
                    16];  /* of the server_info that is open: a host or a URL; "" where absent */
    uint16_t server_port; /* 0: none */
    bool plain_title;     /* a guide's title that is not base64 was seen */
    /* What bears its own length: api_create leaves the bytes as they are. */
    struct api_frame frames[JSON_DEPTH_SHOWN];
    struct m3u_kept title; /* of the item, category or genre that is open: they do not nest */
    struct m3u_kept tvg_id;
    struct json_reader json;
};

/* A value of the key that `frame` has now, which is known; containers come as JSON_OBJECT and JSON_ARRAY. */
void api_read_known(struct api_parser *parser, struct api_frame *frame, const struct json_token *token);
/* The same of any key; elements of an array have none. */
static inline void api_read_value(struct api_parser *parser, struct api_frame *frame,
                                  const struct json_token *token)
{
    if (frame->key < API_KEY_COUNT) {
        api_read_known(parser, frame, token);
    }
}
/* Whether the container is one of those that bear a title. */
static inline bool api_role_has_title(enum api_role role)
{
    return role == API_ROLE_ITEM || role == API_ROLE_CHANNEL || role == API_ROLE_GENRE ||
           role == API_ROLE_JS_CHANNEL;
}

/* Draws the conclusions of a frame; `closed`: its container ended, else the document broke inside. */
void api_judge(struct api_parser *parser, struct api_frame *frame, bool closed);

/* localhost and loopback addresses: placeholders in links and settings, not servers. */
bool api_is_own_machine(const char *host);
