/*
 * Paths: which segments are a user's. Three things tell: a word in front of it (/live/USER/PASSWORD/7.ts),
 * the form of the whole path (/USER/PASSWORD/7 and whatever leads to a stream, a film or a list), and the
 * segment itself. A `*` keeps a known extension behind it, so that a reader still sees what was asked for.
 */
#include "daemon/app/redact_priv.h"

enum { SEGMENT_PLAIN_MAX = 96 };

/* What a path's last segment says of those before it. */
enum path_form {
    PATH_ANY,
    PATH_NUMBER, /* /USER/PASSWORD/NUMBER: the two before it */
    PATH_STREAM, /* all before it, where they are no known words */
};

struct path_walk {
    enum path_form form;
    size_t behind; /* segments behind the present one */
    size_t private_segments;
    bool first_of_part; /* the first one of a path that does not begin where paths begin */
};

static bool is_digits(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return text.len > 0;
}

static size_t last_dot(struct slice text)
{
    size_t dot = SIZE_MAX;
    for (size_t i = 0; i < text.len; i++) {
        dot = text.data[i] == '.' ? i : dot;
    }
    return dot;
}

static struct slice extension_of(struct slice segment)
{
    size_t dot = last_dot(segment);
    return dot == SIZE_MAX ? slice_make(NULL, 0) : slice_from(segment, dot + 1);
}

static struct slice stem_of(struct slice segment)
{
    return slice_part(segment, 0, last_dot(segment));
}

/* Without `;name=value` behind it. */
static struct slice without_parameters(struct slice segment)
{
    return slice_part(segment, 0, slice_index(segment, ';'));
}

static bool is_nothing(struct slice segment)
{
    return segment.len == 0 || slice_equal(segment, slice_text(".")) ||
           slice_equal(segment, slice_text(".."));
}

/* A star, and the segment's extension where it is a known one. */
static void put_private(struct buf *out, struct slice segment)
{
    struct slice extension = extension_of(segment);
    redact_star(out);
    if (redact_stream_extension(extension) || redact_other_extension(extension)) {
        buf_append_byte(out, '.');
        buf_append(out, extension);
    }
}

/* Plain words, numbers and what joins them. */
static bool is_plain(struct slice segment)
{
    if (segment.len > SEGMENT_PLAIN_MAX) {
        return false;
    }
    for (size_t i = 0; i < segment.len; i++) {
        uint8_t byte = segment.data[i];
        uint8_t lower = byte_lower(byte);
        bool word = (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80;
        if (!word && (byte == '\0' || strchr("-_.~+, ", byte) == NULL)) {
            return false;
        }
    }
    return !redact_has_mixed_word(segment);
}

/* A stream's file name of known words and numbers only: "index", "123_45", "seg-7-v1a1". */
static bool is_known_stem(struct slice stem)
{
    if (stem.len == 0 || redact_is_token(stem)) {
        return false;
    }
    size_t begin = 0;
    for (size_t i = 0; i <= stem.len; i++) {
        if (i < stem.len && stem.data[i] != '-' && stem.data[i] != '_' && stem.data[i] != '.') {
            continue;
        }
        struct slice part = slice_part(stem, begin, i - begin);
        size_t letters = 0;
        while (letters < part.len && !is_digits(slice_part(part, letters, 1))) {
            letters++;
        }
        struct slice word = slice_part(part, 0, letters);
        struct slice number = slice_from(part, letters);
        bool known = redact_stem_word(part) ||
                     ((word.len == 0 || redact_stem_word(word)) && (number.len == 0 || is_digits(number)));
        if (!known) {
            return false;
        }
        begin = i + 1;
    }
    return true;
}

static bool is_private(const struct path_walk *walk, struct slice plain)
{
    if (redact_file_word(plain)) {
        return false;
    }
    bool stream = redact_stream_extension(extension_of(plain));
    if (walk->private_segments > 0) {
        return true;
    }
    if (walk->behind == 0 && stream) {
        return !is_known_stem(stem_of(plain));
    }
    if (redact_path_word(plain)) {
        return false;
    }
    if (walk->first_of_part || (walk->form == PATH_STREAM && walk->behind > 0)) {
        return true;
    }
    if (walk->form == PATH_NUMBER && (walk->behind == 1 || walk->behind == 2)) {
        return true;
    }
    return redact_is_token(plain) || !is_plain(plain);
}

static void put_segment(struct buf *out, struct path_walk *walk, struct slice segment)
{
    struct slice name = without_parameters(segment);
    struct redact_plain decoded;
    bool readable = redact_decode(name, &decoded);
    struct slice plain = readable ? redact_plain_slice(&decoded) : slice_make(NULL, 0);
    if (readable && is_nothing(plain)) {
        buf_append(out, name);
    } else {
        bool hidden = !readable || is_private(walk, plain);
        if (hidden) {
            put_private(out, name);
        } else {
            buf_append(out, name);
        }
        /* A hidden word marks nothing: else what is hidden behind it would tell which word it was. */
        size_t marked = hidden ? 0 : redact_marker(plain);
        walk->private_segments -= walk->private_segments > 0;
        walk->private_segments = marked > walk->private_segments ? marked : walk->private_segments;
        walk->first_of_part = false;
        walk->behind -= walk->behind > 0;
    }
    if (name.len < segment.len) {
        buf_append_byte(out, ';');
        redact_form(out, slice_from(segment, name.len + 1));
    }
}

/* Counts the segments that are not nothing and looks at the last. */
static struct path_walk look_ahead(struct slice path, bool rooted)
{
    size_t count = 0;
    struct slice last = slice_make(NULL, 0);
    while (path.len > 0) {
        struct slice segment = without_parameters(slice_split(&path, '/'));
        if (!is_nothing(segment)) {
            count++;
            last = segment;
        }
    }
    struct path_walk walk = {.behind = count > 0 ? count - 1 : 0, .first_of_part = !rooted};
    struct redact_plain decoded;
    if (redact_decode(last, &decoded)) {
        last = redact_plain_slice(&decoded);
        if (redact_stream_extension(extension_of(last))) {
            walk.form = PATH_STREAM;
        } else if (is_digits(last) && count >= 3) {
            walk.form = PATH_NUMBER;
        }
    }
    return walk;
}

void redact_path(struct buf *out, struct slice path, bool rooted)
{
    struct path_walk walk = look_ahead(path, rooted);
    while (path.len > 0) {
        bool more = slice_index(path, '/') != SIZE_MAX;
        put_segment(out, &walk, slice_split(&path, '/'));
        if (more) {
            buf_append_byte(out, '/');
        }
    }
}
