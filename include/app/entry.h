/* An entry of a catalogue: what a playlist, a JSON list, a set-top box's list or a page offers to play. */
#pragma once

#include "base/slice.h"

enum entry_source {
    ENTRY_M3U,  /* an M3U playlist */
    ENTRY_API,  /* an item of a JSON list */
    ENTRY_LIST, /* a list in a set-top box's own format */
    ENTRY_PAGE, /* a link or choice on a web page */
};

enum entry_kind {
    ENTRY_LIVE,
    ENTRY_MOVIE,
    ENTRY_SERIES,
    ENTRY_RADIO,
    ENTRY_KIND_COUNT,
};

/* What an entry is in a playlist of HLS (RFC 8216), which is no catalogue. */
enum entry_part {
    ENTRY_WHOLE,   /* the list is none */
    ENTRY_SEGMENT, /* of a media playlist */
    ENTRY_VARIANT, /* of a master playlist */
};

/* "live", "movie", "series", "radio". */
const char *entry_kind_name(enum entry_kind kind);

struct catalogue_entry {
    enum entry_source source;
    enum entry_kind kind;
    enum entry_part part;
    /* Borrowed slices of the current entry, valid during the callback. They are the sender's bytes without
     * blanks at both ends and without quotes, cut at 8 KiB (uri), 1 KiB (title, group) and 256 bytes
     * (tvg_id); not cleaned: who prints them does that. Empty where the source has none. */
    struct slice uri;   /* without a |User-Agent=... suffix */
    struct slice title; /* of M3U: tvg-name where there is no other */
    struct slice
        group; /* of M3U: group-title as written (several joined by ';'), else the #EXTGRP that holds */
    struct slice tvg_id;
    /* The name that a live entry's title stands for (app/title.h), where its parser has it already. */
    struct slice name;
};

typedef void (*catalogue_entry_fn)(void *context, const struct catalogue_entry *entry);
