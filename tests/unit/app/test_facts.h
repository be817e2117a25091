/* For tests and fuzz targets of playlists and JSON answers: facts as text, so that two of them compare and a
 * difference can be read. */
#pragma once

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/api.h"
#include "app/m3u.h"

enum { FACTS_TEXT_SIZE = 8192 };

static inline size_t facts_print_servers(const struct named_servers *named, char *out, size_t size)
{
    size_t len = 0;
    for (uint32_t i = 0; i < named->count; i++) {
        const struct named_server *server = &named->items[i];
        len += (size_t)snprintf(out + len, size - len, " %s=%s:%u*%" PRIu64, relation_name(server->relation),
                                server->host, (unsigned)server->port, server->count);
    }
    return len;
}

static inline void facts_print_m3u(const struct m3u_facts *facts, char out[FACTS_TEXT_SIZE])
{
    int len =
        snprintf(out, FACTS_TEXT_SIZE,
                 "lines=%" PRIu64 " cut=%" PRIu64 " entries=%" PRIu64 " live=%" PRIu64 " movies=%" PRIu64
                 " series=%" PRIu64 " radio=%" PRIu64 " groups=%" PRIu64 " hosts=%" PRIu64
                 " countries=%" PRIu64 " prefixed=%" PRIu64 " credentials=%" PRIu64 " same=%" PRIu64
                 " requested=%" PRIu64 " odd=%" PRIu64 " flags=%d%d%d%d%d%d%d%d%d%d",
                 facts->lines, facts->cut_lines, facts->entries, facts->live, facts->movies, facts->series,
                 facts->radio, facts->groups, facts->hosts, facts->country_prefixes, facts->prefixed_titles,
                 facts->credential_uris, facts->same_credentials, facts->request_credentials,
                 facts->odd_ports, facts->epg_credentials, facts->epg_request_credentials,
                 facts->panel_tag_xui, facts->panel_tag_xc_vm, facts->hls_master, facts->hls_media,
                 facts->hls_ended, facts->hls_key_first, facts->hls_numbered_segments, facts->complete);
    facts_print_servers(&facts->named, out + len, FACTS_TEXT_SIZE - (size_t)len);
}

static inline void facts_print_api(const struct api_facts *facts, char out[FACTS_TEXT_SIZE])
{
    size_t len = 0;
    for (unsigned shape = 0; shape < API_SHAPE_COUNT; shape++) {
        if ((facts->shapes >> shape & 1) != 0) {
            len += (size_t)snprintf(out + len, FACTS_TEXT_SIZE - len, "%s ", api_shape_name(shape));
        }
    }
    len += (size_t)snprintf(out + len, FACTS_TEXT_SIZE - len,
                            "live=%" PRIu64 " movies=%" PRIu64 " series=%" PRIu64 " categories=%" PRIu64
                            " channels=%" PRIu64 " total=%" PRIu64 " complete=%d",
                            facts->live, facts->movies, facts->series, facts->categories,
                            facts->stalker_channels, facts->stalker_total, facts->complete);
    facts_print_servers(&facts->named, out + len, FACTS_TEXT_SIZE - len);
}
