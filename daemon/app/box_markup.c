/*
 * Formats of markup and JSON:
 *
 *     spark          <webtv title="TITLE" urlkey="0" url="URL" ... />, one a line, in <webtvs>
 *     enigma2-xml    <channel><title>BASE64</title>...<stream_url><![CDATA[URL]]></stream_url></channel> in
 *                    <items>, all in one line; where channels are categories, with <playlist_url>
 *     starlive       {"iptvstreams_list":{...,"group":{...,"channel":[{"name":...,"stream_url":...}]}}}
 */
#include "base/base64.h"
#include "daemon/app/box_priv.h"
#include "daemon/app/page_priv.h"

/* Whether an element stands in the text before any other that is no prolog. */
static bool begins_with_element(struct slice text, const char *element)
{
    size_t at = 0;
    while ((at = slice_index(text, '<')) != SIZE_MAX) {
        text = slice_from(text, at + 1);
        if (slice_starts(text, slice_text("!--"))) {
            text = slice_from(text, slice_find(text, slice_text("-->")));
        } else if (text.len == 0 || (text.data[0] != '?' && text.data[0] != '!')) {
            return slice_starts(text, slice_text(element));
        }
    }
    return false;
}

/* --- spark */

bool box_begins_spark(struct slice first)
{
    return begins_with_element(first, "webtvs");
}

void box_read_spark(struct box_parser *parser, struct slice line)
{
    struct slice element = slice_text("<webtv ");
    size_t at;
    while ((at = slice_find(line, element)) != SIZE_MAX) {
        struct m3u_attributes attributes = {.rest = slice_from(line, at + element.len)};
        struct slice title = slice_make(NULL, 0);
        struct slice url = title;
        struct slice key, value;
        while (m3u_attributes_next(&attributes, &key, &value) && !slice_starts(key, slice_text("/>"))) {
            if (slice_equal(key, slice_text("title")) && title.data == NULL) {
                title = value;
            } else if (slice_equal(key, slice_text("url")) && url.data == NULL) {
                url = value;
            }
        }
        box_take_entry(parser, title, url);
        line = slice_from(line, at + element.len);
    }
}

/* --- enigma2-xml */

bool box_begins_items(struct slice first)
{
    return begins_with_element(first, "items") &&
           (slice_find(first, slice_text("<playlist_name>")) != SIZE_MAX ||
            slice_find(first, slice_text("<channel>")) != SIZE_MAX);
}

static bool is_tag(const struct box_markup *markup, const char *name)
{
    return slice_equal(slice_make(markup->tag, markup->tag_len), slice_text(name));
}

static void end_tag(struct box_parser *parser)
{
    struct box_markup *markup = &parser->markup;
    struct slice text = slice_make(markup->text, markup->text_len);
    if (is_tag(markup, "/title")) {
        uint8_t plain[M3U_TITLE_MAX];
        m3u_keep(&parser->title, slice_trim(base64_decode(text, BASE64_EITHER, plain, sizeof plain, NULL)),
                 M3U_TITLE_MAX);
    } else if (is_tag(markup, "/stream_url")) {
        box_take_entry(parser, m3u_kept_slice(&parser->title), text);
    } else if (is_tag(markup, "/channel") || is_tag(markup, "channel")) {
        parser->title.len = 0;
    }
    markup->text_len = 0;
}

static void take_tag_byte(struct box_parser *parser, uint8_t byte)
{
    struct box_markup *markup = &parser->markup;
    struct slice cdata = slice_text("![CDATA[");
    if (byte == '>') {
        markup->in_tag = false;
        end_tag(parser);
        return;
    }
    if (markup->tag_len < sizeof markup->tag) {
        markup->tag[markup->tag_len++] = byte;
    }
    if (slice_equal(slice_make(markup->tag, markup->tag_len), cdata)) {
        markup->in_tag = false;
        markup->in_cdata = true;
        markup->text_len = 0;
    }
}

static void take_text_byte(struct box_markup *markup, uint8_t byte)
{
    if (!markup->in_cdata && byte == '<') {
        markup->in_tag = true;
        markup->tag_len = 0;
        return;
    }
    if (markup->text_len < sizeof markup->text) {
        markup->text[markup->text_len++] = byte;
    }
    struct slice end = slice_text("]]>");
    if (markup->in_cdata && byte == '>' && slice_ends(slice_make(markup->text, markup->text_len), end)) {
        markup->in_cdata = false;
        markup->text_len -= end.len;
    }
}

void box_feed_items(struct box_parser *parser, struct slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (parser->markup.in_tag) {
            take_tag_byte(parser, bytes.data[i]);
        } else {
            take_text_byte(&parser->markup, bytes.data[i]);
        }
    }
}

/* --- starlive */

bool box_begins_starlive(struct slice first)
{
    (void)slice_split(&first, '{');
    while (first.len > 0 && memchr(" \t\r\n", first.data[0], 4) != NULL) {
        first = slice_from(first, 1);
    }
    return slice_starts(first, slice_text("\"iptvstreams_list\""));
}

void box_take_starlive(void *context, const struct json_token *token)
{
    struct box_parser *parser = context;
    struct slice key = m3u_kept_slice(&parser->label);
    switch (token->type) {
    case JSON_KEY:
        m3u_keep(&parser->label, token->text, BOX_KEY_MAX);
        break;
    case JSON_STRING:
        if (slice_equal(key, slice_text("name"))) {
            m3u_keep(&parser->title, token->text, M3U_TITLE_MAX);
        } else if (slice_equal(key, slice_text("stream_url"))) {
            box_take_entry(parser, m3u_kept_slice(&parser->title), token->text);
            parser->title.len = 0;
        }
        break;
    default:
        break;
    }
}

void box_feed_starlive(struct box_parser *parser, struct slice bytes)
{
    json_feed(&parser->json, bytes);
}
