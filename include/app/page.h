/*
 * Web pages (HTML with its inline scripts, or a script by itself) as a stream, in constant memory, whatever
 * the size: what a page plays, what it frames, where it sends the browser to, and which channels it offers.
 * It reads markup and the quoted texts of scripts; it runs nothing, so an address that a script puts together
 * is not seen. What the facts mean is for rules to say.
 *
 * A stream's URL is one in quotes, inside a tag or a script, whose path ends with .m3u8, .mpd, .ts (absolute
 * ones) or /mpegts (Flussonic's, signatures.md 4.1), plain, with a script's or a URL's escapes, or as base64;
 * words in the visible text are nothing. The names of the players are those of their scripts and
 * constructors.
 *
 * Entries: texts of links, choices and buttons, and names in data-name, data-title and data-channel. They are
 * told (ENTRY_PAGE) from the place on where six among at most 64 of them, one behind the other, have a word
 * that names of channels have and those of articles seldom; texts with a stream's URL beside them are always
 * told.
 */
#pragma once

#include "app/entry.h"
#include "app/named_server.h"
#include "base/hash.h"
#include "base/slice.h"

#define PAGE_PLAYERS(X)                                                                                      \
    X(PAGE_CLAPPR, "clappr")                                                                                 \
    X(PAGE_HLS_JS, "hls.js")                                                                                 \
    X(PAGE_JWPLAYER, "jwplayer")                                                                             \
    X(PAGE_VIDEO_JS, "video.js")                                                                             \
    X(PAGE_FLOWPLAYER, "flowplayer")                                                                         \
    X(PAGE_PLYR, "plyr")                                                                                     \
    X(PAGE_DASH_JS, "dash.js")                                                                               \
    X(PAGE_SHAKA, "shaka")                                                                                   \
    X(PAGE_MPEGTS_JS, "mpegts.js")                                                                           \
    X(PAGE_P2P, "p2p") /* viewers feed each other: p2p-media-loader, Peer5, SwarmCloud */

#define PAGE_PLAYER_ENTRY(id, name) id,
enum page_player { PAGE_PLAYERS(PAGE_PLAYER_ENTRY) PAGE_PLAYER_COUNT };

const char *page_player_name(enum page_player player);

/* How one server's streams are written on the page. */
struct page_stream {
    struct named_server server; /* RELATION_EMBED */
    bool played;                /* in a script, a video element or another attribute than a link's */
    bool odd_port;              /* neither 80 nor 443 */
    bool bare;                  /* a bare address */
    bool is_signed;             /* a token, and a time in seconds at which it ends */
    bool hidden;                /* as base64 */
};

enum { PAGE_STREAMS_MAX = 8, PAGE_TITLE_MAX = 256 };

struct page_facts {
    uint8_t title[PAGE_TITLE_MAX]; /* as sent, with character references undone and blanks joined */
    size_t title_len;
    uint32_t players;         /* bits 1 << enum page_player */
    uint64_t stream_urls;     /* URLs of streams with a host */
    uint64_t stream_paths;    /* ... without one: this server's own */
    uint64_t stream_hosts;    /* distinct hosts of the former, at most 64 */
    uint64_t acestreams;      /* acestream:// links */
    uint64_t frames;          /* iframes with a host of their own */
    uint64_t entries;         /* told as entries */
    uint64_t channel_entries; /* ... with a word that names of channels have */
    uint64_t radio_entries;   /* ... that name themselves radio */
    uint64_t stream_entries;  /* ... with a stream's URL beside them */
    uint64_t text_bytes;      /* of visible text */
    uint64_t links;           /* a elements with a target */
    /* Where the page sends the browser to by itself (meta refresh, or the first location that a script sets
     * to an absolute URL): a normalised name, "" where nowhere. */
    char refresh_host[HOST_NAME_SIZE];
    bool refresh_by_meta;
    bool complete; /* read to its end, without gap */
    uint32_t stream_count;
    struct page_stream streams[PAGE_STREAMS_MAX]; /* in the order of the page; further servers are left out */
    struct named_servers frame_servers;           /* RELATION_EMBED */
};

struct page_parser;

/* What one parser takes of the heap, in bytes; fixed. */
size_t page_memory(void);
/* `script`: the bytes are a script by itself, not markup. `key` keys the table of hosts; `entry` may be NULL.
 * Never NULL. */
struct page_parser *page_create(const struct hash_key *key, bool script, catalogue_entry_fn entry,
                                void *context);
void page_feed(struct page_parser *parser, struct slice bytes);
/* `missing` bytes were lost: goes on with the next tag. */
void page_gap(struct page_parser *parser, uint64_t missing);
/* The facts are the parser's. */
const struct page_facts *page_finish(struct page_parser *parser, bool complete);
void page_free(struct page_parser *parser);
