/*
 * Paths: which segments are nobody's. Shown are words of the shipped tables, file names made of such words
 * and numbers, and the number that ends a path to a stream; and none of them where a user's name, a password
 * or a token stands: behind a word that tells so (/live/USER/PASSWORD/7.ts), or by the form of the whole path
 * (/USER/PASSWORD/7). A `*` that ends a path keeps a known extension behind it, so that a reader still sees
 * what was asked for.
 */
#include "daemon/app/redact_priv.h"

struct path_walk {
    size_t index; /* of the present segment, of those that are not nothing */
    size_t count;
    size_t private_segments;
    bool number_form; /* /USER/PASSWORD/NUMBER */
    bool known_front; /* the first segment was a known word */
    bool numbers;     /* a word in front said that a number of the catalogue ends the path */
    bool rooted;      /* the path begins where paths begin: its first segment is whole */
};

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

/* A part of a file name: a known word, a number, or both. */
static bool is_known_part(struct slice part, bool *word)
{
    size_t letters = 0;
    while (letters < part.len && !redact_is_digits(slice_part(part, letters, 1))) {
        letters++;
    }
    struct slice number = slice_from(part, letters);
    bool named = redact_stem_word(slice_part(part, 0, letters));
    *word = *word || named || redact_stem_word(part);
    return redact_stem_word(part) ||
           ((letters == 0 || named) &&
            (number.len == 0 || (number.len <= REDACT_NUMBER_DIGITS && redact_is_digits(number))));
}

/* A file name of known words and numbers only, one word at least or, with `numbers`, none: "index",
 * "seg-7-v1a1", "123_45". */
static bool is_known_stem(struct slice stem, bool numbers)
{
    bool word = false;
    size_t begin = 0;
    for (size_t i = 0; i <= stem.len; i++) {
        if (i < stem.len && stem.data[i] != '-' && stem.data[i] != '_' && stem.data[i] != '.') {
            continue;
        }
        if (i == begin || !is_known_part(slice_part(stem, begin, i - begin), &word)) {
            return false;
        }
        begin = i + 1;
    }
    return (word || numbers) && !redact_is_token(stem);
}

/* What ends a path: the name of a file, or the number of a stream. */
static bool is_known_end(const struct path_walk *walk, struct slice plain)
{
    struct slice extension = extension_of(plain);
    bool stream = redact_stream_extension(extension);
    if (stream || redact_other_extension(extension)) {
        return is_known_stem(stem_of(plain), stream && walk->index >= 2);
    }
    bool expected = walk->numbers || (walk->number_form && walk->rooted && !walk->known_front);
    return expected && plain.len <= REDACT_NUMBER_DIGITS && redact_is_digits(plain);
}

static bool is_shown(const struct path_walk *walk, struct slice plain)
{
    if (redact_file_word(plain)) {
        return true;
    }
    if (walk->private_segments > 0) {
        return false;
    }
    if (walk->index + 1 == walk->count && is_known_end(walk, plain)) {
        return true;
    }
    bool private_place = (walk->index == 0 && !walk->rooted) || (walk->index == 1 && walk->number_form);
    return !private_place && redact_path_word(plain);
}

static void put_private(struct buf *out, struct slice segment, bool last)
{
    struct slice extension = extension_of(segment);
    redact_star(out);
    if (last && (redact_stream_extension(extension) || redact_other_extension(extension))) {
        buf_append_byte(out, '.');
        buf_append(out, extension);
    }
}

/* What a segment says of those behind it. */
static void go_on(struct path_walk *walk, struct slice plain, bool shown)
{
    /* A hidden word marks nothing: else what is hidden behind it would tell which word it was. */
    size_t marked = shown ? redact_marker(plain) : 0;
    walk->numbers = walk->numbers || (shown && redact_marks_numbers(plain));
    walk->known_front = walk->known_front || (walk->index == 0 && shown);
    walk->private_segments -= walk->private_segments > 0;
    walk->private_segments = marked > walk->private_segments ? marked : walk->private_segments;
    walk->index++;
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
        bool shown = readable && is_shown(walk, plain);
        if (shown) {
            buf_append(out, name);
        } else {
            put_private(out, name, walk->index + 1 == walk->count);
        }
        go_on(walk, plain, shown);
    }
    if (name.len < segment.len) {
        buf_append_byte(out, ';');
        redact_form(out, slice_from(segment, name.len + 1));
    }
}

/* Counts the segments that are not nothing and looks at the last. */
static struct path_walk look_ahead(struct slice path, bool rooted)
{
    struct path_walk walk = {.rooted = rooted};
    struct slice last = slice_make(NULL, 0);
    while (path.len > 0) {
        struct slice segment = without_parameters(slice_split(&path, '/'));
        if (!is_nothing(segment)) {
            walk.count++;
            last = segment;
        }
    }
    struct redact_plain decoded;
    walk.number_form =
        walk.count == 3 && redact_decode(last, &decoded) && redact_is_digits(redact_plain_slice(&decoded));
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
