/* A pattern's text into items in postfix order. What is refused here is not wrong, but libhs's. */
#include <stdlib.h>
#include <string.h>

#include "daemon/rule/allocate_priv.h"
#include "daemon/rule/pattern_priv.h"

enum { DEPTH_MAX = 32, REPEAT_MAX = 1000, UNBOUNDED = -1, CLASS_LETTERS_MAX = 16 };

/* A group that is open, or the whole pattern. */
struct group {
    size_t begin;   /* its first item */
    bool has_part;  /* the branch has an operand already */
    bool has_other; /* a branch stands before this one */
};

struct parse {
    struct slice rest;
    unsigned flags;
    struct pattern_text *out;
    struct group groups[DEPTH_MAX];
    size_t depth; /* index of the innermost group */
    bool failed;
};

static bool fail(struct parse *parse)
{
    parse->failed = true;
    return false;
}

static bool take(struct parse *parse, uint8_t byte)
{
    bool fits = parse->rest.len > 0 && parse->rest.data[0] == byte;
    if (fits) {
        parse->rest = slice_from(parse->rest, 1);
    }
    return fits;
}

static bool add_item(struct parse *parse, enum pattern_kind kind, uint8_t needs, uint16_t set)
{
    struct pattern_text *out = parse->out;
    bool byte = kind == PATTERN_BYTE;
    if (out->count == PATTERN_ITEMS_MAX || out->bytes + byte > PATTERN_BYTES_MAX) {
        return fail(parse);
    }
    out->items[out->count++] = (struct pattern_item){.kind = (uint8_t)kind, .needs = needs, .set = set};
    out->bytes += byte;
    return true;
}

/* ---- sets of bytes, and with UTF-8 of letters */

struct class
{
    struct byte_set set;
    struct slice letters[CLASS_LETTERS_MAX]; /* of several bytes */
    size_t letter_count;
};

static void add_range(struct byte_set *set, unsigned first, unsigned last)
{
    for (unsigned byte = first; byte <= last; byte++) {
        byte_set_add(set, byte);
    }
}

static void add_other_cases(struct byte_set *set)
{
    for (unsigned letter = 'a'; letter <= 'z'; letter++) {
        unsigned capital = letter - 'a' + 'A';
        if (byte_set_has(set, letter) || byte_set_has(set, capital)) {
            byte_set_add(set, letter);
            byte_set_add(set, capital);
        }
    }
}

static void add_inverse(struct byte_set *set, const struct byte_set *of)
{
    for (size_t i = 0; i < 4; i++) {
        set->bits[i] |= ~of->bits[i];
    }
}

/* \d \w \s, and their opposites in capitals. */
static bool add_named(struct byte_set *set, uint8_t name)
{
    struct byte_set named = {{0}};
    switch (byte_lower(name)) {
    case 'd':
        add_range(&named, '0', '9');
        break;
    case 'w':
        add_range(&named, '0', '9');
        add_range(&named, 'A', 'Z');
        add_range(&named, 'a', 'z');
        byte_set_add(&named, '_');
        break;
    case 's':
        add_range(&named, '\t', '\r');
        byte_set_add(&named, ' ');
        break;
    default:
        return false;
    }
    if (name == byte_lower(name)) {
        for (size_t i = 0; i < 4; i++) {
            set->bits[i] |= named.bits[i];
        }
    } else {
        add_inverse(set, &named);
    }
    return true;
}

static int hex_digit(uint8_t byte)
{
    uint8_t lower = byte_lower(byte);
    return lower >= '0' && lower <= '9' ? lower - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The byte that an escape means, behind its backslash; SIZE_MAX where it is none that we know. */
static size_t take_escaped(struct parse *parse)
{
    static const char letters[] = "nrtfae";
    static const char bytes[] = "\n\r\t\f\a\x1b";
    struct slice rest = parse->rest;
    if (rest.len == 0) {
        return SIZE_MAX;
    }
    uint8_t byte = rest.data[0];
    const char *letter = byte == 0 ? NULL : strchr(letters, byte);
    bool word = (byte >= '0' && byte <= '9') || (byte_lower(byte) >= 'a' && byte_lower(byte) <= 'z');
    if (byte == 'x' && rest.len >= 3 && hex_digit(rest.data[1]) >= 0 && hex_digit(rest.data[2]) >= 0) {
        unsigned value = (unsigned)(hex_digit(rest.data[1]) * 16 + hex_digit(rest.data[2]));
        parse->rest = slice_from(rest, 3);
        bool letter_of_several = value >= 0x80 && (parse->flags & PATTERN_UTF8) != 0;
        return letter_of_several ? SIZE_MAX : value;
    }
    if ((word && letter == NULL) || byte >= 0x80) {
        return SIZE_MAX;
    }
    parse->rest = slice_from(rest, 1);
    return letter != NULL ? (uint8_t)bytes[letter - letters] : byte;
}

/* One byte of a class, or a name of several (then `*named`). */
static bool take_member(struct parse *parse, struct byte_set *set, size_t *byte, bool *named)
{
    *named = false;
    struct slice rest = parse->rest;
    if (rest.len == 0 || (rest.data[0] == '[' && rest.len > 1 && memchr(":.=", rest.data[1], 3) != NULL)) {
        return fail(parse);
    }
    parse->rest = slice_from(rest, 1);
    *byte = rest.data[0];
    if (rest.data[0] != '\\') {
        return true;
    }
    if (rest.len > 1 && add_named(set, rest.data[1])) {
        bool others = rest.data[1] != byte_lower(rest.data[1]) && (parse->flags & PATTERN_UTF8) != 0;
        parse->rest = slice_from(rest, 2);
        *named = true;
        return !others || fail(parse);
    }
    *byte = take_escaped(parse);
    return *byte != SIZE_MAX || fail(parse);
}

/* Takes a letter of several bytes, where one is next and the pattern is UTF-8. */
static bool take_letter(struct parse *parse, struct slice *letter)
{
    size_t len = 1;
    if ((parse->flags & PATTERN_UTF8) == 0 || parse->rest.len == 0 || parse->rest.data[0] < 0x80) {
        return false;
    }
    while (len < parse->rest.len && (parse->rest.data[len] & 0xc0) == 0x80) {
        len++;
    }
    *letter = slice_part(parse->rest, 0, len);
    parse->rest = slice_from(parse->rest, len);
    return true;
}

/* Bytes, a range of them, or a letter. */
static bool take_members(struct parse *parse, struct class *class)
{
    size_t byte;
    size_t last;
    bool named;
    struct slice letter;
    if (take_letter(parse, &letter)) {
        bool range = parse->rest.len > 1 && parse->rest.data[0] == '-' && parse->rest.data[1] != ']';
        if (range || class->letter_count == CLASS_LETTERS_MAX) {
            return fail(parse);
        }
        class->letters[class->letter_count++] = letter;
        return true;
    }
    if (!take_member(parse, &class->set, &byte, &named)) {
        return false;
    }
    bool range = parse->rest.len > 1 && parse->rest.data[0] == '-' && parse->rest.data[1] != ']';
    if (!range) {
        if (!named) {
            byte_set_add(&class->set, (unsigned)byte);
        }
        return true;
    }
    parse->rest = slice_from(parse->rest, 1);
    if (named || !take_member(parse, &class->set, &last, &named) || named || last < byte) {
        return fail(parse);
    }
    add_range(&class->set, (unsigned)byte, (unsigned)last);
    return true;
}

/* Behind '['. */
static bool take_class(struct parse *parse, struct class *out)
{
    *out = (struct class){.letter_count = 0};
    bool inverse = take(parse, '^');
    bool utf8 = (parse->flags & PATTERN_UTF8) != 0;
    for (bool first = true; first || !take(parse, ']'); first = false) {
        if (!take_members(parse, out)) {
            return false;
        }
    }
    if ((parse->flags & PATTERN_CASELESS) != 0) {
        add_other_cases(&out->set);
    }
    if (inverse) {
        struct byte_set set = out->set;
        out->set = (struct byte_set){{0}};
        add_inverse(&out->set, &set);
    }
    return !(inverse && utf8) || fail(parse); /* all other letters are none of our sets */
}

static bool add_set(struct parse *parse, const struct byte_set *set)
{
    struct pattern_text *out = parse->out;
    size_t at = 0;
    while (at < out->set_count && memcmp(&out->sets[at], set, sizeof *set) != 0) {
        at++;
    }
    if (at == PATTERN_SETS_MAX) {
        return fail(parse);
    }
    out->sets[at] = *set;
    out->set_count += at == out->set_count;
    return add_item(parse, PATTERN_BYTE, 0, (uint16_t)at);
}

static bool add_byte(struct parse *parse, size_t byte)
{
    struct byte_set set = {{0}};
    byte_set_add(&set, (unsigned)byte);
    if ((parse->flags & PATTERN_CASELESS) != 0) {
        add_other_cases(&set);
    }
    return add_set(parse, &set);
}

/* All bytes of a letter, one behind the other. */
static bool add_letter(struct parse *parse, struct slice letter)
{
    bool good = (parse->flags & PATTERN_CASELESS) == 0 || fail(parse); /* its other case is not known */
    for (size_t i = 0; i < letter.len && good; i++) {
        good = add_byte(parse, letter.data[i]) && (i == 0 || add_item(parse, PATTERN_JOIN, 0, 0));
    }
    return good;
}

static bool add_class(struct parse *parse, const struct class *class)
{
    static const struct byte_set none;
    bool bytes = class->letter_count == 0 || memcmp(&class->set, &none, sizeof none) != 0;
    bool good = !bytes || add_set(parse, &class->set);
    for (size_t i = 0; i < class->letter_count && good; i++) {
        good = add_letter(parse, class->letters[i]) &&
               ((i == 0 && !bytes) || add_item(parse, PATTERN_EITHER, 0, 0));
    }
    return good;
}

/* ---- repetitions */

static bool take_number(struct parse *parse, int *number)
{
    size_t digits = 0;
    *number = 0;
    while (parse->rest.len > 0 && parse->rest.data[0] >= '0' && parse->rest.data[0] <= '9' && digits < 4) {
        *number = *number * 10 + (parse->rest.data[0] - '0');
        parse->rest = slice_from(parse->rest, 1);
        digits++;
    }
    return digits > 0;
}

/* {N}, {N,} or {N,M}, behind its brace. */
static bool take_bounds(struct parse *parse, int *min, int *max)
{
    if (!take_number(parse, min)) {
        return fail(parse);
    }
    *max = *min;
    if (take(parse, ',') && !take_number(parse, max)) {
        *max = UNBOUNDED;
    }
    bool good = take(parse, '}') && *max != 0 && *min <= REPEAT_MAX && *max <= REPEAT_MAX &&
                (*max == UNBOUNDED || *min <= *max);
    return good || fail(parse);
}

static bool copy_items(struct parse *parse, size_t begin, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct pattern_item item = parse->out->items[begin + i];
        if (!add_item(parse, (enum pattern_kind)item.kind, item.needs, item.set)) {
            return false;
        }
    }
    return true;
}

/* Repeats the operand that begins at item `begin`: x{2,4} as xx(x(x)?)?, which needs no more moves than x. */
static bool repeat(struct parse *parse, size_t begin, int min, int max)
{
    size_t count = parse->out->count - begin;
    int required = max == UNBOUNDED && min == 0 ? 1 : min;
    bool good = true;
    for (int i = 1; i < required && good; i++) {
        bool last = i + 1 == required && max == UNBOUNDED;
        good = copy_items(parse, begin, count) && (!last || add_item(parse, PATTERN_REPEAT, 0, 0)) &&
               add_item(parse, PATTERN_JOIN, 0, 0);
    }
    if (max == UNBOUNDED) {
        return good && (required > 1 || add_item(parse, PATTERN_REPEAT, 0, 0)) &&
               (min > 0 || add_item(parse, PATTERN_MAYBE, 0, 0));
    }
    for (int i = required == 0 ? 1 : required; i < max && good; i++) {
        good = copy_items(parse, begin, count);
    }
    for (int i = required; i < max && good; i++) {
        good = add_item(parse, PATTERN_MAYBE, 0, 0) &&
               (i + 1 == max && required == 0 ? true : add_item(parse, PATTERN_JOIN, 0, 0));
    }
    return good;
}

static bool take_repetition(struct parse *parse, size_t begin)
{
    int min = 0;
    int max = UNBOUNDED;
    if (take(parse, '?')) {
        max = 1;
    } else if (take(parse, '+')) {
        min = 1;
    } else if (take(parse, '{')) {
        if (!take_bounds(parse, &min, &max)) {
            return false;
        }
    } else if (!take(parse, '*')) {
        return true;
    }
    bool good = repeat(parse, begin, min, max);
    (void)take(parse, '?'); /* not greedy: the same matches */
    bool again = parse->rest.len > 0 && memchr("*+?{", parse->rest.data[0], 4) != NULL;
    return good && (!again || fail(parse));
}

/* ---- groups and branches */

static bool end_branch(struct parse *parse)
{
    struct group *group = &parse->groups[parse->depth];
    bool good = (group->has_part || add_item(parse, PATTERN_NOTHING, 0, 0)) &&
                (!group->has_other || add_item(parse, PATTERN_EITHER, 0, 0));
    group->has_other = true;
    group->has_part = false;
    return good;
}

/* An operand that begins at item `begin` is complete. */
static bool end_part(struct parse *parse, size_t begin)
{
    if (!take_repetition(parse, begin)) {
        return false;
    }
    struct group *group = &parse->groups[parse->depth];
    bool joins = group->has_part;
    group->has_part = true;
    return !joins || add_item(parse, PATTERN_JOIN, 0, 0);
}

static bool open_group(struct parse *parse)
{
    if (take(parse, '?') && !take(parse, ':')) {
        return fail(parse);
    }
    if (parse->depth + 1 == DEPTH_MAX) {
        return fail(parse);
    }
    parse->groups[++parse->depth] = (struct group){.begin = parse->out->count};
    return true;
}

static bool close_group(struct parse *parse)
{
    if (parse->depth == 0 || !end_branch(parse)) {
        return fail(parse);
    }
    return end_part(parse, parse->groups[parse->depth--].begin);
}

static uint8_t need_of_escape(uint8_t letter)
{
    switch (letter) {
    case 'b':
        return NEED_WORD_EDGE;
    case 'B':
        return NEED_NO_WORD_EDGE;
    case 'A':
        return NEED_BEGIN;
    case 'z':
        return NEED_END;
    case 'Z':
        return NEED_LAST_LINE_END;
    default:
        return 0;
    }
}

/* Something that holds between bytes; repeated it would say nothing more, and is libhs's. */
static bool add_need(struct parse *parse, uint8_t need)
{
    bool repeated = parse->rest.len > 0 && memchr("*+?{", parse->rest.data[0], 4) != NULL;
    size_t begin = parse->out->count;
    return repeated ? fail(parse) : add_item(parse, PATTERN_NOTHING, need, 0) && end_part(parse, begin);
}

static bool take_escape(struct parse *parse)
{
    size_t begin = parse->out->count;
    struct byte_set set = {{0}};
    uint8_t letter = parse->rest.len == 0 ? 0 : parse->rest.data[0];
    uint8_t need = need_of_escape(letter);
    if (need != 0) {
        parse->rest = slice_from(parse->rest, 1);
        return add_need(parse, need);
    }
    if (add_named(&set, letter)) {
        bool others = letter != byte_lower(letter) && (parse->flags & PATTERN_UTF8) != 0;
        parse->rest = slice_from(parse->rest, 1);
        return others ? fail(parse) : add_set(parse, &set) && end_part(parse, begin);
    }
    size_t byte = take_escaped(parse);
    return byte == SIZE_MAX ? fail(parse) : add_byte(parse, byte) && end_part(parse, begin);
}

static bool add_dot(struct parse *parse)
{
    struct byte_set none = {{0}};
    struct byte_set set = {{0}};
    if ((parse->flags & PATTERN_UTF8) != 0) {
        return fail(parse);
    }
    if ((parse->flags & PATTERN_DOTALL) == 0) {
        byte_set_add(&none, '\n');
    }
    add_inverse(&set, &none);
    return add_set(parse, &set);
}

static bool take_part(struct parse *parse)
{
    bool lines = (parse->flags & PATTERN_MULTILINE) != 0;
    size_t begin = parse->out->count;
    struct class class;
    struct slice letter;
    if (take_letter(parse, &letter)) {
        return add_letter(parse, letter) && end_part(parse, begin);
    }
    uint8_t byte = parse->rest.data[0];
    parse->rest = slice_from(parse->rest, 1);
    switch (byte) {
    case '(':
        return open_group(parse);
    case ')':
        return close_group(parse);
    case '|':
        return end_branch(parse);
    case '^':
        return add_need(parse, lines ? NEED_LINE_BEGIN : NEED_BEGIN);
    case '$':
        return add_need(parse, lines ? NEED_LINE_END : NEED_LAST_LINE_END);
    case '\\':
        return take_escape(parse);
    case '[':
        return take_class(parse, &class) && add_class(parse, &class) && end_part(parse, begin);
    case '.':
        return add_dot(parse) && end_part(parse, begin);
    case '*':
    case '+':
    case '?':
    case '{':
        return fail(parse);
    default:
        return add_byte(parse, byte) && end_part(parse, begin);
    }
}

bool pattern_parse(const char *text, unsigned flags, struct pattern_text *out)
{
    *out = (struct pattern_text){.items = rule_allocate(PATTERN_ITEMS_MAX, sizeof *out->items),
                                 .sets = rule_allocate(PATTERN_SETS_MAX, sizeof *out->sets)};
    struct parse parse = {.rest = slice_text(text), .flags = flags, .out = out};
    while (parse.rest.len > 0 && take_part(&parse)) {
    }
    if (!parse.failed && parse.depth == 0) {
        (void)end_branch(&parse);
    }
    if (parse.failed || parse.depth > 0) {
        pattern_text_free(out);
        return false;
    }
    return true;
}

void pattern_text_free(struct pattern_text *text)
{
    free(text->items);
    free(text->sets);
    *text = (struct pattern_text){.items = NULL};
}
