/* For tests and fuzz targets of playlists and JSON answers: facts as text, so that two of them compare and a
 * difference can be read. */
#pragma once

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/api.h"
#include "app/m3u.h"
#include "app/page.h"

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

static inline size_t facts_print_titles(const struct title_facts *titles, char *out, size_t size)
{
    return (size_t)snprintf(out, size,
                            " countries=%" PRIu64 " prefixed=%" PRIu64 " duplicates=%" PRIu64
                            " separators=%" PRIu64 " ppv=%" PRIu64 " loops=%" PRIu64 " superscripts=%" PRIu64,
                            titles->country_prefixes, titles->prefixed_titles, titles->quality_duplicates,
                            titles->separators, titles->ppv, titles->loops, titles->superscripts);
}

static inline void facts_print_m3u(const struct m3u_facts *facts, char out[FACTS_TEXT_SIZE])
{
    int len = snprintf(
        out, FACTS_TEXT_SIZE,
        "lines=%" PRIu64 " cut=%" PRIu64 " entries=%" PRIu64 " live=%" PRIu64 " movies=%" PRIu64
        " series=%" PRIu64 " radio=%" PRIu64 " groups=%" PRIu64 " hosts=%" PRIu64 " credentials=%" PRIu64
        " same=%" PRIu64 " requested=%" PRIu64 " odd=%" PRIu64 " flags=%d%d%d%d%d%d%d%d%d%d",
        facts->lines, facts->cut_lines, facts->entries, facts->live, facts->movies, facts->series,
        facts->radio, facts->groups, facts->hosts, facts->credential_uris, facts->same_credentials,
        facts->request_credentials, facts->odd_ports, facts->epg_credentials, facts->epg_request_credentials,
        facts->panel_tag_xui, facts->panel_tag_xc_vm, facts->hls_master, facts->hls_media, facts->hls_ended,
        facts->hls_key_first, facts->hls_numbered_segments, facts->complete);
    len += (int)facts_print_titles(&facts->titles, out + len, FACTS_TEXT_SIZE - (size_t)len);
    len += snprintf(
        out + len, FACTS_TEXT_SIZE - (size_t)len,
        " keys=%" PRIu64 " cookies=%" PRIu64 " referers=%" PRIu64 " p2p=%" PRIu64 " marked=%" PRIu64,
        facts->clear_keys, facts->cookies, facts->foreign_referers, facts->p2p, facts->marked_titles);
    len += snprintf(out + len, FACTS_TEXT_SIZE - (size_t)len, " print=%016" PRIx64, facts->print);
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

static inline void facts_print_page(const struct page_facts *facts, char out[FACTS_TEXT_SIZE])
{
    size_t len = (size_t)snprintf(out, FACTS_TEXT_SIZE, "title=%.*s players=", (int)facts->title_len,
                                  (const char *)facts->title);
    for (unsigned player = 0; player < PAGE_PLAYER_COUNT; player++) {
        if ((facts->players >> player & 1) != 0) {
            len += (size_t)snprintf(out + len, FACTS_TEXT_SIZE - len, "%s,",
                                    page_player_name((enum page_player)player));
        }
    }
    len += (size_t)snprintf(
        out + len, FACTS_TEXT_SIZE - len,
        " urls=%" PRIu64 " paths=%" PRIu64 " hosts=%" PRIu64 " ace=%" PRIu64 " frames=%" PRIu64
        " entries=%" PRIu64 " channels=%" PRIu64 " radio=%" PRIu64 " playable=%" PRIu64 " text=%" PRIu64
        " links=%" PRIu64 " refresh=%s meta=%d complete=%d",
        facts->stream_urls, facts->stream_paths, facts->stream_hosts, facts->acestreams, facts->frames,
        facts->entries, facts->channel_entries, facts->radio_entries, facts->stream_entries,
        facts->text_bytes, facts->links, facts->refresh_host, facts->refresh_by_meta, facts->complete);
    for (uint32_t i = 0; i < facts->stream_count; i++) {
        const struct page_stream *stream = &facts->streams[i];
        len += (size_t)snprintf(out + len, FACTS_TEXT_SIZE - len, " %s:%u*%" PRIu64 "%s%s%s%s%s",
                                stream->server.host, (unsigned)stream->server.port, stream->server.count,
                                stream->played ? " played" : "", stream->odd_port ? " odd" : "",
                                stream->bare ? " bare" : "", stream->is_signed ? " signed" : "",
                                stream->hidden ? " hidden" : "");
    }
    facts_print_servers(&facts->frame_servers, out + len, FACTS_TEXT_SIZE - len);
}
