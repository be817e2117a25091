/* Servers that an answer names: the raw material of `related` in a detection. */
#pragma once

#include <stdint.h>

#include "base/text.h"

/* The closed list of design section 5; names in relation_name(). */
enum relation {
    RELATION_REDIRECT,
    RELATION_PLAYLIST,
    RELATION_SERVER_INFO,
    RELATION_EPG,
    RELATION_UPSTREAM,
    RELATION_EMBED,
    RELATION_TWIN,
    RELATION_MOVED,
    RELATION_COUNT,
};

const char *relation_name(enum relation relation);

struct named_server {
    char host[HOST_NAME_SIZE]; /* normalised name or address literal */
    uint16_t port;
    enum relation relation;
    uint64_t count; /* how often it was named */
};

enum { NAMED_SERVERS_MAX = 8 };

struct named_servers {
    struct named_server items[NAMED_SERVERS_MAX]; /* most often named first */
    uint32_t count;
};

/* The host and port of an absolute URL (port by scheme: 80 for http, 443 for https, 1935 for rtmp, 554 for
 * rtsp); user information is skipped. False for anything else. */
bool named_server_from_url(struct slice url, enum relation relation, struct named_server *out);
/* Adds, or counts where it stands already; a full table keeps what it has. */
void named_servers_add(struct named_servers *servers, const struct named_server *server);
