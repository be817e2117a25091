/*
 * Zone files with a response policy (RFC 1035, section 5.1; draft-vixie-dnsop-dns-rpz-00). A record's owner
 * says what the policy is about, its type and data what shall happen. Owners are written below the zone's
 * apex, which is the owner of its SOA record or, before that, the first $ORIGIN.
 */
#include <stdio.h>

#include "daemon/rule/list_priv.h"

enum { ADDRESS_LABELS_MAX = 10, BITS_DIGITS_MAX = 3 };

/* ---- names of the zone */

static bool ends_in_dot(struct slice name)
{
    return name.len > 0 && name.data[name.len - 1] == '.';
}

/* `name` as the file writes it, without its last dot, below `origin` where it has none. False where it is too
 * long. */
static bool make_absolute(struct slice name, const char *origin, char out[HOST_NAME_SIZE])
{
    struct buf text = buf_make(HOST_NAME_SIZE - 1);
    bool good = true;
    if (slice_equal(name, slice_text("@"))) {
        good = buf_append_text(&text, origin);
    } else if (ends_in_dot(name)) {
        good = buf_append(&text, slice_part(name, 0, name.len - 1));
    } else {
        good = buf_append(&text, name);
        if (origin[0] != '\0') {
            good = buf_append_byte(&text, '.') && buf_append_text(&text, origin) && good;
        }
    }
    for (size_t i = 0; i < text.len; i++) {
        out[i] = (char)byte_lower(text.data[i]);
    }
    out[text.len] = '\0';
    buf_free(&text);
    return good;
}

/* What stands before the zone's apex; `*inside` says whether the name lies in the zone at all. */
static struct slice below_apex(const struct rpz_zone *zone, const char *name, bool *inside)
{
    struct slice text = slice_text(name);
    struct slice apex = slice_text(zone->apex);
    *inside = true;
    if (apex.len == 0) {
        return text;
    }
    if (slice_equal(text, apex)) {
        return slice_make(text.data, 0);
    }
    *inside = slice_ends(text, apex) && text.data[text.len - apex.len - 1] == '.';
    return *inside ? slice_part(text, 0, text.len - apex.len - 1) : text;
}

/* ---- addresses */

/* The labels of `prefix.words`, last one first; 0 where there are too many. */
static size_t split_labels(struct slice text, struct slice labels[ADDRESS_LABELS_MAX])
{
    size_t count = 0;
    while (text.len > 0 && count < ADDRESS_LABELS_MAX) {
        labels[count++] = slice_split(&text, '.');
    }
    return text.len > 0 ? 0 : count;
}

/* `24.0.2.0.192` is 192.0.2.0/24, `48.zz.1.db8.2001` is 2001:db8:1::/48. */
static bool print_address(struct slice text, char out[PREFIX_TEXT_SIZE])
{
    struct slice labels[ADDRESS_LABELS_MAX];
    size_t count = split_labels(text, labels);
    bool v6 = count != 5;
    bool gap = false; /* the text ends in :: now */
    struct buf made = buf_make(PREFIX_TEXT_SIZE - 1);
    for (size_t i = count; i-- > 1;) {
        v6 = v6 || slice_equal_nocase(labels[i], slice_text("zz"));
    }
    for (size_t i = count; i-- > 1;) {
        bool zeroes = slice_equal_nocase(labels[i], slice_text("zz"));
        if (made.len > 0 && !zeroes && !gap) {
            buf_append_byte(&made, v6 ? ':' : '.');
        }
        buf_append(&made, zeroes ? slice_text("::") : labels[i]);
        gap = zeroes;
    }
    bool good = count > 1 && labels[0].len <= BITS_DIGITS_MAX && !made.truncated;
    if (good) {
        snprintf(out, PREFIX_TEXT_SIZE, "%.*s/%.*s", (int)made.len, (const char *)made.data,
                 (int)labels[0].len, (const char *)labels[0].data);
    }
    buf_free(&made);
    return good;
}

/* ---- records */

static bool is_word(struct slice word, const char *text)
{
    return slice_equal_nocase(word, slice_text(text));
}

/* What the policy does; false where the record is none of a policy. */
static bool read_action(const struct rpz_zone *zone, struct slice type, struct slice data,
                        struct slice trigger, enum watch_state *state)
{
    *state = WATCH_ACTIVE;
    if (is_word(type, "A") || is_word(type, "AAAA") || is_word(type, "TXT")) {
        return true; /* data of one's own in its place */
    }
    if (!is_word(type, "CNAME")) {
        return false;
    }
    char target[HOST_NAME_SIZE];
    if (!make_absolute(data, zone->origin, target)) {
        return true;
    }
    if (is_word(data, "rpz-passthru.") || slice_equal(slice_text(target), trigger)) {
        *state = WATCH_OFFICIAL;
    }
    return true;
}

static bool cut_end(struct slice *name, const char *end)
{
    struct slice text = slice_text(end);
    if (!slice_ends(*name, text)) {
        return false;
    }
    *name = slice_part(*name, 0, name->len - text.len);
    return true;
}

static void tell_address(const struct list_reader *reader, const uint8_t *at, struct slice name,
                         const struct watch_entry *entry)
{
    char text[PREFIX_TEXT_SIZE];
    if (print_address(name, text)) {
        list_tell_host(reader, at, slice_text(text), entry);
    } else {
        list_tell_mistake(reader, at,
                          "expected BITS and the address from its end, as in 24.0.2.0.192.rpz-ip");
    }
}

static void tell_trigger(const struct list_reader *reader, const uint8_t *at, struct slice trigger,
                         const struct watch_entry *entry)
{
    struct slice name = trigger;
    if (cut_end(&name, ".rpz-ip")) {
        tell_address(reader, at, name, entry);
        return;
    }
    if (cut_end(&name, ".rpz-client-ip") || cut_end(&name, ".rpz-nsip") || cut_end(&name, ".rpz-nsdname")) {
        return;
    }
    list_tell_host(reader, at, name, entry);
}

/* Behind the owner stand, in any order, a time to live and a class, then the type and its data. */
static void read_record(struct list_reader *reader, const uint8_t *at, const struct slice *words,
                        size_t count)
{
    struct rpz_zone *zone = &reader->rpz;
    size_t i = 0;
    while (i < count && (is_word(words[i], "IN") ||
                         (words[i].len > 0 && words[i].data[0] >= '0' && words[i].data[0] <= '9'))) {
        i++;
    }
    if (i + 1 >= count) {
        list_tell_mistake(reader, at, "expected NAME CNAME TARGET or another record of a zone");
        return;
    }
    if (is_word(words[i], "SOA")) {
        memcpy(zone->apex, zone->owner, sizeof zone->apex);
        return;
    }
    bool inside;
    struct slice trigger = below_apex(zone, zone->owner, &inside);
    struct watch_entry entry = {0};
    if ((inside && trigger.len == 0) || !read_action(zone, words[i], words[i + 1], trigger, &entry.state)) {
        return;
    }
    if (!inside) {
        list_tell_mistake(reader, at,
                          "this name lies outside of the zone; expected it below the owner of SOA");
        return;
    }
    tell_trigger(reader, at, trigger, &entry);
}

static void read_origin(struct list_reader *reader, struct slice name)
{
    struct rpz_zone *zone = &reader->rpz;
    if (name.len == 0 || !make_absolute(name, zone->origin, zone->origin)) {
        list_tell_mistake(reader, name.len > 0 ? name.data : reader->line_at,
                          "expected a name behind $ORIGIN");
        return;
    }
    if (zone->apex[0] == '\0') {
        memcpy(zone->apex, zone->origin, sizeof zone->apex);
    }
}

/* ---- words and lines */

/* Takes a word; quoted text counts as one, an escaped byte as part of it. */
static struct slice take_token(struct slice *rest)
{
    while (rest->len > 0 && list_is_blank(rest->data[0])) {
        *rest = slice_from(*rest, 1);
    }
    bool quoted = rest->len > 0 && rest->data[0] == '"';
    size_t end = quoted ? 1 : 0;
    while (end < rest->len && (quoted ? rest->data[end] != '"' : !list_is_blank(rest->data[end]))) {
        end += rest->data[end] == '\\' ? 2 : 1;
    }
    end += quoted;
    struct slice word = slice_part(*rest, 0, end);
    *rest = slice_from(*rest, end);
    return word;
}

static void read_statement(struct list_reader *reader, struct slice text)
{
    struct rpz_zone *zone = &reader->rpz;
    struct slice words[RPZ_TOKENS_MAX];
    size_t count = 0;
    bool inherits = text.len > 0 && list_is_blank(text.data[0]);
    struct slice rest = text;
    for (struct slice word; count < RPZ_TOKENS_MAX && (word = take_token(&rest)).len > 0;) {
        words[count++] = word;
    }
    if (count == 0) {
        return;
    }
    if (words[0].data[0] == '$') {
        if (is_word(words[0], "$ORIGIN")) {
            read_origin(reader, count > 1 ? words[1] : slice_make(NULL, 0));
        } else if (!is_word(words[0], "$TTL")) {
            list_tell_mistake(reader, words[0].data,
                              "expected $ORIGIN or $TTL; other files are not read from here");
        }
        return;
    }
    if (!inherits) {
        zone->has_owner = make_absolute(words[0], zone->origin, zone->owner);
    }
    if (!zone->has_owner) {
        list_tell_mistake(reader, words[0].data, "expected a name of at most 253 bytes before this record");
        return;
    }
    read_record(reader, words[0].data, words + !inherits, count - !inherits);
}

/* Leaves out the comment and parentheses outside of quotes, and counts the latter. */
static void append_bare(struct rpz_zone *zone, struct slice line)
{
    bool quoted = false;
    for (size_t i = 0; i < line.len; i++) {
        uint8_t byte = line.data[i];
        if (byte == '\\' && i + 1 < line.len) {
            buf_append_byte(&zone->record, byte);
            byte = line.data[++i];
        } else if (byte == '"') {
            quoted = !quoted;
        } else if (!quoted && byte == ';') {
            return;
        } else if (!quoted && byte == '(') {
            zone->depth++;
            byte = ' ';
        } else if (!quoted && byte == ')') {
            zone->depth -= zone->depth > 0;
            byte = ' ';
        }
        buf_append_byte(&zone->record, byte);
    }
}

/* Told at the line on which the record begins. */
static void end_record(struct list_reader *reader)
{
    struct rpz_zone *zone = &reader->rpz;
    unsigned line = reader->line;
    reader->line = zone->record_line;
    reader->line_at = zone->record.data;
    if (zone->record.truncated) {
        list_tell_mistake(reader, reader->line_at, "this record is longer than 16384 bytes");
    } else if (zone->record.len > 0) {
        read_statement(reader, buf_slice(&zone->record));
    }
    buf_clear(&zone->record);
    zone->depth = 0;
    reader->line = line;
}

void list_read_rpz(struct list_reader *reader, struct slice line)
{
    struct rpz_zone *zone = &reader->rpz;
    if (zone->depth == 0) {
        zone->record_line = reader->line;
    } else {
        buf_append_byte(&zone->record, ' ');
    }
    append_bare(zone, line);
    if (zone->depth == 0) {
        end_record(reader);
    }
}

void list_end_rpz(struct list_reader *reader)
{
    struct rpz_zone *zone = &reader->rpz;
    if (zone->depth > 0) {
        reader->line = zone->record_line;
        reader->line_at = zone->record.data;
        list_tell_mistake(reader, reader->line_at, "this parenthesis has no other one");
    }
}
