/*
 * By which literals a rule is found: those of one content or of one pattern, the rarest that it has. How rare
 * a text is nobody knows beforehand; longer ones are, and those that stand in every other transaction are
 * not.
 */
#include <string.h>

#include "daemon/rule/fields_priv.h"
#include "daemon/rule/gram_table_priv.h"
#include "daemon/rule/pattern_priv.h"
#include "daemon/rule/prefilter_priv.h"

/* A literal of fewer than GRAM_BYTES stands in too many texts: the rule is asked each time instead. */
enum { LENGTH_ENOUGH = 12 };

/* What ordinary requests and answers are made of. */
static const char ordinary_text[] =
    "get post head http/1.1 200 206 301 302 304 404 host: www. .com .net .org user-agent: mozilla/5.0 "
    "(windows nt 10.0; win64; x64) (x11; linux x86_64; rv: (macintosh; intel mac os x (iphone; cpu (linux; "
    "android applewebkit/537.36 (khtml, like gecko) chrome/ mobile safari/537.36 gecko/20100101 firefox/ "
    "accept: */* accept-encoding: gzip, deflate, br accept-language: en-us,en;q=0. connection: keep-alive "
    "referer: https:// http:// cookie: server: nginx\r\nserver: apache cloudflare date: gmt\r\n"
    "content-type: text/html; charset=utf-8\r\ncontent-type: application/json application/javascript "
    "image/jpeg image/png content-length: 0\r\ntransfer-encoding: chunked cache-control: max-age= "
    "last-modified: etag: access-control-allow-origin: * content-disposition: <!doctype html> <html <head> "
    "<title> </title> <script <div <body> </html> .html .php .js .css .png .jpg /index /api/ /images/ /js/ "
    "?id= &id= username= password= action= token= type= #extm3u #extinf: tvg-id= group-title= tvg-logo= .ts "
    ".m3u8 tv .example ";

struct slice prefilter_ordinary_text(void)
{
    return slice_text(ordinary_text);
}

static bool is_ordinary(struct slice text)
{
    bool found = false;
    for (size_t at = 0; at + text.len < sizeof ordinary_text && !found; at++) {
        found = slice_equal_nocase(slice_make(ordinary_text + at, text.len), text);
    }
    return found;
}

static int worth_of(const struct keyword *buffer, struct slice text)
{
    int length = text.len < LENGTH_ENOUGH ? (int)text.len : LENGTH_ENOUGH;
    if (length < GRAM_BYTES) {
        return 0;
    }
    bool few = buffer->buffer == field_method || buffer->buffer == field_stat_code;
    return few ? 1 : is_ordinary(text) ? 1 + length / 4 : 4 * length;
}

static int take_content(const struct buffer_group *group, const struct match_step *step,
                        struct prefilter_choice *out)
{
    out->count = 1;
    out->texts[0] = slice_make(step->bytes, step->len);
    out->nocase = step->nocase;
    return worth_of(group->buffer, out->texts[0]);
}

static int take_pattern(const struct buffer_group *group, const struct match_step *step,
                        struct prefilter_choice *out)
{
    const struct literal_set *literals = pcre_literals(step->pcre);
    int least = INT32_MAX;
    out->count = literals == NULL ? 0 : literals->count;
    out->nocase = pcre_is_caseless(step->pcre);
    for (size_t i = 0; i < out->count; i++) {
        out->texts[i] = slice_make(literals->items[i].bytes, literals->items[i].len);
        int worth = worth_of(group->buffer, out->texts[i]);
        least = worth < least ? worth : least;
    }
    return out->count == 0 ? 0 : least;
}

/* What a document held is asked before its body: that is shorter than searching the body once more. */
static bool is_searched(const struct rule_body *body, const struct buffer_group *group)
{
    return body->stage != STAGE_ENDED || !group->buffer->body;
}

bool prefilter_choose(const struct rule_body *body, struct prefilter_choice *out)
{
    int best = 0;
    for (size_t i = 0; i < body->group_count; i++) {
        const struct buffer_group *group = &body->groups[i];
        for (size_t j = 0; j < group->count; j++) {
            const struct match_step *step = &group->steps[j];
            struct prefilter_choice choice = {.buffer = group->buffer, .side = group->side};
            int worth = step->negated || !is_searched(body, group) ? 0
                        : step->type == STEP_CONTENT               ? take_content(group, step, &choice)
                        : step->type == STEP_PCRE                  ? take_pattern(group, step, &choice)
                                                                   : 0;
            if (worth > best) {
                best = worth;
                *out = choice;
            }
        }
    }
    return best > 0;
}

static uint32_t kinds_of(const struct rule_body *body)
{
    uint32_t forms = PREFILTER_ALL_FORMS;
    for (size_t i = 0; i < body->condition_count; i++) {
        const struct condition *condition = &body->conditions[i];
        if (condition->keyword->words == field_body_kind) {
            uint64_t kinds = condition->negated ? ~condition->words : condition->words;
            forms &= (uint32_t)(kinds << 1);
        }
    }
    if (body->reads_body && !body->states_body_kind) {
        forms &= ~(PREFILTER_FORM(BODY_HTML) | PREFILTER_FORM(BODY_TEXT));
    }
    return forms;
}

/* Keywords are named after the document that they read; without it they do not hold. */
static unsigned document_of(const struct keyword *keyword)
{
    static const struct {
        const char *prefix;
        enum prefilter_document document;
    } prefixes[] = {
        {"m3u.", DOCUMENT_M3U}, {"hls.", DOCUMENT_M3U}, {"api.", DOCUMENT_API}, {"page.", DOCUMENT_PAGE}};
    unsigned document = 0;
    for (size_t i = 0; i < ARRAY_COUNT(prefixes) && keyword->reach == REACH_DOCUMENT; i++) {
        if (slice_starts(slice_text(keyword->name), slice_text(prefixes[i].prefix))) {
            document = (unsigned)prefixes[i].document;
        }
    }
    return document;
}

static uint32_t documents_of(const struct rule_body *body)
{
    unsigned needed = 0;
    for (size_t i = 0; i < body->condition_count; i++) {
        needed |= document_of(body->conditions[i].keyword);
    }
    for (size_t i = 0; i < body->group_count; i++) {
        needed |= document_of(body->groups[i].buffer);
    }
    uint32_t forms = 0;
    for (unsigned form = 0; form < DOCUMENT_FORMS; form++) {
        forms |= (uint32_t)((form & needed) == needed) << form;
    }
    return forms;
}

uint32_t prefilter_forms(const struct rule_body *body)
{
    return body->stage == STAGE_ENDED ? documents_of(body) : kinds_of(body);
}

unsigned prefilter_form_of(enum rule_stage stage, const struct rule_view *view)
{
    if (stage == STAGE_ENDED) {
        return (view->http->m3u != NULL ? DOCUMENT_M3U : 0U) | (view->http->api != NULL ? DOCUMENT_API : 0U) |
               (view->http->page != NULL ? DOCUMENT_PAGE : 0U);
    }
    return view->response == NULL ? 0 : 1 + (unsigned)view->response->kind;
}
