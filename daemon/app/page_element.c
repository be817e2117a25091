/* What the elements of pages say that matter here. */
#include "daemon/app/page_priv.h"

/* The element frames another page: its source, also where a script loads it later. */
void page_read_frame(struct page_parser *parser, struct slice attributes)
{
    static const char *const sources[] = {"src", "data-src", "data-lazy-src"};
    for (size_t i = 0; i < ARRAY_COUNT(sources); i++) {
        uint8_t room[PAGE_URL_MAX];
        struct slice url = page_url_clean(page_attribute(attributes, slice_text(sources[i])), room);
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
    if (!slice_equal_nocase(page_attribute(attributes, slice_text("http-equiv")), slice_text("refresh"))) {
        return;
    }
    struct slice rest = page_attribute(attributes, slice_text("content"));
    (void)slice_split(&rest, ';');
    rest = page_skip_blanks(rest);
    if (!slice_starts_nocase(rest, slice_text("url"))) {
        return;
    }
    rest = page_skip_blanks(slice_from(rest, strlen("url")));
    if (rest.len == 0 || rest.data[0] != '=') {
        return;
    }
    rest = page_skip_blanks(slice_from(rest, 1));
    if (rest.len > 0 && (rest.data[0] == '"' || rest.data[0] == '\'')) {
        rest = slice_from(rest, 1);
    }
    uint8_t room[PAGE_URL_MAX];
    page_take_refresh(parser, page_url_clean(rest, room), true);
}

/* ---- texts: the title, and entries */

/* The name beside a link's text: it is looked for where it is asked for. */
static struct page_text *link_name(struct page_link *link)
{
    if (link->attributes.len > 0) {
        page_text_add(&link->name, page_attribute(link->attributes, link->name_attribute));
        link->attributes = slice_make(NULL, 0);
    }
    return &link->name;
}

void page_keep_texts(struct page_parser *parser)
{
    if (parser->text_kind != PAGE_TEXT_FREE) {
        page_text_keep(&parser->text);
    }
    if (parser->text_kind == PAGE_TEXT_ENTRY) {
        page_text_keep(link_name(&parser->link));
        page_text_keep(&parser->link.uri);
    }
}

static void end_text(struct page_parser *parser)
{
    struct page_link *link = &parser->link;
    if (parser->text_kind == PAGE_TEXT_TITLE && parser->facts.title_len == 0) {
        struct slice title = page_text_end(&parser->text);
        parser->facts.title_len = title.len;
        if (title.len > 0) {
            memcpy(parser->facts.title, title.data, title.len);
        }
    } else if (parser->text_kind == PAGE_TEXT_ENTRY) {
        bool playable = link->words && page_is_stream(page_text_joined(&link->uri));
        if (!page_offer_text(parser, &parser->text, &link->uri, playable)) {
            (void)page_offer_text(parser, link_name(link), &link->uri, playable);
        }
    }
    parser->text_kind = PAGE_TEXT_FREE;
}

static void open_title(struct page_parser *parser, struct slice attributes)
{
    (void)attributes;
    end_text(parser);
    parser->text_kind = PAGE_TEXT_TITLE;
    page_text_clear(&parser->text);
}

static void begin_entry(struct page_parser *parser, struct slice attributes, struct slice uri,
                        struct slice name_attribute)
{
    end_text(parser);
    parser->text_kind = PAGE_TEXT_ENTRY;
    page_text_clear(&parser->text);
    parser->link.attributes = attributes;
    parser->link.name_attribute = name_attribute;
    page_text_clear(&parser->link.name);
    page_text_clear(&parser->link.uri);
    page_text_add(&parser->link.uri, uri);
}

static void open_link(struct page_parser *parser, struct slice attributes)
{
    struct slice uri = page_attribute(attributes, slice_text("href"));
    parser->facts.links += uri.len > 0;
    begin_entry(parser, attributes, uri, slice_text("title"));
}

static void open_choice(struct page_parser *parser, struct slice attributes)
{
    begin_entry(parser, attributes, page_attribute(attributes, slice_text("value")), slice_text("label"));
}

static void open_picture(struct page_parser *parser, struct slice attributes)
{
    if (parser->text_kind != PAGE_TEXT_ENTRY || !page_text_is_empty(link_name(&parser->link))) {
        return;
    }
    struct slice name = page_attribute(attributes, slice_text("alt"));
    page_text_add(&parser->link.name, name.len > 0 ? name : page_attribute(attributes, slice_text("title")));
}

/* ---- which elements these are */

#define NAME(text)                                                                                           \
    {                                                                                                        \
        (const uint8_t *)(text), sizeof(text) - 1                                                            \
    }

/* Elements that matter, by the length of their names. */
struct element {
    struct slice name;
    void (*open)(struct page_parser *parser, struct slice attributes);
    void (*close)(struct page_parser *parser);
    enum page_state inside;
};

static const struct element elements_of_1[] = {{.name = NAME("a"), .open = open_link, .close = end_text}};
static const struct element elements_of_3[] = {
    {.name = NAME("img"), .open = open_picture},
    {.name = NAME("xmp"), .inside = PAGE_AT_RAW},
};
static const struct element elements_of_4[] = {{.name = NAME("meta"), .open = read_meta}};
static const struct element elements_of_5[] = {
    {.name = NAME("title"), .open = open_title, .close = end_text},
    {.name = NAME("style"), .inside = PAGE_AT_RAW},
};
static const struct element elements_of_6[] = {
    {.name = NAME("option"), .open = open_choice, .close = end_text},
    {.name = NAME("button"), .open = open_choice, .close = end_text},
    {.name = NAME("script"), .inside = PAGE_AT_SCRIPT},
    {.name = NAME("iframe"), .open = page_read_frame},
    {.name = NAME("select"), .close = end_text},
};
static const struct element elements_of_8[] = {{.name = NAME("textarea"), .inside = PAGE_AT_RAW}};

#define ELEMENTS(list)                                                                                       \
    {                                                                                                        \
        (list), ARRAY_COUNT(list)                                                                            \
    }
static const struct {
    const struct element *rows;
    size_t count;
} elements_by_length[] = {
    [1] = ELEMENTS(elements_of_1), [3] = ELEMENTS(elements_of_3), [4] = ELEMENTS(elements_of_4),
    [5] = ELEMENTS(elements_of_5), [6] = ELEMENTS(elements_of_6), [8] = ELEMENTS(elements_of_8),
};

static const struct element *look_up(struct slice name)
{
    if (name.len >= ARRAY_COUNT(elements_by_length)) {
        return NULL;
    }
    const struct element *rows = elements_by_length[name.len].rows;
    for (size_t i = 0; i < elements_by_length[name.len].count; i++) {
        if (slice_equal_nocase(name, rows[i].name)) {
            return &rows[i];
        }
    }
    return NULL;
}

/* A bit for each letter, by its low five bits, with which a name of the table begins: most others do not. */
static uint32_t initials;

void page_element_prepare(void)
{
    for (size_t len = 1; len < ARRAY_COUNT(elements_by_length); len++) {
        for (size_t i = 0; i < elements_by_length[len].count; i++) {
            initials |= UINT32_C(1) << (elements_by_length[len].rows[i].name.data[0] & 31);
        }
    }
}

static inline const struct element *find_element(struct slice name)
{
    return name.len > 0 && (initials >> (name.data[0] & 31) & 1) != 0 ? look_up(name) : NULL;
}

void page_close_tag(struct page_parser *parser, struct slice name)
{
    const struct element *element = find_element(name);
    if (element != NULL && element->close != NULL) {
        element->close(parser);
    }
}

/* Most tags have no word; '<' begins none of the shortest. */
static bool read_words(struct page_parser *parser, struct slice bytes, bool link)
{
    if (bytes.len <= PAGE_WORD_MIN || !page_scan_finds(bytes)) {
        return false;
    }
    page_read_words(parser, bytes, 0, bytes.len, false, link);
    return true;
}

void page_open_tag(struct page_parser *parser, struct slice bytes, const struct page_tag *tag)
{
    const struct element *element = find_element(tag->name);
    if (element == NULL) {
        (void)read_words(parser, bytes, false);
        return;
    }
    if (element->open != NULL) {
        element->open(parser, tag->attributes);
    }
    if (element->open == open_link || element->open == open_choice) {
        parser->link.words = read_words(parser, bytes, true);
    } else {
        (void)read_words(parser, bytes, false);
    }
    if (element->inside != PAGE_AT_TEXT) {
        parser->state = element->inside;
        parser->inside_name = element->name;
        parser->done = 0;
    }
}
