/*
 * Inside the reader of pages: the window and its states (page.c), tags and their attributes (page_tag.c),
 * what elements say (page_element.c), the words that are looked for in tags and scripts (page_words.c) and
 * what stands around them (page_script.c), URLs (page_url.c), texts (page_text.c) and which of them may be
 * channels (page_entry.c).
 *
 * Bytes are collected in a window and read when it is full, or nothing more will come: so what is read does
 * not depend on how the bytes came. What is not whole at the window's end moves to its front.
 */
#pragma once

#include "app/page.h"
#include "base/attr.h"
#include "base/buf.h"
#include "daemon/app/named_server_priv.h"

enum {
    PAGE_WINDOW = 16384,
    PAGE_AROUND = 2048, /* so far around a word its URL, its name or its string reaches */
    PAGE_WORD_MIN = 4,  /* no word is shorter */
    PAGE_WORD_MAX =
        sizeof "data-channel=" - 1, /* so far before a place a word may begin that ends behind it */
    PAGE_URL_MAX = 1024,
    PAGE_TEXT_MAX = 64, /* an entry's text: longer ones name no channel */
    PAGE_HOSTS_MAX = 64,
    PAGE_PENDING_MAX = 64,
    PAGE_PENDING_BYTES = 4096,
    PAGE_ENTRIES_MAX = 4096, /* told of one page */
};

enum page_word {
    PAGE_WORD_NONE,
    PAGE_WORD_STREAM,   /* .m3u8, .mpd */
    PAGE_WORD_TS,       /* .ts, and the byte that may follow it */
    PAGE_WORD_MPEGTS,   /* /mpegts */
    PAGE_WORD_ACE,      /* acestream:// */
    PAGE_WORD_BASE64,   /* "http" as base64 begins */
    PAGE_WORD_LOCATION, /* location */
    PAGE_WORD_FRAME,    /* an iframe that a script writes */
    PAGE_WORD_NAME,     /* data-name= and the like */
    PAGE_WORD_PLAYERS,  /* behind this one: a player's */
};

/* One pass over bytes for all words at once, in any case of letters. */
struct page_scan {
    struct slice bytes;
    size_t begin;
    size_t at;
};

/* Once before any scan. */
void page_scan_prepare(void);
struct page_scan page_scan_make(struct slice bytes, size_t from);
/* Whether there is a word: most tags have none. */
bool page_scan_finds(struct slice bytes);
/* The next word and the place behind its last byte, in no strict order where words overlap; PAGE_WORD_NONE at
 * the end. A player's is PAGE_WORD_PLAYERS + enum page_player. */
unsigned page_scan_next(struct page_scan *scan, size_t *end);

enum page_state {
    PAGE_AT_TEXT,
    PAGE_AT_COMMENT,
    PAGE_AT_SCRIPT, /* until its end tag */
    PAGE_AT_RAW,    /* style and the like: passed over until its end tag */
    PAGE_STATE_COUNT,
};

/* What the text that comes belongs to. */
enum page_text_kind { PAGE_TEXT_FREE, PAGE_TEXT_TITLE, PAGE_TEXT_ENTRY };

/* A text with blanks joined; references are undone at its end. Most are one piece, which is borrowed from the
 * window; `bytes` hold those that had to be put together, or that the window cannot keep. */
struct page_text {
    struct slice piece; /* without blanks at its front; empty where `bytes` are not */
    bool blank;         /* blanks were sent behind the piece */
    size_t len;
    bool cut;
    uint8_t bytes[PAGE_TITLE_MAX];
};

/* A text that may be a channel's name, not told yet. */
struct page_pending {
    uint16_t at; /* of the text; its target stands behind it */
    uint8_t text_len, uri_len;
    bool likely;
    bool radio;
};

struct page_entries {
    size_t count;
    size_t likely; /* of them with a word that names of channels have */
    size_t used;
    bool established;
    struct page_pending items[PAGE_PENDING_MAX];
    uint8_t bytes[PAGE_PENDING_BYTES];
};

/* What a link, a choice or a button says beside its text. */
struct page_link {
    bool words;                  /* its tag has words: without them it leads to no stream */
    struct slice attributes;     /* of its tag, as long as its name was not looked for */
    struct slice name_attribute; /* which bears that name */
    struct page_text name;       /* or that of a picture in it */
    struct page_text uri;
};

/* The first part is cleared at the beginning; what stands behind it has its counts there, or is set where a
 * text begins. */
struct page_parser {
    struct hash_key key;
    catalogue_entry_fn entry;
    void *context;
    enum page_state state;
    bool script; /* a script by itself */
    bool lost;   /* behind a gap: whether it is a script must be found out */
    bool gap;
    struct slice inside_name; /* of the element whose end tag ends PAGE_AT_RAW */
    size_t done;              /* PAGE_AT_SCRIPT: words that end before this place of the window were told */
    size_t len;               /* of what is in the window */
    enum page_text_kind text_kind;
    struct page_facts facts; /* cleared up to its streams */
    uint64_t hosts[PAGE_HOSTS_MAX];
    struct page_text text;
    struct page_link link;
    struct page_entries entries;
    uint8_t window[PAGE_WINDOW];
};

/* page_tag.c */
struct page_tag {
    struct slice name;       /* as written */
    struct slice attributes; /* up to the '>' */
};

/* Without the blanks of tags and scripts at the front. */
struct slice page_skip_blanks(struct slice text);
/* Splits the tag at the front of `bytes`, whose name begins at `begin`. Returns the place of the '>' that
 * ends it, or SIZE_MAX where it is not there yet. */
size_t page_tag_read(struct slice bytes, size_t begin, struct page_tag *tag);
/* An attribute's value, the first of that name; empty where it does not stand there. */
struct slice page_attribute(struct slice attributes, struct slice name);

/* page_element.c. Once before all others. */
void page_element_prepare(void);
/* Reads a start tag, `bytes` from '<' to before '>'; may change the state. */
void page_open_tag(struct page_parser *parser, struct slice bytes, const struct page_tag *tag);
/* Reads an end tag. */
void page_close_tag(struct page_parser *parser, struct slice name);
/* Takes over what texts borrow from the window. */
void page_keep_texts(struct page_parser *parser);
/* An iframe's attributes. */
void page_read_frame(struct page_parser *parser, struct slice attributes);

/* page_script.c: words in a tag (`script` false) or a script that end behind `from` and not behind `limit`.
 */
void page_read_words(struct page_parser *parser, struct slice bytes, size_t from, size_t limit, bool script,
                     bool link);

/* Whether a link's target is a stream. */
bool page_is_stream(struct slice uri);

/* page_url.c. What stands around the byte at `at`, up to quotes, blanks and brackets. */
struct slice page_url_around(struct slice bytes, size_t at);
/* Undoes escapes of scripts, references and the encoding of a URL inside another; of several URLs one inside
 * the other the innermost. */
struct slice page_url_clean(struct slice raw, uint8_t out[PAGE_URL_MAX]);
/* Whether it bears a token and a time in seconds. */
bool page_url_signed(struct slice url);
/* The server of an absolute URL, also without scheme ("//host/"). */
bool page_url_server(struct slice url, struct named_server *out);
/* A stream's URL, cleaned. */
void page_take_stream(struct page_parser *parser, struct slice url, bool played, bool hidden);
/* Where the page leads the browser. */
void page_take_refresh(struct page_parser *parser, struct slice url, bool meta);

/* page_text.c */
static inline bool page_text_is_empty(const struct page_text *text)
{
    return text->piece.len == 0 && text->len == 0;
}

static inline void page_text_clear(struct page_text *text)
{
    text->piece = slice_make(NULL, 0);
    text->blank = false;
    text->len = 0;
    text->cut = false;
}

/* `bytes` must stay until page_text_keep(). */
void page_text_add(struct page_text *text, struct slice bytes);
/* Takes over what is borrowed. */
void page_text_keep(struct page_text *text);
/* The text; references are not undone, a blank at its end stays. */
struct slice page_text_joined(struct page_text *text);
/* Undoes character references and drops blanks at the ends. */
struct slice page_text_end(struct page_text *text);

/* page_entry.c. Once before all others. */
void page_entry_prepare(void);
/* A text that may be a channel's name, and where it leads. `playable`: that is a stream. */
void page_offer_entry(struct page_parser *parser, struct slice text, struct slice uri, bool playable);
/* The same of a text that has come to its end. False where there is no text. */
bool page_offer_text(struct page_parser *parser, struct page_text *text, struct page_text *uri,
                     bool playable);
