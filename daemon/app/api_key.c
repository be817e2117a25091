/* The keys of the answers, found by length and bytes. */
#include "daemon/app/api_priv.h"

#include "base/attr.h"

#define KEY_NAME(name) #name,
static const char *const names[API_KEY_COUNT] = {API_KEYS(KEY_NAME)};
#undef KEY_NAME

/* Equally long keys stand together. */
struct key_range {
    uint8_t first;
    uint8_t end;
};

#define RANGE(first, last)                                                                                   \
    {                                                                                                        \
        API_KEY_##first, API_KEY_##last + 1                                                                  \
    }
static const struct key_range by_length[] = {
    [2] = RANGE(id, js),
    [3] = RANGE(cmd, xui),
    [4] = RANGE(auth, text),
    [5] = RANGE(alias, token),
    [6] = RANGE(number, status),
    [7] = RANGE(link_id, version),
    [8] = RANGE(exp_date, xmltv_id),
    [9] = RANGE(num_banks, user_info),
    [10] = RANGE(created_at, fav_itv_on),
    [11] = RANGE(active_cons, tv_genre_id),
    [12] = RANGE(epg_listings, epg_listings),
    [13] = RANGE(backdrop_path, image_version),
    [14] = RANGE(epg_channel_id, tariff_plan_id),
    [15] = RANGE(max_connections, start_timestamp),
    [16] = RANGE(episode_run_time, watchdog_timeout),
    [17] = RANGE(allowed_stb_types, now_playing_start),
    [18] = RANGE(available_channels, available_channels),
    [19] = RANGE(container_extension, tv_archive_duration),
    [22] = RANGE(allowed_output_formats, allowed_output_formats),
};
#undef RANGE

static bool is_digits(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return text.len > 0;
}

enum api_key api_key_find(struct slice text)
{
    struct key_range range = {0, 0};
    if (text.len < ARRAY_COUNT(by_length)) {
        range = by_length[text.len];
    }
    for (unsigned key = range.first; key < range.end; key++) {
        const char *name = names[key];
        bool ends =
            text.data[0] == (uint8_t)name[0] && text.data[text.len - 1] == (uint8_t)name[text.len - 1];
        if (ends && memcmp(text.data, name, text.len) == 0) {
            return (enum api_key)key;
        }
    }
    return is_digits(text) ? API_KEY_DIGITS : API_KEY_OTHER;
}
