/*
 * Inside redaction: URIs (redact.c), paths (redact_path.c), headers and text (redact_text.c), the token test
 * (redact_token.c, addresses in redact_address.c), and everything that is known to be harmless or telling:
 * words of paths (redact_words.c), keys and their values (redact_keys.c), headers and types of content
 * (redact_headers.c).
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
/* Whether an address of any family stands in `text` (decoded), whoever's it is. */
bool redact_has_address(struct slice text);

void redact_star(struct buf *out);
/* Whether host[:port] of a URI is a name or a public address that may be told. */
bool redact_host_shown(struct slice host, const struct redact_subscribers *who);
/* Segments of a path. `rooted`: it begins where a path begins. */
void redact_path(struct buf *out, struct slice path, bool rooted);
bool redact_is_digits(struct slice text); /* at least one, and nothing else */

/* What a key's value must be to be shown. */
enum redact_value_kind {
    REDACT_VALUE_HIDDEN,
    REDACT_VALUE_PAGE,   /* a few digits: the key means other things elsewhere */
    REDACT_VALUE_NUMBER, /* of the catalogue, also with a stream's extension */
    REDACT_VALUE_CHOICE, /* redact_choice */
    REDACT_VALUE_SCRIPT, /* JsHttpRequest: "1-xml" */
    REDACT_VALUE_TIME,   /* 2026-01-31:20-45 */
};

/* Longer numbers may be addresses, telephone numbers, serial numbers. */
enum { REDACT_NUMBER_DIGITS = 7 };

enum redact_value_kind redact_value_kind(struct slice key);
/* An action of the interfaces or a form of lists. */
bool redact_action(struct slice word);
/* A value that is nobody's: one of the above, a part of the catalogue, a format, a box, a language... */
bool redact_choice(struct slice word);

bool redact_listed(const char *const *words, size_t count, struct slice word);

enum { REDACT_ALL_BEHIND = 1000 };

/* How many path segments behind this one are a user's: names, passwords, tokens; REDACT_ALL_BEHIND where
 * nothing behind it is harmless. 0 where it is no such word. */
size_t redact_marker(struct slice segment);
/* Whether a number of the catalogue ends the path behind those. */
bool redact_marks_numbers(struct slice segment);
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
    REDACT_HEADER_MEDIA,  /* Content-Type */
};

enum redact_header_kind redact_header_kind(struct slice name);
bool redact_media_type(struct slice type);
