/*
 * Inside redaction: URIs (redact.c), paths (redact_path.c), headers and text (redact_text.c), the token test
 * (redact_token.c) and every word that is known to be harmless or telling (redact_words.c).
 */
#pragma once

#include "app/redact.h"

enum { REDACT_PLAIN_MAX = 512 };

/* Text without percent-encoding, however often it was applied. */
struct redact_plain {
    uint8_t bytes[REDACT_PLAIN_MAX];
    size_t len;
};

static inline struct slice redact_plain_slice(const struct redact_plain *plain)
{
    return slice_make(plain->bytes, plain->len);
}

/* False where it is too long or encoded too deep to be looked at. */
bool redact_decode(struct slice text, struct redact_plain *out);
/* Whether one of the words in `text` (decoded) changes between letters and digits like a password: "kx7Qp2",
 * but not "m3u". */
bool redact_has_mixed_word(struct slice text);

void redact_star(struct buf *out);
/* Whether host[:port] is a name or a public address. */
bool redact_host_shown(struct slice host);
/* Segments of a path. `rooted`: it begins where a path begins. */
void redact_path(struct buf *out, struct slice path, bool rooted);

/* What a key's value may look like to be shown. */
enum redact_value_kind {
    REDACT_VALUE_HIDDEN,
    REDACT_VALUE_PAGE,   /* a few digits: the key means other things elsewhere */
    REDACT_VALUE_NUMBER, /* digits, and what parts dates and times */
    REDACT_VALUE_WORD,   /* a short word or number */
};

enum redact_value_kind redact_value_kind(struct slice key);

/* How many path segments behind this one are a user's: names, passwords, tokens. 0 where it is no such word.
 */
size_t redact_marker(struct slice segment);
/* A word of paths that is nobody's. */
bool redact_path_word(struct slice segment);
/* A file's whole name that is nobody's: "player_api.php". */
bool redact_file_word(struct slice name);
/* A part of a stream's file name: "seg", "index". */
bool redact_stem_word(struct slice part);
/* An extension of streams, films and lists. */
bool redact_stream_extension(struct slice extension);
/* Any other extension that may stand behind a `*`. */
bool redact_other_extension(struct slice extension);

/* How a header's value is shown. */
enum redact_header_kind {
    REDACT_HEADER_HIDDEN,
    REDACT_HEADER_PLAIN, /* fixed grammar: words are tested alone */
    REDACT_HEADER_TEXT,
    REDACT_HEADER_URI,
    REDACT_HEADER_HOST,
    REDACT_HEADER_SCHEME, /* the scheme of an authorisation, nothing else */
    REDACT_HEADER_FILE,   /* Content-Disposition */
};

enum redact_header_kind redact_header_kind(struct slice name);
