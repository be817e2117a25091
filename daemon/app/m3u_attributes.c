/* Playlists: the attributes of a tag, and where its title begins. */
#include "daemon/app/m3u_priv.h"

enum { NAME_LOOKAHEAD = 32 }; /* bytes of an attribute's name */

/* What a byte may be here; lists are long, and each of their bytes is looked at. */
enum byte_class {
    CLASS_NAME = 1, /* of an attribute's name */
    CLASS_BLANK = 2,
    CLASS_COMMA = 4,
    CLASS_EQUALS = 8,
};

static const uint8_t classes[UINT8_MAX + 1] = {
    ['a' ... 'z'] = CLASS_NAME, ['A' ... 'Z'] = CLASS_NAME, ['0' ... '9'] = CLASS_NAME,
    ['-'] = CLASS_NAME,         ['_'] = CLASS_NAME,         [' '] = CLASS_BLANK,
    ['\t'] = CLASS_BLANK,       [','] = CLASS_COMMA,        ['='] = CLASS_EQUALS,
};

static bool is_blank(uint8_t byte)
{
    return (classes[byte] & CLASS_BLANK) != 0;
}

static bool is_name_byte(uint8_t byte)
{
    return (classes[byte] & CLASS_NAME) != 0;
}

static struct slice skip_blanks(struct slice text)
{
    while (text.len > 0 && is_blank(text.data[0])) {
        text = slice_from(text, 1);
    }
    return text;
}

/* Whether `text` begins with name=" or name='. */
static bool attribute_follows(struct slice text)
{
    struct slice window = slice_part(text, 0, NAME_LOOKAHEAD);
    size_t len = 0;
    while (len < window.len && is_name_byte(window.data[len])) {
        len++;
    }
    struct slice behind = slice_part(text, len, 2);
    return len > 0 && behind.len == 2 && behind.data[0] == '=' &&
           (behind.data[1] == '"' || behind.data[1] == '\'');
}

static bool ends_value(struct slice behind_quote)
{
    return behind_quote.len == 0 || is_blank(behind_quote.data[0]) || behind_quote.data[0] == ',' ||
           attribute_follows(behind_quote);
}

/* The length of a value whose opening quote was taken off, or SIZE_MAX where no quote ends it. */
static size_t quoted_length(struct slice text, uint8_t quote)
{
    size_t from = 0;
    size_t at;
    while ((at = slice_index(slice_from(text, from), quote)) != SIZE_MAX) {
        if (ends_value(slice_from(text, from + at + 1))) {
            return from + at;
        }
        from += at + 1;
    }
    return SIZE_MAX;
}

/*
 * Takes a quoted value off. Where no quote ends it, none ends a later one either: that is remembered, so
 * that a line full of opening quotes costs one search and not one each.
 */
static bool take_quoted(struct m3u_attributes *attributes, struct slice *value)
{
    uint8_t quote = attributes->rest.len > 0 ? attributes->rest.data[0] : 0;
    bool *no_closing = quote == '"' ? &attributes->no_closing_double : &attributes->no_closing_single;
    if ((quote != '"' && quote != '\'') || *no_closing) {
        return false;
    }
    struct slice inside = slice_from(attributes->rest, 1);
    size_t len = quoted_length(inside, quote);
    *no_closing = len == SIZE_MAX;
    if (*no_closing) {
        return false;
    }
    *value = slice_part(inside, 0, len);
    attributes->rest = slice_from(inside, len + 1);
    return true;
}

/* The bytes before the next one of these classes. */
static struct slice take_word(struct m3u_attributes *attributes, unsigned ends)
{
    struct slice rest = attributes->rest;
    size_t len = 0;
    while (len < rest.len && (classes[rest.data[len]] & ends) == 0) {
        len++;
    }
    attributes->rest = slice_from(rest, len);
    return slice_part(rest, 0, len);
}

struct slice m3u_take_word(struct m3u_attributes *attributes)
{
    attributes->rest = skip_blanks(attributes->rest);
    return take_word(attributes, CLASS_BLANK | CLASS_COMMA);
}

/* Blanks, and commas that stand between attributes. False at the title or the end. */
static bool skip_to_attribute(struct m3u_attributes *attributes)
{
    attributes->rest = skip_blanks(attributes->rest);
    while (attributes->rest.len > 0 && attributes->rest.data[0] == ',') {
        struct slice behind = skip_blanks(slice_from(attributes->rest, 1));
        if (!attribute_follows(behind)) {
            attributes->rest = behind;
            attributes->ended = true;
            return false;
        }
        attributes->rest = behind;
    }
    return attributes->rest.len > 0;
}

bool m3u_attributes_next(struct m3u_attributes *attributes, struct slice *key, struct slice *value)
{
    while (!attributes->ended && skip_to_attribute(attributes)) {
        *key = take_word(attributes, CLASS_BLANK | CLASS_COMMA | CLASS_EQUALS);
        if (attributes->rest.len == 0 || attributes->rest.data[0] != '=') {
            continue; /* a word that is no attribute */
        }
        attributes->rest = slice_from(attributes->rest, 1);
        if (!take_quoted(attributes, value)) {
            *value = take_word(attributes, CLASS_BLANK | CLASS_COMMA);
        }
        return true;
    }
    attributes->ended = true;
    return false;
}
