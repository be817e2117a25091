/*
 * Playlists that come in parts: answers 206 with Content-Range (RFC 9110, 14.4 and 15.3.7), one behind the
 * other, on several connections at once, in any order, again and overlapping; also what is fetched behind an
 * answer that broke off. Each byte of the list counts once.
 *
 * What is known of a list is a row of segments, runs of bytes that were read without a hole:
 *
 *     0        begin          end                                total
 *     ├─segment─┤     hole     ├── head ──┬──── read ────┬─ place ─┤
 *
 * A segment that begins within the list cannot tell what its first line is. So its head (the rest of that
 * line, and what follows up to the end of the next URI line) is kept as it came, and reading begins behind
 * it. Where its bytes end, the place (the lines behind the last URI line) is kept. When the hole between two
 * segments closes, the head of the later one is read at the place of the earlier one. All segments count in
 * one parser, so that nothing has to be added up.
 */
#pragma once

#include "app/http.h"
#include "base/buf.h"
#include "daemon/app/m3u_priv.h"

enum {
    RANGE_HEAD_MAX = 8192,   /* bytes of a head */
    RANGE_SEGMENTS_MAX = 64, /* of one list */
};

/* What the line is that a head's bytes have come to. */
enum range_line {
    RANGE_LINE_FIRST, /* the one that the segment begins within */
    RANGE_LINE_BLANK, /* nothing of it, or blanks */
    RANGE_LINE_TAG,
    RANGE_LINE_URI,
};

struct range_segment {
    struct range_segment *previous; /* by place in the list */
    struct range_segment *next;
    uint64_t begin;
    uint64_t end; /* the byte behind it */
    bool open;    /* an answer is still adding to it */
    enum range_line line;
    struct buf head;
    struct m3u_place *place; /* where it is read on, behind its head; NULL while that is not whole */
};

struct range_list {
    struct range_list *older; /* in the shard's table, by their last use */
    struct range_list *newer;
    uint64_t key;
    uint64_t total; /* bytes; UINT64_MAX where no answer told it */
    int64_t used_us;
    unsigned parts_open; /* answers that are adding to it */
    uint64_t parts;      /* answers until now */
    uint64_t told_entries;
    bool lost;                 /* some of its lines cannot be read any more */
    bool lost_counted;         /* ... and the counter has it */
    struct m3u_parser *parser; /* NULL: it is compressed, so its parts cannot be read */
    struct range_segment *first;
    unsigned segments;
    struct http_memo memo; /* of all of its answers */
};

/* One answer that carries a part. */
struct range_part {
    struct range_list *list;
    struct range_segment *segment; /* the one that it is adding to, or NULL */
    uint64_t at;                   /* the place in the list of its next byte */
    uint64_t end;                  /* the byte behind its last one */
};

/* All of these tell entries with `context`. */
void range_part_feed(struct range_part *part, struct slice bytes, void *context);
void range_part_gap(struct range_part *part, uint64_t missing, void *context);
/* No more of it will come: what it added is joined to its neighbours. */
void range_part_end(struct range_part *part, void *context);
/* The same, where nobody can be told entries. */
void range_part_drop(struct range_part *part);

/* What is known of the list by now; complete where all its bytes were read. */
void range_list_report(const struct range_list *list, struct m3u_facts *facts);
/* A list's first `end` bytes were read by its parser, to the parser's present place. */
void range_list_adopt(struct range_list *list, struct m3u_parser *parser, uint64_t end);

/* The lists of one shard. */
struct range_table {
    struct range_list *oldest;
    struct range_list *newest;
    uint64_t count;
};

/* The list with this key, or NULL; it is the newest now. One that was not used for `timeout_us` is forgotten.
 */
struct range_list *range_table_find(struct range_table *table, uint64_t key, int64_t now_us,
                                    int64_t timeout_us);
/* Makes a list without parser; where `max` of them are there, the one goes that was not used for longest.
 * NULL where answers are adding to all of them. */
struct range_list *range_table_add(struct range_table *table, uint64_t key, uint64_t total, int64_t now_us,
                                   uint64_t max);
void range_table_remove(struct range_table *table, struct range_list *list);
/* Forgets the lists that nobody used for `timeout_us` and no answer is adding to; with 0 all of the latter.
 */
void range_table_sweep(struct range_table *table, int64_t now_us, int64_t timeout_us);
/* What all of its lists hold. */
size_t range_table_memory(const struct range_table *table);
