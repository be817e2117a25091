/*
 * Inside the playlist parser: lines (m3u.c), tags (m3u_tag.c) and their
 * attributes (m3u_attributes.c), URI lines (m3u_entry.c), what
 * kind an entry is (m3u_kind.c), credentials in paths (m3u_credentials.c),
 * and the tables that count in constant memory (m3u_count.c). Titles are counted by
 * title_count.c.
 */
#pragma once

#include "app/m3u.h"
#include "daemon/app/catalogue_priv.h"
#include "daemon/app/named_server_priv.h"
#include "daemon/app/title_priv.h"
#include "base/buf.h"

enum {
    M3U_LINE_MAX = 8192,
    M3U_TITLE_MAX = 1024,
    M3U_GROUP_MAX = 1024,
    M3U_TVG_ID_MAX = 256,
    M3U_AUTHORITY_MAX = 300, /* scheme and authority that are remembered: a name of 253 bytes and a port */
    M3U_PART_MAX = 64,       /* of a user name or a password in a path */
    M3U_EPG_MAX = 2,
    M3U_DISTINCT_MAX = 1024,
    M3U_TOP_MAX = 64,
};

/*
 * How many distinct hashes were added: exact up to M3U_DISTINCT_MAX. When it is full, only hashes whose
 * lowest `level` bits are zero are kept, and each stands for 2^level (adaptive sampling, Wegman 1984; the
 * standard error is about 4 %).
 */
struct m3u_distinct {
    uint64_t hashes[M3U_DISTINCT_MAX];
    uint16_t index[2 * M3U_DISTINCT_MAX]; /* open addressing: 1 + place in `hashes`, 0 where free; cleared
                                             with the first hash */
    uint32_t count;
    uint32_t level;
};

void m3u_distinct_add(struct m3u_distinct *distinct, uint64_t hash);
uint64_t m3u_distinct_estimate(const struct m3u_distinct *distinct);

/*
 * The commonest hashes (space saving, Metwally 2005). While at most M3U_TOP_MAX distinct ones come, all
 * counts are exact; then a new one takes the smallest place over and inherits its count as possible error.
 */
struct m3u_top {
    uint64_t hashes[M3U_TOP_MAX];
    uint64_t counts[M3U_TOP_MAX];
    uint64_t errors[M3U_TOP_MAX];
    uint32_t used;
    uint32_t last; /* the place of the last one added: lists repeat themselves */
};

/* Counts `hash` and returns its place; `*fresh` where it has just taken it. */
uint32_t m3u_top_add(struct m3u_top *top, uint64_t hash, bool *fresh);
/* So often this one was added for certain. */
uint64_t m3u_top_count(const struct m3u_top *top, uint32_t place);

/* Text of a line that outlives it. */
struct m3u_kept {
    size_t len;
    uint8_t bytes[M3U_TITLE_MAX];
};

/* How an entry is played. */
struct m3u_props {
    bool clear_key_type; /* by a key that needs no licence */
    bool clear_key;      /* ... which stands there */
    bool cookie;
    struct named_server referer; /* whose page it shall seem to come from; no host where none */
};

/* What lines before a URI say of it. */
struct m3u_pending {
    struct m3u_kept title;
    struct m3u_kept group;
    struct m3u_kept tvg_id;
    bool radio;
    bool timed;      /* #EXTINF with a duration above zero: a segment, where the list is a media playlist */
    bool variant;    /* #EXT-X-STREAM-INF */
    uint64_t xui_id; /* 0: none */
    struct m3u_props props;
};

/* The server of the last URI line: most lists name one again and again. */
struct m3u_authority {
    struct m3u_kept text; /* scheme and authority as written */
    size_t scheme_len;
    size_t host_at; /* where the authority begins behind what stands before '@' */
    bool valid;     /* it names a server */
    bool odd;       /* a port that is written and neither 80 nor 443, or a bare address */
    uint64_t host_hash;
    uint64_t server_hash; /* host and port */
    struct named_server server;
};

/* The last USER/PASS that was judged: most lists bear the same in every line. */
struct m3u_pair {
    size_t len; /* 0: none */
    size_t user_len;
    bool likely;   /* both look like credentials */
    bool mixed;    /* as in struct m3u_credential_path */
    bool compared; /* the next two are known */
    bool requested;
    uint64_t hash;
    uint8_t text[2 * M3U_PART_MAX + 1];
};

enum m3u_wide_order {
    M3U_WIDE_NO, /* bytes are characters or parts of them */
    M3U_WIDE_UNKNOWN,
    M3U_WIDE_LITTLE,
    M3U_WIDE_BIG,
};

/* UTF-16, from its byte order mark on. */
struct m3u_wide {
    enum m3u_wide_order order;
    bool half; /* one byte of a unit, `first`, has come */
    uint8_t first;
    uint16_t high; /* the first half of a surrogate pair; 0 where none waits */
};

/* Where a list is being read: everything that depends on the lines just before. A list that comes in parts
 * is read at several places at once (range_list.c), and counted in one parser. */
struct m3u_place {
    size_t line_len;
    bool line_cut;
    bool after_cr;      /* a newline now belongs to the line end before it */
    bool skipping;      /* behind a gap: until the next line end */
    bool behind_header; /* the last line that was not blank is #EXTM3U */
    bool at_start;      /* nothing of the list stands before */
    struct m3u_wide wide;
    struct m3u_pending pending;
    struct m3u_kept group_tag;  /* #EXTGRP: holds until the next one */
    uint8_t line[M3U_LINE_MAX]; /* the start of a line whose end has not come */
};

struct m3u_parser {
    struct hash_key key;
    struct credential_hashes credentials;
    catalogue_entry_fn entry;
    void *context;
    enum entry_source source;
    /* A line without blanks at its ends that is not empty: a playlist's, or that of another list
     * (box_list.c), whose reader is `reader`. */
    void (*read_line)(struct m3u_parser *parser, struct slice line);
    void *reader;
    struct m3u_facts facts;
    struct m3u_place *place; /* where m3u_feed goes on: its own, or a borrowed one */
    bool gap;
    bool wide;               /* the list is in UTF-16 */
    uint64_t other_segments; /* entries that are not called <id>_<number>.ts */
    struct m3u_authority authority;
    struct named_server epg[M3U_EPG_MAX];
    uint32_t epg_count;
    struct m3u_kept group; /* the last one that was counted: lists are sorted by it */
    struct catalogue_print print;
    struct m3u_pair last_pair;
    struct title_counter *titles; /* NULL until an entry has a title or a group */
    struct buf decoded;           /* scratch for percent-decoding */
    struct m3u_place own_place;
    /* Tables, of which only what is counted is ever looked at: m3u_create leaves the rest as it is. */
    struct m3u_distinct groups;
    struct m3u_distinct hosts;
    struct m3u_top servers;
    struct named_server server_names[M3U_TOP_MAX]; /* of the places of `servers` */
    struct m3u_top pairs;
};

/* m3u_wide.c. While the order is unknown: takes a mark off the front, or settles that there is none; what has
 * to be read before `*bytes` then is returned. */
struct slice m3u_wide_begin(struct m3u_wide *wide, struct slice *bytes, uint8_t *given_back);
/* Takes bytes off the front and writes them as UTF-8 to `out`; `room` is at least 16. */
struct slice m3u_wide_read(struct m3u_wide *wide, struct slice *bytes, uint8_t *out, size_t room);
void m3u_wide_gap(struct m3u_wide *wide, uint64_t missing);

/* The list ends here: the line at the present place counts without its newline. */
void m3u_end_line(struct m3u_parser *parser);
/* The facts of what was read until now. */
void m3u_report(const struct m3u_parser *parser, bool complete, struct m3u_facts *facts);
/* A line that begins with '#'. */
void m3u_read_tag(struct m3u_parser *parser, struct slice line);
/* A line that does not, without blanks at its ends. */
void m3u_read_uri(struct m3u_parser *parser, struct slice line);
/* Whether these raw parts are the request's user and password. */
bool m3u_is_requested(struct m3u_parser *parser, struct slice user, struct slice password);

/* m3u_props.c. What stands behind the tag's colon. */
void m3u_read_kodi_property(struct m3u_parser *parser, struct slice rest);
void m3u_read_vlc_option(struct m3u_parser *parser, struct slice rest);
void m3u_read_http_fields(struct m3u_parser *parser, struct slice rest);
/* Counts what was read for this entry; `suffix` is what stands behind its URI's bar. */
void m3u_count_props(struct m3u_parser *parser, const struct catalogue_entry *entry, struct slice suffix);
bool m3u_is_p2p(const struct url_parts *url, struct slice uri);

void m3u_keep(struct m3u_kept *kept, struct slice text, size_t max);
static inline struct slice m3u_kept_slice(const struct m3u_kept *kept)
{
    return slice_make(kept->bytes, kept->len);
}

/*
 * Attributes: `key=value` with values in double quotes, single quotes or none, separated by blanks or commas.
 * A quote ends a value only where a blank, a comma, the end or the next attribute follows, so that quotes
 * inside titles do no harm. The first comma that no attribute follows ends the list; what stands behind it is
 * the title.
 */
struct m3u_attributes {
    struct slice rest;
    bool ended;             /* at the comma before the title, or at the end */
    bool no_closing_double; /* no quote that could end a value is left in `rest` */
    bool no_closing_single;
};

/* The word at the front: #EXTINF's duration. */
struct slice m3u_take_word(struct m3u_attributes *attributes);
/* False at the end; then `rest` is the title. */
bool m3u_attributes_next(struct m3u_attributes *attributes, struct slice *key, struct slice *value);

/* Whether the list, of words in lower case, holds the word in any case. */
bool m3u_is_listed(struct slice word, const char *const *list, size_t count);

/* What the kind of an entry is judged by. */
struct m3u_clues {
    const struct url_parts *url;
    struct slice extension; /* of the URL */
    bool sound;             /* ... which files of sound have */
    struct slice group;
    struct slice title;
    bool radio;       /* radio="true" */
    bool timed;       /* a duration above zero */
    bool credentials; /* the URI is of the credential form */
    bool segment;     /* of a media playlist */
};

enum entry_kind m3u_kind_judge(const struct m3u_clues *clues);
bool m3u_is_sound(struct slice extension);
/* Whether the URI is one that tuners, recorders and media servers of a home, or multicast gateways, hand out.
 */
bool m3u_is_of_tuner(const struct url_parts *url);
/* What stands behind the last dot of a path's last part, or of a fragment that is only that; else empty. */
struct slice m3u_extension(const struct url_parts *url);

struct m3u_credential_path {
    struct slice user;
    struct slice password;
    struct slice pair; /* user/password as they stand in the path */
    struct slice number;
    bool prefixed; /* /live, /movie or /series before them */
    bool likely;   /* prefixed, or the parts look like credentials */
    bool mixed;    /* a digit beside a letter, or five digits, in one of the two: no words of a path */
};

/* [/live|/movie|/series]/USER/PASS/NUMBER[.ext] */
bool m3u_credential_path(struct slice path, struct m3u_credential_path *out);
/* The same for one path after another: `last` is what was judged last. */
bool m3u_credential_path_of(struct m3u_pair *last, struct slice path, struct m3u_credential_path *out);
