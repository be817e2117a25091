/*
 * M3U and M3U8 as a stream, in constant memory, whatever the size: lines in, entries out, facts at the
 * end. Line grammar only; what the facts mean is for rules to say. The tags and attributes are those of
 * signatures.md 3.1, HLS's those of RFC 8216.
 *
 * Counting rules: an entry is a URI line (with or without #EXTINF before it). It counts as a movie or
 * series by its path (/movie/, /series/), else by a file extension of films (.mp4 .mkv .avi ...), else,
 * where the URI says nothing of a live stream either, by group words; everything else is live, but for what
 * is radio (or other sound): radio="true", audio extensions, and where the URI says nothing of a live stream,
 * a duration above zero, mounts as SHOUTcast and Icecast have them, and "Radio" or "FM" in title or group.
 * A segment of an HLS media playlist is no film.
 */
#pragma once

#include "app/entry.h"
#include "app/named_server.h"
#include "app/title.h"
#include "base/counter.h"
#include "base/hash.h"
#include "base/slice.h"

/* What a list is written as. All but the first are boxes' own formats (app/box_list.h). */
#define LIST_FORMATS(X)                                                                                      \
    X(LIST_M3U, "m3u")                                                                                       \
    X(LIST_ENIGMA2, "enigma2")         /* a bouquet: #NAME, #SERVICE, #DESCRIPTION */                        \
    X(LIST_ENIGMA2_XML, "enigma2-xml") /* what enigma2.php answers */                                        \
    X(LIST_SCRIPT, "script")           /* a shell script that fetches a list */                              \
    X(LIST_SIMPLE, "simple")                                                                                 \
    X(LIST_NAME_URL, "name-url") /* ariva, starlivev3, mediastar */                                          \
    X(LIST_GST, "gst")                                                                                       \
    X(LIST_BRACES, "braces") /* fps, revosun */                                                              \
    X(LIST_ZORRO, "zorro")                                                                                   \
    X(LIST_OCTAGON, "octagon")                                                                               \
    X(LIST_WEBTV, "webtv") /* webtvlist */                                                                   \
    X(LIST_SPARK, "spark")                                                                                   \
    X(LIST_STARLIVE, "starlive") /* starlivev5 */

#define LIST_FORMAT_ENTRY(id, name) id,
enum list_format { LIST_FORMATS(LIST_FORMAT_ENTRY) LIST_FORMAT_COUNT };
const char *list_format_name(enum list_format format);

struct m3u_facts {
    enum list_format format;
    uint64_t lines;
    uint64_t cut_lines; /* over 8 KiB: the rest was skipped, a title or URI may be cut */
    uint64_t entries;
    uint64_t live;
    uint64_t movies;
    uint64_t series;
    uint64_t radio;
    uint64_t groups;           /* distinct group titles; exact up to 1,024, then an estimate */
    uint64_t hosts;            /* distinct hosts of the entries; exact up to 1,024, then an estimate */
    struct title_facts titles; /* what titles and groups show */
    /* Entries whose URI is of the form [/live|/movie|/series]/USER/PASS/NUMBER[.ext]; the short form counts
     * only with parts that look like credentials, and not in HLS segments and variants, nor for sound and
     * what has a duration above zero */
    uint64_t credential_uris;
    /* ... of which so many bear the commonest USER/PASS pair of the list; exact up to 64 distinct pairs,
     * beyond a count that may be too low and is never too high */
    uint64_t same_credentials;
    /* ... of which so many bear the user and password of the request */
    uint64_t request_credentials;
    uint64_t
        mixed_credentials; /* ... in whose user or password a digit stands beside a letter, or five digits */
    uint64_t tuner_uris;   /* entries as tuners, recorders, media servers and multicast gateways write them */
    uint64_t https;        /* entries with https:// */
    /* Entries with the keys of a protected stream beside them (KODIPROP, clearkey): the servers of such
     * entries are not named, for they are those that the keys were taken from */
    uint64_t clear_keys;
    uint64_t cookies;          /* ... with somebody's cookies (EXTHTTP) */
    uint64_t foreign_referers; /* ... with a Referer or Origin of another site (EXTVLCOPT, |Referer=) */
    uint64_t p2p;           /* acestream://, /ace/getstream, sop://, magnet: no servers are named of them */
    uint64_t marked_titles; /* titles with [Geo-blocked] or [Not 24/7], as lists of free channels have them */
    uint64_t odd_ports;     /* entries with an explicit port other than 80 and 443, or a bare address */
    bool epg_credentials;   /* url-tvg or x-tvg-url with username= and password= */
    bool epg_request_credentials;    /* ... the request's */
    bool script_request_credentials; /* a script's user and password are the request's */
    bool panel_tag_xui;              /* xui-id=, com.xui. */
    bool panel_tag_xc_vm;            /* xc_vm-id=, com.xc_vm. */
    uint64_t hls_segments;           /* timed entries of a media playlist */
    uint64_t hls_variants;           /* entries behind #EXT-X-STREAM-INF */
    uint64_t hls_target_duration;    /* in seconds */
    uint64_t hls_media_sequence;     /* the number of the list's first segment */
    bool hls_master;                 /* #EXT-X-STREAM-INF */
    bool hls_media;                  /* #EXT-X-TARGETDURATION, #EXT-X-MEDIA-SEQUENCE */
    bool hls_ended;                  /* #EXT-X-ENDLIST */
    bool hls_key_first;              /* #EXT-X-KEY directly behind #EXTM3U (signatures, 1.7) */
    bool hls_numbered_segments;      /* media playlist whose segments are all called <id>_<number>.ts */
    bool complete;                   /* no gap and no cut: the counts are exact */
    /* The catalogue's fingerprint: over title and number (the last part of a path with credentials, or
     * xui-id) of live and radio entries; the same for every account and host of one system, in playlists and
     * JSON. 0 where the list is not complete or has fewer than 50 such entries */
    uint64_t print;
    /* Of a list that comes in parts (206 with Content-Range): the answers until now; these facts are those of
     * all of them together. 0 for one that came in one answer. */
    uint64_t parts;
    /* At most two servers of EPGs (RELATION_EPG), the rest the commonest of the entries (RELATION_PLAYLIST)
     */
    struct named_servers named;
};

/* The user and password that the request bore, as keyed hashes (hash_bytes) of the bytes that
 * percent_decode gives, '+' staying what it is (0: none). */
struct credential_hashes {
    uint64_t user;
    uint64_t password;
};

struct m3u_parser;

/* What a parser takes of the heap now, in bytes; at most 128 KiB. */
size_t m3u_memory(const struct m3u_parser *parser);
/* `key` keys the tables of distinct groups and hosts and must be the one of `credentials`. `entry` may be
 * NULL. Never NULL. */
struct m3u_parser *m3u_create(const struct hash_key *key, const struct credential_hashes *credentials,
                              catalogue_entry_fn entry, void *context);
void m3u_feed(struct m3u_parser *parser, struct slice bytes);
/* `missing` bytes were lost: goes on with the next whole line. */
void m3u_gap(struct m3u_parser *parser, uint64_t missing);
/* The last line counts without its newline if `complete` (the body ended as announced). */
void m3u_finish(struct m3u_parser *parser, bool complete, struct m3u_facts *facts);
void m3u_free(struct m3u_parser *parser);
