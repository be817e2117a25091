/*
 * Inside the reader of boxes' lists: formats and their recognition (box_list.c), formats of lines
 * (box_lines.c), Enigma2's references of services (box_service.c), formats of markup and JSON (box_markup.c).
 * Lines are cut and entries counted by the playlists' parser.
 */
#pragma once

#include "app/box_list.h"
#include "daemon/app/json_priv.h"
#include "daemon/app/m3u_priv.h"

enum { BOX_PIECE_MAX = 4096, BOX_KEY_MAX = 16 };

/* Markup as a stream of elements without attributes: what stands in the present one. */
struct box_markup {
    bool in_tag;
    bool in_cdata;
    size_t tag_len;
    size_t text_len;
    uint8_t tag[BOX_KEY_MAX];
    uint8_t text[BOX_PIECE_MAX];
};

struct box_grammar;

struct box_parser {
    const struct box_grammar *grammar;
    struct m3u_parser *m3u;
    struct m3u_kept title; /* came before its URI */
    struct m3u_kept group; /* a bouquet's name */
    size_t uri_len;        /* ... or the URI before its title: 0 where none waits */
    uint8_t uri[M3U_LINE_MAX];
    struct m3u_kept label; /* the last line that says what the next one is */
    struct box_markup markup;
    struct json_reader json;
};

struct box_grammar {
    enum list_format format;
    enum body_kind kind;
    bool (*begins)(struct slice first);
    void (*line)(struct box_parser *parser, struct slice line);  /* of formats of lines */
    void (*feed)(struct box_parser *parser, struct slice bytes); /* of all others */
    void (*flush)(struct box_parser *parser);                    /* an entry waits at the end; or NULL */
};

/* Counts and tells an entry; what is no absolute URL is none. */
void box_take_entry(struct box_parser *parser, struct slice title, struct slice uri);
/* Whether text is a URL of a stream: of a scheme that streams have, with a path as panels write it or a
 * stream's ending. */
bool box_is_stream(struct slice url);
/* The first line of the text without its end, which is taken off; blank lines are passed over. */
struct slice box_next_line(struct slice *text);

bool box_begins_service(struct slice first);
void box_read_service(struct box_parser *parser, struct slice line);
void box_flush_service(struct box_parser *parser);

bool box_begins_simple(struct slice first);
void box_read_simple(struct box_parser *parser, struct slice line);
bool box_begins_name_url(struct slice first);
void box_read_name_url(struct box_parser *parser, struct slice line);
bool box_begins_gst(struct slice first);
void box_read_gst(struct box_parser *parser, struct slice line);
bool box_begins_braces(struct slice first);
bool box_begins_zorro(struct slice first);
void box_read_braces(struct box_parser *parser, struct slice line);
bool box_begins_octagon(struct slice first);
void box_read_octagon(struct box_parser *parser, struct slice line);
bool box_begins_webtv(struct slice first);
void box_read_webtv(struct box_parser *parser, struct slice line);
bool box_begins_script(struct slice first);
void box_read_script(struct box_parser *parser, struct slice line);

bool box_begins_spark(struct slice first);
void box_read_spark(struct box_parser *parser, struct slice line);
bool box_begins_items(struct slice first);
void box_feed_items(struct box_parser *parser, struct slice bytes);
bool box_begins_starlive(struct slice first);
void box_feed_starlive(struct box_parser *parser, struct slice bytes);
void box_take_starlive(void *context, const struct json_token *token);
