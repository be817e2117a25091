/* Servers that answers name: reading them out of URLs, and the small table of the commonest. */
#include "app/named_server.h"

#include "daemon/app/named_server_priv.h"

static const char *const relation_names[RELATION_COUNT] = {
    [RELATION_REDIRECT] = "redirect",
    [RELATION_PLAYLIST] = "playlist",
    [RELATION_SERVER_INFO] = "server_info",
    [RELATION_EPG] = "epg",
    [RELATION_UPSTREAM] = "upstream",
    [RELATION_EMBED] = "embed",
    [RELATION_TWIN] = "twin",
    [RELATION_MOVED] = "moved",
};

const char *relation_name(enum relation relation)
{
    return relation_names[relation];
}

struct scheme_row {
    const char *name;
    uint16_t port; /* the one that stands for none written */
};

static const struct scheme_row schemes[] = {
    {"http", 80},
    {"https", 443},
    {"rtmp", 1935},
    {"rtsp", 554},
};

static bool is_scheme_byte(uint8_t byte)
{
    uint8_t lower = byte_lower(byte);
    return (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') || byte == '+' || byte == '-' ||
           byte == '.';
}

/* The length of the scheme where "://" stands behind one, else 0. */
static size_t scheme_length(struct slice url)
{
    size_t len = 0;
    while (len < url.len && is_scheme_byte(url.data[len])) {
        len++;
    }
    return slice_starts(slice_from(url, len), slice_text("://")) ? len : 0;
}

struct url_parts url_split_path(struct slice rest)
{
    struct url_parts parts = {.path = rest};
    size_t fragment = slice_index(rest, '#');
    if (fragment != SIZE_MAX) {
        parts.fragment = slice_from(rest, fragment + 1);
        parts.path = slice_part(rest, 0, fragment);
    }
    size_t query = slice_index(parts.path, '?');
    if (query != SIZE_MAX) {
        parts.query = slice_from(parts.path, query + 1);
        parts.path = slice_part(parts.path, 0, query);
    }
    return parts;
}

struct url_parts url_split(struct slice url)
{
    struct url_parts parts = url_split_path(url);
    parts.scheme = slice_part(parts.path, 0, scheme_length(parts.path));
    if (parts.scheme.len == 0) {
        return parts;
    }
    struct slice hierarchy = slice_from(parts.path, parts.scheme.len + strlen("://"));
    size_t slash = slice_index(hierarchy, '/');
    parts.authority = slice_part(hierarchy, 0, slash);
    parts.path = slash == SIZE_MAX ? slice_make(NULL, 0) : slice_from(hierarchy, slash);
    size_t user_end;
    while ((user_end = slice_index(parts.authority, '@')) != SIZE_MAX) {
        parts.authority = slice_from(parts.authority, user_end + 1);
    }
    return parts;
}

bool named_server_from_url(struct slice url, enum relation relation, struct named_server *out)
{
    struct url_parts parts = url_split(url);
    for (size_t i = 0; i < ARRAY_COUNT(schemes); i++) {
        if (slice_equal_nocase(parts.scheme, slice_text(schemes[i].name))) {
            *out = (struct named_server){.relation = relation, .count = 1};
            if (!host_normalise(parts.authority, out->host, &out->port)) {
                return false;
            }
            out->port = out->port == 0 ? schemes[i].port : out->port;
            return true;
        }
    }
    return false;
}

int named_server_compare(const struct named_server *a, const struct named_server *b)
{
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    int by_name = strcmp(a->host, b->host);
    if (by_name != 0) {
        return by_name;
    }
    return a->port != b->port ? (int)a->port - (int)b->port : (int)a->relation - (int)b->relation;
}

static bool named_server_same(const struct named_server *a, const struct named_server *b)
{
    return a->port == b->port && a->relation == b->relation && strcmp(a->host, b->host) == 0;
}

/* Moves one whose count grew to its place. */
static void move_up(struct named_servers *servers, uint32_t at)
{
    while (at > 0 && named_server_compare(&servers->items[at], &servers->items[at - 1]) < 0) {
        struct named_server above = servers->items[at - 1];
        servers->items[at - 1] = servers->items[at];
        servers->items[at] = above;
        at--;
    }
}

void named_servers_add(struct named_servers *servers, const struct named_server *server)
{
    for (uint32_t i = 0; i < servers->count; i++) {
        if (named_server_same(&servers->items[i], server)) {
            servers->items[i].count += server->count;
            move_up(servers, i);
            return;
        }
    }
    if (servers->count < NAMED_SERVERS_MAX) {
        servers->items[servers->count] = *server;
        servers->count++;
        move_up(servers, servers->count - 1);
    }
}
