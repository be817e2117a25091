/* Tags of pages: where they end, their attributes, and what those that matter here say. */
#include "daemon/app/page_priv.h"

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static struct slice skip_blanks(struct slice text)
{
    size_t len = 0;
    while (len < text.len && is_blank(text.data[len])) {
        len++;
    }
    return slice_from(text, len);
}

/* The place behind a quoted value that opens at or behind `from` and before `limit`: a quote counts only
 * behind
 * '=' (HTML, 13.2.5.37). `limit` where there is none, SIZE_MAX where it does not close. */
static size_t behind_quoted(struct slice bytes, size_t *from, size_t limit)
{
    for (;;) {
        size_t equals = slice_index(slice_part(bytes, *from, limit - *from), '=');
        if (equals == SIZE_MAX) {
            return limit;
        }
        size_t at = *from + equals + 1;
        while (at < limit && is_blank(bytes.data[at])) {
            at++;
        }
        *from = at;
        if (at >= limit || (bytes.data[at] != '"' && bytes.data[at] != '\'')) {
            continue;
        }
        size_t close = slice_index(slice_from(bytes, at + 1), bytes.data[at]);
        return close == SIZE_MAX ? SIZE_MAX : at + 1 + close + 1;
    }
}

size_t page_tag_end(struct slice bytes)
{
    size_t from = 0;
    size_t end = slice_index(bytes, '>');
    while (end != SIZE_MAX) {
        size_t behind = behind_quoted(bytes, &from, end);
        if (behind == end) {
            return end;
        }
        if (behind == SIZE_MAX) {
            return SIZE_MAX;
        }
        from = behind;
        if (behind > end) {
            size_t further = slice_index(slice_from(bytes, behind), '>');
            end = further == SIZE_MAX ? SIZE_MAX : behind + further;
        }
    }
    return SIZE_MAX;
}

struct page_tag page_tag_split(struct slice bytes)
{
    struct page_tag tag = {.closing = bytes.len > 1 && bytes.data[1] == '/'};
    struct slice rest = slice_from(bytes, tag.closing ? 2 : 1);
    size_t len = 0;
    while (len < rest.len && !is_blank(rest.data[len]) && rest.data[len] != '/') {
        len++;
    }
    tag.name = slice_part(rest, 0, len);
    tag.attributes = slice_from(rest, len);
    return tag;
}

bool page_attribute_next(struct slice *attributes, struct slice *name, struct slice *value)
{
    struct slice rest = *attributes;
    while (rest.len > 0 && (is_blank(rest.data[0]) || rest.data[0] == '/')) {
        rest = slice_from(rest, 1);
    }
    size_t len = 0;
    while (len < rest.len && !is_blank(rest.data[len]) && rest.data[len] != '/' &&
           (rest.data[len] != '=' || len == 0)) {
        len++;
    }
    *name = slice_part(rest, 0, len);
    *value = slice_make(NULL, 0);
    struct slice behind = skip_blanks(slice_from(rest, len));
    if (behind.len == 0 || behind.data[0] != '=') {
        *attributes = behind;
        return name->len > 0;
    }
    rest = skip_blanks(slice_from(behind, 1));
    if (rest.len > 0 && (rest.data[0] == '"' || rest.data[0] == '\'')) {
        uint8_t quote = rest.data[0];
        rest = slice_from(rest, 1);
        *value = slice_split(&rest, quote);
    } else {
        len = 0;
        while (len < rest.len && !is_blank(rest.data[len])) {
            len++;
        }
        *value = slice_part(rest, 0, len);
        rest = slice_from(rest, len);
    }
    *attributes = rest;
    return true;
}

struct slice page_attribute(struct slice attributes, const char *name)
{
    struct slice found;
    struct slice value;
    while (page_attribute_next(&attributes, &found, &value)) {
        if (slice_equal_nocase(found, slice_text(name))) {
            return value;
        }
    }
    return slice_make(NULL, 0);
}

/* Both values in one pass; the first of each name counts. */
static void two_attributes(struct slice attributes, const char *const names[2], struct slice values[2])
{
    struct slice wanted[2] = {slice_text(names[0]), slice_text(names[1])};
    struct slice found;
    struct slice value;
    values[0] = values[1] = slice_make(NULL, 0);
    while (page_attribute_next(&attributes, &found, &value)) {
        for (size_t i = 0; i < 2; i++) {
            if (values[i].data == NULL && slice_equal_nocase(found, wanted[i])) {
                values[i] = value;
            }
        }
    }
}

/* The element frames another page: its source, also where a script loads it later. */
void page_read_frame(struct page_parser *parser, struct slice attributes)
{
    static const char *const sources[] = {"src", "data-src", "data-lazy-src"};
    for (size_t i = 0; i < ARRAY_COUNT(sources); i++) {
        uint8_t room[PAGE_URL_MAX];
        struct slice url = page_url_clean(page_attribute(attributes, sources[i]), room);
        struct named_server server;
        if (page_url_server(url, &server)) {
            parser->facts.frames++;
            named_servers_add(&parser->facts.frame_servers, &server);
            return;
        }
    }
}

/* "5; url=https://..." */
static void read_meta(struct page_parser *parser, struct slice attributes)
{
    if (!slice_equal_nocase(page_attribute(attributes, "http-equiv"), slice_text("refresh"))) {
        return;
    }
    struct slice rest = page_attribute(attributes, "content");
    (void)slice_split(&rest, ';');
    rest = skip_blanks(rest);
    if (!slice_starts_nocase(rest, slice_text("url"))) {
        return;
    }
    rest = skip_blanks(slice_from(rest, strlen("url")));
    if (rest.len == 0 || rest.data[0] != '=') {
        return;
    }
    rest = skip_blanks(slice_from(rest, 1));
    if (rest.len > 0 && (rest.data[0] == '"' || rest.data[0] == '\'')) {
        rest = slice_from(rest, 1);
    }
    uint8_t room[PAGE_URL_MAX];
    page_take_refresh(parser, page_url_clean(rest, room), true);
}

static void end_text(struct page_parser *parser)
{
    if (parser->text_kind == PAGE_TEXT_TITLE && parser->facts.title_len == 0) {
        struct slice title = page_text_end(&parser->text);
        memcpy(parser->facts.title, title.data, title.len);
        parser->facts.title_len = title.len;
    } else if (parser->text_kind == PAGE_TEXT_ENTRY) {
        struct slice text = page_text_end(&parser->text);
        text = text.len > 0 || parser->text.cut ? text : page_text_end(&parser->link_name);
        struct slice uri = slice_make(parser->link_uri.bytes, parser->link_uri.len);
        if (!parser->text.cut) {
            page_offer_entry(parser, text, uri, page_is_stream(uri));
        }
    }
    parser->text_kind = PAGE_TEXT_FREE;
}

static void begin_text(struct page_parser *parser, enum page_text_kind kind, struct slice name,
                       struct slice uri)
{
    end_text(parser);
    parser->text_kind = kind;
    page_text_clear(&parser->text);
    page_text_clear(&parser->link_name);
    page_text_add(&parser->link_name, name);
    page_text_clear(&parser->link_uri);
    page_text_add(&parser->link_uri, uri);
}

static void open_title(struct page_parser *parser, struct slice attributes)
{
    (void)attributes;
    begin_text(parser, PAGE_TEXT_TITLE, slice_make(NULL, 0), slice_make(NULL, 0));
}

static void open_link(struct page_parser *parser, struct slice attributes)
{
    static const char *const names[2] = {"href", "title"};
    struct slice values[2];
    two_attributes(attributes, names, values);
    parser->facts.links += values[0].len > 0;
    begin_text(parser, PAGE_TEXT_ENTRY, values[1], values[0]);
}

static void open_choice(struct page_parser *parser, struct slice attributes)
{
    static const char *const names[2] = {"value", "label"};
    struct slice values[2];
    two_attributes(attributes, names, values);
    begin_text(parser, PAGE_TEXT_ENTRY, values[1], values[0]);
}

static void open_picture(struct page_parser *parser, struct slice attributes)
{
    if (parser->text_kind != PAGE_TEXT_ENTRY || parser->link_name.len > 0) {
        return;
    }
    struct slice name = page_attribute(attributes, "alt");
    page_text_add(&parser->link_name, name.len > 0 ? name : page_attribute(attributes, "title"));
}

static void open_script(struct page_parser *parser, struct slice attributes)
{
    (void)attributes;
    parser->state = PAGE_AT_SCRIPT;
    parser->done = 0;
}

/* Elements that matter by what stands in them. */
#define ELEMENT(text) .name = text, .len = sizeof(text) - 1
static const struct {
    const char *name;
    size_t len;
    void (*open)(struct page_parser *parser, struct slice attributes);
    void (*close)(struct page_parser *parser);
} elements[] = {
    {ELEMENT("a"), open_link, end_text},        {ELEMENT("option"), open_choice, end_text},
    {ELEMENT("button"), open_choice, end_text}, {ELEMENT("img"), open_picture, NULL},
    {ELEMENT("title"), open_title, end_text},   {ELEMENT("script"), open_script, NULL},
    {ELEMENT("iframe"), page_read_frame, NULL}, {ELEMENT("meta"), read_meta, NULL},
    {ELEMENT("select"), NULL, end_text},
};

static const char *const raw_names[] = {"script", "style", "textarea", "xmp"};

const char *page_raw_name(size_t index)
{
    return index < ARRAY_COUNT(raw_names) ? raw_names[index] : NULL;
}

static void begin_raw(struct page_parser *parser, struct slice name)
{
    for (size_t i = 1; i < ARRAY_COUNT(raw_names); i++) {
        if (slice_equal_nocase(name, slice_text(raw_names[i]))) {
            parser->raw_name = i;
            parser->state = PAGE_AT_RAW;
        }
    }
}

/* Index of the element, or ARRAY_COUNT(elements). */
static size_t find_element(struct slice name)
{
    size_t i = 0;
    while (i < ARRAY_COUNT(elements) &&
           (name.len != elements[i].len ||
            !slice_equal_nocase(name, slice_make(elements[i].name, elements[i].len)))) {
        i++;
    }
    return i;
}

void page_read_tag(struct page_parser *parser, struct slice bytes)
{
    struct page_tag tag = page_tag_split(bytes);
    size_t element = find_element(tag.name);
    if (tag.closing) {
        if (element < ARRAY_COUNT(elements) && elements[element].close != NULL) {
            elements[element].close(parser);
        }
        return;
    }
    if (element < ARRAY_COUNT(elements) && elements[element].open != NULL) {
        elements[element].open(parser, tag.attributes);
    }
    bool link = element < ARRAY_COUNT(elements) && elements[element].open == open_link;
    bool choice = element < ARRAY_COUNT(elements) && elements[element].open == open_choice;
    page_read_words(parser, bytes, 0, bytes.len, false, link || choice);
    if (element == ARRAY_COUNT(elements) && tag.name.len > 2) {
        begin_raw(parser, tag.name);
    }
}
